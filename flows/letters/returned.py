"""A returned sheet of the inbox -> answers: told by its mark, whatever the file is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from flows.home import Home
from flows.letters import mark, wording
from flows.letters.lock import secret, unlocked
from flows.read import Sheet, sheets_of
from flows.sheet_record import Record, raw_name, source_of, unread
from flows.store import Store

NEEDED = ("序号", "卡片编号", "反馈", "说明")
ASKED = "请核实的内容"  # with NEEDED in a header: one of our sheets, even without its mark
HEAD_LINES = 12
LIST_OF = {"finding": wording.ANSWERS}
UNKNOWN_MARK = "file.letter_not_recognised"
NOT_TAKEN = "file.letter_rows_not_taken"


@dataclass(frozen=True)
class Book:
    """Sheets of one workbook that look like a returned letter."""

    sheets: list[Sheet]
    tables: list[_Table]
    written: str | None  # the mark, as it stands there


@dataclass
class Taken:
    """What the letters of a file come to."""

    records: list[Record] = field(default_factory=list)  # rows of state.sheet
    statements: list[tuple[str, list[object]]] = field(default_factory=list)


def letters_among(sheets: list[Sheet]) -> tuple[list[Book], list[Sheet]]:
    """Split a file's sheets into returned letters and the rest.

    Args:
        sheets: of one file; members of an archive are told apart.
    """
    books: list[Book] = []
    rest: list[Sheet] = []
    members: dict[tuple[str, str], list[Sheet]] = {}
    for sheet in sheets:
        members.setdefault((sheet.member, sheet.sha256), []).append(sheet)
    for book in members.values():
        tables = [table for table in map(_table, book) if table is not None]
        written = next(filter(None, map(_mark, book)), None)
        if written is None and not tables:
            rest += book
        else:
            books.append(Book(book, tables, written))
    return books, rest


def take(store: Store, name: str, books: list[Book], as_of: date, order: int) -> Taken:
    """Judge every answer of some letters.

    Args:
        store: raw is written here; state only by the statements that are handed back, so that
            they join the file's transaction.
        name: the file under the inbox.
        books: as of `letters_among`.
        as_of: the day of receipt.
        order: the next order number of state.sheet.
    """
    taken = Taken()
    for book in books:
        letter = mark.read(store.home.key, book.written, _units(store)) if book.written else None
        if letter is None or not book.tables or not _is_issued(store, letter):
            taken.records.append(_refused(name, book.sheets[0], order + len(taken.records)))
            continue
        judge = _Judge(store, letter, as_of, source_of(name, book.sheets[0]))
        records = [
            judge.table(table, order + len(taken.records) + place)
            for place, table in enumerate(book.tables)
        ]
        if not any(record["received_rows"] for record in records):
            records[0]["reason"] = "没有填写反馈。"
        taken.records += records
        taken.statements += judge.statements
    return taken


def locked_sheets(home: Home, path: Path, digest: str) -> list[Sheet]:
    """The sheets of a workbook that carries the letters' password; none where it does not."""
    password = secret(home, "letter_password")
    data = unlocked(path.read_bytes(), password) if password else None
    if data is None:
        return []
    # The file is known by what arrived, not by what was inside the lock.
    return [replace(sheet, sha256=digest) for sheet in sheets_of("letter.xlsx", data, lambda _: 0)]


def _mark(sheet: Sheet) -> str | None:
    cells = (cell for row in sheet.cells.head(HEAD_LINES).rows() for cell in row if cell)
    return next(filter(None, map(mark.found, cells)), None)


@dataclass(frozen=True)
class _Table:
    sheet: Sheet
    header_row: int
    places: dict[str, int]


def _table(sheet: Sheet) -> _Table | None:
    """The sheet with its header, if it is one that is answered."""
    for position, row in enumerate(sheet.cells.head(HEAD_LINES).rows()):
        titles = [(cell or "").strip() for cell in row]
        if ASKED in titles and all(title in titles for title in NEEDED):
            return _Table(sheet, position, {title: titles.index(title) for title in NEEDED})
    return None


def _units(store: Store) -> dict[str, str]:
    codes = store.connection.execute(
        "select distinct org_code from state.letter_item order by org_code"
    ).fetchall()
    return mark.plain_units([code for (code,) in codes])


def _is_issued(store: Store, letter: mark.Mark) -> bool:
    row = store.connection.execute(
        "select count(*) from state.letter_issue where issue = ? and status = 'approved'",
        [letter.issue],
    ).fetchone()
    return bool(row and row[0])


def _refused(name: str, sheet: Sheet, order: int) -> Record:
    reason = "像是退回的待核实单，但识别码缺失或无法核对；请让该单位在原文件上填写后发回。"
    return unread(name, sheet, order) | {"reason": reason, "rule_id": UNKNOWN_MARK}


