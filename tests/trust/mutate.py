"""Mutations that know the structure of the files hospitals send."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable

TEXT = (".csv", ".txt", ".tsv")
PACKED = (".xlsx", ".zip")
NASTY = [
    "", " ", '"', '""', "'", ",", "\t", "\r", "\n", "\x00", "=1+1", "@SUM(A1)", "-1", "1e400",
    "nan", "9" * 400, "𠮷" * 50, "�", "\ufeff", "2024-02-30", "0000-00-00", "1900-01-00",
    "合计", "注：", "<b>&amp;</b>", "../../etc/passwd", "${x}", "{{7*7}}", "%s%n", "A" * 40000,
]  # fmt: skip


def mutate(data: bytes, suffix: str, draw: random.Random) -> bytes:
    """One to three changes; what is packed is also changed inside and packed again."""
    for _ in range(draw.randint(1, 3)):
        ways: list[Callable[[bytes, random.Random], bytes]] = [*BYTES]
        if suffix in TEXT:
            ways += [_cells, _lines, _encoding] * 3
        elif suffix in PACKED:
            ways += [_members, _members_repacked, _headers] * 3
        elif suffix == ".xml":
            ways += [_elements, _cells, _encoding] * 3
        data = draw.choice(ways)(data, draw)
    return data


def _flip(data: bytes, draw: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(draw.choice([1, 1, 4, 32])):
        if changed:
            changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data) + 1)]


def _drop(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    return data[:start] + data[start + draw.choice([1, 8, 512]) :]


def _repeat(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    part = data[start : start + draw.choice([1, 8, 512])]
    return data[:start] + part * draw.choice([2, 3, 50]) + data[start:]


def _insert(data: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(data) + 1)
    return (
        data[:start] + draw.choice([b"\0\0\0\0", b"\xff\xfe", b"\n", b"PK\x03\x04"]) + data[start:]
    )


BYTES = (_flip, _cut, _drop, _repeat, _insert)


def _cells(data: bytes, draw: random.Random) -> bytes:
    pieces = re.split(rb"([,\t;><])", data)
    for _ in range(draw.randint(1, 5)):
        pieces[draw.randrange(len(pieces))] = draw.choice(NASTY).encode("utf-8", "replace")
    return b"".join(pieces)


def _lines(data: bytes, draw: random.Random) -> bytes:
    lines = data.split(b"\n")
    place, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    change = draw.randrange(5)
    if change == 0:
        lines[place], lines[other] = lines[other], lines[place]
    elif change == 1:
        del lines[place]
    elif change == 2:
        lines.insert(place, lines[other])
    elif change == 3:
        lines[place] = lines[place] + b"," * draw.choice([1, 200, 5000])
    else:
        lines.insert(place, draw.choice(NASTY).encode("utf-8", "replace"))
    return b"\n".join(lines)


def _encoding(data: bytes, draw: random.Random) -> bytes:
    try:
        text = data.decode(draw.choice(["utf-8", "gb18030"]))
    except UnicodeDecodeError:
        return data
    return text.encode(draw.choice(["utf-16", "gb18030", "utf-8-sig", "utf-16-be"]), "replace")


def _elements(data: bytes, draw: random.Random) -> bytes:
    tags = re.findall(rb"<[^>]{1,200}>", data)
    if not tags:
        return data
    old, new = draw.choice(tags), draw.choice(tags)
    other = draw.choice([b"", new, new * 3, old + b"<!--", b"<![CDATA[", old.lower()])
    return data.replace(old, other, 1)


def _unpacked(data: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # already broken by an earlier change: it stays as it is
        return []


def _packed(members: list[tuple[str, bytes]]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _members_repacked(data: bytes, draw: random.Random) -> bytes:
    """A sound archive with an unsound member."""
    members = _unpacked(data)
    if not members:
        return data
    place = draw.randrange(len(members))
    name, content = members[place]
    change = draw.choice([_flip, _cut, _repeat, _elements, _cells])
    members[place] = (name, change(content, draw))
    return _packed(members)


def _members(data: bytes, draw: random.Random) -> bytes:
    """Members missing, twice, renamed."""
    members = _unpacked(data)
    if not members:
        return data
    place = draw.randrange(len(members))
    name, content = members[place]
    change = draw.randrange(4)
    if change == 0:
        del members[place]
    elif change == 1:
        members.append((draw.choice(["../" + name, "/abs.csv", "C:\\x.csv", "a" * 300]), content))
    elif change == 2:
        members[place] = (name.upper() + draw.choice([".exe", "", ".xlsx", ".zip"]), content)
    else:
        members.insert(0, (f"copy/{name}", content))
    return _packed(members)


def _headers(data: bytes, draw: random.Random) -> bytes:
    """Sizes, flags and methods in the archive's own records."""
    places = [found.start() for found in re.finditer(rb"PK(\x01\x02|\x03\x04|\x05\x06)", data)]
    if not places:
        return data
    changed = bytearray(data)
    start = draw.choice(places)
    for _ in range(draw.randint(1, 4)):
        place = min(start + draw.randrange(4, 46), len(changed) - 1)
        changed[place] = draw.choice([0, 1, 0x7F, 0xFF, draw.randrange(256)])
    return bytes(changed)
