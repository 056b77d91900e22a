"""`plan.toml` and `sample.csv`: all that draws, prints and analyses a survey again."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from flows.home import UserError
from flows.survey_design.draw import TOWN, VILLAGE
from flows.toml_file import as_toml

PLAN, SAMPLE = "plan.toml", "sample.csv"
DESIGN_COLUMNS: dict[str, Any] = {
    "cluster_no": pl.String, "design_weight": pl.Float64, "variance_stratum": pl.String,
    "variance_cluster": pl.String, "variance_size": pl.Float64,
}  # fmt: skip
STRATA_ZH = {"urban": "城镇", "rural": "农村"}
CARD_ZH = {"death": "死亡", "tumour": "肿瘤", "cardio": "心脑血管事件", "diabetes": "糖尿病"}


@dataclass(frozen=True)
class Plan:
    """What was decided before the draw, and what the frame said."""

    survey_id: str
    area_code: str
    area_name: str
    year: int  # the last year of the events looked for
    events_from: date
    events_to: date
    cutoff_date: date
    card_types: list[str]
    made_on: date  # 数据截至 of the published file
    seed: int
    source: str  # `own`, or `province` for an imported plan
    stage: str  # `towns`: villages are still to be drawn; `villages`: complete
    expected_percent: float
    expected_from_zh: str
    precision_percent: float  # absolute, percentage points
    level: float
    design_effect: float
    response_percent: float
    household_size: float
    town_count: int
    villages_per_town: int
    households_per_village: int  # 0: all households
    residency: str
    population_year: int
    people: float  # of the area
    towns_in_frame: int
    yearly_events: dict[str, float]  # card type -> events a year of the area, from the cards
    required_cases: int
    expected_cases: float  # of the first card type, in the sample
    promised_percent: float | None  # half width the sample promises; None before it is complete

    @property
    def years(self) -> int:
        """Calendar years of events looked for."""
        return self.events_to.year - self.events_from.year + 1


def write_plan(plan: Plan, folder: Path) -> Path:
    """Write `plan.toml`."""
    lines = ["# 漏报调查方案的全部参数：与 sample.csv 一起即可重现抽样、打印表格和分析。"]
    tables = []
    for name, value in asdict(plan).items():
        if isinstance(value, dict):
            pairs = (f"{key} = {as_toml(item)}" for key, item in value.items())
            tables += ["", f"[{name}]", *pairs]
        elif value is not None:
            lines.append(f"{name} = {as_toml(value)}")
    file = folder / PLAN
    file.write_text("\n".join([*lines, *tables]) + "\n", "utf-8")
    return file


def read_plan(folder: Path) -> Plan:
    """Read it back.

    Raises:
        UserError: there is none, or it lacks something.
    """
    file = folder / PLAN
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UserError(f"{folder} 中没有 {PLAN}，请先运行 zhikong survey plan。") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise UserError(f"{file} 不是有效的 TOML 文件，请恢复原来的文件。") from None
    names = {field.name for field in fields(Plan)}
    if unknown := sorted(set(found) - names):
        raise UserError(f"{file} 有不认识的项：{'、'.join(unknown)}。")
    found.setdefault("promised_percent", None)
    if lacking := sorted(names - set(found)):
        raise UserError(f"{file} 缺少：{'、'.join(lacking)}。")
    return Plan(**found)


def write_sample(sample: pl.DataFrame, folder: Path) -> Path:
    """Write `sample.csv`; with a byte order mark, so that Excel shows the names."""
    file = folder / SAMPLE
    file.write_text(sample.write_csv(), encoding="utf-8-sig")
    return file


def read_sample(folder: Path) -> pl.DataFrame:
    """The drawn villages with their weights (TOWN, VILLAGE and DESIGN_COLUMNS).

    Raises:
        UserError: there is none, or it lacks a column.
    """
    file = folder / SAMPLE
    if not file.exists():
        raise UserError(f"{folder} 中没有 {SAMPLE}，请先运行 zhikong survey plan。")
    table = pl.read_csv(file, infer_schema=False)
    wanted = TOWN | VILLAGE | DESIGN_COLUMNS
    if lacking := [name for name in wanted if name not in table.columns]:
        if "village_code" in lacking:
            raise UserError(
                f"{file} 只抽到乡镇；请填好 village_frame.xlsx 后运行 zhikong survey plan --frame。"
            )
        raise UserError(f"{file} 缺少列：{'、'.join(lacking)}。")
    try:
        return table.select(
            (pl.col(name) == "true" if kind == pl.Boolean else pl.col(name).cast(kind)).alias(name)
            for name, kind in wanted.items()
        ).with_columns(pl.col("serials").fill_null(""))
    except pl.exceptions.PolarsError:
        raise UserError(f"{file} 中有不是数字的数值列，请恢复原来的文件。") from None
