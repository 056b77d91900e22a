"""The calculator's survival, capture-recapture, completeness, heaping, trends and nowcast."""

from __future__ import annotations

import polars as pl

from .adair_lopez import NO_RANDOM_EFFECT, adair_lopez
from .calculator_options import Options, each_group, whole_ages, with_notes
from .capture import capture, missed, warnings
from .cohort import exclude
from .column_type import dates, interval_years, named, numeric, other_columns, years_list
from .completeness import completeness, national_expectancy
from .errors import EstimatorError
from .heaping import age_sex_accuracy, heaping
from .nowcast import nowcast
from .rate import choose
from .separation import BOTH, sex_codes
from .survival import patients, survival
from .trend import trend

NATIONAL_TABLE = "未指定寿命表，使用随附的全国寿命表（WPP 2024），县区期望生存可能偏低"


def calculate_capture(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """All models, then each list."""
    lists = other_columns(frame, "count")
    typed = numeric(frame, *lists, "count")
    models = capture(typed, lists, options.level)
    options.notes += warnings(models)
    return pl.concat([models, missed(typed, models, lists)], how="diagonal")


def calculate_survival(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Survival by the remaining columns; exclusions go to the notes."""
    used = ["sex", "age_years", "diagnosis_date", "exit_date", "dead", "death_certificate_only"]
    at = years_list(options.at) if isinstance(options.at, str) else options.at
    typed = dates(numeric(frame, "age_years", "dead"), "diagnosis_date", "exit_date")
    patients(typed)  # names the first bad row before any row is left out
    kept, counts = exclude(typed)
    for reason, count in counts.iter_rows():
        if count:
            options.notes.append(f"已排除 {count} 例：{reason}")
    method = options.method or ("observed" if options.lifetable is None else "pohar-perme")
    table = None if options.lifetable is None else _life_table(options.lifetable)
    if table is None and method != "observed":
        table = options.national_lifetable
        options.notes.append(NATIONAL_TABLE)
    made = survival(
        kept,
        other_columns(frame, *used),
        method=method,
        at=at,
        life_table=table,
        level=options.level,
    )
    return with_notes(made, options).drop("at_risk")


def _life_table(frame: pl.DataFrame) -> pl.DataFrame:
    """The supplied life table as numbers; its faults say that they are in the life table."""
    measure = "qx" if "qx" in frame.columns and "hazard" not in frame.columns else "hazard"
    try:
        return numeric(frame, "year", "age", measure)
    except EstimatorError as error:
        raise type(error)(f"寿命表：{error}", column=error.column, row=error.row) from None


def calculate_heaping(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Whipple and Myers by the remaining columns."""
    typed = numeric(frame, "age", "count")
    made = each_group(typed, other_columns(frame, "age", "count"), heaping)
    return with_notes(made, options)


def calculate_agesex(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """UN age-sex accuracy by the remaining columns."""
    used = ["age_start", "male", "female"]
    return each_group(numeric(frame, *used), other_columns(frame, *used), age_sex_accuracy)


def calculate_completeness(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Death distribution methods, or Adair-Lopez."""
    method = options.method or "ggb"
    if method.startswith("adair-lopez"):
        return _adair_lopez(frame, method, options)
    frame = named(
        frame,
        {
            "age_start": ("age",),
            "pop1": ("population_1", "population1"),
            "pop2": ("population_2", "population2"),
        },
    )
    typed = numeric(frame, "age_start", "pop1", "pop2", "deaths")
    expectancy = options.open_expectancy
    if method != "ggb" and expectancy is None and options.national_lifetable is not None:
        one_sex = "sex" in frame.columns and frame["sex"].n_unique() == 1
        sex = sex_codes([frame["sex"][0]])[0] if one_sex else BOTH
        open_age = max(typed["age_start"])
        expectancy = national_expectancy(options.national_lifetable, open_age, sex)
        options.notes.append(f"未指定最高年龄组期望寿命，取全国寿命表的 {expectancy} 岁")
    made = completeness(
        typed,
        method=method,
        years=interval_years(typed),
        deaths_summed=options.deaths_summed,
        open_expectancy=expectancy,
    )
    if made.select(pl.col("completeness").max() > 1).item():
        options.notes.append("有的年龄截取得到大于 1 的完整性：人口、死亡或迁移资料可能不一致")
    return whole_ages(made, "age_low", "age_high")


def _adair_lopez(frame: pl.DataFrame, method: str, options: Options) -> pl.DataFrame:
    models = {"adair-lopez": None, "adair-lopez-1": 1, "adair-lopez-2": 2}
    wanted = choose(models, method)
    chosen = [wanted] if wanted else [1, 2] if "u5compl" in frame.columns else [2]
    typed = numeric(frame, "year", "reg_cdr", "pct65", "u5mr")
    if 1 in chosen:
        typed = numeric(typed, "u5compl")
    options.notes.append(NO_RANDOM_EFFECT)
    null = pl.lit(None, pl.Float64)
    by = other_columns(frame, "reg_cdr", "pct65", "u5mr", "u5compl")
    parts = [
        adair_lopez(typed, model=model).select(
            *by,
            pl.lit(f"adair-lopez-{model}").alias("method"),
            null.alias("age_low"),
            null.alias("age_high"),
            "completeness",
        )
        for model in chosen
    ]
    return pl.concat(parts)


def calculate_trend(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """APC by the remaining columns."""
    used = ["year", "count", "population"]
    return each_group(
        numeric(frame, *used),
        other_columns(frame, *used),
        lambda group: trend(
            group, joinpoints=options.joinpoints, choice=options.choice, level=options.level
        ),
    )


def calculate_nowcast(frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Chain ladder by the remaining columns."""
    used = ["period", "delay", "count"]
    by = other_columns(frame, *used)
    return each_group(numeric(frame, *used), by, lambda group: nowcast(group, options.level))
