"""An issue of letters: drafted every night, frozen when it is approved."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from flows.arrow import registered
from flows.home import Home, Settings, UserError
from flows.letters import mark
from flows.letters.contents import contents_of, not_asked
from flows.letters.freshness import freshness
from flows.letters.lock import secret, write_locked
from flows.letters.message import address, message
from flows.letters.past import ITEM, past
from flows.letters.workbook import Content, workbook
from flows.store import Store
from flows.workday import is_working_day

if TYPE_CHECKING:
    from flows.tonight import Tonight

#: What a draft tells `state.letter_outbox`; how it was sent comes later.
BOX = {
    "issue": pl.Int32, "org_code": pl.String, "channel": pl.String, "message_id": pl.String,
    "finding_count": pl.Int64, "row_count": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True)
class Letter:
    """One unit's letter as it lies in the outbox."""

    org_code: str
    finding_count: int
    row_count: int
    channel: str  # email or outbox
    sheet: Path
    message: Path


@dataclass
class Issue:
    """What a night made of the letters; without number nothing was to be made."""

    number: int | None = None
    planned_on: date | None = None
    letters: list[Letter] = field(default_factory=list)
    not_asked: list[str] = field(default_factory=list)
    approved_by: str | None = None


def folder(home: Home, number: int, *, is_draft: bool) -> Path:
    """Where the letters of an issue lie."""
    return home.outbox / f"issue-{number:03d}{'-draft' if is_draft else ''}"


def prepare(tonight: Tonight, draft: duckdb.DuckDBPyConnection) -> Issue:
    """Draft the next issue anew; a second run of a night whose issue is out changes nothing.

    Args:
        tonight: findings, cards, sheets.
        draft: the published file in the making, with indicators and lists.
    """
    store, settings, as_of = tonight.store, tonight.home.settings, tonight.as_of
    fresh = freshness(tonight.kinds, tonight.sheets_that_count, as_of, settings)
    issue = Issue(not_asked=not_asked(fresh))
    number = None if tonight.is_look_back else open_number(store, as_of)
    if number is None:
        return issue
    issue.number, issue.planned_on = number, planned_on(store, number, as_of, settings)
    known = past(store, as_of, number)
    contents = contents_of(tonight, draft, number, fresh, known)
    place = folder(tonight.home, number, is_draft=True)
    issue.letters = _write(tonight, contents, place)
    _remember(store, issue, contents, as_of, fresh.until(as_of))
    if not contents:
        issue.number = None
    elif settings.letter_mode == "auto" and as_of >= issue.planned_on and is_working_day(as_of):
        issue.approved_by = "auto"
        approve(store, number, "auto", as_of, early=False)
    return issue


def open_number(store: Store, as_of: date) -> int | None:
    """The number of the issue in draft; None when the issue of this night is approved already."""
    row = store.connection.execute(
        "select issue, status, night from state.letter_issue order by issue desc limit 1"
    ).fetchone()
    if row is None:
        return 1
    number, status, night = row
    if status == "draft":
        return int(number)
    return int(number) + 1 if night < as_of else None


def planned_on(store: Store, number: int, as_of: date, settings: Settings) -> date:
    """The day an issue is due: the next letter day after the last issue, a working day."""
    row = store.connection.execute(
        "select max(night) from state.letter_issue where status = 'approved' and issue < ?",
        [number],
    ).fetchone()
    last = row[0] if row else None
    if last is None or settings.letter_mode == "nightly":
        return as_of
    day: date = last + timedelta(days=1)
    while day.isoweekday() != settings.letter_weekday:
        day += timedelta(days=1)
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def approve(store: Store, number: int | None, by: str, on: date, *, early: bool) -> int:
    """Freeze the draft: from here on it can be sent and is never written again.

    Raises:
        UserError: nobody is named, there is no draft, or it is not due and `early` is not said.
    """
    if not by.strip():
        raise UserError("请用 --by 写明由谁审核。")
    execute = store.connection.execute
    row = execute(
        "select issue, night, planned_on from state.letter_issue where status = 'draft'"
    ).fetchone()
    if row is None or number not in (None, row[0]):
        raise UserError("没有待审核的草稿；草稿由夜间流程拟写，请先运行 zhikong night。")
    if row[1] < row[2] and not early:
        raise UserError(
            f"第{row[0]}期按设置（letter_weekday）计划于 {row[2]} 发出；确要提前，请加 --early。"
        )
    number = int(row[0])
    execute("begin")
    execute(
        "update state.letter_issue set status = 'approved', approved_by = ?, approved_on = ?"
        " where issue = ?",
        [by.strip(), on, number],
    )
    execute("update state.letter_outbox set status = 'prepared' where issue = ?", [number])
    execute("commit")
    settle_folder(store.home, number)
    return number


