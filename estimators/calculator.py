"""The estimators by name: text table in, one row a result out, as ``zhikong stat`` promises."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from . import calculator_model, calculator_rate
from .calculator_options import Options
from .errors import EstimatorError, InvalidOptionError

__all__ = ["ESTIMATORS", "Options", "calculate"]

ESTIMATORS: dict[str, Callable[[pl.DataFrame, Options], pl.DataFrame]] = {
    "rate": calculator_rate.calculate_rate,
    "proportion": calculator_rate.calculate_proportion,
    "standardise": calculator_rate.calculate_standardise,
    "lifetable": calculator_rate.calculate_lifetable,
    "premature": calculator_rate.calculate_premature,
    "capture": calculator_model.calculate_capture,
    "survival": calculator_model.calculate_survival,
    "heaping": calculator_model.calculate_heaping,
    "completeness": calculator_model.calculate_completeness,
    "trend": calculator_model.calculate_trend,
    "ratio": calculator_rate.calculate_ratio,
    "smr": calculator_rate.calculate_smr,
    "agesex": calculator_model.calculate_agesex,
    "nowcast": calculator_model.calculate_nowcast,
    "causedeleted": calculator_rate.calculate_causedeleted,
    "funnel": calculator_rate.calculate_funnel,
    "silence": calculator_rate.calculate_silence,
}


WITH_METHOD = {"rate", "proportion", "standardise", "smr", "survival", "completeness"}


def calculate(name: str, frame: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Run one estimator on a table whose cells may be text; reasons and warnings go to the notes.

    Raises InvalidOptionError for an unknown name and the estimator's own named errors; a table
    without rows is refused.
    """
    if name not in ESTIMATORS:
        raise InvalidOptionError(
            f"没有名为 {name} 的统计量，可选：{'、'.join(ESTIMATORS)}", column="NAME"
        )
    if frame.height == 0:
        raise EstimatorError("文件没有数据行")
    if options.method is not None and name not in WITH_METHOD:
        raise InvalidOptionError(f"{name} 没有可选的方法，请去掉 --method", column="method")
    return ESTIMATORS[name](frame, options)
