"""quality.heaping: indices of ages and shares of days whose values are known beforehand."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from flows.statistics.heaping import FEW_AGES, FEW_DATES, ages, days, expected_share
from tests.statistics.cards import cards, day

FIRST, LAST = day("2023-01-01"), day("2025-12-31")


def aged(*years):
    return cards(*({"age_years": age, "year": 2024} for age in years))


def test_ages_spread_evenly_have_no_preference():
    (row,) = ages(aged(*(list(range(10, 90)) * 3)))
    assert row["whipple"] == pytest.approx(100)
    assert row["whipple_low"] < 100 < row["whipple_high"]
    assert row["myers"] == pytest.approx(0)
    assert (row["area_code"], row["year"], row["record_count"]) == ("330329", 2024, 240)


def test_ages_all_rounded_to_five_have_a_whipple_of_five_hundred():
    (row,) = ages(aged(*(list(range(10, 90, 5)) * 20)))
    assert row["whipple"] == pytest.approx(500)
    assert row["myers"] == pytest.approx(160, abs=5)


def test_fewer_than_a_hundred_ages_have_a_reason():
    (row,) = ages(aged(*([30] * 99)))
    assert row["reason_zh"] == FEW_AGES
    assert "whipple" not in row


def dated(every):
    return cards(*({} for _ in every)).with_columns(day=pl.Series(list(every), dtype=pl.Date))


def whole_years():
    return [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def test_a_card_every_day_of_three_years_shows_no_preference():
    (row,) = days(dated(whole_years()), FIRST, LAST)
    assert row["share_day_1"] == row["share_day_15"] == row["expected_share"] == 36 / 1096
    assert row["p_value"] == pytest.approx(1)
    assert (row["org_code"], row["area_code"], row["year"]) == ("H1", "330329", 2025)


def test_half_the_dates_on_the_first_are_no_chance():
    (row,) = days(dated([*whole_years()[:200], *[date(2024, 5, 1)] * 200]), FIRST, LAST)
    assert row["share_day_1"] > 0.5
    assert row["p_value"] < 1e-6


@pytest.mark.parametrize(("size", "tested"), [(152, False), (153, True)])
def test_a_test_needs_five_expected_on_a_day(size, tested):
    (row,) = days(dated([date(2024, 5, 3)] * size), FIRST, LAST)
    assert ("p_value" in row) == tested
    assert (row.get("reason_zh") == FEW_DATES) == (not tested)


def test_the_expected_share_knows_the_lengths_of_months():
    assert expected_share(day("2025-02-01"), day("2025-02-28")) == pytest.approx(1 / 28)
    assert expected_share(FIRST, LAST) == pytest.approx(36 / 1096)
