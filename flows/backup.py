"""A verified copy of what cannot be made again, and the way back."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from flows import raw_file
from flows.durable import DRAFT, on_disk
from flows.home import TIME_ZONE, Home, UserError
from flows.state_schema import STATE_VERSION
from flows.store import connect, opened, quoted, sha256

MANIFEST = "manifest.json"
#: Beside raw and state: what a person wrote. Never keys; published, outbox and reports are remade.
OWN = ("settings.toml", "deadline.csv", "layouts", "criteria", "exchange", "submission", "inbox",
       "frozen")  # fmt: skip


@dataclass(frozen=True)
class Backup:
    """A copy that has been read back."""

    folder: Path
    file_count: int
    sheet_count: int
    row_count: int


def back_up(home: Home, into: Path) -> Backup:
    """Copy raw, state, inbox and the home's own settings to a new dated folder, and verify it.

    Args:
        home: the installation; nothing else may be writing to it.
        into: the folder of backups, best on another disk.

    Returns:
        The copy, verified as `verify` does.

    Raises:
        UserError: the home is empty, the copy is inside the home or does not read back.
    """
    if into.resolve().is_relative_to(home.path.resolve()):
        raise UserError("备份目录不能放在安装目录之内，请放到另一块磁盘。")
    if not home.state.exists():
        raise UserError(f"{home.path} 还没有数据，不需要备份。")
    now = datetime.now(TIME_ZONE)
    folder = into / f"zhikong-{now:%Y%m%d-%H%M%S}"
    draft = folder.with_name(folder.name + DRAFT)
    draft.mkdir(parents=True, mode=0o700)
    try:
        _copy_all(home, draft, now)
        checked = verify(draft, home.key)  # only what reads back has a backup's name
        draft.replace(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return replace(checked, folder=folder)


def _copy_all(home: Home, draft: Path, now: datetime) -> None:
    with opened(home) as store:  # nobody writes while the copy is made
        store.connection.execute("checkpoint state")
        sums = {
            file.relative_to(home.path).as_posix(): _copy(file, home.path, draft)
            for file in _files(home)
        }
    manifest = {"made_at": now.isoformat(), "state_version": STATE_VERSION, "sha256": sums}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
    on_disk(draft / MANIFEST)


def _files(home: Home) -> list[Path]:
    folders = [home.raw, *(home.path / name for name in OWN)]
    found = [home.state, *(folder for folder in folders if folder.is_file())]
    for folder in folders:
        if folder.is_dir():
            found += [file for file in folder.rglob("*") if file.is_file()]
    return sorted(file for file in found if file.suffix != DRAFT)


def _copy(file: Path, root: Path, into: Path) -> str:
    _put(file, into / file.relative_to(root))
    return sha256(file)


def _put(file: Path, target: Path) -> None:
    """Copy a file with its time and mode; the disk holds it then."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    on_disk(target)  # before it may have become one that nobody writes to
    shutil.copystat(file, target)


def verify(folder: Path, key: str) -> Backup:
    """Read a backup back: every file's sum, the state with the key, every row of every raw sheet.

    Raises:
        UserError: what is missing or has changed, by file name.
    """
    try:
        sums = json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError):
        raise UserError(f"{folder} 不是备份目录，或缺少 {MANIFEST}。") from None
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file():
            raise UserError(f"备份不完整：缺少 {name}。")
        if sha256(file) != expected:
            raise UserError(f"备份已损坏：{name} 与备份时不同。")
    connection = connect()
    try:
        state = quoted(folder / "state.duckdb")
        connection.execute(f"attach '{state}' as state (encryption_key '{key}', read_only)")
        sheets = connection.execute(
            "select distinct raw_file from state.sheet where raw_file is not null order by raw_file"
        ).fetchall()
        rows = 0
        for (name,) in sheets:
            rows += sum(lines.height for lines in raw_file.pieces(folder / "raw" / name, key))
    except OSError as error:
        name = Path(error.filename or "").name
        raise UserError(
            f"备份无法读取 {name}（{error.strerror}）：状态库记有此文件，请核对原安装目录的 raw。"
        ) from None
    except (duckdb.Error, raw_file.DamagedRawError) as error:
        raise UserError(
            f"备份无法用本机的密钥读取（{type(error).__name__}）：密钥不符或文件已损坏。"
        ) from None
    finally:
        connection.close()
    return Backup(folder, len(sums), len(sheets), rows)


def restore(folder: Path, home: Home) -> Backup:
    """Put a backup back into an empty home; the key must already be in place.

    Raises:
        UserError: the home holds data, the key does not open the backup, the backup is damaged.
    """
    if home.state.exists() or home.raw_files:
        raise UserError(f"{home.path} 已有数据，不会覆盖；请指定一个空的安装目录（--home）。")
    if not home.has_key:
        raise UserError(
            f"请先把备份当时的密钥放到 {home.keys / 'key'}（或设置 ZHIKONG_KEY）；"
            "备份中不含密钥，没有它数据无法读取。"
        )
    checked = verify(folder, home.key)
    home.prepare()
    for name in json.loads((folder / MANIFEST).read_text("utf-8"))["sha256"]:
        _put(folder / name, home.path / name)
    return checked
