"""`zhikong stat`: the estimators as a calculator on a CSV file.

Only typer and the standard library are imported at the top, so the command line starts quickly.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.form import Form, FormOption

if TYPE_CHECKING:
    import polars as pl

LIFE_TABLES = Path(__file__).parent.parent / "reference" / "life_table"
ENCODINGS = ("utf-8-sig", "gb18030")


class Language(StrEnum):
    """Language of refusals."""

    zh = "zh"
    en = "en"


def run_stat(name: str, frame: pl.DataFrame, **options: Any) -> pl.DataFrame:
    """The table `zhikong stat` prints: estimator ``name`` on ``frame`` (cells may be text).

    ``options`` are the fields of ``estimators.calculator.Options`` (per, method, level, a0,
    lifetable, at, deaths_summed, joinpoints ...). Pass ``notes=[]`` to receive warnings.
    Raises ``estimators.errors.EstimatorError`` with column and row where known.
    """
    from dataclasses import fields

    from estimators.calculator import Options, calculate
    from estimators.errors import InvalidOptionError

    unknown = set(options) - {field.name for field in fields(Options)}
    if unknown:
        raise InvalidOptionError(f"没有选项 {sorted(unknown)[0]}", column=sorted(unknown)[0])
    chosen = Options(**options)
    if name == "survival" and chosen.lifetable is None:
        chosen.national_lifetable = read_table(LIFE_TABLES / "china_wpp2024.csv")
    if name == "completeness" and chosen.open_expectancy is None:
        chosen.national_lifetable = read_table(LIFE_TABLES / "china_wpp2024_abridged.csv")
    return calculate(name, frame, chosen)


def read_table(file: Path) -> pl.DataFrame:
    """A CSV file (or - for standard input) as text columns; UTF-8 or GB18030, blanks trimmed."""
    import polars as pl

    from estimators.errors import EstimatorError

    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise EstimatorError("编码既不是 UTF-8 也不是 GB18030，请另存为 UTF-8 的 CSV")
    if not text.strip():
        raise EstimatorError("文件是空的")
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False)
    except pl.exceptions.PolarsError:
        # the library's own message quotes cell values
        raise EstimatorError("不是完整的 CSV：各行列数不一致或引号不成对") from None
    frame = frame.rename(lambda name: name.strip().removeprefix("\ufeff"))
    blank = pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == "")
    return frame.head(int(frame.select((~blank).arg_true().max().fill_null(-1)).item()) + 1)


def _printed(frame: pl.DataFrame, form: Form) -> str:
    """The result as aligned text, a JSON list of objects or CSV; nulls stay nulls, never NaN."""
    import json

    rows = frame.to_dicts()
    if form == Form.json:
        lists = {"list", "missed_percent"}
        if lists <= set(frame.columns):  # models and lists are two kinds of rows
            rows = [
                {key: value for key, value in row.items() if (key in lists) == bool(row["list"])}
                for row in rows
            ]
        return json.dumps(rows, ensure_ascii=False, indent=1, allow_nan=False)
    if form == Form.csv:
        return frame.write_csv().rstrip("\n")
    cells = [frame.columns, *([_short(value) for value in row.values()] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(frame.columns))]
    lines = ["  ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(lines)


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.7g}"
    return "" if value is None else str(value)


def _refusal(file: Path, error: Exception, language: Language) -> str:
    """One line: file, column, row (as in the data and as in the file), what, what to do."""
    column, row = getattr(error, "column", None), getattr(error, "row", None)
    if language == Language.en:
        where = f", column {column}" if column else ""
        where += f", data row {row + 1} (line {row + 2})" if row is not None else ""
        return f"{file}{where}: {getattr(error, 'english', 'cannot be read')}"
    where = f"，{column} 列" if column else ""
    where += f"，第 {row + 1} 条数据（文件第 {row + 2} 行）" if row is not None else ""
    return f"输入有误：{file}{where}：{error}"


def stat(
    name: Annotated[
        str,
        typer.Argument(help="统计量名称，写错时会列出全部"),
    ],
    file: Annotated[Path, typer.Argument(help="CSV 文件，- 为标准输入")],
    form: FormOption = Form.text,
    per: Annotated[
        float | None, typer.Option(help="率的基数（rate 默认 1000，standardise 默认 100000）")
    ] = None,
    method: Annotated[str | None, typer.Option(help="方法，见各统计量")] = None,
    level: Annotated[float, typer.Option(help="置信水平")] = 0.95,
    a0: Annotated[str, typer.Option(help="数字、coale-demeny 或 andreev-kingkade")] = "0.1",
    lifetable: Annotated[
        Path | None, typer.Option(help="寿命表 CSV：sex, year, age, hazard 或 qx")
    ] = None,
    at: Annotated[str, typer.Option(help="生存率的年数")] = "1,3,5",
    deaths_summed: Annotated[
        bool, typer.Option("--deaths-summed", help="死亡数是两次人口之间的合计")
    ] = False,
    open_expectancy: Annotated[
        float | None, typer.Option(help="最高年龄组期望寿命（seg、ggbseg）")
    ] = None,
    joinpoints: Annotated[str, typer.Option(help="转折点个数或 auto")] = "0",
    choice: Annotated[str, typer.Option(help="auto 的选择方法：bic 或 permutation")] = "bic",
    lang: Annotated[Language, typer.Option(help="提示语言")] = Language.zh,
) -> None:
    """把统计方法当计算器用：读一个 CSV，打印结果。"""
    from estimators.errors import EstimatorError

    notes: list[str] = []
    reading = file
    try:
        if lifetable is not None:
            reading = lifetable
        table = None if lifetable is None else read_table(lifetable)
        reading = file
        result = run_stat(
            name,
            read_table(file),
            per=per,
            method=method,
            level=level,
            a0=a0,
            lifetable=table,
            at=at,
            deaths_summed=deaths_summed,
            open_expectancy=open_expectancy,
            joinpoints=joinpoints,
            choice=choice,
            notes=notes,
        )
    except FileNotFoundError:
        typer.echo(f"输入有误：{reading}：找不到文件，请核对路径", err=True)
        raise typer.Exit(2) from None
    except (EstimatorError, OSError) as error:
        typer.echo(_refusal(reading, error, lang), err=True)
        raise typer.Exit(2) from None
    for note in notes:
        typer.echo(f"提示：{note}", err=True)
    typer.echo(_printed(result, form))
