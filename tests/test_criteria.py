"""Criteria files: the shipped sets, the grammar of tests, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import criteria
from flows.criteria import (
    AgainstIndicator,
    Band,
    CriteriaError,
    Document,
    PerPoint,
    Present,
    SurveyWithin,
    Threshold,
    UrbanRural,
    parse_test,
    read_criteria,
)

FOLDER = Path(__file__).parents[1] / "reference/criteria"
SHARED = Path(__file__).parents[2] / "shared/design/criteria_items_17_22.csv"
HEADER = ",".join(criteria.COLUMNS)
LINE = "own,1,1,10,death_audit_percent,>= 90,要求,县,乡,,-1,,1"


def test_the_county_set_has_29_criteria_and_130_points() -> None:
    found = read_criteria(FOLDER / "zj-taishun-2013.csv")
    by_item: dict[int, float] = {}
    for criterion in found.criteria:
        by_item[criterion.item_no] = by_item.get(criterion.item_no, 0) + criterion.points_max
    assert len(found.criteria) == 29
    assert by_item == {17: 15, 18: 10, 19: 40, 20: 20, 21: 25, 22: 20}
    assert (found.final_month, found.final_day) == (4, 30)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/design is not here: the agreed table")
def test_the_county_set_is_the_agreed_table() -> None:
    shipped = (FOLDER / "zj-taishun-2013.csv").read_text("utf-8")
    assert shipped.splitlines() == SHARED.read_text("utf-8").splitlines()


@pytest.mark.parametrize("year", [2011, 2017, 2020])
def test_a_national_set_is_empty_and_says_why(year: int) -> None:
    assert read_criteria(FOLDER / f"national-{year}.csv").criteria == ()
    assert "Empty on purpose" in (FOLDER / f"national-{year}.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (">= 100", Threshold(">=", 100)),
        ("<  5", Threshold("<", 5)),
        ("> 66.5", Threshold(">", 66.5)),
        (">= 5 urban; >= 6 rural", UrbanRural(Threshold(">=", 5), Threshold(">=", 6))),
        ("0.6 <= x <= 0.8", Band(0.6, "<=", "<=", 0.8)),
        ("0.6 < x <= 0.8", Band(0.6, "<", "<=", 0.8)),
        (">= coronary_mortality_per_100k", AgainstIndicator(">=", "coronary_mortality_per_100k")),
        ("5 minus 1 per started point above 5; floor 0", PerPoint(5, 1, True, 5, 0)),
        ("10 minus 2 per full point above 3; floor 1", PerPoint(10, 2, False, 3, 1)),
        ("present", Present()),
        (
            "survey within the last 3 calendar years and process documents complete",
            SurveyWithin(3),
        ),
        ("plan exists and the sample is representative", Document("plan")),
        (">= 90 % of the drawn clusters came back", Document("field work")),
        ("report exists with its required parts", Document("report")),
    ],
)
def test_a_test_is_read_as_it_is_written(text: str, meaning: criteria.Test) -> None:
    assert parse_test(text) == meaning


@given(st.floats(0, 1e6).map(lambda number: round(number, 3)), st.sampled_from([">=", ">", "<"]))
def test_any_number_makes_a_threshold(number: float, operator: str) -> None:
    assert parse_test(f"{operator} {number:f}") == Threshold(operator, float(f"{number:f}"))


def write(folder: Path, *lines: str, header: str = HEADER) -> Path:
    file = folder / "own.csv"
    file.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return file


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (LINE.replace(">= 90", "at least 90"), "第 2 行，列 test"),
        (LINE.replace("own,1,1", "own,one,1"), "第 2 行，列 item_no"),
        (LINE.replace(",10,", ",0,"), "第 2 行，列 points_max"),
        (LINE.replace(",10,", ",many,"), "第 2 行，列 points_max"),
        (LINE.replace("death_audit_percent", "审核率"), "第 2 行，列 indicator"),
        (LINE.replace("-1,,1", "1,,1"), "第 2 行，列 data_year_offset"),
        (LINE.replace("-1,,1", "-1,户籍,1"), "第 2 行，列 scored_residency"),
        (LINE.replace("-1,,1", "-1,,yes"), "第 2 行，列 gap_counts"),
        (LINE.replace("own,1,1", "other,1,1"), "第 2 行，列 criteria_set"),
        (LINE + ",more", "第 2 行"),
        (LINE.rsplit(",", 3)[0], "第 2 行"),
    ],
)
def test_a_wrong_cell_is_named_by_file_row_and_column(
    tmp_path: Path, line: str, place: str
) -> None:
    with pytest.raises(CriteriaError, match=place) as raised:
        read_criteria(write(tmp_path, line))
    assert "own.csv" in str(raised.value)


def test_a_criterion_may_not_stand_twice(tmp_path: Path) -> None:
    with pytest.raises(CriteriaError, match="第 3 行，列 criterion_no"):
        read_criteria(write(tmp_path, LINE, LINE))


def test_other_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CriteriaError, match="第 1 行"):
        read_criteria(write(tmp_path, LINE, header=HEADER.replace("test", "rule")))


def test_a_set_cannot_ask_for_a_number_of_cases(tmp_path: Path) -> None:
    line = LINE.replace("death_audit_percent", "cancer_incidence_per_100k")
    with pytest.raises(CriteriaError, match=r"gap_counts.*只能为 0"):
        read_criteria(write(tmp_path, line))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(CriteriaError, match="no-such-set"):
        read_criteria(FOLDER / "no-such-set.csv")


def test_the_cut_off_day_and_the_windows_are_data(tmp_path: Path) -> None:
    file = write(tmp_path, LINE)
    file.with_suffix(".toml").write_text("final_month = 6\nfinal_day = 1\nreview_years = 1\n")
    found = read_criteria(file)
    assert (found.final_month, found.final_day, found.review_years) == (6, 1, 1)


def test_an_unknown_setting_of_a_set_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, LINE)
    file.with_suffix(".toml").write_text("final_mouth = 6\n")
    with pytest.raises(CriteriaError, match="final_mouth"):
        read_criteria(file)
