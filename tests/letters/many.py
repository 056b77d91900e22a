"""An approved issue of many letters, without a night."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from flows.home import Home
from flows.letters import mark
from flows.letters.issue import folder
from flows.letters.message import message
from flows.letters.past import REPLY
from flows.letters.rows import ROW
from flows.letters.standing import OWN
from flows.letters.workbook import Content, workbook
from flows.store import opened

DAY = date(2025, 3, 3)
SHOWN = {
    "row_no": pl.Int32, "waiting": pl.Int32, "visit_no": pl.String, "sex": pl.String,
    "age_years": pl.Int32, "month": pl.String, "label_zh": pl.String,
}  # fmt: skip
PLACE = dict.fromkeys(("org_code", "card_type", "month", "item", "card_id", "rule_id", "answer",
                       "label_zh", "message_zh"), pl.String)  # fmt: skip


def content(place: Home, number: int, org_code: str, **changes: object) -> Content:
    """A letter without a line, unless a test gives it some."""
    given: dict[str, object] = {
        "issue": number, "org_code": org_code, "org_name": f"合成{org_code}院",
        "mark": mark.written(place.key, number, org_code), "as_of": DAY, "data_until": DAY,
        "due_on": date(2025, 3, 12), "contact_zh": "县疾控",
        "rows": pl.DataFrame(schema={**ROW, **SHOWN}),
        "zero_reports": pl.DataFrame(schema=PLACE), "corrected": pl.DataFrame(schema=PLACE),
        "replies": pl.DataFrame(schema=REPLY), "own": pl.DataFrame(schema=OWN), "not_asked": [],
    }  # fmt: skip
    return Content(**(given | changes))  # type: ignore[arg-type]


def issue_of(place: Home, addresses: dict[str, str]) -> None:
    """Issue 1, approved, with a letter a unit: org_code -> address."""
    target: Path = folder(place, 1, is_draft=False)
    target.mkdir(parents=True)
    sheet = workbook(content(place, 1, "H"))
    with opened(place) as store:
        execute = store.connection.execute
        execute(
            "insert into state.letter_issue values (1, ?, ?, ?, 'approved', '张审核', ?)", [DAY] * 4
        )
        for org, address in addresses.items():
            ident = mark.message_id(place.key, 1, org)
            mail = message(content(place, 1, org), sheet, f"{org}.xlsx", address, ident)
            (target / f"{mark.stem(org)}.eml").write_bytes(mail)
            execute(
                "insert into state.letter_outbox values"
                " (1, ?, 'email', ?, 3, 4, 'prepared', 0, null, null, null)",
                [org, ident],
            )
