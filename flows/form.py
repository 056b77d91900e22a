"""How commands print a table, and the options they share; cheap to import."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl


class Form(StrEnum):
    """How a table is printed."""

    text = "text"
    json = "json"
    csv = "csv"


HomeOption = Annotated[Path | None, typer.Option("--home", help="安装目录，默认 ./var")]
CountyOption = Annotated[
    str | None, typer.Option("--county", help="打开该县（市）自己的发布库 published/CODE.duckdb")
]
FormOption = Annotated[Form, typer.Option("--format", help="输出格式")]


def refuse_input(output: Path, *inputs: Path) -> None:
    """Keep a command from writing over what it reads.

    Raises:
        UserError: the output is one of the inputs, under whatever name.
    """
    from flows.home import UserError

    if any(output.exists() and file.exists() and output.samefile(file) for file in inputs):
        raise UserError(f"{output} 是输入的文件，写入会毁掉它；请换一个输出文件名。")


def show(frame: pl.DataFrame, form: Form) -> None:
    """Print a table as text, JSON (a list of objects) or CSV."""
    if form is Form.json:
        import json

        from flows.printable import escaped_json

        rows = json.dumps(frame.to_dicts(), ensure_ascii=False, default=_plain, indent=1)
        typer.echo(escaped_json(rows))
    elif form is Form.csv:
        typer.echo(_inert(frame).write_csv(), nl=False)
    else:
        from flows.table import as_text

        typer.echo(as_text(frame))


def _inert(frame: pl.DataFrame) -> pl.DataFrame:
    """The same table; a cell that a spreadsheet would work out begins with an apostrophe."""
    import polars as pl

    from flows.printable import not_a_formula, written

    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    return frame.with_columns(
        pl.col(name).map_elements(lambda text: not_a_formula(written(text)), return_dtype=pl.String)
        for name in texts
    )


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
