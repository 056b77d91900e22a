"""`zhikong start`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.form import HomeOption


def start(
    area: Annotated[str | None, typer.Option("--area", help="6 位县区编码")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="核实单上的联系单位和电话；默认本县疾控中心慢病科")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="人口模板的年份，默认去年")] = None,
    institution: Annotated[
        list[str] | None, typer.Option("--institution", help="编码=名称，可重复")
    ] = None,
    home: HomeOption = None,
) -> None:
    """第一次使用：写设置和填表模板（人口、机构、月报、佐证），并说明接下来做什么。"""
    import sys

    from flows.home import Home, UserError, today
    from flows.start.first_day import county_of, write_start

    given = list(institution or [])
    if area is None:
        if not sys.stdin.isatty():
            raise UserError("请用 --area 给出 6 位县区编码，如 zhikong start --area 330329。")
        area = typer.prompt("6 位县区编码")
        name = name or typer.prompt("核实单上的联系单位和电话", default="") or None
        year = year or typer.prompt("人口年份", default=today().year - 1, type=int)
        while answer := typer.prompt("机构（编码=名称，直接回车结束）", default=""):
            given.append(answer)
    pairs = [text.partition("=") for text in given]
    wrong = [
        text for text, (code, _, title) in zip(given, pairs, strict=True) if not (code and title)
    ]
    if wrong:
        raise UserError(f"机构应写成 编码=名称，现为 {wrong[0][:40]!r}。")
    county = county_of(
        area, name, year or today().year - 1,
        {code.strip(): title.strip() for code, _, title in pairs},
    )  # fmt: skip
    for line in write_start(Home.find(home), county):
        typer.echo(line)
