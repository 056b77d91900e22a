"""`zhikong sample`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.sample import write_sample
from flows.sample.error import SampleError


def sample(
    directory: Annotated[Path, typer.Argument(help="写入 DIR/inbox 和 DIR/truth.csv")],
    year: Annotated[int, typer.Option(help="最后一个完整数据年")] = 2025,
    deaths: Annotated[int | None, typer.Option(help="该年户籍死亡数，其余按比例")] = None,
    faults: Annotated[float, typer.Option(help="每张卡的错误比例，0 为全部正确")] = 0.0,
    seed: Annotated[int, typer.Option(help="随机种子，相同种子结果相同")] = 1,
    area: Annotated[str | None, typer.Option(help="县区编码，6 位")] = None,
    preset: Annotated[str | None, typer.Option(help="taishun 或 qianyang")] = None,
    years: Annotated[
        int | None, typer.Option(help="数据年数，默认 3；死亡超过 10 万时为 1")
    ] = None,
) -> None:
    """生成合成数据（虚构人员），附错误答案 truth.csv。"""
    try:
        write_sample(
            directory,
            year=year,
            deaths=deaths,
            faults=faults,
            seed=seed,
            area=area,
            preset=preset,
            years=years,
        )
    except SampleError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(f"合成数据已写入 {directory}（inbox、truth.csv、README.md）。")
