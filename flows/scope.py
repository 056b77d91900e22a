"""What an export says it covers: `X.scope.toml` beside a file X, see docs/manual.md."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flows.fields import CARDS, INPUTS, fields
from flows.home import Home, UserError
from flows.toml_file import as_toml, read_toml

SUFFIX = ".scope.toml"
BASES = {
    "reporting": "report_area_code",
    "registered": "area_code",
    "residence": "residence_area_code",
}


class ScopeError(UserError):
    """The scope file cannot be used; the text names key and remedy."""


@dataclass(frozen=True)
class Scope:
    """A complete export replaces the cards inside it; anything else is an increment."""

    card_type: str | None = None
    basis: str = "reporting"
    area_code: str | None = None
    date_field: str | None = None
    first: date | None = None
    last: date | None = None
    complete: bool = False
    exported_at: datetime | None = None
    accept_withdrawal: bool = False
    accept_lost_column: bool = False


def read_scope(file: Path) -> Scope:
    """Read the scope of an inbox file.

    Raises:
        ScopeError: not TOML, an unknown key, a value of the wrong kind.
    """
    sidecar = file.with_name(file.name + SUFFIX)
    if not sidecar.exists():
        return Scope()
    try:
        given = read_toml(sidecar)
    except ValueError as error:
        raise ScopeError(f"{sidecar.name} 无法使用：{error}，请改正。") from None
    return scope_from(given, sidecar.name)


def scope_from(given: Mapping[str, Any], name: str) -> Scope:
    """What a scope file says.

    Raises:
        ScopeError: an unknown key, or a value of the wrong kind.
    """
    known = {
        "card_type", "basis", "area_code", "date_field", "from", "to", "complete", "exported_at",
        "accept_withdrawal", "accept_lost_column",
    }  # fmt: skip
    if unknown := sorted(given.keys() - known):
        raise ScopeError(f"{name} 有不认识的项 {unknown[0]}，可用：{'、'.join(sorted(known))}。")
    for key, kind, said in (
        ("card_type", str, "文字"), ("area_code", str, "带引号的文字"), ("date_field", str, "文字"),
        ("complete", bool, "true 或 false"), ("accept_withdrawal", bool, "true 或 false"),
        ("accept_lost_column", bool, "true 或 false"),
    ):  # fmt: skip
        # "false" in quotes is text, and text is true: such a scope would withdraw cards.
        if key in given and not isinstance(given[key], kind):
            raise ScopeError(f"{name} 的 {key} 应为{said}，请改正。")
    basis = given.get("basis", "reporting")
    if not isinstance(basis, str) or basis not in BASES:
        raise ScopeError(f"{name} 的 basis 应为 {'、'.join(BASES)} 之一。")
    card_type, date_field = given.get("card_type"), given.get("date_field")
    if card_type is not None and card_type not in (*CARDS, *INPUTS):
        raise ScopeError(f"{name} 的 card_type 应为 {'、'.join(CARDS)} 之一。")
    if date_field is not None and date_field not in _dates(card_type):
        raise ScopeError(
            f"{name} 的 date_field 应为 {'、'.join(_dates(card_type))} 之一"
            f"{'；写明 card_type 后可用该卡的日期' if card_type is None else ''}。"
        )
    area_code = given.get("area_code")
    if area_code is not None and not re.fullmatch(r"\d{6}(00)?", area_code):
        raise ScopeError(f"{name} 的 area_code 应为 6 位县区编码（市、省为末尾带 00 的编码）。")
    return Scope(
        card_type=card_type,
        basis=basis,
        area_code=area_code,
        date_field=date_field,
        first=_day(given.get("from"), name, "from"),
        last=_day(given.get("to"), name, "to"),
        complete=given.get("complete", False),
        exported_at=_moment(given.get("exported_at"), name),
        accept_withdrawal=given.get("accept_withdrawal", False),
        accept_lost_column=given.get("accept_lost_column", False),
    )


def _dates(card_type: str | None) -> list[str]:
    """The dates a scope may go by: those of a kind, or those that all cards have."""
    of_kind = [
        {name for name, one in fields(kind).items() if one.data_type in ("date", "datetime")}
        for kind in ([card_type] if card_type else CARDS)
    ]
    return sorted(set.intersection(*of_kind) | {"event_date"})


def _day(value: object, file: str, key: str) -> date | None:
    moment = _moment(value, file, key)
    return moment.date() if moment else None


def _moment(value: object, file: str, key: str = "exported_at") -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=None)
    except ValueError:
        raise ScopeError(f"{file} 的 {key} 不是日期，请写成 2024-03-05。") from None


def receive_file(home: Path | None, file: Path, scope: Mapping[str, object]) -> Path:
    """Copy a file into the inbox with its scope beside it.

    Args:
        home: the installation.
        file: the export.
        scope: what is said of it; of a file that lies in the inbox with its scope, what is None
            stays as it was said.

    Raises:
        UserError: the file is not there, or the inbox holds another file of that name.
    """
    place = Home.find(home)
    place.prepare()
    target = place.inbox / file.name
    if not file.is_file():
        raise UserError(f"找不到文件 {file}。")
    sidecar, said = target.with_name(target.name + SUFFIX), {}
    if target.exists():
        if target.read_bytes() != file.read_bytes():
            raise UserError(f"收件目录已有不同内容的 {file.name}，请改名后再放入。")
        read_scope(target)  # one that is spoiled is not taken for none
        said = read_toml(sidecar) if sidecar.exists() else {}
    if file.resolve() != target.resolve():
        shutil.copy2(file, target)
    said |= {key: value for key, value in scope.items() if value is not None}
    lines = [f"{key} = {as_toml(value)}\n" for key, value in said.items()]
    sidecar.write_text("".join(lines), "utf-8")
    read_scope(target)  # says at once what is wrong with a date or a basis
    return target
