"""`zhikong score`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import CountyOption, Form, FormOption, HomeOption, show


def score(
    year: Annotated[int | None, typer.Option("--year", help="评估年")] = None,
    first: Annotated[int | None, typer.Option("--from", help="从这一评估年起，多年并列")] = None,
    area: Annotated[
        str | None, typer.Option("--area", help="县区编码；市、省编码（末两位 00）为所辖各县")
    ] = None,
    items: Annotated[bool, typer.Option("--items", help="只列条目合计")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="各县各年并列")] = False,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="写出考核组所填的评分表（.xlsx）")
    ] = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option("--what-if", help="假设：名称=数值，如 audit=100；只限处理现有记录的细则"),
    ] = None,
    freeze: Annotated[str | None, typer.Option("--freeze", help="引用已冻结的年度")] = None,
    county: CountyOption = None,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """第 17–22 条：指标值、区间、得分、两个结论、还缺什么。"""
    import polars as pl

    from flows.county.wanted import of_county
    from flows.home import Home
    from flows.published import score_sheet
    from flows.scorecard.show import gathered, item_rows, write_form
    from flows.scorecard.wide import side_by_side

    if county is not None and freeze is not None:
        raise typer.BadParameter("冻结的是整库，不能与 --county 同用；请用 --area")
    found = gathered(of_county(Home.find(home), county), year, first, area, what_if or [], freeze)
    if form is Form.text:
        for remark in found.remarks:
            typer.echo(remark)
    if xlsx is not None:
        write_form(found, xlsx)
        typer.echo(f"已写出 {xlsx}")
        return
    if wide or items:
        table = side_by_side(found.rows) if wide else item_rows(found.rows)
        if what_if and form is not Form.text:  # an assumption is never without its mark
            table = table.with_columns(assumed_zh=pl.lit(f"假设：{'、'.join(what_if)}"))
        show(table, form)
    else:
        show(score_sheet(found.rows) if form is Form.text else found.rows.drop("area_name"), form)
