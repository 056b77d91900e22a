"""A file of the inbox -> its sheets as text, cell by cell, nothing judged and nothing lost."""

from __future__ import annotations

import hashlib
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import polars as pl

from flows import text
from flows.exchange.dialect import Dialect, shipped
from flows.exchange.inbox import cells as message_cells
from flows.text import STILL_WRITTEN, TOO_WIDE, Recogniser, UnreadableFileError

SUFFIXES = {".csv", ".txt", ".tsv", ".xlsx", ".xls", ".parquet", ".xml", ".zip"}
PARTIAL_SUFFIXES = {".part", ".partial", ".crdownload", ".download", ".tmp", ".filepart"}
MEMBER_LIMIT = 4 << 30  # bytes of one unpacked member; a year's cards of a province fit
#: What the standard library raises for archives that lie about themselves.
BAD_ARCHIVE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError),
    *(NotImplementedError, RuntimeError, struct.error),
)
RATIO_LIMIT = 300  # text packs 5-20 fold; far more is a bomb
#: Columns of a sheet; cards have fewer than 300, and each column costs time in raw.
MOST_COLUMNS = 4096
#: What a file without content consists of; a file is first looked at so far.
NOTHING, LEAD = b"\x00\r\n\t \xef\xbb\xbf\xff\xfe", 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Sheet:
    """A table as a person sees it: row 0 of `cells` is the first line of the sheet."""

    member: str  # "" or the member's name inside a zip
    name: str  # "" or the sheet's name in a workbook
    sha256: str  # of the file, or of the member inside a zip
    cells: pl.DataFrame  # text columns column_0, column_1, ...
    is_cut: bool = False  # the last line stops in the middle
    fault: UnreadableFileError | None = None  # this member cannot be read; cells are empty


def read(
    path: Path,
    recognise: Recogniser,
    spelling: Dialect | None = None,
    digest: str | None = None,
) -> Iterator[Sheet]:
    """Yield the sheets of a file.

    Args:
        path: a file with one of `SUFFIXES`.
        recognise: tells how well some first rows look like a header; it settles the delimiter.
        spelling: of the province's messages; None: the shipped one.
        digest: the file's sum, where it is known.

    Raises:
        UnreadableFileError: with the file-level rule that names the fault.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableFileError(
            "file.unreadable", f"不认识的文件类型；可用 {'、'.join(sorted(SUFFIXES))}。"
        )
    if path.suffix.lower() == ".zip":
        yield from _zip_members(path, recognise, spelling)
    else:
        yield from sheets_of(path.name, path.read_bytes(), recognise, "", spelling, digest)


def sheets_of(
    name: str,
    data: bytes,
    recognise: Recogniser,
    member: str = "",
    spelling: Dialect | None = None,
    digest: str | None = None,
) -> Iterator[Sheet]:
    """Yield the sheets of one file's bytes, told apart by content where the suffix misleads."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES - {".zip"}:
        raise UnreadableFileError("file.unreadable", "压缩包内有不认识的文件类型，未读取。")
    # What is stripped is copied: of a file that begins with something, that is enough to know.
    if not data[:LEAD].strip(NOTHING) and not data.strip(NOTHING):
        raise UnreadableFileError("file.empty", "文件是空的，没有任何内容，请重新导出。")
    digest = digest or hashlib.sha256(data).hexdigest()
    if suffix in (".xlsx", ".xls"):
        for title, cells in _workbook(data):
            yield _bounded(Sheet(member, title, digest, cells))
    elif suffix == ".parquet":
        yield _bounded(Sheet(member, "", digest, _parquet(data)))
    elif suffix == ".xml":
        yield Sheet(member, "", digest, message_cells(data, spelling or shipped()))
    else:
        cells, is_cut = text.table(data, recognise)
        yield _bounded(Sheet(member, "", digest, cells, is_cut))


def _bounded(sheet: Sheet) -> Sheet:
    """The sheet; of a very wide one without the empty columns at its right, or refused."""
    if sheet.cells.width <= MOST_COLUMNS:
        return sheet
    cells = sheet.cells
    filled = [number for number, column in enumerate(cells) if column.null_count() < cells.height]
    width = filled[-1] + 1 if filled else 1
    if width <= MOST_COLUMNS:
        return replace(sheet, cells=cells.select(cells.columns[:width]))
    fault = UnreadableFileError("file.unreadable", TOO_WIDE.format(width=width))
    return replace(sheet, cells=pl.DataFrame(), fault=fault)


