"""The steps of a night, in order, each a plain function on what the night knows so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from flows import history, indicators, letters, models, score, statistics
from flows.cards import Kind, build_kind, in_force
from flows.criteria import read_criteria
from flows.draft import draft_of, put, put_reference, put_typed
from flows.events import count_cards
from flows.fields import CARDS, INPUTS
from flows.home import REFERENCE, SQL, TIME_ZONE, Home
from flows.ingest import FileFault, ingest
from flows.layout import layouts
from flows.person import add_person_id
from flows.place import UNRESOLVED, Places
from flows.population import mean_population
from flows.quality import (
    batches,
    contested_findings,
    data_state,
    duplicate_findings,
    file_faults,
    validate_kind,
)
from flows.review import reviews, without_reviewed
from flows.sheet_text import read_kind, sheets_of
from flows.store import Store
from flows.survey import match_cases
from flows.tumour import indicators as tumour_indicators
from flows.tumour import traceback
from flows.tumour.findings import primary_findings
from flows.withdrawal import Held, mark_withdrawn
from validators.catalogue import catalogue


@dataclass
class Tonight:
    """What the night knows; every step adds to it."""

    store: Store
    as_of: date
    say: Callable[[str], None] = lambda line: None
    started: datetime = field(default_factory=lambda: datetime.now(TIME_ZONE))
    waiting: list[FileFault] = field(default_factory=list)
    sheets: pl.DataFrame = field(default_factory=pl.DataFrame)
    kinds: dict[str, Kind] = field(default_factory=dict)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)
    places: Places | None = None
    rules: pl.DataFrame = field(default_factory=pl.DataFrame)
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    rule_results: pl.DataFrame = field(default_factory=pl.DataFrame)
    broken: list[str] = field(default_factory=list)
    letters: list[letters.Letter] = field(default_factory=list)
    score: pl.DataFrame = field(default_factory=pl.DataFrame)
    death_matches: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def home(self) -> Home:
        """The installation."""
        return self.store.home

    @property
    def is_look_back(self) -> bool:
        """A night for a day before the last one: it publishes, but changes no history."""
        last = history.last_night(self.store)
        return last is not None and self.as_of < last


def receive(tonight: Tonight) -> None:
    """Inbox -> raw."""
    tonight.waiting = ingest(tonight.store, tonight.as_of, tonight.say)
    tonight.sheets = sheets_of(tonight.store, tonight.as_of)


def assemble(tonight: Tonight) -> None:
    """Raw -> the current version of every card, typed, placed, with persons and withdrawals."""
    for name in ("institution", "area", "population"):
        text = read_kind(tonight.store, name, tonight.sheets, set())
        tonight.kinds[name] = build_kind(text, name, None)
        tonight.frames[name] = in_force(tonight.kinds[name])
    home_area = tonight.home.settings.area or _only_county(tonight)
    tonight.places = Places(tonight.frames["area"], tonight.frames["institution"], home_area)
    for name in (*INPUTS, *CARDS):
        if name not in tonight.kinds:
            tonight.kinds[name] = _current(tonight, name)
            tonight.frames[name] = in_force(tonight.kinds[name])
            tonight.say(f"{name}：{tonight.frames[name].height} 条")
    _count(tonight)


def _current(tonight: Tonight, name: str) -> Kind:
    """One kind; a complete export that would withdraw too much is held and left out."""
    limit = tonight.home.settings.vanish_limit_percent
    waiting: set[int] = set()
    kind = build_kind(read_kind(tonight.store, name, tonight.sheets, waiting), name, tonight.places)
    if name not in CARDS:
        return kind
    kind.frame, held = mark_withdrawn(kind, tonight.sheets, tonight.home, limit)
    if held:
        tonight.held += held
        waiting = {order_no for item in held for order_no in item.order_nos}
        kind = build_kind(
            read_kind(tonight.store, name, tonight.sheets, waiting), name, tonight.places
        )
        kind.frame, _ = mark_withdrawn(kind, tonight.sheets, tonight.home, limit)
    return kind


def _only_county(tonight: Tonight) -> str | None:
    """The one county that the populations are of, where there is just one."""
    areas = tonight.frames["population"]["area_code"].drop_nulls()
    counties = areas.str.slice(0, 6).unique()
    return str(counties[0]) if len(counties) == 1 else None


def _count(tonight: Tonight) -> None:
    people = {name: tonight.frames[name] for name in (*CARDS, "tumour_death", "survey_case")}
    people = add_person_id(people, tonight.home.key)
    categories = (
        pl.read_csv(REFERENCE / "cancer_group.csv")["icd10_category"].unique().sort().to_list()
    )
    for name in CARDS:
        people[name] = count_cards(people[name], name, categories)
        if name == "tumour":
            decided = traceback.decisions(tonight.store)
            people[name] = traceback.with_state(people[name], decided)
        tonight.kinds[name].frame = people[name]
    tonight.death_matches = traceback.match_deaths(
        people["death"],
        people["tumour"],
        categories,
        traceback.pair_decisions(tonight.store),
        tonight.places.home_area if tonight.places else None,
    )
    cards = {name: people[name] for name in CARDS}
    people["survey_case"] = match_cases(people["survey_case"], cards)
    tonight.frames |= people


def validate(tonight: Tonight) -> None:
    """Cards and inputs -> findings with their history, and the results of every rule."""
    tonight.rules = catalogue()
    province = tonight.places.home_area[:2] if tonight.places else ""
    table = layouts(REFERENCE, tonight.home.path / "layouts")
    found, results = [], []
    for name in (*CARDS, *INPUTS):
        kind = tonight.kinds[name]
        report = validate_kind(
            kind,
            tonight.as_of,
            province,
            table,
            tonight.home.settings.tumour_families_off,
            tonight.home.settings.icdo_revision,
        )
        tonight.broken += report.broken
        found.append(history.card_findings(kind, report.findings, tonight.rules))
        results.append(report.results)
        if name in CARDS:
            for others in (
                duplicate_findings(tonight.frames[name], name),
                contested_findings(kind),
                *([primary_findings(kind.frame)] if name == "tumour" else []),
            ):
                found.append(history.card_findings(kind, others, tonight.rules))
    faults = tonight.waiting + file_faults(
        tonight.store, tonight.as_of, tonight.kinds, tonight.held
    )
    found.append(history.file_findings(faults, tonight.rules))
    cards = {name: tonight.frames[name] for name in CARDS}
    unsettled = without_reviewed(pl.concat(found), cards, reviews(tonight.store))
    tonight.findings = history.with_history(tonight.store, unsettled, tonight.as_of)
    tonight.rule_results = pl.concat(results)
    for rule in tonight.broken:
        tonight.say(f"规则 {rule} 运行失败，未用于任何卡片，请联系维护人员。")


def publish(tonight: Tonight) -> None:
    """Typed cards -> models -> indicators -> score -> the published file, swapped in whole."""
    assert tonight.places is not None
    frames = tonight.frames
    _prepare_letters(tonight)
    population = mean_population(frames["population"])
    with draft_of(tonight.home.published) as draft:
        put_typed(draft, frames)
        put_reference(draft, frames, population, tonight.places, tonight.as_of)
        put(draft, "quality.rule", tonight.rules)
        put(draft, "quality.finding", tonight.findings)
        put(draft, "quality.rule_result", tonight.rule_results)
        put(draft, "quality.batch", batches(tonight.store, tonight.as_of, tonight.waiting))
        put(draft, "quality.data_state", data_state(tonight.sheets, tonight.home))
        put(draft, "quality.unresolved_value", _unresolved(tonight))
        put(draft, "quality.letter", _letter_rows(tonight))
        decided = traceback.decisions(tonight.store)
        traced = traceback.traceback_list(tonight.death_matches, frames["tumour"], decided)
        put(draft, "quality.traceback", traced)
        put(draft, "quality.death_match", traceback.match_table(tonight.death_matches))
        models.build(draft, SQL)
        indicators.build(draft, SQL)
        statistics.build(draft, frames, population, tonight.as_of)
        tumour_indicators.build(draft)
        sets = [read_criteria(file) for file in criteria_files(tonight.home)]
        score.score(draft, sets, tonight.as_of, tonight.home.settings.area)
        tonight.score = draft.sql(
            "select * from score.item order by criteria_set, area_code, year, item_no"
        ).pl()


def criteria_files(home: Home) -> list[Path]:
    """The criteria files of the settings, the home's own folder before the shipped one."""
    found = []
    for name in home.settings.criteria:
        own, shipped = (
            home.path / "criteria" / f"{name}.csv",
            REFERENCE / "criteria" / f"{name}.csv",
        )
        found.append(own if own.exists() else shipped)
    return found


