"""How a province spells its messages: one data file, nothing of it in code."""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from flows.fields import CARDS, fields
from flows.home import REFERENCE, Home, UserError

PARTS = ("elements", "header", "answer", "operation", "table", "limit", "code")
DEFAULT = "zj-2019"
NODE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Code:
    """A return code of the platform."""

    code: str
    meaning_zh: str
    accepted: bool
    again: bool  # worth sending once more as it is


@dataclass(frozen=True)
class Dialect:
    """Names of a province's messages (reference/exchange/*.toml)."""

    name: str
    source: str
    elements: dict[str, str]
    header: dict[str, str]
    answer: dict[str, str]
    operations: dict[str, tuple[str, ...]]
    tables: dict[str, str]
    codes: dict[str, Code]
    most_records: int
    county_digits: int

    def card_type(self, table: str) -> str | None:
        """The card type of a table's name, None where it is not known."""
        return next((card for card, name in self.tables.items() if name == table.upper()), None)


def dialect_of(home: Home) -> Dialect:
    """The dialect of a home's settings."""
    return dialect(home.settings.exchange_dialect, home)


def dialect(name: str, home: Home | None = None) -> Dialect:
    """Read a dialect, the home's own file before the shipped one.

    Raises:
        UserError: there is no such file, or a part of it is missing or of the wrong kind.
    """
    folders = ([home.path / "exchange"] if home else []) + [REFERENCE / "exchange"]
    for folder in folders:
        file = folder / f"{name}.toml"
        if file.is_file():
            return _read(file)
    raise UserError(f"没有名为 {name} 的交换格式；请核对 settings.toml 的 exchange_dialect。")


@cache
def shipped() -> Dialect:
    """The shipped dialect, for a file that is judged without a home; read once."""
    return dialect(DEFAULT)


def _read(file: Path) -> Dialect:
    try:
        given: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{file} 不是有效的 TOML 文件：{error}") from None
    if missing := [part for part in PARTS if part not in given]:
        raise UserError(f"{file} 缺少 [{missing[0]}] 部分，请补充。")
    if unknown := sorted(set(given["table"]) - set(CARDS)):
        raise UserError(f"{file} 的 [table] 有不认识的卡片类型 {unknown[0]}。")
    try:
        return Dialect(
            given["name"],
            given["source"],
            given["elements"],
            given["header"],
            given["answer"],
            {name: tuple(kinds) for name, kinds in given["operation"].items()},
            {card: str(table).upper() for card, table in given["table"].items()},
            {row["code"]: Code(**row) for row in given["code"]},
            int(given["limit"]["records"]),
            int(given["limit"]["county_digits"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{file} 的内容无法使用：{error}。请对照 zj-2019.toml。") from None


@cache
def nodes(card_type: str) -> dict[str, str]:
    """Field -> node of the message, in the order of `field.csv`; fields without a node are out."""
    first: dict[str, str] = {}
    with (REFERENCE / "layout" / "provincial.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["card_type"] == card_type and NODE.fullmatch(row["header"]):
                first.setdefault(row["field"], row["header"])
    return {name: first[name] for name in fields(card_type) if name in first}
