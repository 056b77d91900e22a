"""What the tables reference/rule_cause_*.csv say of an underlying cause, by the number of its code.

The rows come from the tables of WHO, NCHS (ACME) and others that each row names.  Where several
rows hold a code the strictest speaks: one code, one verdict.
"""

from functools import cache

import polars as pl

from validators import reference
from validators.cause_code import codes, members, union

SEVERITIES = ("error", "warning", "query")
#: Verdicts of rows that make no finding.
SILENT = "info"
#: Age as one number: days under one year, else completed years times this.
YEAR = 1000
DAYS_PER_MONTH = 30
NO_AGE, ANY_AGE = -1, 10**6


@cache
def verdicts(table: str) -> dict[str, pl.Series]:
    """Return, by severity, which codes a table holds against; the strictest row of a code wins."""
    rows = reference.table(table)
    found: dict[str, pl.Series] = {}
    stricter = members("")
    for severity in SEVERITIES:
        held = union(rows.filter(pl.col("severity") == severity)["codes"])
        found[severity] = held & ~stricter
        stricter = stricter | held
    return found


def unlikely() -> pl.Series:
    """Return which codes are unlikely to cause death and not already unacceptable."""
    unacceptable = verdicts("rule_cause_unacceptable")
    held = verdicts("rule_cause_unlikely")["query"]
    return held & ~unacceptable["error"] & ~unacceptable["warning"] & ~unacceptable["query"]


@cache
def for_other_sex(sex: str, severity: str) -> pl.Series:
    """Return which codes speak against this sex (rule_cause_sex.csv names the only sex)."""
    rows = reference.table("rule_cause_sex").filter(pl.col("only_sex") != sex)
    held = members("")
    for level in SEVERITIES[: SEVERITIES.index(severity) + 1]:
        own = union(rows.filter(pl.col("severity") == level)["codes"])
        if level == severity:
            return own & ~held
        held = held | own
    return held


@cache
def garbage() -> pl.DataFrame:
    """Return scheme, level, name_zh, codes (joined), source: one row a scheme and level."""
    return (
        reference.table("rule_cause_garbage")
        .group_by("scheme", "level", maintain_order=True)
        .agg(pl.col("name_zh").first(), pl.col("codes").str.join(" "), pl.col("source").first())
    )


@cache
def age_limits(severity: str, province: str) -> tuple[pl.Series, pl.Series]:
    """Return the lowest and highest likely age of every code, as numbers of `YEAR`.

    Rows that a province's own table replaces do not hold there.
    """
    rows = reference.table("rule_cause_age").filter(
        (pl.col("severity") == severity)
        & (pl.col("codes") != "*")
        & (pl.col("superseded_in").fill_null("") != (province or "-"))
    )
    return _limits([tuple(row) for row in rows.select(*LIMITS).iter_rows()])


LIMITS = ("codes", "age_from", "age_to", "unit")


@cache
def provincial_age_limits() -> tuple[pl.Series, pl.Series]:
    """Return the province's likely ages of every code (rule_age_cause.csv holds unlikely ages)."""
    rows = reference.table("rule_age_cause").filter(
        (pl.col("card_type") == "death") & (pl.col("field") == "underlying_cause")
    )
    limits: list[tuple[str | None, ...]] = []
    for ranges, first, last in rows.select("codes", "age_from", "age_to").iter_rows():
        # Unlikely up to `last` means likely from then on; unlikely from `first` on, likely before.
        if int(first) == 0:
            limits.append((ranges, str(int(last) + 1), None, "year"))
        else:
            limits.append((ranges, None, str(int(first) - 1), "year"))
    return _limits(limits)


def _limits(rows: list[tuple[str | None, ...]]) -> tuple[pl.Series, pl.Series]:
    low = pl.repeat(NO_AGE, codes().len(), dtype=pl.Int32, eager=True)
    high = pl.repeat(ANY_AGE, codes().len(), dtype=pl.Int32, eager=True)
    for ranges, first, last, unit in rows:
        held = members(str(ranges))
        if first:
            bound = lowest(int(first), str(unit))
            low = low.set(held & (low < bound), bound)
        if last:
            bound = highest(int(last), str(unit))
            high = high.set(held & (high > bound), bound)
    return low, high


def lowest(value: int, unit: str) -> int:
    """Return the smallest number of an age that has reached `value` units."""
    if unit == "year":
        return value * YEAR
    days = value if unit == "day" else value * DAYS_PER_MONTH
    return days if days < 365 else days // 365 * YEAR


def highest(value: int, unit: str) -> int:
    """Return the largest number of an age of at most `value` completed units."""
    if unit == "year":
        return (value + 1) * YEAR - 1
    days = value if unit == "day" else (value + 1) * DAYS_PER_MONTH - 1
    return days if days < 365 else days // 365 * YEAR + YEAR - 1


@cache
def suggestions() -> pl.DataFrame:
    """Return code, meaning_zh, suggestion_zh, severity: what to put in place of a code.

    One row per code that is not acceptable as underlying cause; for the county's own pages.  What
    a letter may say of it is another matter: `validators.suggestion`.
    """
    rows = reference.table("rule_cause_unacceptable").filter(pl.col("severity") != SILENT)
    held = [codes().filter(members(ranges)) for ranges in rows["codes"]]
    told = (
        rows.select("meaning_zh", "suggestion_zh", "severity", code=pl.Series(held))
        .filter(pl.col("code").list.len() > 0)
        .explode("code")
        .select("code", "meaning_zh", "suggestion_zh", "severity")
    )
    rank = pl.col("severity").replace_strict(
        list(SEVERITIES), list(range(len(SEVERITIES))), return_dtype=pl.Int32
    )
    return told.sort("code", rank).unique("code", keep="first", maintain_order=True)
