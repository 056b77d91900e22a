"""indicator.trend: a known change, and why a short or thin series has none."""

from __future__ import annotations

import polars as pl
import pytest

from flows.statistics.trend import trends

PLACE = {"area_code": "330329", "residency": "registered", "indicator": "crude_death_rate_per_1000"}


def rates(counts, first=2019, population=100_000.0):
    return pl.DataFrame(
        {
            "year": range(first, first + len(counts)),
            "count": [float(count) for count in counts],
            "population": [population] * len(counts),
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in PLACE.items())


def test_ten_per_cent_a_year_is_an_apc_and_aapc_of_ten():
    (row,) = trends(rates([1000, 1100, 1210, 1331])).to_dicts()
    assert row["apc_percent"] == pytest.approx(10)
    assert row["aapc_percent"] == pytest.approx(10)
    assert row["ci_low"] < 10 < row["ci_high"]
    assert row["aapc_ci_low"] == pytest.approx(row["ci_low"])
    assert (row["year_from"], row["year_to"], row["year_count"]) == (2019, 2022, 4)
    assert row["reason_zh"] is None


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([1000, 1100, 1210], "完整年份只有 3 年，不足 4 年，不计算趋势"),
        ([2, 2, 2, 3], "各年合计事件数少于 10，不计算趋势"),
        ([0, 0, 0, 40], "事件只出现在一个年份，没有趋势可言"),
    ],
)
def test_a_thin_series_has_a_reason_and_no_numbers(counts, reason):
    (row,) = trends(rates(counts)).to_dicts()
    assert row["reason_zh"] == reason
    assert row["apc_percent"] is None and row["aapc_percent"] is None


def test_a_turn_gives_two_segments_and_their_average():
    up, down = [10_000 * 1.1**k for k in range(6)], [10_000 * 1.1**5 * 0.9**k for k in range(1, 6)]
    table = trends(rates([round(value) for value in up + down]))
    assert table["segment"].to_list() == [1, 2]
    assert table["apc_percent"].to_list() == pytest.approx([10, -10], abs=0.1)
    assert table["year_to"][0] == table["year_from"][1] == 2024
    assert table["aapc_percent"].n_unique() == 1
    assert table["aapc_percent"][0] == pytest.approx(100 * ((1.1 * 0.9) ** 0.5 - 1), abs=0.1)


def test_years_without_events_at_an_end_give_finite_numbers_or_a_reason():
    for counts in ([0, 0, 0, 5, 40, 60, 2], [0, 0, 0, 0, 0, 50, 60, 70, 50], [9, 0, 0, 1]):
        table = trends(rates(counts))
        numbers = table.select("apc_percent", "ci_low", "ci_high", "aapc_ci_low", "aapc_ci_high")
        assert table["reason_zh"].null_count() == table.height
        for column in numbers.iter_columns():
            assert column.is_finite().all()


def test_no_rates_give_no_rows():
    assert trends(rates([1, 2, 3, 4]).clear()).is_empty()
