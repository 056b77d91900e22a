"""`zhikong survey plan`: sample size, draw of towns, then of villages and households."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import polars as pl

from estimators.errors import EstimatorError
from estimators.survey_sample import SampleSize, half_width, sample_size
from flows.home import Home, UserError
from flows.survey_design.draw import draw_towns, draw_villages
from flows.survey_design.frame import Frame, read_frame, read_villages
from flows.survey_design.plan_file import CARD_ZH, Plan, write_plan, write_sample
from flows.survey_design.weight import with_design

#: Used where nothing local is known; the document says so and asks for a decision.
DEFAULT_EXPECTED = 10.0
#: Towns drawn unless told: fewer leave too few degrees of freedom for a useful interval.
DEFAULT_TOWNS = 10
#: Mean persons in a family household, Seventh National Census 2020, communiqué no. 2.
HOUSEHOLD_SIZE = 2.62


@dataclass(frozen=True)
class Wishes:
    """What the planner asks for; None is chosen here and said in the document."""

    year: int
    years: int = 1
    card_types: tuple[str, ...] = ("death",)
    expected_percent: float | None = None
    precision_percent: float = 3.0
    level: float = 0.95
    design_effect: float = 2.0
    response_percent: float = 95.0
    towns: int | None = None
    villages: int = 4
    households: int | None = None  # per village; 0 all, None from the sample size
    household_size: float = HOUSEHOLD_SIZE
    seed: int | None = None
    cutoff: date | None = None
    residency: str = "registered"


@dataclass(frozen=True)
class Drawn:
    """A plan with its sample: towns alone (`stage` towns), or villages with weights."""

    plan: Plan
    sample: pl.DataFrame


def plan_survey(home: Home, area: str | None, wishes: Wishes) -> Drawn:
    """Draw the towns; the villages too, where the population tables know all of them.

    Raises:
        UserError: options out of range, or no frame.
    """
    frame = read_frame(home, wishes.year, area, wishes.residency)
    plan = _plan(frame, wishes)
    try:
        towns = draw_towns(frame.towns, plan.town_count, plan.seed)
    except EstimatorError as reason:
        raise UserError(f"不能抽取乡镇：{reason}（--towns）。") from None
    villages = frame.villages.filter(pl.col("town_code").is_in(towns["town_code"].implode()))
    if villages["town_code"].n_unique() < towns.height:
        return Drawn(plan, towns)
    villages = villages.with_columns(
        households=(pl.col("people") / plan.household_size).ceil().cast(pl.Int64).clip(1)
    )
    return _complete(plan, towns, villages)


def continue_plan(plan: Plan, towns: pl.DataFrame, file: Path) -> Drawn:
    """Draw villages and households from a filled frame.

    Args:
        plan: as read back; its stage must be `towns`.
        towns: the drawn towns (TOWN).
        file: the filled frame.

    Raises:
        UserError: the frame cannot be used (see `read_villages`).
    """
    return _complete(plan, towns, read_villages(file, towns))


def write_drawn(drawn: Drawn, folder: Path) -> None:
    """Write plan.toml and sample.csv."""
    write_plan(drawn.plan, folder)
    write_sample(drawn.sample, folder)


def size_of(plan: Plan) -> SampleSize:
    """The sample-size calculation of a plan: eligible cases of the first card type."""
    population = max(1.0, plan.yearly_events[plan.card_types[0]] * plan.years)
    return sample_size(
        plan.expected_percent / 100,
        plan.precision_percent / 100,
        level=plan.level,
        design_effect=plan.design_effect,
        population=population,
        response=plan.response_percent / 100,
    )


def needs_everybody(plan: Plan) -> bool:
    """Whether the precision asked for takes every case there is."""
    total = max(1.0, plan.yearly_events[plan.card_types[0]] * plan.years)
    return plan.source == "own" and size_of(plan).designed >= total


def case_rate(plan: Plan) -> float:
    """Expected cases of the first card type a person over the years of the survey."""
    return plan.yearly_events[plan.card_types[0]] * plan.years / plan.people


def sample_people(plan: Plan, sample: pl.DataFrame) -> float:
    """Persons in the drawn households."""
    own = pl.col("people").fill_null(pl.col("households") * plan.household_size)
    return float(sample.select((own * pl.col("household_chance")).sum()).item())


def _plan(frame: Frame, wishes: Wishes) -> Plan:
    if not 1 <= wishes.years <= 5:
        raise UserError("--years 应在 1 到 5 之间。")
    if wishes.villages < 2:
        raise UserError("--villages 至少为 2：每个乡镇一个村不能估计村间差异。")
    if unknown := [name for name in wishes.card_types if name not in CARD_ZH]:
        raise UserError(f"--card 不认识 {'、'.join(unknown)}；可用 {'、'.join(CARD_ZH)}。")
    expected, expected_from = _expected(frame, wishes)
    last = date(wishes.year, 12, 31)
    cutoff = wishes.cutoff or date(wishes.year + 1, 3, 31)
    if cutoff <= last:
        raise UserError("--cutoff 应晚于事件年份的最后一天：截止日之前报告的卡才算已报告。")
    people = float(frame.towns["people"].sum())
    if not frame.yearly_events[wishes.card_types[0]]:
        named = CARD_ZH[wishes.card_types[0]]
        raise UserError(f"发布库中没有 {wishes.year} 年前后的终审{named}卡，不能估算应查到的例数。")
    towns = wishes.towns or min(DEFAULT_TOWNS, frame.towns.height)
    plan = Plan(
        survey_id=f"C{wishes.year}-{frame.area_code}",
        area_code=frame.area_code, area_name=frame.area_name, year=wishes.year,
        events_from=date(wishes.year - wishes.years + 1, 1, 1), events_to=last,
        cutoff_date=cutoff, card_types=list(wishes.card_types), made_on=frame.as_of,
        seed=wishes.year if wishes.seed is None else wishes.seed, source="own", stage="towns",
        expected_percent=expected, expected_from_zh=expected_from,
        precision_percent=wishes.precision_percent, level=wishes.level,
        design_effect=wishes.design_effect, response_percent=wishes.response_percent,
        household_size=wishes.household_size, town_count=min(towns, frame.towns.height),
        villages_per_town=wishes.villages, households_per_village=wishes.households or 0,
        residency=frame.residency, population_year=frame.year, people=people,
        towns_in_frame=frame.towns.height, yearly_events=frame.yearly_events,
        required_cases=0, expected_cases=0.0, promised_percent=None,
    )  # fmt: skip
    try:
        required = size_of(plan).required
    except EstimatorError as reason:
        raise UserError(f"样本量不能计算：{reason}（{reason.column}）。") from None
    plan = replace(plan, required_cases=required)
    if wishes.households is None:
        persons = required / case_rate(plan)
        clusters = plan.town_count * plan.villages_per_town
        wanted = ceil(persons / plan.household_size / clusters)
        plan = replace(plan, households_per_village=max(1, wanted))
    return plan


def _expected(frame: Frame, wishes: Wishes) -> tuple[float, str]:
    if wishes.expected_percent is not None:
        return wishes.expected_percent, "方案制定者给定"
    if frame.last_survey is not None and 0 < frame.last_survey[1] < 100:
        year, value = frame.last_survey
        return round(value, 1), f"{year} 年入户调查结果（未加权）"
    return DEFAULT_EXPECTED, f"尚无本地调查结果，暂取 {DEFAULT_EXPECTED:g}%，请核定"


def _complete(plan: Plan, towns: pl.DataFrame, villages: pl.DataFrame) -> Drawn:
    drawn = draw_villages(
        towns, villages, plan.villages_per_town, plan.households_per_village, plan.seed
    )
    sample = with_design(drawn)
    return Drawn(promised(replace(plan, stage="villages"), sample), sample)


def promised(plan: Plan, sample: pl.DataFrame) -> Plan:
    """The plan with the cases its sample should find and the precision that promises.

    The quantile is that of t on clusters less strata, a cautious choice: the analysis has more
    degrees of freedom where villages vary within towns.
    """
    cases = sample_people(plan, sample) * case_rate(plan) * plan.response_percent / 100
    clusters = sample.select("variance_stratum", "variance_cluster").unique()
    degrees = clusters.height - clusters["variance_stratum"].n_unique()
    options: dict[str, Any] = {
        "level": plan.level,
        "design_effect": plan.design_effect,
        "population": max(1.0, plan.yearly_events[plan.card_types[0]] * plan.years),
    }
    half = None
    if degrees >= 1 and cases > 0:
        half = 100 * half_width(plan.expected_percent / 100, cases, degrees=degrees, **options)
    return replace(plan, expected_cases=round(cases, 1), promised_percent=half and round(half, 2))
