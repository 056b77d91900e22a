"""`zhikong units`: look over a summary written by hand before it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, show


def units(
    files: Annotated[list[Path], typer.Argument(help="总结或表格：txt、md、docx、xlsx、csv")],
    form: FormOption = Form.text,
) -> None:
    """核对手工填写的例数、率和人口数，指出写错的单位（%、‰、/万、/10万）。"""
    import polars as pl

    from flows.units.file import remarks

    found = pl.concat([remarks(file) for file in files])
    show(found, form)
    if form is Form.text:
        typer.echo(f"{len(files)} 个文件，{found.height} 处请核实")
