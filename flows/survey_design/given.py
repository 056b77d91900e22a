"""`zhikong survey import-plan`: the province's sample and weights -> our plan and sample."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from flows.home import Home, UserError
from flows.read import read
from flows.survey_design.draw import TOWN, VILLAGE
from flows.survey_design.frame import (
    HOUSEHOLDS,
    TOWN_CODE,
    TOWN_NAME,
    VILLAGE_CODE,
    VILLAGE_NAME,
    read_frame,
)
from flows.survey_design.plan import DEFAULT_EXPECTED, HOUSEHOLD_SIZE, Drawn, promised
from flows.survey_design.plan_file import CARD_ZH, DESIGN_COLUMNS, Plan
from flows.text import UnreadableFileError

STRATUM, DRAWN, WEIGHT = "层", "抽取户数", "权重"
NEEDED = (STRATUM, TOWN_CODE, TOWN_NAME, VILLAGE_CODE, VILLAGE_NAME, DRAWN, WEIGHT)
#: May be there: number of the cluster, households of the village, drawn serials, towns in stratum.
CLUSTER_NO, SERIALS, STRATUM_TOWNS = "群号", "户序号", "层内乡镇数"


def import_plan(
    home: Home, file: Path, area: str | None, year: int, cutoff: date | None,
    card_types: tuple[str, ...], residency: str,
) -> Drawn:  # fmt: skip
    """Read the given sample.

    Args:
        home: gives the county's name, people and cards.
        file: `.csv` or `.xlsx`, one row a drawn village with the columns NEEDED.
        area: county; the home's own if None.
        year: of the events.
        cutoff: the frozen day; 31 March of the next year if None.
        card_types: events looked for.
        residency: of the people.

    Raises:
        UserError: the file cannot be read, a column is missing, or a row has no number where one
            must be.
    """
    frame = read_frame(home, year, area, residency)
    if unknown := [name for name in card_types if name not in CARD_ZH]:
        raise UserError(f"--card 不认识 {'、'.join(unknown)}；可用 {'、'.join(CARD_ZH)}。")
    sample = _design(_rows(file))
    plan = Plan(
        survey_id=f"C{year}-{frame.area_code}", area_code=frame.area_code,
        area_name=frame.area_name, year=year, events_from=date(year, 1, 1),
        events_to=date(year, 12, 31), cutoff_date=cutoff or date(year + 1, 3, 31),
        card_types=list(card_types), made_on=frame.as_of, seed=0, source="province",
        stage="villages", expected_percent=DEFAULT_EXPECTED,
        expected_from_zh="上级方案未给出，仅用于估计精度", precision_percent=3.0, level=0.95,
        design_effect=2.0, response_percent=95.0, household_size=HOUSEHOLD_SIZE,
        town_count=sample["town_code"].n_unique(),
        villages_per_town=int(sample.group_by("town_code").len()["len"].max()),  # type: ignore[arg-type]
        households_per_village=0, residency=residency, population_year=frame.year,
        people=float(frame.towns["people"].sum()), towns_in_frame=frame.towns.height,
        yearly_events=frame.yearly_events, required_cases=0, expected_cases=0.0,
        promised_percent=None,
    )  # fmt: skip
    drawn_people = sample.with_columns(
        people=pl.col("drawn_households") * HOUSEHOLD_SIZE, household_chance=pl.lit(1.0)
    )
    made = promised(plan, drawn_people)
    return Drawn(replace(made, required_cases=round(made.expected_cases)), sample)


def copy_forms(forms: list[Path], folder: Path) -> None:
    """Keep the forms the province gave beside the plan, unchanged."""
    target = folder / "forms"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for form in forms:
        if not form.is_file():
            raise UserError(f"找不到文件 {form}。")
        shutil.copyfile(form, target / form.name)


def _rows(file: Path) -> pl.DataFrame:
    """The given rows with our names; texts."""
    if not file.is_file():
        raise UserError(f"找不到文件 {file}。")
    try:
        sheets = list(
            read(file, lambda rows: max(sum(name in row for name in NEEDED) for row in rows))
        )
    except UnreadableFileError as fault:
        raise UserError(f"{file.name}：{fault}") from None
    for sheet in sheets:
        lines = [[(cell or "").strip() for cell in line] for line in sheet.cells.rows()]
        heads = [at for at, line in enumerate(lines) if TOWN_CODE in line and WEIGHT in line]
        if not heads:
            continue
        head = lines[heads[0]]
        if lacking := [name for name in NEEDED if name not in head]:
            raise UserError(f"{file.name} 缺少列：{'、'.join(lacking)}。")
        rows = []
        for number, line in enumerate(lines[heads[0] + 1 :], heads[0] + 2):
            if any(line):
                rows.append(
                    _row(dict(zip(head, line, strict=False)), f"{file.name} 第 {number} 行")
                )
        if rows:
            return pl.DataFrame(rows, infer_schema_length=None)
    raise UserError(f"{file.name} 中没有含“{TOWN_CODE}”和“{WEIGHT}”的表，请核对列名。")


def _known(rows: list[list[str]]) -> int:
    return max((sum(name in row for name in NEEDED) for row in rows), default=0)


def _row(cells: dict[str, str], place: str) -> dict[str, Any]:
    def number(name: str, *, least: float) -> float:
        try:
            value = float(cells[name].replace(",", ""))
        except ValueError:
            value = float("nan")
        if not least <= value < float("inf"):
            raise UserError(f"{place}：{name}应为不小于 {least:g} 的数字，请改正。")
        return value

    for name in (STRATUM, TOWN_CODE, VILLAGE_CODE):
        if not cells[name]:
            raise UserError(f"{place}：{name}是空的，请填写。")
    drawn = int(number(DRAWN, least=1))
    total = int(number(HOUSEHOLDS, least=drawn)) if cells.get(HOUSEHOLDS) else drawn
    return {
        "stratum": cells[STRATUM], "town_code": cells[TOWN_CODE], "town_name": cells[TOWN_NAME],
        "village_code": cells[VILLAGE_CODE], "village_name": cells[VILLAGE_NAME],
        "households": total, "drawn_households": drawn, "cluster_no": cells.get(CLUSTER_NO) or None,
        "serials": (cells.get(SERIALS) or "").replace("、", ",").replace("，", ","),
        "design_weight": number(WEIGHT, least=1),
        "stratum_towns": int(number(STRATUM_TOWNS, least=1)) if cells.get(STRATUM_TOWNS) else None,
    }  # fmt: skip


def _design(rows: pl.DataFrame) -> pl.DataFrame:
    """Add what the analysis needs; a stratum with one drawn town has its villages as clusters."""
    if rows["village_code"].is_duplicated().any():
        raise UserError("样本中有重复的村（居）编码，请核对。")
    alone = pl.col("town_code").n_unique().over("stratum") == 1
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(3)
    made = (
        rows.sort("town_code", "village_code")
        .with_columns(cluster_no=pl.col("cluster_no").fill_null(number), is_certain=alone)
        .with_columns(
            variance_stratum=pl.when(alone)
            .then(pl.concat_str("stratum", "town_code", separator="-"))
            .otherwise("stratum"),
            variance_cluster=pl.when(alone).then("cluster_no").otherwise("town_code"),
            variance_size=pl.when(~alone)
            .then(pl.col("stratum_towns").cast(pl.Float64))
            .fill_null(float("inf")),
        )
    )
    wanted = TOWN | VILLAGE | DESIGN_COLUMNS
    return made.select(
        (pl.col(name) if name in made.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in wanted.items()
    )
