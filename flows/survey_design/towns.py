"""The drawn towns, read back from `sample.csv` of a plan that waits for its villages."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.home import UserError
from flows.survey_design.draw import TOWN
from flows.survey_design.plan_file import SAMPLE, Plan


def read_towns(folder: Path, plan: Plan) -> pl.DataFrame:
    """TOWN of a plan of stage `towns`.

    Raises:
        UserError: the villages are drawn already, or the file is not the one written.
    """
    if plan.stage != "towns":
        raise UserError(f"{folder} 的方案已抽到村（居）和住户，不能再换抽样框。")
    file = folder / SAMPLE
    try:
        table = pl.read_csv(file, infer_schema=False)
        return table.select(
            (pl.col(name) == "true" if kind == pl.Boolean else pl.col(name).cast(kind)).alias(name)
            for name, kind in TOWN.items()
        )
    except (OSError, pl.exceptions.PolarsError):
        raise UserError(f"{file} 不是方案写出的样本文件，请恢复原来的文件。") from None
