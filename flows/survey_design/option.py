"""Options that the commands of a survey share; cheap to import."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

AreaOption = Annotated[str | None, typer.Option("--area", help="6 位地区编码，默认本县")]
YearOption = Annotated[int, typer.Option("--year", help="调查的事件年份")]
OutOption = Annotated[Path, typer.Option("-o", "--output", help="写入的目录")]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="随机种子，默认为年份")]
CutoffOption = Annotated[
    datetime | None,
    typer.Option("--cutoff", formats=["%Y-%m-%d"], help="截止日，默认次年 3 月 31 日"),
]


def day_of(moment: datetime | None) -> date | None:
    """The day of an option."""
    return None if moment is None else moment.date()