class _Judge:
    """The rows of one returned letter against what its unit was asked."""

    def __init__(self, store: Store, letter: mark.Mark, as_of: date, source: str) -> None:
        self.store, self.letter, self.as_of, self.source = store, letter, as_of, source
        self.statements: list[tuple[str, list[object]]] = []
        execute = store.connection.execute
        self.asked = {
            row_no: {"list": name, "item": item, "card_type": card_type, "card_id": card_id,
                     "rule_id": rule_id}
            for row_no, name, item, card_type, card_id, rule_id in execute(
                "select row_no, list, item, card_type, card_id, rule_id from state.letter_item"
                " where issue = ? and org_code = ? and row_no is not null",
                list(letter),
            ).fetchall()
        }  # fmt: skip
        self.others = {
            card_id
            for (card_id,) in execute(
                "select distinct card_id from state.letter_item where org_code <> ?",
                [letter.org_code],
            ).fetchall()
        }
        self.answered = dict(
            execute(
                "select item, arg_max(answer, rowid) from state.letter_reply"
                " where issue = ? and org_code = ? and outcome = 'taken' group by item",
                list(letter),
            ).fetchall()
        )
        self.closed = {
            item
            for (item,) in execute(
                "select finding_id from state.finding where resolved_on is not null"
            ).fetchall()
        }

    def table(self, table: _Table, order: int) -> Record:
        """Judge one sheet; gives its row of state.sheet."""
        sheet, kinds = table.sheet, []
        outcomes: Counter[str] = Counter()
        rows = sheet.cells.rows()
        for number, row in enumerate(rows):
            cells = {title: (row[place] or "").strip() for title, place in table.places.items()}
            if number <= table.header_row:
                kinds.append("header" if number == table.header_row else "title")
            elif not cells["反馈"] and not cells["说明"]:
                kinds.append("unanswered")  # our own line, given back as it was
            else:
                outcome = self._row(cells)
                outcomes[outcome] += 1
                kinds.append({"taken": "data", "repeated": "repeated"}.get(outcome, "unusable"))
        raw_file = raw_name(sheet, order)
        marked = sheet.cells.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("source_row"),
            pl.Series("line_kind", kinds, dtype=pl.String),
            *sheet.cells.columns,
        )
        self.store.write_raw([marked], raw_file)
        problems = {name: n for name, n in sorted(outcomes.items()) if name in wording.PROBLEM}
        refused = sum(problems.values())
        reason = None
        if refused:
            texts = [f"{wording.PROBLEM[name]}（{n} 行）" for name, n in problems.items()]
            reason = f"第{self.letter.issue}期反馈：" + "；".join(texts)
        return unread("", sheet, order) | {
            "source_file": self.source, "raw_file": raw_file, "card_type": "letter",
            "layout": "letter", "received_rows": sum(outcomes.values()),
            "loaded_rows": outcomes["taken"], "repeated_rows": outcomes["repeated"],
            "rejected_rows": refused, "status": "loaded", "reason": reason,
            "rule_id": NOT_TAKEN if refused else None,
        }  # fmt: skip

    def _row(self, cells: dict[str, str]) -> str:
        row_no = cells["序号"].removesuffix(".0")
        asked: dict[str, Any] | None = self.asked.get(int(row_no)) if row_no.isdecimal() else None
        if asked is not None and asked["card_id"] != cells["卡片编号"]:
            asked = None
        answer = None
        if asked is None:
            outcome = "other_unit" if cells["卡片编号"] in self.others else "unknown_row"
        else:
            known = LIST_OF.get(asked["list"], wording.LIST_ANSWERS)
            answer = known.get("".join(cells["反馈"].split()))
            outcome = self._judged(asked, answer)
        self._remember(cells, row_no, asked, answer, outcome)
        return outcome

    def _judged(self, asked: dict[str, Any], answer: str | None) -> str:
        item = asked["item"]
        if answer is None:
            return "unknown_answer"
        if item in self.answered:
            return "repeated" if self.answered[item] == answer else "changed"
        # 已订正 on a finding that is closed is simply true; the other answers come too late.
        if asked["list"] == "finding" and item in self.closed and answer != "corrected":
            return "closed"
        self.answered[item] = answer
        return "taken"

    def _remember(
        self,
        cells: dict[str, str],
        row_no: str,
        asked: dict[str, Any] | None,
        answer: str | None,
        outcome: str,
    ) -> None:
        found = asked or {}
        key = "|".join((self.source, str(self.letter.issue), row_no, *map(str, cells.values())))
        reply_id = blake2b(key.encode(), digest_size=10).hexdigest()
        self._add(
            "letter_reply",
            [reply_id, self.source, self.letter.issue, self.letter.org_code, row_no[:20],
             found.get("item"), found.get("card_type"), cells["卡片编号"][:64], answer,
             cells["说明"], outcome, self.as_of],
        )  # fmt: skip
        if outcome != "taken" or found["list"] != "finding":
            return
        self._add(
            "answer",
            [found["item"], found["card_type"], found["card_id"], found["rule_id"],
             self.letter.org_code, answer, cells["说明"], self.as_of, self.source],
        )  # fmt: skip
        if answer == "confirmed":
            by = f"{self.letter.org_code}（第{self.letter.issue}期反馈）"
            # The end of the day: a version of the same day was what the unit looked at.
            until = datetime.combine(self.as_of, time(23, 59, 59))
            self._add("review", [found["card_type"], found["card_id"], found["rule_id"], by, until])

    def _add(self, table: str, values: Iterable[object]) -> None:
        row = list(values)
        marks = ", ".join("?" for _ in row)
        self.statements.append((f"insert into state.{table} values ({marks})", row))
