"""Tumour patients followed through death cards: who they are, until when, and who is left out."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from estimators.cohort import DEATH_CERTIFICATE_ONLY, NO_FOLLOW_UP
from estimators.expected_hazard import YEAR_DAYS

ALL = "ALL"
UNDATED = "诊断日期不全"
SEX_UNKNOWN = "性别不明"
AGE_UNKNOWN = "年龄不明"
DEATH_UNDATED = "已死亡但死亡日期不详"
DEAD_BEFORE = "死亡日期早于诊断日期"
#: Why a patient is left out, in the order the reasons are looked at.
REASONS = (
    *(DEATH_CERTIFICATE_ONLY, UNDATED, SEX_UNKNOWN, AGE_UNKNOWN),
    *(DEATH_UNDATED, DEAD_BEFORE, NO_FOLLOW_UP),
)
#: What is asked of a tumour card.
USED = [
    *("card_id", "person_id", "icd10", "sex", "age_years", "birth_date", "event_date", "year"),
    *("death_date", "death_date_year", "vital_status", "card_status", "last_contact_date"),
    *("last_follow_up_date", "diagnosis_basis", "diagnosis_basis_national"),
    *("is_counted", "count_base"),
]
OLDEST = 130
#: Days a death may take to be reported and audited (30 for townships) before a year is closed.
LAG_DAYS = 30
LONGEST_WINDOW = 10
#: A diagnosis year with fewer cases than this share of the largest years' was not fully registered.
REGISTERED_SHARE = 0.5
LARGEST_YEARS = 3


def closing_date(as_of: date) -> date:
    """The last 31 December at least 30 days before ``as_of``."""
    settled = as_of - timedelta(days=LAG_DAYS)
    return date(settled.year if settled >= date(settled.year, 12, 31) else settled.year - 1, 12, 31)


def diagnosis_years(years: pl.Series, closing: date) -> list[int]:
    """The newest unbroken run of fully registered years up to the closing one, at most ten long.

    ``years``: diagnosis year of each patient. Cards of earlier years exist mostly for those who
    died later, and the newest years may still be coming in: a year counts from half the median of
    the three largest of the last ten years on.
    """
    counts = dict(years.drop_nulls().value_counts().iter_rows())
    window = range(closing.year, closing.year - LONGEST_WINDOW, -1)
    largest = sorted((counts.get(year, 0) for year in window), reverse=True)[:LARGEST_YEARS]
    least = max(REGISTERED_SHARE * largest[len(largest) // 2], 1)
    found: list[int] = []
    for year in window:
        if counts.get(year, 0) >= least:
            found.insert(0, year)
        elif found:
            break
    return found


def linked_to(death_days: pl.Series, first_year: int, closing: date) -> date | None:
    """Up to when deaths of the county are known without a quarter's gap since ``first_year``.

    ``death_days``: dates of death of the county's people. None when its first quarter has none.
    """
    known = death_days.dt.truncate("1q").unique().drop_nulls()
    quarters = {(day.year, (day.month - 1) // 3) for day in known}
    reached = None
    for year in range(first_year, closing.year + 1):
        for quarter in range(4):
            if (year, quarter) not in quarters:
                return reached
            month = quarter * 3 + 4
            reached = date(year + month // 13, (month - 1) % 12 + 1, 1) - timedelta(days=1)
    return reached


def death_dates(death: pl.DataFrame, tumour_death: pl.DataFrame) -> pl.DataFrame:
    """person_id, area_code, died_on: from death cards and a registry's death records."""
    columns = ["person_id", "area_code", "event_date"]
    usable = death.select(*columns, "count_base").filter(pl.col("count_base") != "none")
    both = pl.concat([usable.select(columns), tumour_death.select(columns)])
    known = both.filter(pl.col("event_date").is_not_null())
    return known.group_by("person_id").agg(
        pl.col("area_code").sort_by("event_date").first(), died_on=pl.col("event_date").min()
    )


