"""`quality.task`: one row a thing to do on one card.

A card stands in the flow of the province's own specification: audited by the hospital, by the
county, assigned to the community of the 户籍 (属地确认), visited for the first time (初访), its
household registration verified (户籍核实), then followed up (随访). What has no deadline in any
source (属地确认, 户籍核实) is a task without a day; follow-up has no interval in any source and
makes tasks only where the home's own deadline.csv states one. A limit that no official text
confirms makes no task for a hospital.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import polars as pl

from flows.cards import Kind
from flows.place import Places, in_home
from flows.tasks.assignee import of_person
from flows.tasks.limits import Limit, clock

TASK_ZH = {
    "hospital_audit": "医院审核",
    "county_audit": "区县审核",
    "residence_confirmation": "属地确认",
    "first_visit": "初访",
    "household_verification": "户籍核实",
    "follow_up": "随访",
}
#: Kinds that the unit managing the person does; the others are of the card itself.
OF_PERSON = ("residence_confirmation", "first_visit", "household_verification", "follow_up")
#: Kinds without a deadline in any source: they are tasks all the same.
WITHOUT_LIMIT = ("residence_confirmation", "household_verification")
#: The field that a file must have a column for before its emptiness means anything.
FIELD_OF = {
    "hospital_audit": "hospital_audit_time",
    "county_audit": "audit_status",
    "residence_confirmation": "managing_org",
    "first_visit": "first_visit_date",
    "household_verification": "registration_verified",
    "follow_up": "last_follow_up_date",
}
#: Of a card's hundred columns those that a task asks for, beside what starts its clock.
USED = {
    *("card_id", "org_code", "area_code", "town_code", "report_area_code", "source_file"),
    *("count_base", "is_registry_record", "audit_status", "card_status", "event_date"),
    *("managing_org", "managing_org_code", "death_date", "county_audit_time", "created_time"),
    *FIELD_OF.values(),
}
#: A repeated visit is a task from so many days before it falls due.
FOLLOW_UP_AHEAD = 30
SCHEMA = {
    "task_id": pl.String,
    "task_kind": pl.String,
    "task_zh": pl.String,
    "card_type": pl.String,
    "card_id": pl.String,
    "org_code": pl.String,
    "assignee_org": pl.String,
    "area_code": pl.String,
    "town_code": pl.String,
    "since_on": pl.Date,
    "due_on": pl.Date,
    "state": pl.String,
    "due_source": pl.String,
    "is_limit_verified": pl.Boolean,
    "province_due_on": pl.Date,
    "province_due_source": pl.String,
}


def tasks(
    kinds: dict[str, Kind],
    institutions: pl.DataFrame,
    places: Places,
    in_force: list[Limit],
    as_of: date,
) -> pl.DataFrame:
    """Every task that is open on a day.

    Args:
        kinds: the four cards after counting (`count_base`, `is_registry_record`).
        institutions: typed `institution`.
        places: the dictionaries; a person managed and registered in another county is that
            county's task.
        in_force: as of `limits.limits`.
        as_of: the day.

    Returns:
        The columns of SCHEMA, most overdue first; names nobody.
    """
    units = of_person(institutions)
    parts = [
        part
        for card_type, kind in kinds.items()
        for part in _of_cards(card_type, kind, units, places, in_force, as_of)
    ]
    every = pl.concat([pl.DataFrame(schema=SCHEMA), *parts])
    return every.sort("due_on", "task_kind", "card_type", "card_id", nulls_last=True)


def _of_cards(
    card_type: str,
    kind: Kind,
    units: tuple[pl.DataFrame, pl.Expr],
    places: Places,
    in_force: list[Limit],
    as_of: date,
) -> Iterable[pl.DataFrame]:
    used = USED | {name for rule in in_force for name in rule.starts}
    # A registry's own records have passed all this long ago.
    cards = kind.frame.select(name for name in kind.frame.columns if name in used).filter(
        (pl.col("count_base") != "none") & ~pl.col("is_registry_record").fill_null(False)
    )
    for task_kind in TASK_ZH:
        if FIELD_OF[task_kind] not in cards.columns:
            continue
        is_known = _is_known(kind, FIELD_OF[task_kind])
        waiting = cards.filter(_is_open(card_type, task_kind) & is_known)
        if task_kind in OF_PERSON:
            waiting = _of_our_people(waiting, units, places)
        else:
            waiting = _of_our_units(waiting, places)
        mine = [rule for rule in in_force if rule.kind == task_kind and rule.concerns(card_type)]
        if task_kind == "hospital_audit":
            mine = [rule for rule in mine if rule.is_verified]
        if waiting.height and (mine or task_kind in WITHOUT_LIMIT):
            yield _rows(card_type, task_kind, waiting, mine, places.province, as_of)


def _is_open(card_type: str, task_kind: str) -> pl.Expr:
    """Which cards wait for this step."""
    audit = pl.col("audit_status")
    final = pl.col("count_base") == "official"
    match task_kind:
        case "hospital_audit":
            return audit.fill_null("0") == "0"
        case "county_audit":  # a card the hospital has not audited falls due after its creation
            return audit.fill_null("0").is_in(["0", "1"])
        case "residence_confirmation":
            return final & pl.col("managing_org_code").is_null() & pl.col("managing_org").is_null()
        case "first_visit":
            return final & pl.col("first_visit_date").is_null()
        case "household_verification":
            return final & pl.col("registration_verified").is_null()
        case _:  # the lost and the dead are followed no longer
            alive = pl.col("death_date").is_null() & (pl.col("card_status").fill_null("0") == "0")
            return final & alive & pl.lit(card_type != "death")


def _is_known(kind: Kind, field: str) -> pl.Expr:
    """Cards of files that have the field: an empty box where there is none says nothing."""
    absent = {file for file, name in kind.absent_columns if name == field}
    absent |= {file for file, name in kind.lost_columns.iter_rows() if name == field}
    if field == "registration_verified":  # optional: a file that never fills it does not use it
        used = kind.frame.filter(pl.col(field).is_not_null())["source_file"].unique()
        absent |= set(kind.frame["source_file"].unique()) - set(used)
    return ~pl.col("source_file").is_in(sorted(absent))


def _of_our_people(
    waiting: pl.DataFrame, units: tuple[pl.DataFrame, pl.Expr], places: Places
) -> pl.DataFrame:
    """Add person_org and task_area; leave out people whom another county manages."""
    towns, who = units
    areas = {unit: area for unit, area in places.org_area.items() if area}
    area = pl.col("managing_org_code").replace_strict(
        list(areas), list(areas.values()), default=None, return_dtype=pl.String
    )
    joined = waiting.join(towns, on="town_code", how="left", maintain_order="left").with_columns(
        person_org=who, task_area=pl.coalesce(area, "area_code", "report_area_code")
    )
    return _of_home(joined, places)


def _of_our_units(waiting: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Add task_area; leave out cards that another county's institutions report and audit."""
    area = pl.coalesce("report_area_code", pl.lit(places.only_county, pl.String))
    return _of_home(waiting.with_columns(task_area=area), places)


