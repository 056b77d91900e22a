"""Decisions of a returned work book -> the tables of state that the next night reads."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from flows.desk import access, sheets
from flows.desk.access import Who
from flows.desk.book import written_on
from flows.desk.identity import LISTED
from flows.desk.sheets import DECISION, DIFFERENT_ZH, FOUND_ZH, NOTHING_ZH, RIGHT_ZH, SAME_ZH
from flows.desk.workbook import HEADER_ROW, MARK_SHEET
from flows.fields import CARDS
from flows.home import TIME_ZONE, Home, UserError
from flows.letters.lock import unlocked
from flows.letters.wording import CARD_ZH
from flows.linkage.decision import DIFFERENT, SAME
from flows.published import open_published
from flows.store import Store, opened
from flows.tumour.traceback import FOUND, NOTHING

TYPE_OF = {zh: card for card, zh in CARD_ZH.items()}
PAIR_ZH = {SAME_ZH: SAME, DIFFERENT_ZH: DIFFERENT}
TRACE_ZH = {FOUND_ZH: FOUND, NOTHING_ZH: NOTHING}
Card = tuple[str, str]


@dataclass
class Read:
    """What a work book came to; the lines of `wrong` name page and row, never a person."""

    taken: dict[str, int] = field(default_factory=dict)  # page -> decisions written down
    repeated: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Decisions written down."""
        return sum(self.taken.values())


class _RowError(Exception):
    """A row cannot be taken; the message is for the person who filled it in."""


def read_back(home: Home, file: Path, password: str, by: str) -> Read:
    """Take the decisions of a work book; the same file again changes nothing.

    Args:
        home: the installation that wrote the file.
        file: as it came back, under any name.
        password: of the file.
        by: who decided.

    Raises:
        UserError: no such file, a wrong password, or a file this home did not write.
    """
    if not by.strip():
        raise UserError("请用 --by 写明由谁决定。")
    pages = _pages(file, password)
    with opened(home) as store:
        marked = pages.pop(MARK_SHEET, [[]])
        night = written_on(home.key, _cell(marked[0], 0) if marked else "")
        if night is None:
            raise UserError(f"{file.name} 不是本机 zhikong desk 写出的工作簿，或识别码已删改。")
        reader = _Reader(store, by.strip(), night)
        store.connection.execute("begin")
        for name, rows in pages.items():
            reader.page(name, rows)
        access.log(store, "desk --read", Who(by.strip(), "读回决定"), reader.found.count, file.name)
        store.connection.execute("commit")
    return reader.found


def _pages(file: Path, password: str) -> dict[str, list[list[Any]]]:
    if not file.is_file():
        raise UserError(f"找不到文件 {file}，请核对路径。")
    data = file.read_bytes()
    if not data.startswith(b"PK"):  # somebody may have taken the password off
        opened_data = unlocked(data, password)
        if opened_data is None:
            raise UserError(f"{file.name} 不能用该口令打开，或不是工作簿。")
        data = opened_data
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    except (InvalidFileException, KeyError, ValueError, OSError):
        raise UserError(f"{file.name} 不是可读的 .xlsx 工作簿。") from None
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }


def _cell(row: list[Any], place: int) -> str:
    value = row[place] if place < len(row) else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


