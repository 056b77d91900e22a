"""What came back from the field -> households, cases as `survey_case` text, and messages by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

from flows.canonical import Malformed, clean, moment
from flows.home import UserError
from flows.sheet_text import Text
from flows.survey_design.form_book import (
    CASE_COUNT,
    CASE_FIELDS,
    CASE_SHEET,
    CLUSTER,
    HOUSEHOLD_COLUMNS,
    HOUSEHOLD_SHEET,
    REGISTERED,
    RESIDENT,
    RESULT,
    SERIAL,
    serials_of,
    source_names,
)
from flows.survey_design.plan_file import CARD_ZH, Plan
from flows.survey_design.words import RESULTS
from flows.survey_design.workbook import sheet_rows

DONE, VACANT = RESULTS[0], RESULTS[3]
MESSAGE: dict[str, Any] = {
    "source_file": pl.String, "sheet": pl.String, "source_row": pl.Int64, "field_zh": pl.String,
    "message_zh": pl.String,
}  # fmt: skip
PLACE: dict[str, Any] = {"source_file": pl.String, "sheet": pl.String, "source_row": pl.Int64}
HOUSEHOLD: dict[str, Any] = PLACE | {
    "cluster_no": pl.String, "serial": pl.String, "result": pl.String, "registered": pl.String,
    "resident": pl.String, "case_count": pl.String,
}  # fmt: skip
CASE: dict[str, Any] = PLACE | {
    "cluster_no": pl.String, "serial": pl.String,
    **dict.fromkeys([name for name in CASE_FIELDS.values() if name], pl.String),
}  # fmt: skip


class Household(pa.DataFrameModel):
    """A row of the household sheet that has a result."""

    place_is_drawn: bool = pa.Field(eq=True, title=SERIAL, description="不是抽中的户，不计入")
    place_is_once: bool = pa.Field(
        eq=True, title=SERIAL, description="同一户登记了两次，只计第一次"
    )
    result: str = pa.Field(isin=RESULTS, title=RESULT, description=f"应为{'、'.join(RESULTS)}之一")
    registered_is_count: bool = pa.Field(eq=True, title=REGISTERED, description="应为整数")
    resident_is_count: bool = pa.Field(eq=True, title=RESIDENT, description="应为整数")
    cases_are_count: bool = pa.Field(
        eq=True, title=CASE_COUNT, description="完成的户应填整数，没有填 0"
    )
    cases_agree: bool = pa.Field(
        eq=True, title=CASE_COUNT, description="与病例登记表中该户的行数不一致，请核对"
    )


@dataclass(frozen=True)
class Returned:
    """Everything read from the files."""

    households: pl.DataFrame  # cluster_no, serial (Int64), result: drawn households, each once
    cases: pl.DataFrame  # CASE: texts of the rows filled in, of drawn and finished households
    messages: pl.DataFrame  # MESSAGE; no cell values


def read_returned(files: list[Path], plan: Plan, sample: pl.DataFrame) -> Returned:
    """Read the collection forms.

    Args:
        files: workbooks as `write_forms` made them, filled.
        plan: for the period.
        sample: the drawn villages.

    Raises:
        UserError: a file is no workbook of the survey, or no household has a result.
    """
    houses = _sheet(files, HOUSEHOLD_SHEET, list(HOUSEHOLD_COLUMNS), {
        CLUSTER: "cluster_no", SERIAL: "serial", RESULT: "result", REGISTERED: "registered",
        RESIDENT: "resident", CASE_COUNT: "case_count",
    }, HOUSEHOLD)  # fmt: skip
    names = {CLUSTER: "cluster_no", SERIAL: "serial"} | {
        zh: name for zh, name in CASE_FIELDS.items() if name
    }
    cases = _sheet(files, CASE_SHEET, list(CASE_FIELDS), names, CASE)
    filled = pl.any_horizontal(
        pl.col(name) != ""
        for name in ("name", "id_number", "event_date", "birth_date", "card_type")
    )
    cases = cases.filter(filled)
    houses, found = _judged(houses.filter(pl.col("result") != ""), cases, sample)
    if houses.is_empty():
        raise UserError("交回的表中没有一户填写了抽中户的调查结果，不能分析。")
    kept, more = _placed(cases, houses, plan)
    return Returned(houses.select("cluster_no", "serial", "result"), kept, pl.concat([found, more]))


def _sheet(
    files: list[Path], sheet: str, columns: list[str], names: dict[str, str], schema: dict[str, Any]
) -> pl.DataFrame:
    rows = [
        {"source_file": file.name, "sheet": sheet, "source_row": number}
        | {name: cells[zh] for zh, name in names.items()}
        for file in sorted(files)
        for number, cells in sheet_rows(file, sheet, columns)
    ]
    return pl.DataFrame(rows, schema=schema)


def _judged(
    houses: pl.DataFrame, cases: pl.DataFrame, sample: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drawn households, each once, with a known result; and what is wrong with the others."""
    drawn = pl.DataFrame(
        [
            (village["cluster_no"], str(serial))
            for village in sample.iter_rows(named=True)
            for serial in serials_of(village)
        ],
        schema={"cluster_no": pl.String, "serial": pl.String},
        orient="row",
    ).with_columns(is_drawn=pl.lit(True))
    listed = cases.group_by("cluster_no", "serial").agg(listed=pl.len())
    is_done = pl.col("result") == DONE
    judged = (
        houses.join(drawn, on=["cluster_no", "serial"], how="left", maintain_order="left")
        .join(listed, on=["cluster_no", "serial"], how="left", maintain_order="left")
        .with_columns(
            place_is_drawn=pl.col("is_drawn").fill_null(False),
            place_is_once=pl.struct("cluster_no", "serial").is_first_distinct(),
            registered_is_count=_is_count("registered") | (pl.col("registered") == ""),
            resident_is_count=_is_count("resident") | (pl.col("resident") == ""),
            cases_are_count=_is_count("case_count") | ~is_done,
            cases_agree=~is_done
            | ~_is_count("case_count")
            | (pl.col("case_count").cast(pl.Int64, strict=False) == pl.col("listed").fill_null(0)),
        )
    )
    kept = judged.filter("place_is_drawn", "place_is_once", pl.col("result").is_in(RESULTS))
    return kept.with_columns(pl.col("serial").cast(pl.Int64)), _messages(judged)