def _zip_members(path: Path, recognise: Recogniser, spelling: Dialect | None) -> Iterator[Sheet]:
    try:
        archive = zipfile.ZipFile(path)
    except BAD_ARCHIVE:
        raise UnreadableFileError(STILL_WRITTEN, "压缩包不完整，可能仍在传输，下次再读。") from None
    with archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        if not members:
            raise UnreadableFileError("file.empty", "压缩包里没有文件，请重新打包。")
        for info in members:
            # One bad member does not cost the others their place.
            name, data = info.filename, b""
            try:
                name = _member_name(info)
                data = _unpack(archive, info)
                yield from sheets_of(name, data, recognise, name, spelling)
            except UnreadableFileError as fault:
                mark = data or f"{path.name}!{name}".encode()
                digest = hashlib.sha256(mark).hexdigest()
                yield Sheet(name, "", digest, pl.DataFrame(), fault=fault)


def _member_name(info: zipfile.ZipInfo) -> str:
    name = info.filename
    if not info.flag_bits & 0x800:  # no UTF-8 mark: Chinese Windows writes GBK
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = info.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or any(":" in part for part in parts):
        raise UnreadableFileError(
            "file.unsafe_archive", "压缩包内的文件名指向包外目录，未解压，请核实来源。"
        )
    return "/".join(parts)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 1:
        raise UnreadableFileError("file.password_protected", "压缩包有密码，请去掉密码后重新放入。")
    declared = max(info.compress_size, 1)
    if info.file_size > MEMBER_LIMIT or (
        info.file_size > 50 << 20 and info.file_size / declared > RATIO_LIMIT
    ):
        raise UnreadableFileError(
            "file.unsafe_archive", "压缩包展开后异常庞大，未解压，请核实来源或分开导出。"
        )
    try:
        with archive.open(info) as stream:
            data = stream.read(info.file_size + 1)  # a header that lies cannot flood memory
    except BAD_ARCHIVE:
        raise UnreadableFileError("file.unreadable", "压缩包已损坏，请重新导出。") from None
    return data


def _workbook(data: bytes) -> Iterator[tuple[str, pl.DataFrame]]:
    import fastexcel

    head = data[:4096].lstrip()
    if head[:1] == b"<" or b"<html" in head.lower():
        raise UnreadableFileError(
            "file.unreadable", "文件虽名为 Excel，实为网页表格；请用 Excel 打开后另存为 .xlsx。"
        )
    if data.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableFileError("file.password_protected", "工作簿有密码，请去掉密码后重新放入。")
    if data.startswith(b"PK") and not _is_whole_archive(data):
        raise UnreadableFileError(STILL_WRITTEN, "工作簿不完整，可能仍在传输，下次再读。")
    if not data.startswith((b"PK", OLE)):
        raise UnreadableFileError("file.unreadable", "文件不是 Excel 工作簿，请重新导出。")
    try:
        book = fastexcel.read_excel(data)
        for name in book.sheet_names:
            sheet = book.load_sheet(
                name, header_row=None, skip_rows=0, dtypes="string", skip_whitespace_tail_rows=False
            )
            cells = sheet.to_polars()
            if cells.width:
                yield name, _positional(cells)
    except BaseException as error:
        # A panic of the reader's Rust code is no Exception, and has no class to name.
        if not (isinstance(error, fastexcel.FastExcelError) or _is_panic(error)):
            raise
        raise UnreadableFileError(
            "file.unreadable", "工作簿无法打开，可能已损坏或有密码，请重新导出。"
        ) from None


def _is_whole_archive(data: bytes) -> bool:
    try:
        return zipfile.is_zipfile(io.BytesIO(data))
    except BAD_ARCHIVE:
        return False


def _is_panic(error: BaseException) -> bool:
    return type(error).__name__ == "PanicException"


def _parquet(data: bytes) -> pl.DataFrame:
    try:
        table = pl.read_parquet(io.BytesIO(data)).cast(pl.String)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        whole = data.startswith(b"PAR1") and data.endswith(b"PAR1")
        raise UnreadableFileError(
            "file.unreadable" if whole else STILL_WRITTEN,
            "Parquet 文件无法读取，请重新导出。" if whole else "Parquet 文件不完整，下次再读。",
        ) from None
    # The names become the first row, so that every table has its header among the cells.
    header = pl.DataFrame({name: [name] for name in table.columns})
    return _positional(pl.concat([header, table]))


def _positional(cells: pl.DataFrame) -> pl.DataFrame:
    return cells.rename({old: f"column_{i}" for i, old in enumerate(cells.columns)})
