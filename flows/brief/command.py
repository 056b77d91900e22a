"""`zhikong brief`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import HomeOption


def brief(
    month: Annotated[str | None, typer.Option("--month", help="月份，YYYY-MM")] = None,
    quarter: Annotated[str | None, typer.Option("--quarter", help="季度，YYYYQn")] = None,
    area: Annotated[str | None, typer.Option("--area", help="6 位县区编码")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到这个文件")] = None,
    home: HomeOption = None,
) -> None:
    """写月度或季度通报草稿（.docx，约两页，各机构按名称排列）。"""
    from flows.brief.period import read_period
    from flows.brief.write import write_brief
    from flows.home import Home

    path = write_brief(Home.find(home), read_period(month, quarter), area, output)
    typer.echo(f"已写入 {path}（草稿，待审核签发）")
