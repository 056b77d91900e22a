"""`zhikong recheck`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, refuse_input, show

recheck = typer.Typer(
    help="质量复核：抽取住院病例卡、写出复核表、分析交回的复核表。",
    no_args_is_help=True,
    rich_markup_mode=None,
)
DrawOption = Annotated[str | None, typer.Option("--draw", help="抽样编号，默认最近一次")]


@recheck.command("draw")
def draw_cards(
    year: Annotated[int, typer.Option("--year", help="发病（诊断）年份")],
    size: Annotated[int, typer.Option("--size", min=1, help="每院每病种的份数，不足全取")] = 10,
    seed: Annotated[int | None, typer.Option("--seed", help="随机种子，默认为年份")] = None,
    again: Annotated[bool, typer.Option("--again", help="该年已抽样时再抽一次（均在案）")] = False,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """在县级及以上医院有住院号的终审卡中抽样，并登记在案。"""
    import polars as pl

    from flows.home import Home
    from flows.recheck.draw import draw

    made = draw(Home.find(home), year, seed, size, again=again)
    table = (
        made.rows.group_by("org_code", "disease", maintain_order=True)
        .agg(
            available_count=pl.col("available_count").first(),
            drawn_count=pl.len(),
            city_count=pl.col("is_city").sum(),
        )
        .with_columns(draw_id=pl.lit(made.draw_id))
    )
    if form is Form.text:
        row = made.rows.row(0, named=True)
        word = "已在案，未重抽" if made.is_old else "已登记"
        typer.echo(
            f"抽样 {made.draw_id}（{word}）：种子 {row['seed']}，每院每病种 {row['size']} 份，"
            f"共 {made.rows.height} 份，其中市级抽查 {int(made.rows['is_city'].sum())} 份"
        )
    show(table, form)


@recheck.command("sheet")
def sheets(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入的目录")],
    draw_id: DrawOption = None,
    city: Annotated[bool, typer.Option("--city", help="只写市级抽查的部分")] = False,
    home: HomeOption = None,
) -> None:
    """按医院写出复核表（.xlsx）：卡片编号、住院号和应调取的记录，不含姓名。"""
    import polars as pl

    from flows.home import Home, UserError
    from flows.recheck.draw import drawn
    from flows.recheck.sheet import write_sheets
    from flows.store import opened

    with opened(Home.find(home)) as store:
        every = drawn(store)
    if not every.height:
        raise UserError("还没有抽样，请先运行 zhikong recheck draw。")
    wanted = draw_id or every.sort("drawn_on", "draw_id")["draw_id"][-1]
    rows = every.filter(pl.col("draw_id") == wanted)
    if not rows.height:
        raise UserError(f"没有抽样 {wanted}。")
    for file in write_sheets(rows.filter(pl.col("is_city")) if city else rows, output):
        typer.echo(f"已写出 {file}")


@recheck.command("analyse")
def analyse_sheets(
    files: Annotated[list[Path], typer.Argument(help="医院交回的复核表")],
    draw_id: DrawOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="结果写入该 .xlsx 文件")
    ] = None,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """分析交回的复核表：完整率、ICD 前三位符合率、诊断依据符合率、错误类型。"""
    from flows.home import Home
    from flows.recheck.analyse import analyse, made_on, write_result

    place = Home.find(home)
    if output is not None:
        refuse_input(output, *files)
    result = analyse(place, files, draw_id)
    if output is not None:
        write_result(output, result, made_on(place, draw_id))
        typer.echo(f"已写出 {output}")
        return
    if form is Form.text:
        for line in result.lines:
            typer.echo(line)
    show(result.measures, form)
    if form is Form.text and result.errors.height:
        show(result.errors, form)