def _unresolved(tonight: Tonight) -> pl.DataFrame:
    """Institutions and areas no dictionary knows, with how many rows name them."""
    lists = [kind.unresolved for kind in tonight.kinds.values() if kind.unresolved.height]
    return pl.concat([pl.DataFrame(schema=UNRESOLVED), *lists])


def _prepare_letters(tonight: Tonight) -> None:
    tonight.letters = letters.write_letters(
        tonight.home.outbox,
        tonight.findings,
        tonight.rules,
        {name: tonight.frames[name] for name in CARDS},
        tonight.frames["institution"],
        tonight.as_of,
        tonight.home.settings.contact_zh,
    )


def _letter_rows(tonight: Tonight) -> pl.DataFrame:
    rows = [
        (letter.org_code, tonight.as_of, letter.finding_count, "outbox", "draft", 0, None)
        for letter in tonight.letters
    ]
    schema: dict[str, Any] = {
        "org_code": pl.String,
        "night": pl.Date,
        "finding_count": pl.Int64,
        "channel": pl.String,
        "status": pl.String,
        "attempts": pl.Int32,
        "sent_at": pl.Datetime("us"),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def close(tonight: Tonight) -> None:
    """Remember the night, unless it was a look back."""
    if not tonight.is_look_back:
        history.save_history(tonight.store, tonight.findings)
    rows = tonight.sheets["received_rows"].sum() if tonight.sheets.height else 0
    rejected = tonight.sheets["rejected_rows"].sum() if tonight.sheets.height else 0
    tonight.store.connection.execute(
        "insert into state.run values (?, ?, ?, 'done', ?, ?, ?, ?)",
        [
            tonight.as_of,
            tonight.started.replace(tzinfo=None),
            datetime.now(TIME_ZONE).replace(tzinfo=None),
            tonight.sheets.height,
            rows,
            rejected,
            "；".join(tonight.broken) or None,
        ],
    )


#: The night, step by step; the flow wraps each as a task.
STEPS: dict[str, Callable[[Tonight], None]] = {
    "receive": receive,
    "assemble": assemble,
    "validate": validate,
    "publish": publish,
    "close": close,
}


def summary(tonight: Tonight) -> str:
    """What the data manager reads first."""
    loaded = tonight.sheets["loaded_rows"].sum() if tonight.sheets.height else 0
    opened = tonight.findings.filter(pl.col("resolved_on").is_null())
    new = opened.filter(pl.col("first_found_on") == tonight.as_of)
    lines = [
        f"数据截至 {tonight.as_of}：{tonight.sheets.height} 张表，{loaded} 行",
        f"未解决的发现 {opened.height} 条，其中今晚新增 {new.height} 条；"
        f"待核实单 {len(tonight.letters)} 份（草稿）",
    ]
    lines += [f"等待：{fault.source_file}：{fault.reason}" for fault in tonight.waiting]
    lines += [
        f"待确认：{item.source_file} 将撤下 {item.vanishing}/{item.known} 张卡，"
        "确认后用 zhikong receive --accept-withdrawal 再放入"
        for item in tonight.held
    ]
    if tonight.score.height:
        newest = tonight.score["year"].max()
        for row in tonight.score.filter(pl.col("year") == newest).iter_rows(named=True):
            lines.append(
                f"{row['area_code']} {row['year']} 年第 {row['item_no']} 条："
                f"已确认 {row['points']:g} 分，待佐证 {row['points_pending']:g} 分，"
                f"失分 {row['points_lost']:g} 分（满分 {row['points_max']:g}）"
            )
    return "\n".join(lines)
