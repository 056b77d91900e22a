"""Bytes of a delimited text file -> its cells; encoding and delimiter are found, not assumed."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

DELIMITERS = ",\t;|"
LONE_RETURN = re.compile(rb"\r(?!\n)")
PIECE = 16 << 20  # bytes that are decoded at a time
HEAD_LINES = 40  # a header stands within these; titles and notes come before it

#: Cells of one line: beyond it a frame of the file would take the machine's memory.
MOST_CELLS = 1 << 16
TOO_WIDE = "表有 {width} 列，应是某一行多出了许多分隔符，请核对后重新导出。"

csv.field_size_limit(1 << 27)  # one cell may hold a pasted document, not a disk

#: The rule of a file that is not whole yet; it is read again next night.
STILL_WRITTEN = "file.still_being_written"

Recogniser = Callable[[list[list[str]]], int]
"""Gives how many cells of the best header row among some rows are known (0: no header)."""


class UnreadableFileError(Exception):
    """The file cannot be read; `rule_id` is the file-level rule, the text says what to do."""

    def __init__(self, rule_id: str, reason: str) -> None:
        """Keep the rule beside the reason; the reason holds no card values."""
        super().__init__(reason)
        self.rule_id = rule_id


def table(data: bytes, recognise: Recogniser) -> tuple[pl.DataFrame, bool]:
    """Read delimited text.

    Args:
        data: the whole file, UTF-8 (with or without BOM), GB18030 or UTF-16.
        recognise: tells how well rows look like a header; it settles the delimiter.

    Returns:
        Text cells in columns column_0, column_1, ..., blank lines kept as null rows so that row
        numbers stay those a person sees; and whether the last line stops in the middle.

    Raises:
        UnreadableFileError: the encoding is none of the three, or the quotes make no sense.
    """
    data = to_utf8(data)
    if b"\r" in data and LONE_RETURN.search(
        data
    ):  # an old line end, or a stray one: a line ends there either way
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return _table(data, recognise)
    except csv.Error:
        raise UnreadableFileError(
            "file.unreadable", "引号或分隔符混乱，无法分出各列，请重新导出。"
        ) from None


def _table(data: bytes, recognise: Recogniser) -> tuple[pl.DataFrame, bool]:
    head = io.StringIO(data[: 1 << 20].decode(errors="ignore"), newline="")
    lines = list(itertools.islice(head, HEAD_LINES))
    parsed = {mark: list(csv.reader(lines, delimiter=mark)) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: (recognise(parsed[mark]), _width(parsed[mark])))
    width = _bounded(_width(parsed[delimiter]))
    try:
        cells = _fast(data, delimiter, lines)
    except pl.exceptions.PolarsError:  # ragged lines or odd quotes: slower, but loses no cell
        cells = _exact(data, delimiter)
    last = data[data.rfind(b"\n") + 1 :].decode(errors="ignore")
    is_cut = bool(last.strip()) and 1 < len(next(csv.reader([last], delimiter=delimiter))) < width
    return cells, is_cut


def to_utf8(data: bytes) -> bytes:
    """Re-encode text as UTF-8 without a byte-order mark.

    Raises:
        UnreadableFileError: not UTF-8, GB18030 or UTF-16.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    guesses = ["gb18030"]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses = ["utf-16"]
    elif data[:2000].count(0) > len(data[:2000]) // 10:
        even = data[:2000:2].count(0) > data[1:2000:2].count(0)
        guesses = ["utf-16-be" if even else "utf-16-le"]
    elif is_utf8(data):
        return data
    for encoding in guesses:
        try:
            return _as_utf8(data, encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFileError(
        "file.unreadable", "文字编码不是 UTF-8、GB18030 或 UTF-16，请以其中一种重新导出。"
    )


def is_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8; Arrow looks without making text, while others go on."""
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    value = pa.Array.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)])
    try:
        value.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _as_utf8(data: bytes, encoding: str) -> bytes:
    """Piece by piece: a file's whole text would take several times its bytes."""
    decoder = codecs.getincrementaldecoder(encoding)()
    return b"".join(
        decoder.decode(data[first : first + PIECE], first + PIECE >= len(data)).encode()
        for first in range(0, len(data), PIECE)
    )


def _width(rows: list[list[str]]) -> int:
    return max((len(row) for row in rows), default=0)


def _bounded(width: int) -> int:
    if width > MOST_CELLS:
        raise UnreadableFileError("file.unreadable", TOO_WIDE.format(width=width))
    return width


def _fast(data: bytes, delimiter: str, lines: list[str]) -> pl.DataFrame:
    """Let polars read from the widest early row on; the titles before it are put back."""
    reader = csv.reader(lines, delimiter=delimiter)
    ends, head = [], []
    for row in reader:
        head.append(row)
        ends.append(reader.line_num)
    widest = max(range(len(head)), key=lambda i: (len(head[i]), -i))
    body = pl.read_csv(
        data,
        has_header=False,
        infer_schema=False,
        separator=delimiter,
        skip_lines=ends[widest - 1] if widest else 0,
    )
    body = body.rename({old: f"column_{i}" for i, old in enumerate(body.columns)})
    return pl.concat([_frame(head[:widest], body.width), body]) if widest else body


def _exact(data: bytes, delimiter: str) -> pl.DataFrame:
    whole = io.StringIO(data.decode(errors="replace"), newline="")
    rows = list(csv.reader(whole, delimiter=delimiter))
    return _frame(rows, _bounded(_width(rows)))


def _frame(rows: list[list[str]], width: int) -> pl.DataFrame:
    columns = {
        f"column_{i}": [row[i] or None if i < len(row) else None for row in rows]
        for i in range(width)
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
