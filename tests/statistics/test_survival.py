"""indicator.survival: values by hand, the gate, and whose hazards are expected."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from estimators.cohort import Reportable
from flows.statistics import national
from flows.statistics.hazard import Expected, expected_hazards
from flows.statistics.net_survival import NO_DEATH, TOO_FEW, survival_rows
from flows.statistics.survival import excluded, write_survival
from tests.statistics.cards import AREA, GROUPS, cards, counted, day, people

CLOSING = date(2025, 12, 31)
NATION = Expected(national.hazards(), "china_wpp2024")
ALL_TIMES = Reportable((1, 3, 5), "pohar-perme", "可报告")


def cohort(size, dead, died_after=180, diagnosis="2020-01-01", group="ALL"):
    """``size`` men of 60; ``dead`` of them die after so many days, the others reach the closing."""
    start = day(diagnosis)
    return pl.DataFrame(
        {
            "group_code": [group] * size,
            "sex": ["1"] * size,
            "age_years": [60.5] * size,
            "diagnosis_date": [start] * size,
            "exit_date": [date.fromordinal(start.toordinal() + died_after)] * dead
            + [CLOSING] * (size - dead),
            "dead": [1] * dead + [0] * (size - dead),
        }
    )


def at(table, time, method, sex="0", group="ALL"):
    found = table.filter(
        (pl.col("time_years") == time)
        & (pl.col("method") == method)
        & (pl.col("sex") == sex)
        & (pl.col("group_code") == group)
    )
    return found.row(0, named=True)


def test_a_quarter_dead_leaves_three_quarters_and_net_survival_is_higher():
    table = survival_rows(cohort(40, 10), ALL_TIMES, NATION, CLOSING)
    observed, net = at(table, 5, "observed"), at(table, 5, "pohar-perme")
    assert observed["survival"] == pytest.approx(0.75)
    assert (observed["at_risk"], observed["patient_count"]) == (30, 40)
    assert observed["ci_low"] < 0.75 < observed["ci_high"] < net["ci_high"]
    assert 0.75 < net["survival"] < 0.9
    assert (observed["life_table"], net["life_table"]) == (None, "china_wpp2024")


def test_both_sexes_and_each_sex_have_rows_for_every_time_and_method():
    women = cohort(20, 5).with_columns(sex=pl.lit("2"))
    table = survival_rows(pl.concat([cohort(40, 10), women]), ALL_TIMES, NATION, CLOSING)
    sizes = dict(table.select("sex", "patient_count").unique().iter_rows())
    assert sizes == {"0": 60, "1": 40, "2": 20}
    assert table.height == 3 * 3 * 2


@pytest.mark.parametrize(("size", "reason"), [(9, TOO_FEW), (10, None)])
def test_nine_patients_are_too_few_and_ten_are_not(size, reason):
    found = at(survival_rows(cohort(size, 3), ALL_TIMES, NATION, CLOSING), 1, "observed")
    assert found["reason_zh"] == reason
    assert (found["survival"] is None) == (reason is not None)


def test_a_time_that_fewer_than_ten_could_reach_has_no_survival():
    late = cohort(30, 5, diagnosis="2023-06-01")
    found = at(survival_rows(late, ALL_TIMES, NATION, CLOSING), 3, "observed")
    assert found["survival"] is None
    assert found["reason_zh"] == "可随访满 3 年的病例少于 10，不给出该时点的生存率"


def test_nobody_dead_gives_one_without_a_false_interval():
    found = at(survival_rows(cohort(30, 0), ALL_TIMES, NATION, CLOSING), 1, "observed")
    assert (found["survival"], found["ci_low"], found["ci_high"]) == (1.0, None, None)
    assert found["reason_zh"] == NO_DEATH


def test_few_diagnosis_years_give_observed_survival_only():
    gate = Reportable((1,), "observed", "诊断年份仅 2 年，不足 5 年，只报告观察生存率")
    table = survival_rows(cohort(30, 6), gate, NATION, CLOSING)
    assert at(table, 1, "observed")["survival"] == pytest.approx(0.8)
    refused = table.filter(pl.col("survival").is_null())
    assert refused.height == table.height - 2  # one year, both sexes and men
    assert refused["reason_zh"].str.starts_with("暂不具备条件：").all()


def test_every_reason_is_counted_also_when_nobody_has_it():
    first = pl.DataFrame({"left_out": ["性别不明", None, None]}, schema={"left_out": pl.String})
    counts = dict(excluded(first).iter_rows())
    assert counts.pop("性别不明") == 1
    assert counts.pop("纳入分析") == 2
    assert len(counts) == 6
    assert set(counts.values()) == {0}


def published(draft, tumour, death):
    """The table made from cards, and its exclusions."""
    draft.execute("create schema if not exists reference")
    groups = GROUPS.with_columns(grouping=pl.lit("big"))
    draft.register("groups", groups)
    draft.execute("create or replace table reference.cancer_group as select * from groups")
    frames = {"tumour": tumour, "death": death, "tumour_death": death.clear()}
    cells = people([2025])
    nothing = counted(cells, "death", pl.lit(0))
    write_survival(draft, frames, cells, nothing, [AREA], day("2026-02-15"))
    return draft.sql("from indicator.survival").pl()


def six_years():
    """Thirty patients in each of six years, a third of whom die within the year."""
    rows = [
        {
            "event_date": date(year, 1 + number % 12, 10),
            "death_date": date(year, 1 + number % 12, 25) if number < 10 else None,
        }
        for year in range(2020, 2026)
        for number in range(30)
    ]
    return cards(*rows)


def quarterly_deaths(first_year):
    return cards(
        *(
            {"event_date": date(year, month, 5), "person_id": f"d{year}{month}"}
            for year in range(first_year, 2026)
            for month in (2, 5, 8, 11)
        )
    )


def test_five_year_net_survival_needs_deaths_linked_over_all_diagnosis_years(draft):
    whole = published(draft, six_years(), quarterly_deaths(2020))
    net = at(whole, 5, "pohar-perme", group="104")
    assert net["period"] == "2020-2025"
    assert net["survival"] == pytest.approx(2 / 3, abs=0.12)
    assert net["group_name_zh"] == "胃"
    late = published(draft, six_years(), quarterly_deaths(2022))
    assert late["survival"].null_count() == late.height
    assert set(late["reason_zh"]) == {"暂不具备条件：死亡资料未比对到随访截止日（2025-12-31）"}


def test_more_than_a_tenth_lost_gives_no_survival(draft):
    tumour = six_years().with_columns(
        card_status=pl.when(pl.int_range(pl.len()) % 6 == 5)
        .then(pl.lit("6"))
        .otherwise("card_status")
    )
    table = published(draft, tumour, quarterly_deaths(2020))
    assert table["survival"].null_count() == table.height
    assert table["reason_zh"].str.starts_with("暂不具备条件：失访比例").all()


def national_deaths(cells, year=2025):
    """Deaths at the national rates, to the next whole number."""
    rates = national.rates(national.of_year(year))
    dying = cells.join(rates, on=["sex", "age_from"], maintain_order="left")
    return dying.with_columns(count=(pl.col("population") * pl.col("rate")).ceil())


def hazards_of(cells, change=None):
    dying = national_deaths(cells)
    dying = dying.with_columns(count=change) if change is not None else dying
    deaths = counted(dying, "death", pl.col("count"))
    return expected_hazards(cells, deaths, AREA, [2024, 2025])


AGE, COUNT = pl.col("age_from"), pl.col("count")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (None, "county"),
        (pl.when(AGE < 30).then(0).otherwise(COUNT), "county"),  # filled from the nation
        (pl.when(AGE == 30).then(0).otherwise(COUNT), "china_wpp2024"),
        (COUNT * 0.4, "china_wpp2024"),  # people would live ten years longer: deaths are missing
        (COUNT * 0, "china_wpp2024"),
    ],
)
def test_the_county_table_is_used_when_its_deaths_allow(change, name):
    assert hazards_of(people([2024, 2025]), change).name == name


def test_the_county_table_has_a_hazard_above_zero_at_every_age():
    cells = people([2025])
    found = hazards_of(cells, pl.when(AGE < 30).then(0).otherwise(COUNT))
    assert found.table["hazard"].min() > 0
    men = found.table.filter((pl.col("sex") == "1") & (pl.col("age") == 60))["hazard"][0]
    row = national_deaths(cells).filter((pl.col("sex") == "1") & (AGE == 60)).row(0, named=True)
    assert men == pytest.approx(row["count"] / row["population"])
