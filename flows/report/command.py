"""`zhikong report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import HomeOption


def report(
    year: Annotated[int, typer.Option("--year", help="报告年份（数据年，须已结束）")],
    area: Annotated[str | None, typer.Option("--area", help="6 位县区编码")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="写到这个文件")] = None,
    template: Annotated[
        Path | None, typer.Option("--template", help="自己的 .docx 模板（占位符见手册）")
    ] = None,
    internal: Annotated[
        bool, typer.Option("--internal", help="内部资料：不隐去少于 5 例的格")
    ] = False,
    freeze: Annotated[
        str | None, typer.Option("--freeze", help="按这一冻结时的数据写，并注明")
    ] = None,
    home: HomeOption = None,
) -> None:
    """写年度报告草稿（.docx，第 22 条的十个要素）。"""
    from flows.home import Home, UserError
    from flows.report.build import write_report
    from flows.report.inspection import inspect
    from flows.units.file import remarks

    place, citation = Home.find(home), ""
    if freeze is not None:
        from flows.freeze import frozen

        made = frozen(place, freeze)
        if made.year != year:
            raise UserError(f"冻结“{freeze}”是 {made.year} 年的，请用 --year {made.year}。")
        place, citation = made.home, made.citation_zh
    path = write_report(place, year, area, output, template, internal, citation)
    typer.echo(f"已写入 {path}（草稿，待审核签发）")
    missing = [found for found in inspect(path) if not found.is_present]
    for remark in remarks(path).to_dicts():
        typer.echo(f"单位核对：{remark['text_zh']}")
    typer.echo(f"十个要素中有内容的 {10 - len(missing)} 个")
    for found in missing:
        typer.echo(f"  缺：{found.name_zh}（{found.reason_zh}）")
