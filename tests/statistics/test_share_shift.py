"""indicator.share_shift: what moved is found, what did not is not, and nothing is told too much."""

from __future__ import annotations

from datetime import date

import polars as pl

from flows.statistics.share_shift import FEW, MOVED, NO_EARLIER, USUAL, share_shift

AS_OF = date(2025, 12, 31)
AREA = "330329"
GROUPS = pl.DataFrame(
    {"icd10": ["I63.9", "C16.9", "X70.9"], "measure": ["56", "26", "108"],
     "name_zh": ["脑血管病", "胃癌", "自杀"]}
)  # fmt: skip


def deaths(year: int, **codes: int) -> list[dict]:
    """So many deaths of each code (`I63_9`) in a year."""
    return [
        {"event": "death", "event_date": date(year, 6, 15), "icd10": code.replace("_", ".")}
        for code, count in codes.items()
        for _ in range(count)
    ]


def made(rows: list[dict]) -> pl.DataFrame:
    usual = {"area_code": AREA, "org_code": "H1", "is_official": True, "is_verified": False,
             "is_certificate_only": False}  # fmt: skip
    events = pl.DataFrame([usual | row for row in rows])
    return share_shift(events, [AREA], GROUPS, AS_OF)


def of(table: pl.DataFrame, measure: str, org: str | None = None) -> dict:
    row = table.filter((pl.col("measure") == measure) & pl.col("org_code").eq_missing(org))
    return row.row(0, named=True)


def steady(last: dict[str, int]) -> pl.DataFrame:
    earlier = {"I63_9": 60, "C16_9": 40, "X70_9": 10, "R99": 10, "J44_9": 80}
    rows = [row for year in (2022, 2023, 2024) for row in deaths(year, **earlier)]
    return made(rows + deaths(2025, **(earlier | last)))


def test_a_share_that_jumped_is_pointed_out_without_blame_and_the_others_are_not():
    table = steady({"R99": 40})
    moved = table.filter(pl.col("is_moved"))
    assert set(moved["measure"]) >= {"R00-R99", "CN_symptom"}
    assert set(moved["text_zh"]) == {MOVED}
    found = of(table, "R00-R99")
    assert (found["part_count"], found["total_count"]) == (40, 230)
    assert (found["earlier_part_count"], found["earlier_total_count"]) == (30, 600)
    assert found["earlier_years"] == 3 and found["expected"] == 230 * 30 / 600
    assert found["p_value"] < found["q_value"] < 0.05
    assert found["ci_low"] < found["difference_points"] < found["ci_high"]
    assert of(table, "56")["text_zh"] == USUAL


def test_a_steady_county_has_nothing_pointed_out():
    assert not steady({})["is_moved"].any()


def test_too_few_or_no_earlier_years_are_said_and_not_tested():
    few = made(
        [row for year in (2023, 2024, 2025) for row in deaths(year, I63_9=40, C16_9=3)]
    )  # fmt: skip
    assert of(few, "26")["reason_zh"] == FEW and of(few, "26")["p_value"] is None
    new = made(deaths(2025, I63_9=40, C16_9=30))
    assert of(new, "26")["reason_zh"] == NO_EARLIER


def test_an_institution_s_rows_name_no_sensitive_cause_and_hold_no_small_expectation():
    table = steady({"X70_9": 40})
    assert of(table, "108")["is_moved"]
    hospital = table.filter(pl.col("org_code") == "H1")
    assert "108" not in hospital["measure"].to_list()
    assert hospital["p_value"].null_count() == 0


def test_the_grounds_of_tumours_are_compared_as_well():
    rows = [
        {"event": "tumour", "event_date": date(year, 3, 1), "icd10": "C16.9",
         "is_verified": number < verified, "is_certificate_only": False}
        for year, verified in ((2023, 80), (2024, 80), (2025, 40))
        for number in range(100)
    ]  # fmt: skip
    found = of(made(rows), "MV")
    assert found["share_percent"] == 40.0 and found["earlier_share_percent"] == 80.0
    assert found["is_moved"] and found["name_zh"] == "病理学诊断（MV）"


def test_no_cards_give_an_empty_table():
    empty = pl.DataFrame(
        schema={"event": pl.String, "event_date": pl.Date, "area_code": pl.String,
                "org_code": pl.String, "icd10": pl.String, "is_official": pl.Boolean,
                "is_verified": pl.Boolean, "is_certificate_only": pl.Boolean}
    )  # fmt: skip
    assert share_shift(empty, [AREA], GROUPS, AS_OF).is_empty()