def _of_home(waiting: pl.DataFrame, places: Places) -> pl.DataFrame:
    return waiting.filter(in_home("task_area", places.home_areas))


def _rows(
    card_type: str,
    task_kind: str,
    waiting: pl.DataFrame,
    rules: list[Limit],
    province: str,
    as_of: date,
) -> pl.DataFrame:
    of_person = task_kind in OF_PERSON
    general = _due(waiting, [rule for rule in rules if not rule.jurisdiction], as_of)
    theirs = [rule for rule in rules if province and rule.jurisdiction == province]
    provincial = _due(waiting, theirs, as_of)
    frame = waiting.hstack(general).hstack(
        provincial.select(pl.all().name.prefix("province_"))
    )  # fmt: skip
    # Where only the province has a limit, it is the limit.
    alone = pl.col("due_on").is_null()
    frame = frame.with_columns(
        *(
            pl.when(alone).then(f"province_{name}").otherwise(name).alias(name)
            for name in general.columns
        ),
        *(
            pl.when(alone).then(None).otherwise(f"province_{name}").alias(f"province_{name}")
            for name in general.columns
        ),
    )
    if task_kind not in WITHOUT_LIMIT:
        frame = frame.filter(pl.col("due_on").is_not_null())
    if task_kind == "follow_up":
        frame = frame.filter(pl.col("due_on") <= as_of + timedelta(days=FOLLOW_UP_AHEAD))
    content = "task_area" if task_kind == "county_audit" else "org_code"
    since = pl.coalesce(
        "since_on", pl.col("county_audit_time").cast(pl.Date), pl.col("created_time").cast(pl.Date)
    )
    made: dict[str, Any] = {
        "task_id": _ids(card_type, task_kind, frame["card_id"]),
        "task_kind": pl.lit(task_kind),
        "task_zh": pl.lit(TASK_ZH[task_kind]),
        "card_type": pl.lit(card_type),
        "card_id": pl.col("card_id"),
        "org_code": pl.col("org_code"),
        "assignee_org": pl.col("person_org") if of_person else pl.coalesce(
            content, "report_area_code"
        ),
        "area_code": pl.col("task_area").str.slice(0, 6),
        "town_code": pl.col("town_code") if of_person else pl.lit(None, pl.String),
        "since_on": since,
        "due_on": pl.col("due_on"),
        "state": pl.when(pl.col("due_on") < as_of).then(pl.lit("overdue")).otherwise(
            pl.lit("due")
        ),
        "due_source": pl.col("due_source"),
        "is_limit_verified": pl.col("is_limit_verified"),
        "province_due_on": pl.col("province_due_on"),
        "province_due_source": pl.col("province_due_source"),
    }  # fmt: skip
    return frame.select(**made).cast(SCHEMA)  # type: ignore[arg-type]


def _due(waiting: pl.DataFrame, rules: list[Limit], as_of: date) -> pl.DataFrame:
    """since_on, due_on, due_source and is_limit_verified by the first rule in force."""
    columns = {"since_on": pl.Date, "due_on": pl.Date, "due_source": pl.String,
               "is_limit_verified": pl.Boolean}  # fmt: skip
    found = pl.DataFrame(
        {name: pl.repeat(None, waiting.height, dtype=kind, eager=True)
         for name, kind in columns.items()}
    )  # fmt: skip
    for rule in rules:
        new = clock(waiting, rule, as_of).rename({"since_on": "start", "due_on": "new"})
        takes = (found["due_on"].is_null() & new["new"].is_not_null()).alias("takes")
        found = (
            found.hstack(new)
            .with_columns(takes)
            .select(
                since_on=pl.when("takes").then("start").otherwise("since_on"),
                due_on=pl.when("takes").then("new").otherwise("due_on"),
                due_source=pl.when("takes").then(pl.lit(rule.source)).otherwise("due_source"),
                is_limit_verified=pl.when("takes")
                .then(pl.lit(rule.is_verified))
                .otherwise("is_limit_verified"),
            )
        )
    return found


def _ids(card_type: str, task_kind: str, card_ids: pl.Series) -> pl.Series:
    """The id stays the same from night to night while the task is open."""
    keys = (f"{task_kind}|{card_type}|{card_id}" for card_id in card_ids.to_list())
    ids = [hashlib.blake2b(key.encode(), digest_size=10).hexdigest() for key in keys]
    return pl.Series("task_id", ids, dtype=pl.String)
