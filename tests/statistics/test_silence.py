"""quality.silence: the shortest telling window, its probability by hand, and its words."""

from __future__ import annotations

from datetime import date, datetime
from math import exp

import polars as pl
import pytest

from flows.statistics.month import Known
from flows.statistics.silence import FEWER, NOTHING, UNKNOWN, USUAL, silence

FIRST, LAST = 2022 * 12, 2025 * 12 + 11
KNOWN = Known(FIRST, LAST, date(2025, 12, 31))


def entered(per_month, months=range(FIRST, LAST + 1), org="H1"):
    """Cards entered: ``per_month`` of a month number says how many."""
    rows = [
        (org, datetime(month // 12, month % 12 + 1, 20))
        for month in months
        for _ in range(per_month(month))
    ]
    schema = {"org_code": pl.String, "created_time": pl.Datetime("us")}
    return pl.DataFrame(rows, schema=schema, orient="row")


def institutions(**changes):
    usual = {
        "org_code": "H1",
        "area_code": "330329",
        "reports_death": "1",
        "opened_on": None,
        "closed_on": None,
    }
    schema = dict.fromkeys(usual, pl.String) | {"opened_on": pl.Date, "closed_on": pl.Date}
    return pl.DataFrame([usual | changes], schema=schema)


NO_ZERO = pl.DataFrame(schema={"org_code": pl.String, "month": pl.String})


def judged(cards, zero=NO_ZERO, **changes):
    return silence(cards, institutions(**changes), zero, "death", KNOWN).to_dicts()


def test_eight_a_month_and_then_none_is_an_alarm_of_one_month():
    (row,) = judged(entered(lambda month: 8 if month < LAST else 0))
    assert row["time_window"] == "month"
    assert (row["window_from"], row["window_to"]) == (date(2025, 12, 1), date(2025, 12, 31))
    assert (row["observed"], row["expected"], row["earlier_years"]) == (0, 8.0, 3)
    assert row["probability"] == pytest.approx(exp(-8))
    assert row["distribution"] == "poisson"
    assert (row["is_alarm"], row["text_zh"], row["shade"]) == (True, FEWER, "alarm")


@pytest.mark.parametrize(("each", "window", "expected"), [(5, "month", 5), (2, "quarter", 6)])
def test_the_window_is_the_shortest_that_lets_expect_five(each, window, expected):
    (row,) = judged(entered(lambda month: each))
    assert (row["time_window"], row["expected"]) == (window, expected)
    assert (row["is_alarm"], row["text_zh"], row["shade"]) == (False, USUAL, "plain")


def test_too_few_to_expect_five_a_year_is_grey_and_no_alarm():
    (row,) = judged(entered(lambda month: int(month % 6 == 0 and month <= LAST - 12)))
    assert (row["time_window"], row["expected"], row["observed"]) == ("year", 2.0, 0)
    assert (row["is_alarm"], row["text_zh"], row["shade"]) == (False, NOTHING, "grey")


def test_seasons_are_compared_with_the_same_season():
    winter = entered(lambda month: 20 if month % 12 in (11, 0, 1) else 5)
    (row,) = judged(winter)
    assert (row["observed"], row["expected"], row["text_zh"]) == (20, 20.0, USUAL)


def test_counts_that_jump_about_make_the_expectation_negative_binomial():
    (row,) = judged(entered(lambda month: 0 if month == LAST else 16 * (month % 2)))
    assert row["distribution"] == "negative_binomial"
    assert row["probability"] > exp(-row["expected"])


def test_a_silence_of_many_months_does_not_hide_itself():
    (row,) = judged(entered(lambda month: 8 if month <= LAST - 9 else 0))
    assert row["is_alarm"] is True


def test_years_before_the_first_card_are_not_years_of_none():
    recent = range(LAST - 23, LAST + 1)
    (row,) = judged(entered(lambda month: 6, recent))
    assert (row["expected"], row["earlier_years"]) == (6.0, 1)


def test_without_an_earlier_year_nothing_is_judged():
    (row,) = judged(entered(lambda month: 6, range(LAST - 5, LAST + 1)))
    assert (row["expected"], row["probability"], row["is_alarm"]) == (None, None, False)
    assert (row["text_zh"], row["shade"]) == (UNKNOWN, "grey")


def test_a_reporter_that_never_sent_a_card_is_grey():
    (row,) = judged(entered(lambda month: 6, org="H2").clear())
    assert (row["observed"], row["text_zh"], row["shade"]) == (0, NOTHING, "grey")


def test_one_that_closed_or_need_not_report_has_no_row():
    nothing = entered(lambda month: 0)
    assert judged(nothing, closed_on=date(2025, 6, 30)) == []
    assert judged(nothing, reports_death="0") == []


def test_zero_reports_of_the_window_are_shown_beside():
    zero = pl.DataFrame({"org_code": ["H1", "H1"], "month": ["2025-12", "2025-10"]})
    (row,) = judged(entered(lambda month: 8 if month < LAST else 0), zero=zero)
    assert row["zero_report_months"] == 1


def test_the_words_never_accuse():
    for text in (FEWER, NOTHING, USUAL, UNKNOWN):
        assert not any(word in text for word in ("漏报", "瞒报", "错误", "批评"))