class _Reader:
    """Judges row by row; writes inside the caller's transaction."""

    def __init__(self, store: Store, by: str, night: date) -> None:
        self.execute = store.connection.execute
        self.by, self.night = by, night
        self.now = datetime.now(TIME_ZONE).replace(tzinfo=None)
        self.found = Read()
        self.cards = self._known_cards(store)

    def _known_cards(self, store: Store) -> dict[Card, datetime | None]:
        """Published cards with the time of their version."""
        query = " union all ".join(
            f"select '{card}', card_id, version_time from card.{card}" for card in CARDS
        )
        with open_published(store.home) as published:
            rows = published.execute(query).fetchall()
        return {(kind, card_id): version for kind, card_id, version in rows}

    def page(self, name: str, rows: list[list[Any]]) -> None:
        """One page: its header is found by its titles, wherever it was moved to."""
        take = {
            sheets.DUPLICATE: self._duplicate,
            sheets.UNMATCHED: self._unmatched,
            sheets.MISSED: self._missed,
            sheets.VERIFY: self._verified,
        }.get(name)
        if take is None:
            return
        header = next(
            (place for place, row in enumerate(rows[: HEADER_ROW + 10])
             if DECISION in [_cell(row, at) for at in range(len(row))]),
            None,
        )  # fmt: skip
        if header is None:
            self.found.wrong.append(f"{name}：找不到“{DECISION}”列，该页未读取，请勿删改表头")
            return
        titles = [_cell(rows[header], at) for at in range(len(rows[header]))]
        for number, row in enumerate(rows[header + 1 :], header + 2):
            cells = {title: _cell(row, at) for at, title in enumerate(titles) if title}
            if not cells[DECISION]:
                continue
            try:
                is_new = take(cells)
            except _RowError as error:
                self.found.wrong.append(f"{name} 第 {number} 行：{error}")
                continue
            if is_new:
                self.found.taken[name] = self.found.taken.get(name, 0) + 1
            else:
                self.found.repeated += 1

    def _duplicate(self, cells: dict[str, str]) -> bool:
        kind = self._kind(cells, "卡片类型")
        one = self._card(kind, cells, "卡片编号甲")
        other = self._card(kind, cells, "卡片编号乙")
        return self._pair(one, other, self._choice(cells, PAIR_ZH))

    def _unmatched(self, cells: dict[str, str]) -> bool:
        choice = self._choice(cells, PAIR_ZH | TRACE_ZH)
        card = self._card(self._kind(cells, "卡片类型"), cells, "卡片编号")
        if choice in TRACE_ZH.values():
            if cells.get("病种") != "恶性肿瘤":
                raise _RowError(f"“{FOUND_ZH}”和“{NOTHING_ZH}”只用于恶性肿瘤，请改选或留空")
            return self._traced(card, choice)
        if not cells.get("可能卡片编号"):
            raise _RowError("没有可能的卡片编号，请填写编号和类型后再选，或留空")
        other = self._card(self._kind(cells, "可能卡片类型"), cells, "可能卡片编号")
        return self._pair(card, other, choice)

    def _missed(self, cells: dict[str, str]) -> bool:
        choice = self._choice(cells, PAIR_ZH)
        if not cells.get("名单文件") or not cells.get("行号", "").isdecimal():
            raise _RowError("名单文件或行号已被改动，请按原表填写")
        if not cells.get("可能卡片编号"):
            raise _RowError("请在“可能卡片编号”填写对应的报告卡编号后再选，或留空")
        listed = (LISTED, f"{cells['名单文件']}:{cells['行号']}")
        card = self._card(self._kind(cells, "卡片类型"), cells, "可能卡片编号")
        return self._pair(listed, card, choice)

    def _verified(self, cells: dict[str, str]) -> bool:
        self._choice(cells, {RIGHT_ZH: RIGHT_ZH})
        card = self._card(self._kind(cells, "卡片类型"), cells, "卡片编号")
        rule = cells.get("规则编号", "")
        key = [*card, rule]
        known = self.execute(
            "select finding_id from state.finding"
            " where card_type = ? and card_id = ? and rule_id = ? and resolved_on is null",
            key,
        ).fetchone()
        last = self.execute(
            "select max(decided_at) from state.review"
            " where card_type = ? and card_id = ? and rule_id = ?",
            key,
        ).fetchone()
        version = self.cards[card]
        if last and last[0] and (version is None or version <= last[0]):
            return False
        if known is None:
            raise _RowError("该卡没有这一未解决的提示，请按原表填写")
        shown = self.execute(
            "select version_time from state.card_trace where card_type = ? and card_id = ?"
            " and night_from <= ? and (night_to is null or night_to > ?)",
            [*card, self.night, self.night],
        ).fetchone()
        if shown and shown[0] != version:
            raise _RowError("该卡在写出工作簿之后有改动，请写出新的工作簿，核实后再登记")
        self.execute("insert into state.review values (?, ?, ?, ?, ?)", [*key, self.by, self.now])
        return True

    def _choice(self, cells: dict[str, str], known: dict[str, str]) -> str:
        text = "".join(cells[DECISION].split())
        if text not in known:
            raise _RowError(f"“{DECISION}”列的内容不在可选项（{'、'.join(known)}）内")
        return known[text]

    def _kind(self, cells: dict[str, str], title: str) -> str:
        kind = TYPE_OF.get(cells.get(title, ""))
        if kind is None:
            raise _RowError(f"“{title}”应为 {'、'.join(TYPE_OF)} 之一")
        return kind

    def _card(self, kind: str, cells: dict[str, str], title: str) -> Card:
        card = (kind, cells.get(title, ""))
        if card not in self.cards:
            raise _RowError(f"“{title}”不是发布库中的{CARD_ZH[kind]}编号，请核对")
        return card

    def _pair(self, one: Card, other: Card, choice: str) -> bool:
        if one == other:
            raise _RowError("两个卡片编号相同")
        first, second = sorted([one, other])
        known = self.execute(
            "select arg_max(decision, (decided_at, rowid)) from state.pair_decision"
            " where (card_type_a, card_id_a, card_type_b, card_id_b)"
            " in (($1, $2, $3, $4), ($3, $4, $1, $2))",
            [*first, *second],
        ).fetchone()
        if known and known[0] == choice:
            return False
        self.execute(
            "insert into state.pair_decision values (?, ?, ?, ?, ?, ?, ?)",
            [*first, *second, choice, self.by, self.now],
        )
        return True

    def _traced(self, card: Card, choice: str) -> bool:
        known = self.execute(
            "select arg_max(decision, (decided_at, rowid)) from state.traceback"
            " where card_type = ? and card_id = ?",
            list(card),
        ).fetchone()
        if known and known[0] == choice:
            return False
        self.execute(
            "insert into state.traceback values (?, ?, ?, ?, ?)",
            [*card, choice, self.by, self.now],
        )
        return True