def settle_folder(home: Home, number: int) -> Path:
    """The folder of an approved issue, renamed from its draft; safe to ask again and again."""
    final, draft = folder(home, number, is_draft=False), folder(home, number, is_draft=True)
    if draft.exists() and not final.exists():
        draft.rename(final)
    return final


def _write(tonight: Tonight, contents: list[Content], place: Path) -> list[Letter]:
    """Write the draft's folder as a whole; what is no longer in it goes."""
    mails = dict(tonight.frames["institution"].select("org_code", "email").iter_rows())
    password = secret(tonight.home, "letter_password")
    letters = []
    if contents:
        place.mkdir(parents=True, exist_ok=True)
    for content in contents:
        stem = mark.stem(content.org_code)
        sheet, mail = place / f"{stem}.xlsx", place / f"{stem}.eml"
        write_locked(sheet, workbook(content), password)
        to = address(mails.get(content.org_code))
        ident = mark.message_id(tonight.home.key, content.issue, content.org_code)
        mail.write_bytes(message(content, sheet.read_bytes(), sheet.name, to, ident))
        findings = len(content.part("finding"))
        channel = "email" if tonight.home.settings.mail and to else "outbox"
        letters.append(Letter(content.org_code, findings, len(content.asked), channel, sheet, mail))
    if place.exists():
        kept = {path for letter in letters for path in (letter.sheet, letter.message)}
        for old in set(place.iterdir()) - kept:
            old.unlink()
        if not letters:
            shutil.rmtree(place)
    return letters


def _remember(
    store: Store, issue: Issue, contents: list[Content], as_of: date, until: date
) -> None:
    """Replace the draft in state, all or nothing."""
    number = issue.number
    items = _items(contents)
    boxes = pl.DataFrame(
        [
            (number, letter.org_code, letter.channel,
             mark.message_id(store.home.key, number or 0, letter.org_code), letter.finding_count,
             letter.row_count)
            for letter in issue.letters
        ],
        schema=BOX,
        orient="row",
    )  # fmt: skip
    execute = store.connection.execute
    with (
        registered(store.connection, "letter_items", items),
        registered(store.connection, "letter_boxes", boxes),
    ):
        execute("begin")
        for table in ("letter_issue", "letter_item", "letter_outbox"):
            execute(f"delete from state.{table} where issue = ?", [number])
        execute("insert into state.letter_item select * from letter_items")
        execute(
            "insert into state.letter_outbox"
            " select *, 'draft', 0, null, null, null from letter_boxes"
        )
        if contents:
            execute(
                "insert into state.letter_issue values (?, ?, ?, ?, 'draft', null, null)",
                [number, as_of, until, issue.planned_on],
            )
        execute("commit")


def _items(contents: list[Content]) -> pl.DataFrame:
    """The lines of the letters as state keeps them, letter by letter."""
    if not contents:
        return pl.DataFrame(schema=ITEM)
    nothing = pl.lit(None, pl.String)

    def of_all(name: str) -> pl.DataFrame:
        parts: list[pl.DataFrame] = [getattr(content, name) for content in contents]
        return pl.concat(parts)

    asked = of_all("rows").select(
        "org_code", "list", "row_no", "item", "card_type", "card_id", "rule_id", "standing",
        due_on=pl.lit(contents[0].due_on),
    )  # fmt: skip
    told = [
        of_all("zero_reports").select(
            "org_code", pl.lit("zero_report").alias("list"), "item", "card_type",
            card_id=nothing, rule_id=nothing,
        ),
        of_all("corrected").select(
            "org_code", pl.lit("corrected").alias("list"), "item", "card_type", "card_id",
            "rule_id",
        ),
        of_all("replies").select(
            "org_code", pl.lit("reply").alias("list"), item="reply_id", card_type=nothing,
            card_id="card_id", rule_id=nothing,
        ),
    ]  # fmt: skip
    every = pl.concat([asked, *told], how="diagonal").sort("org_code", maintain_order=True)
    return every.with_columns(issue=pl.lit(contents[0].issue)).select(
        pl.col(name).cast(kind) for name, kind in ITEM.items()
    )
