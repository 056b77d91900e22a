"""The last twelve months end where what came covers them."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.data_state import last_months
from flows.scope import Scope

NIGHT = date(2026, 5, 20)


@pytest.mark.parametrize(
    ("exports", "until", "stopped"),
    [
        ({}, NIGHT, []),
        ({"death": date(2026, 5, 19), "tumour": date(2026, 4, 2)}, date(2026, 4, 2), []),
        # Diabetes cards came two years ago: they have no last months, and shorten nobody's.
        ({"death": date(2026, 5, 19), "diabetes": date(2024, 6, 1)}, date(2026, 5, 19),
         ["diabetes"]),
        ({"death": date(2026, 6, 1)}, NIGHT, []),  # a clock that is ahead
    ],
)  # fmt: skip
def test_it_is_the_oldest_of_the_newest_exports_of_what_still_comes(exports, until, stopped):
    sheets = pl.DataFrame(
        [(name, f"{name}.csv", datetime.combine(day, datetime.min.time()))
         for name, day in exports.items()],
        schema={"card_type": pl.String, "source_file": pl.String, "exported_at": pl.Datetime("us")},
        orient="row",
    )  # fmt: skip
    assert last_months(sheets, {}, NIGHT) == (until, stopped)


def test_an_export_of_last_years_cards_says_nothing_of_this_year():
    sheets = pl.DataFrame(
        {"card_type": ["death"], "source_file": ["a.csv"], "exported_at": [datetime(2026, 5, 10)]},
        schema_overrides={"exported_at": pl.Datetime("us")},
    )
    scopes = {"a.csv": Scope(last=date(2025, 12, 31))}
    assert last_months(sheets, scopes, NIGHT) == (date(2025, 12, 31), [])
