"""Errors of the machine, not of the program: what the operator can do about each."""

from __future__ import annotations

import errno

import duckdb

from flows.home import UserError

FULL = "磁盘空间不足或文件大小受限：请腾出空间后重新运行；已发布的数据文件没有改动。"
CLOSED = "无法写入{place}：请核对安装目录的所有者和权限，以及磁盘是否只读。"
GONE = "找不到或无法打开{place}：请核对安装目录（--home）是否正确、磁盘是否已挂载。"
DAMAGED = (
    "状态库或原始文件无法读取：密钥不符或文件损坏。请先核对 keys/key 是否为原来的密钥；"
    "密钥无误时，把最近的备份恢复到新的目录：zhikong restore 备份目录 --home 新目录。"
)
MEMORY = "内存不足：请关闭其他程序或增加内存后重新运行；已发布的数据文件没有改动。"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_GONE = (errno.ENOENT, errno.ENOTDIR, errno.EIO, errno.ENODEV)
#: How DuckDB words the same; its texts are read here and never shown.
_MACHINE = (
    (FULL, ("No space left", "File too large", "Disk quota", "max_temp_directory_size")),
    (CLOSED.format(place=""), ("Read-only file system", "Permission denied")),
)
_UNREADABLE = ("AES tag", "encryption key", "Corrupt", "checksum", "magic bytes", "not a valid",
               "decrypt", "Could not read enough bytes", "metadata")  # fmt: skip


def trouble(error: BaseException) -> UserError | None:
    """What to tell the operator, or None where the fault is ours.

    Args:
        error: of the system, DuckDB or polars. Its text is not passed on: it may quote a card.
    """
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return UserError(MEMORY)
    if isinstance(error, OSError):
        place = f" {error.filename}" if error.filename else ""
        for numbers, text in ((_FULL, FULL), (_CLOSED, CLOSED), (_GONE, GONE)):
            if error.errno in numbers:
                return UserError(text.format(place=place))
        return None
    if not isinstance(error, duckdb.Error):
        return None
    text = str(error)
    for said, signs in _MACHINE:
        if any(sign in text for sign in signs):
            return UserError(said)
    files = duckdb.IOException | duckdb.FatalException | duckdb.InvalidInputException
    if isinstance(error, files) and any(sign in text for sign in _UNREADABLE):
        return UserError(DAMAGED)
    return None
