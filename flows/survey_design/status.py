"""When the next survey of item 20 is due."""

from __future__ import annotations

from datetime import date

import polars as pl

from flows.criteria import SurveyWithin, read_criteria
from flows.home import Home
from flows.publish import criteria_files
from flows.published import open_published
from flows.survey_design.evidence import ITEM_NO


def status(home: Home) -> pl.DataFrame:
    """One row a county: 县, 最近调查年, 最近签发日期, 下次应完成, 状态.

    A survey whose documents were issued in year S is within the span until the end of S + span - 1
    (item 20.1 looks back over whole calendar years), so the next is due in S + span.
    """
    span = survey_span(home)
    with open_published(home) as connection:
        as_of = connection.execute("select as_of from reference.home").fetchall()[0][0]
        found = connection.execute(
            "with listed as (select area_code, max(year) as survey_year from indicator.survey"
            " where purpose = 'household_survey' and area_code is not null group by area_code),"
            " issued as (select left(area_code, 6) as area_code, max(done_on) as issued_on"
            " from reference.evidence where item_no = ? and criterion_no = 1 and done = '1'"
            " and issued_by is not null and done_on <= ? group by left(area_code, 6)),"
            " home as (select area_code from reference.home where area_code is not null)"
            " select area_code, survey_year, issued_on from listed"
            " full join issued using (area_code) full join home using (area_code)"
            " order by area_code",
            [ITEM_NO, as_of],
        ).pl()
    rows = [
        (
            row["area_code"],
            row["survey_year"],
            row["issued_on"],
            *due_of(row["survey_year"], row["issued_on"], span, as_of),
        )
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(
        rows,
        schema={
            "县": pl.String, "最近调查年": pl.Int64, "最近签发日期": pl.Date,
            "下次应完成": pl.Date, "状态": pl.String,
        },
        orient="row",
    )  # fmt: skip


def due_of(
    survey_year: int | None, issued_on: date | None, span: int, as_of: date
) -> tuple[date, str]:
    """The day by which the next survey must be done, and how things stand.

    Args:
        survey_year: of the newest household survey whose cases are here.
        issued_on: when its documents were issued.
        span: calendar years that one survey counts.
        as_of: today.
    """
    if issued_on is None:
        known = survey_year is not None
        return date(
            as_of.year, 12, 31
        ), "已有调查名单，材料待签发" if known else "没有登记过漏报调查"
    due = date(issued_on.year + span, 12, 31)
    if as_of > due:
        return due, "已过期，请安排漏报调查"
    return due, "本年应完成" if as_of.year == due.year else "在有效期内"


def survey_span(home: Home) -> int:
    """Calendar years that item 20.1 looks back over, of the home's first criteria set."""
    for criterion in read_criteria(criteria_files(home)[0]).criteria:
        if criterion.item_no == ITEM_NO and isinstance(criterion.test, SurveyWithin):
            return criterion.test.years
    return 3