def _is_count(name: str) -> pl.Expr:
    return pl.col(name).str.contains(r"^\d{1,4}$")


def _messages(judged: pl.DataFrame) -> pl.DataFrame:
    """What `Household` says, by row: pandera's own texts hold values, ours do not."""
    try:
        Household.validate(judged, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].null_count():
            raise  # not a value but the frame: our fault
        fields = Household.to_schema().columns
        rows = judged.with_row_index("index").select("index", *PLACE)
        wrong: pl.DataFrame = (
            cases.select(pl.col("index").cast(pl.UInt32), "column")
            .unique()
            .join(rows, on="index")
            .with_columns(
                field_zh=pl.col("column").replace_strict(
                    {name: column.title for name, column in fields.items()}
                ),
                message_zh=pl.col("column").replace_strict(
                    {name: column.description for name, column in fields.items()}
                ),
            )
            .sort("source_file", "source_row", "column")
            .select(pl.col(name).cast(kind) for name, kind in MESSAGE.items())
        )
        return wrong
    return pl.DataFrame(schema=MESSAGE)


def _placed(
    cases: pl.DataFrame, houses: pl.DataFrame, plan: Plan
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases of finished households within the period; the others with the reason they are out."""
    done = houses.filter(pl.col("result") == DONE).select(
        "cluster_no", pl.col("serial").cast(pl.String), is_done=pl.lit(True)
    )
    days = [_day(text) for text in cases["event_date"].to_list()]
    judged = cases.join(
        done, on=["cluster_no", "serial"], how="left", maintain_order="left"
    ).with_columns(day=pl.Series(days, dtype=pl.Date))
    inside = pl.col("day").is_between(plan.events_from, plan.events_to)
    known = pl.col("card_type").is_in([CARD_ZH[name] for name in plan.card_types])
    reasons = [
        (SERIAL, pl.col("is_done").is_null(), "该户不是抽中且完成的户，未计入"),
        ("事件日期", pl.col("day").is_null(), "空缺或不是日期，未计入"),
        ("事件", ~known, "不是本次调查的事件，未计入"),
        (
            "事件日期",
            (~inside).fill_null(False),
            f"不在 {plan.events_from} 至 {plan.events_to} 之内，未计入",
        ),
    ]
    found = [
        judged.filter(wrong).select(*PLACE, field_zh=pl.lit(name), message_zh=pl.lit(text))
        for name, wrong, text in reasons
    ]
    out = pl.any_horizontal(wrong for _, wrong, _ in reasons)
    return judged.filter(~out).select(list(CASE)), pl.concat(found)


def _day(text: str) -> date | None:
    cleaned = clean(text)
    found = None if cleaned is None else moment(cleaned)
    if found is None or isinstance(found, Malformed) or found[0] is None:
        return None
    return found[0].date()


def as_survey_cases(cases: pl.DataFrame, plan: Plan, weights: pl.DataFrame) -> Text:
    """The cases as the text of `survey_case` rows, as if a file of them had been received.

    Args:
        cases: CASE.
        plan: survey, year, cut-off date.
        weights: villages that came back, as of `final_weights`.

    Returns:
        Text whose cluster is the first-stage cluster, whose stratum is the variance stratum, and
        whose area_code is the town's.
    """
    codes = {zh: name for name, zh in CARD_ZH.items()}
    frame = cases.join(
        weights.select("cluster_no", "variance_stratum", "variance_cluster", "town_code", "weight"),
        on="cluster_no", maintain_order="left",
    ).select(
        *PLACE,
        pl.col("card_type").replace(codes),
        *("name", "sex", "birth_date", "id_number", "event_date", "icd10"),
        pl.col("source").replace(source_names()),
        pl.col("eligible").replace({"是": "1", "否": "0"}),
        *("ineligible_reason", "verify_result", "cluster_no"),
        survey_id=pl.lit(plan.survey_id),
        purpose=pl.lit("household_survey"),
        year=pl.lit(str(plan.year)),
        cutoff_date=pl.lit(plan.cutoff_date.isoformat()),
        stratum="variance_stratum",
        cluster="variance_cluster",
        weight=pl.col("weight").round(6).cast(pl.String),
        area_code="town_code",
        layout=pl.lit("provincial"),
        order_no=pl.lit(0, pl.Int64),
        exported_at=pl.lit(None, pl.Datetime("us")),
        row_hash=pl.int_range(pl.len()).cast(pl.UInt64),
        occurrence=pl.lit(0, pl.Int32),
    )  # fmt: skip
    empty = pl.selectors.string() - pl.selectors.by_name("source_file", "sheet")
    frame = frame.with_columns(empty.replace("", None))
    nothing = pl.DataFrame(
        schema={"source_file": pl.String, "field": pl.String, "row_count": pl.UInt32}
    )
    headers = {name: set(frame.columns) for name in frame["source_file"].unique()}
    return Text(frame, headers, nothing, [])
