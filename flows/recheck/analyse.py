"""What a review found: complete records, the same ICD category, the same basis, kinds of error."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from estimators.rate import proportion
from flows.home import Home, UserError
from flows.recheck.answer import read_answers
from flows.recheck.draw import DISEASES, drawn
from flows.recheck.sheet import FILLED, disease_zh, rows_of
from flows.store import opened

#: Fewer than this have exact limits.
EXACT_BELOW = 30
MEASURES = {
    "returned": ("复核完成率", "抽中的卡", "已交回的卡"),
    "complete": ("病例完整率", "已交回的卡", "四项核心记录齐全的卡"),
    "same_category": (
        "ICD编码符合率（前三位）", "已交回且病案有编码的卡", "前三位与报告卡相同的卡",
    ),
    "same_basis": (
        "诊断依据符合率（肿瘤）", "已交回且病案有诊断依据的肿瘤卡", "依据代码全部相同的卡",
    ),
}  # fmt: skip
SCHEMA: dict[str, Any] = {
    "指标": pl.String, "病种": pl.String, "机构": pl.String, "分子": pl.Int64, "分母": pl.Int64,
    "率%": pl.Float64, "95%下限": pl.Float64, "95%上限": pl.Float64, "区间方法": pl.String,
}  # fmt: skip
ALL = "合计"


class Result:
    """The tables of one analysis, and the lines that say what they are of."""

    def __init__(self, lines: list[str], measures: pl.DataFrame, errors: pl.DataFrame) -> None:
        """Hold them."""
        self.lines, self.measures, self.errors = lines, measures, errors


def analyse(home: Home, files: list[Path], draw_id: str | None) -> Result:
    """Compare returned sheets with their draw.

    Raises:
        UserError: nothing was drawn, the draw is unknown, or a sheet cannot be read.
    """
    with opened(home) as store:
        every = drawn(store)
    if not every.height:
        raise UserError("还没有抽样，请先运行 zhikong recheck draw。")
    newest = every.sort("drawn_on", "draw_id")["draw_id"][-1]
    wanted = draw_id or str(newest)
    rows = every.filter(pl.col("draw_id") == wanted)
    if not rows.height:
        known = "、".join(every["draw_id"].unique().sort())
        raise UserError(f"没有抽样 {wanted}；在案的抽样：{known}。")
    year = int(rows["year"][0])
    draws = every.filter(pl.col("year") == year)["draw_id"].n_unique()
    answers = read_answers(files, set(rows["card_id"]))
    return Result(_lines(rows, answers, draws), measured(rows, answers), error_table(rows, answers))


def _lines(rows: pl.DataFrame, answers: pl.DataFrame, draws: int) -> list[str]:
    first = rows.row(0, named=True)
    lines = [
        f"抽样 {first['draw_id']}：{first['year']} 年，{first['drawn_on']} 抽取，"
        f"种子 {first['seed']}，每院每病种 {first['size']} 份（不足全取），"
        f"{rows['org_code'].n_unique()} 家医院，"
        f"{rows.height} 份；交回 {answers.height} 份"
    ]
    if draws > 1:
        lines.append(f"该年共抽样 {draws} 次，均在案；本结果只用 {first['draw_id']}")
    lines.append("各率为抽中卡的未加权比例；报告卡内容取自抽样当日")
    return lines


def measured(rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """SCHEMA: each measure in all, by disease, by institution and by both.

    Wilson limits, or exact ones (Clopper-Pearson) below EXACT_BELOW cards. What nobody could judge
    (no code or basis in the record) is in no denominator.
    """
    both = rows.join(answers, on="card_id", how="left", suffix="_found", maintain_order="left")
    returned = pl.col("source_file").is_not_null()
    judged = both.with_columns(
        returned=returned,
        complete=pl.when(returned).then(pl.all_horizontal(*FILLED)),
        same_category=pl.col("icd10_category_found") == pl.col("icd10_category"),
        same_basis=pl.when((pl.col("disease") == "tumour") & returned).then(
            _sorted("diagnosis_basis_found") == _sorted("diagnosis_basis")
        ),
        disease_zh=pl.col("disease").replace_strict(
            {name: disease_zh(name) for name in DISEASES}, return_dtype=pl.String
        ),
        org=pl.coalesce("org_name", "org_code"),
    )
    parts = []
    for keys in ([], ["disease_zh"], ["org"], ["org", "disease_zh"]):
        for name, (title, _, _) in MEASURES.items():
            known = judged.filter(pl.col(name).is_not_null())
            grouped = known.group_by(keys, maintain_order=True) if keys else known.group_by(
                pl.lit(ALL).alias("all")
            )  # fmt: skip
            counted = grouped.agg(
                count=pl.col(name).sum().cast(pl.Int64), total=pl.len().cast(pl.Int64)
            )
            for column, source in (("病种", "disease_zh"), ("机构", "org")):
                value = pl.col(source) if source in keys else pl.lit(ALL)
                counted = counted.with_columns(value.alias(column))
            counted = counted.filter(pl.col("total") > 0)
            parts.append(counted.with_columns(pl.lit(title).alias("指标")).select(
                "指标", "病种", "机构", "count", "total"
            ))  # fmt: skip
    return _with_limits(pl.concat(parts))


def _sorted(name: str) -> pl.Expr:
    return pl.col(name).str.split(",").list.eval(pl.element().cast(pl.Int64).sort())


def _with_limits(counts: pl.DataFrame) -> pl.DataFrame:
    small = pl.col("total") < EXACT_BELOW
    order = counts.with_row_index("place")
    made = [
        proportion(part, method=method).with_columns(pl.lit(label).alias("区间方法"))
        for part, method, label in (
            (order.filter(small), "exact", "Clopper-Pearson"),
            (order.filter(~small), "wilson", "Wilson"),
        )
        if part.height
    ]
    if not made:
        return pl.DataFrame(schema=SCHEMA)
    table = pl.concat([part.select(made[0].columns) for part in made]).sort("place")
    return table.select(
        "指标", "病种", "机构",
        pl.col("count").alias("分子"), pl.col("total").alias("分母"),
        *(
            (pl.col(name) * 100).round(2).alias(label)
            for name, label in (("value", "率%"), ("ci_low", "95%下限"), ("ci_high", "95%上限"))
        ),
        "区间方法",
    ).cast(SCHEMA)  # type: ignore[arg-type] # fmt: skip


def error_table(rows: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """错误类型, 病种, 卡数: of the returned cards; one card may have several."""
    names = {row["code"]: row["name_zh"] for row in rows_of("recheck_error.csv")}
    told = (
        answers.drop_nulls("errors")
        .select("card_id", code=pl.col("errors").str.split(","))
        .explode("code")
        .join(rows.select("card_id", "disease"), on="card_id")
    )
    return (
        told.group_by("code", "disease")
        .agg(pl.len().cast(pl.Int64).alias("卡数"))
        .sort("code", pl.col("disease").replace_strict(
            {name: place for place, name in enumerate(DISEASES)}, return_dtype=pl.Int8
        ))
        .select(
            pl.col("code").replace_strict(names, return_dtype=pl.String).alias("错误类型"),
            pl.col("disease").replace_strict(
                {name: disease_zh(name) for name in DISEASES}, return_dtype=pl.String
            ).alias("病种"),
            "卡数",
        )
    )  # fmt: skip


def write_result(file: Path, result: Result, drawn_on: datetime) -> None:
    """The analysis as a workbook: results, kinds of error, what each rate is of."""
    with xlsxwriter.Workbook(
        str(file), {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"title": "质量复核结果", "created": drawn_on})
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1})
        definitions = pl.DataFrame(
            [
                {"指标": title, "分子": numerator, "分母": denominator}
                for title, denominator, numerator in MEASURES.values()
            ]
        )
        for name, table in (
            ("结果", result.measures), ("错误类型", result.errors), ("口径", definitions),
        ):  # fmt: skip
            sheet = book.add_worksheet(name)
            notes = result.lines if name == "结果" else []
            for place, line in enumerate(notes):
                sheet.write_string(place, 0, line)
            top = len(notes)
            for column, label in enumerate(table.columns):
                sheet.write_string(top, column, label, head)
                sheet.set_column(column, column, 24 if column in (0, 2) else 14)
            for number, row in enumerate(table.iter_rows(), top + 1):
                for column, value in enumerate(row):
                    if isinstance(value, str):
                        sheet.write_string(number, column, value)
                    elif value is not None:
                        sheet.write_number(number, column, value)
            sheet.freeze_panes(top + 1, 0)
            sheet.set_landscape()
            sheet.set_paper(9)  # A4
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(top)


def made_on(home: Home, draw_id: str | None) -> datetime:
    """A fixed time for a workbook: eight o'clock on the day of the draw."""
    with opened(home) as store:
        rows = drawn(store)
    chosen = rows.filter(pl.col("draw_id") == draw_id) if draw_id else rows
    return datetime.combine(chosen["drawn_on"].max(), time(8))  # type: ignore[arg-type]
