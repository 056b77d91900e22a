"""`zhikong evidence`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


def evidence(
    year: Annotated[int, typer.Option("--year", help="评估年")],
    area: Annotated[str | None, typer.Option("--area", help="6 位县区编码")] = None,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """佐证材料：按条目写出能生成的表、目录和待填登记，列出缺少的材料。"""
    import polars as pl

    from flows.evidence.build import build
    from flows.home import Home

    made = build(Home.find(home), year, area)
    rows = [
        (entry.material.number, entry.material.material_zh, entry.state,
         entry.file, entry.remark or entry.material.how_zh)
        for entry in (made.gaps if form is Form.text else made.entries)
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=["细则", "材料", "状态", "文件", "说明"], orient="row")
    if form is not Form.text:
        show(table, form)
        return
    have = len(made.entries) - len(made.gaps)
    typer.echo(f"已写入 {made.folder}：材料 {len(made.entries)} 项，已有 {have} 项；以下尚缺：")
    show(table.drop("文件"), form)