def patients(
    tumour: pl.DataFrame, deaths: pl.DataFrame, groups: pl.DataFrame, closing: date
) -> pl.DataFrame:
    """First tumours with their follow-up to ``closing``, one row a person and group.

    ``tumour``: typed tumour cards of one county; ``deaths``: person_id, died_on; ``groups``:
    icd10_category, group_code. Returns group_code (ALL: the first of any), person_id, year, sex,
    age_years, diagnosis_date, exit_date, dead, left_out (null: in; else the reason). A person not
    known to be dead or lost is alive at the closing date (deaths are found by linkage).
    """
    cards = tumour.select(USED)
    cards = cards.filter(pl.col("is_counted") & (pl.col("count_base") == "official"))
    cards = cards.with_columns(icd10_category=pl.col("icd10").str.slice(0, 3))
    cards = cards.join(groups.select("icd10_category", "group_code"), on="icd10_category")
    cards = cards.join(deaths.select("person_id", "died_on"), on="person_id", how="left")
    columns = [
        *("group_code", "person_id", "year", "sex", "age_years", "diagnosis_date"),
        *("exit_date", "dead", "left_out"),
    ]
    cards = _followed(cards, closing).select(*columns, "card_id")
    cards = cards.sort("diagnosis_date", "card_id", nulls_last=True).drop("card_id")
    each = cards.unique(["person_id", "group_code"], keep="first", maintain_order=True)
    first = each.unique("person_id", keep="first", maintain_order=True)
    return pl.concat([first.with_columns(group_code=pl.lit(ALL)), each])


def _followed(cards: pl.DataFrame, closing: date) -> pl.DataFrame:
    """The cards with exit_date, dead, exact age where the birth date is known, and left_out."""
    diagnosis = pl.col("event_date")
    vital = pl.col("vital_status").fill_null("")
    status = pl.col("card_status").fill_null("0")
    # The certificate's date is taken before the tumour card's: it is the legal one.
    died = pl.coalesce("died_on", "death_date")
    said_dead = (vital == "2") | (status == "7") | pl.col("death_date_year").is_not_null()
    dead = (died <= closing).fill_null(False)
    undated = died.is_null() & said_dead
    lost = ((vital == "9") | (status == "6") | undated) & ~dead
    seen = pl.coalesce("last_contact_date", "last_follow_up_date", diagnosis)
    last_seen = pl.min_horizontal(seen, pl.lit(closing))
    exact = (diagnosis - pl.col("birth_date")).dt.total_days() / YEAR_DAYS
    age = pl.coalesce(exact, pl.col("age_years") + 0.5)
    basis, national = pl.col("diagnosis_basis").fill_null(""), pl.col("diagnosis_basis_national")
    only = (national == "0").fill_null(False) | (national.is_null() & (basis == "10"))
    cards = cards.with_columns(
        diagnosis_date=diagnosis,
        age_years=age,
        dead=dead.cast(pl.Int8),
        exit_date=pl.when(dead)
        .then(died)
        .when(lost)
        .then(pl.max_horizontal(last_seen, diagnosis))
        .otherwise(pl.lit(closing)),
    )
    tests = {
        DEATH_CERTIFICATE_ONLY: only,
        UNDATED: pl.col("diagnosis_date").is_null(),
        SEX_UNKNOWN: ~pl.col("sex").is_in(["1", "2"]).fill_null(False),
        AGE_UNKNOWN: ~pl.col("age_years").is_between(0, OLDEST).fill_null(False),
        DEATH_UNDATED: undated,
        DEAD_BEFORE: (pl.col("dead") == 1) & (pl.col("exit_date") < pl.col("diagnosis_date")),
        NO_FOLLOW_UP: (pl.col("exit_date") <= pl.col("diagnosis_date")).fill_null(False),
    }
    reason = pl.lit(None, pl.String)
    for text in reversed(REASONS):
        reason = pl.when(tests[text]).then(pl.lit(text)).otherwise(reason)
    return cards.with_columns(left_out=reason)
