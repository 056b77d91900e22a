"""The one face that charts are drawn with, taken out of the collection of the font's wheel.

Vega lays a chart out by the width of every label, and vl-convert opens each registered face anew
for each width: with the ten faces of the collection that is most of the time of a drawing. So only
the face of simplified Chinese is registered, and without what it would replace in a text said to be
Japanese, Korean or traditional Chinese, thousands of signs that are gone through each time: no text
of a chart names its language. It draws the same.

Layout of the file: OpenType specification 1.9.1, "Organization of an OpenType Font" and "GSUB".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

#: What one tag of a table's record, its sum, offset and length look like; all big-endian.
RECORD = struct.Struct(">4sIII")
UNICODE_FAMILY = 1  # name ID of the family


def single_face(collection: Path, family: str) -> bytes:
    """A font file of the face of this family out of an OpenType collection.

    Raises ValueError when the collection has no such face.
    """
    data = collection.read_bytes()
    for tables in _faces(data):
        if _has_family(tables[b"name"], family):
            return _font({**tables, b"GSUB": _without_languages(tables[b"GSUB"])})
    raise ValueError(f"{collection.name} holds no face of the family {family}")


def _faces(data: bytes) -> Iterator[dict[bytes, memoryview]]:
    """The tables of each face: tag -> bytes."""
    (count,) = struct.unpack_from(">I", data, 8)
    whole = memoryview(data)
    for start in struct.unpack_from(f">{count}I", data, 12):
        (tables,) = struct.unpack_from(">H", data, start + 4)
        records = (RECORD.unpack_from(data, start + 12 + 16 * n) for n in range(tables))
        yield {tag: whole[at : at + length] for tag, _, at, length in records}


def _has_family(names: memoryview, family: str) -> bool:
    count, strings = struct.unpack_from(">HH", names, 2)
    for number in range(count):
        platform, _, _, ident, length, at = struct.unpack_from(">6H", names, 6 + 12 * number)
        if platform == 3 and ident == UNICODE_FAMILY:
            text = bytes(names[strings + at : strings + at + length]).decode("utf-16-be")
            if text == family:
                return True
    return False


def _without_languages(table: memoryview) -> memoryview:
    """GSUB whose lookups are empty where only a named language asks for them."""
    made = bytearray(table)

    def number(at: int) -> int:
        return int.from_bytes(made[at : at + 2])

    def listed(at: int, size: int = 2) -> list[int]:
        """The number at the end of each record of a list: index or offset; first its length."""
        return [number(at + size * (n + 1)) for n in range(number(at))]

    scripts, features, lookups = number(4), number(6), number(8)
    # What no feature asks for is a part of other lookups, and stays.
    asked = [listed(features + own + 2) for own in listed(features, 6)]
    languages = set(chain.from_iterable(asked))
    for script in (scripts + own for own in listed(scripts, 6)):
        if default := number(script):
            for feature in listed(script + default + 4):
                languages.difference_update(asked[feature])
    for own in (listed(lookups)[index] for index in languages):
        made[lookups + own + 4 : lookups + own + 6] = bytes(2)  # no subtable
    return memoryview(bytes(made))


def _font(tables: dict[bytes, memoryview]) -> bytes:
    """A font file of these tables; sums are left 0, which no reader of ours looks at."""
    power = len(tables).bit_length() - 1
    head = struct.pack(
        ">4s4H", b"OTTO", len(tables), 16 << power, power, 16 * len(tables) - (16 << power)
    )
    records, body = [], bytearray()
    start = len(head) + RECORD.size * len(tables)
    for tag, own in sorted(tables.items()):
        records.append(RECORD.pack(tag, 0, start + len(body), len(own)))
        body += own
        body += bytes(-len(own) % 4)
    return head + b"".join(records) + bytes(body)
