"""Who is reminded of a month without a card: a silent unit, not a county whose export is late."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from flows.fields import CARDS, EVENT_DATE
from flows.home import Home
from flows.letters.lists import silent_months
from flows.letters.past import ITEM, REPLY, Past

UNITS = ["A", "B", "C", "D"]
NOBODY_ASKED = Past(
    pl.DataFrame(schema=ITEM | {"night": pl.Date}),
    pl.DataFrame(schema={"finding_id": pl.String}),
    pl.DataFrame(schema=REPLY),
)


def frames(senders: list[str]) -> dict[str, pl.DataFrame]:
    """Four units that report deaths; those with a death in May 2026."""
    day = {"org_code": pl.String, "created_time": pl.Datetime("us"), "report_date": pl.Date}
    cards = {name: pl.DataFrame(schema=day | {EVENT_DATE[name]: pl.Date}) for name in CARDS}
    cards["death"] = pl.DataFrame(
        {"org_code": senders, "death_date": [date(2026, 5, 3)] * len(senders)},
        schema={"org_code": pl.String, "death_date": pl.Date},
    ).with_columns(created_time=pl.lit(None, pl.Datetime("us")), report_date=pl.lit(None, pl.Date))
    return cards | {
        "institution": pl.DataFrame(
            {"org_code": UNITS} | {f"reports_{name}": [str(int(name == "death"))] * 4
                                   for name in CARDS}
        ).with_columns(opened_on=pl.lit(None, pl.Date), closed_on=pl.lit(None, pl.Date)),
        "monthly_report": pl.DataFrame(
            {"org_code": ["A"], "card_type": ["death"], "month": ["2025-12"]}
        ),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("senders", "reminded"),
    [
        (["A", "B", "C"], ["D"]),
        (["A", "B"], ["C", "D"]),
        (["A"], []),  # one card that came by itself says nothing of the others
        ([], []),
    ],
)
def test_units_are_reminded_of_a_month_that_has_come(
    tmp_path: Path, senders: list[str], reminded: list[str]
) -> None:
    settings = Home(tmp_path).settings
    asked = silent_months(frames(senders), NOBODY_ASKED, date(2026, 6, 30), settings)
    assert asked["org_code"].sort().to_list() == reminded
