"""The calculator's rates, proportions, standardised rates and life tables."""

from __future__ import annotations

import polars as pl

from .calculator_options import LIMITS, Options, whole_ages, with_notes
from .cause_deleted import cause_deleted_life_table
from .column_type import numeric, other_columns
from .funnel import funnel
from .life_table import life_table
from .premature import premature_mortality
from .rate import proportion, rate, ratio, smr
from .silence import surprise
from .standardise import standardise


def calculate_rate(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """The value count / population."""
    typed = numeric(numeric(frame, "count"), "population", optional=True)
    made = rate(
        typed, per=options.per or 1000, method=options.method or "exact", level=options.level
    )
    if made["value"].null_count():
        options.notes.append("人口为 0 或缺失的行不计算率")
    return made.select(*other_columns(frame, "count", "population"), *LIMITS)


def calculate_proportion(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """The value count / total."""
    typed = numeric(numeric(frame, "count"), "total", optional=True)
    made = proportion(typed, method=options.method or "wilson", level=options.level)
    if made["value"].null_count():
        options.notes.append("分母为 0 或缺失的行不计算比例")
    return made.select(*other_columns(frame, "count", "total"), *LIMITS)


def calculate_ratio(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """The value count_a / count_b."""
    typed = numeric(frame, "count_a", "count_b")
    made = ratio(typed, level=options.level)
    return made.select(*other_columns(frame, "count_a", "count_b"), *LIMITS)


def calculate_smr(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """The value observed / expected."""
    typed = numeric(frame, "observed", "expected")
    made = smr(typed, per=options.per or 1, method=options.method or "exact", level=options.level)
    return made.select(*other_columns(frame, "observed", "expected"), *LIMITS)


def calculate_standardise(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Direct standardisation by the remaining columns."""
    typed = numeric(numeric(frame, "count", "weight"), "population", optional=True)
    by = other_columns(frame, "age_group", "count", "population", "weight")
    made = standardise(
        typed,
        by,
        per=options.per or 100_000,
        method=options.method or "dobson",
        level=options.level,
        minimum_count=options.minimum_count,
    )
    return with_notes(made, options).drop("count", "population")


def calculate_lifetable(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Life tables by the remaining columns."""
    used = ["age_start", "deaths", "population"]
    extra = ["underreporting"] if "underreporting" in frame.columns else []
    typed = numeric(frame, *used, *extra)
    by = other_columns(frame, *used, *extra)
    made = life_table(typed, by, a0=infant_years(options.a0), level=options.level)
    kept = [*by, "age_start", "qx", "lx", "ex", "ci_low", "ci_high"]
    return whole_ages(with_notes(made.select(*kept, "refused"), options), "age_start")


def calculate_premature(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """40q30 by the remaining columns."""
    used = ["age_start", "deaths", "population"]
    extra = ["underreporting"] if "underreporting" in frame.columns else []
    typed = numeric(frame, *used, *extra)
    by = other_columns(frame, *used, *extra)
    made = premature_mortality(typed, by, level=options.level)
    return with_notes(made.select(*by, *LIMITS, "refused"), options)


def calculate_causedeleted(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Life expectancy without one cause, by the remaining columns."""
    used = ["age_start", "deaths", "population", "cause_deaths"]
    by = other_columns(frame, *used)
    made = cause_deleted_life_table(numeric(frame, *used), by, a0=infant_years(options.a0))
    return whole_ages(with_notes(made, options), "age_start")


def calculate_funnel(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Funnel limits of shares (count, total) or ratios (count, expected), with over-dispersion."""
    kind, base = ("ratio", "expected") if "expected" in frame.columns else ("proportion", "total")
    made = funnel(numeric(frame, "count", base), kind=kind)
    return made.drop("count", base)


def calculate_silence(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Tail probabilities of observed counts given expected ones (size: negative binomial k)."""
    typed = numeric(frame, "observed", "expected")
    if "size" in frame.columns:
        typed = numeric(typed, "size", optional=True)
    return surprise(typed).drop("observed", "expected", "size", strict=False)


def infant_years(text: str) -> float | str:
    """The a0 option: a number where it is one, else the name of a formula."""
    try:
        return float(text)
    except ValueError:
        return text
