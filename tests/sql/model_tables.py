"""Typed and reference tables from text tables, and the models built over them.

Every typed table has the published columns of reference/field.csv; a test writes down only those
it is about.
"""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import polars as pl

from flows import models

ROOT = Path(__file__).parents[2]
TYPES = {"date": "DATE", "datetime": "TIMESTAMP", "number": "DOUBLE", "integer": "BIGINT"}
PARTIAL = ("birth_date", "death_date", "diagnosis_date", "onset_date")
CARDS = ("death", "tumour", "cardio", "diabetes")
#: What the typing step adds to the fields of a card.
SYSTEM = {
    "source_file": "VARCHAR",
    "sheet": "VARCHAR",
    "source_row": "BIGINT",
    "layout": "VARCHAR",
    "is_registry_record": "BOOLEAN",
    "version_time": "TIMESTAMP",
    "org_code": "VARCHAR",
    "managing_org_code": "VARCHAR",
    "report_area_code": "VARCHAR",
    "area_code": "VARCHAR",
    "town_code": "VARCHAR",
    "residence_area_code": "VARCHAR",
    "residence_town_code": "VARCHAR",
    "event_date": "DATE",
    "year": "INTEGER",
    "age_years": "INTEGER",
    "age_days": "INTEGER",
    "person_id": "VARCHAR",
    "is_withdrawn": "BOOLEAN",
    "is_made_id": "BOOLEAN",
    "count_base": "VARCHAR",
    "is_counted": "BOOLEAN",
    "event_class": "VARCHAR",
    "has_id_number": "BOOLEAN",
}
#: What the registry's steps add to tumour cards.
TUMOUR = {
    "primary_no": "INTEGER",
    "primary_verdict": "VARCHAR",
    "is_primary_undecided": "BOOLEAN",
    "notification_count": "INTEGER",
    "source_count": "INTEGER",
    "has_pathology": "BOOLEAN",
    "is_pathology_unconfirmed": "BOOLEAN",
    "is_death_notified": "BOOLEAN",
    "traceback_state": "VARCHAR",
}
#: A card says these unless the test says otherwise: usable, audited, of the one county, an event.
USUAL_CARD = {
    "card_status": "0",
    "audit_status": "3",
    "card_kind": "1",
    "sex": "1",
    "count_base": "official",
    "is_counted": "true",
    "event_class": "death",
    "is_withdrawn": "false",
    "area_code": "330329",
    "residence_area_code": "330329",
    "report_area_code": "330329",
    "org_code": "H1",
}
REFERENCE = {
    "area": "area_code VARCHAR, area_name VARCHAR, level VARCHAR, urban_rural VARCHAR, "
    "parent_code VARCHAR, valid_from DATE, valid_to DATE, code_issuer VARCHAR",
    "population": "area_code VARCHAR, year INTEGER, residency VARCHAR, sex VARCHAR, "
    "age_group VARCHAR, population DOUBLE, method VARCHAR, is_split BOOLEAN",
    "period": "period VARCHAR, kind VARCHAR, year INTEGER, date_from DATE, date_to DATE, "
    "population_year INTEGER, is_complete BOOLEAN",
    "home": "as_of DATE, area_code VARCHAR",
}
#: Lists that the night makes in Python and the models read.
QUALITY = {
    "report_element": "area_code VARCHAR, year INTEGER, document VARCHAR, element_no INTEGER, "
    "is_present BOOLEAN, reason_zh VARCHAR",
    "death_without_case": "card_id VARCHAR, disease VARCHAR",
    "finding": "finding_id VARCHAR, rule_id VARCHAR, card_type VARCHAR, card_id VARCHAR, "
    "field VARCHAR, severity VARCHAR, channel VARCHAR, org_code VARCHAR, assignee_org VARCHAR, "
    "area_code VARCHAR, first_found_on DATE, last_found_on DATE, resolved_on DATE",
    "task": "task_id VARCHAR, task_kind VARCHAR, task_zh VARCHAR, assignee_org VARCHAR, "
    "area_code VARCHAR, town_code VARCHAR, due_on DATE, state VARCHAR",
}
#: Reference inputs whose columns are those of field.csv.
INPUTS = ("institution", "monthly_report", "platform_total", "benchmark", "evidence")
#: Reference tables loaded from their files.
FILES = (
    *("age_group", "standard_population", "cancer_group", "cause_group", "icd10"),
    *("cancer_quality_band", "list_class", "list_source"),
)
PERIODS = """
    period | kind           | year | date_from  | date_to    | population_year | is_complete
    Y2023  | year           | 2023 | 2023-01-01 | 2023-12-31 | 2023            | true
    L12    | last_12_months | 2024 | 2023-07-01 | 2024-06-30 | 2023            | true
"""
HOME = """
    as_of      | area_code
    2024-06-30 | 330329
"""


def table(text: str) -> list[dict[str, str | None]]:
    """Rows of a ``a | b`` text table; an empty cell is null."""
    lines = [line.split("|") for line in text.strip().splitlines()]
    names = [name.strip() for name in lines[0]]
    return [
        {n: cell.strip() or None for n, cell in zip(names, line, strict=True)} for line in lines[1:]
    ]


def typed_columns(card_type: str) -> dict[str, str]:
    """Column -> DuckDB type of typed.<card_type>."""
    columns: dict[str, str] = {}
    with (ROOT / "reference/field.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            # What identifies a person never reaches the models.
            if row["card_type"] == card_type and row["published"] == "1":
                columns[row["field"]] = TYPES.get(row["data_type"], "VARCHAR")
    for name in PARTIAL:
        if name in columns:
            columns |= {f"{name}_year": "INTEGER", f"{name}_month": "INTEGER"}
    if card_type in CARDS:
        columns |= SYSTEM
    if card_type == "tumour":
        columns |= TUMOUR
    if card_type == "tumour_death":
        columns |= {"event_date": "DATE", "year": "INTEGER", "age_years": "INTEGER"}
        columns |= {"age_days": "INTEGER", "person_id": "VARCHAR"}
    if card_type == "survey_case":
        columns |= {"report_state": "VARCHAR", "matched_card_type": "VARCHAR"}
        columns |= {"age_years": "INTEGER", "town_code": "VARCHAR", "list_file": "VARCHAR"}
        columns |= {"order_no": "BIGINT", "source_row": "BIGINT", "list_class": "VARCHAR"}
        columns |= {"matched_by": "VARCHAR", "match_probability": "DOUBLE", "case_key": "VARCHAR"}
        columns |= {"matched_card_id": "VARCHAR", "possible_card_id": "VARCHAR"}
        columns |= {"possible_probability": "DOUBLE", "is_repeat_in_survey": "BOOLEAN"}
        columns |= {"is_repeat_at_org": "BOOLEAN", "is_repeat_in_source": "BOOLEAN"}
    return columns


def load(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: dict[str, str],
    rows: list[dict[str, str | None]],
) -> None:
    """Create ``name`` with ``columns`` and the given rows, cast from text."""
    spelled = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    connection.execute(f"create table {name} ({spelled})")
    if not rows:
        return
    given = list(dict.fromkeys(column for row in rows for column in row))
    assert set(given) <= columns.keys(), f"{name} has no {set(given) - columns.keys()}"
    frame = pl.DataFrame(rows, schema=dict.fromkeys(given, pl.String))
    connection.register("given_rows", frame)
    casts = ", ".join(f'cast("{column}" as {columns[column]}) as "{column}"' for column in given)
    connection.execute(f"insert into {name} by name select {casts} from given_rows")
    connection.unregister("given_rows")


def card(card_type: str, number: int, row: dict[str, str | None]) -> dict[str, str | None]:
    """A usual card changed by ``row``; event date and year follow from its own date."""
    known = typed_columns(card_type)
    full = {n: v for n, v in USUAL_CARD.items() if n in known} | {"card_id": f"c{number}"} | row
    own = {"death": "death_date", "cardio": "onset_date"}.get(card_type, "diagnosis_date")
    full.setdefault("event_date", full.get(own))
    if full["event_date"]:
        full.setdefault("year", full["event_date"][:4])
    return full


def database(tables: dict[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with every input table; ``{"typed.death": text, ...}`` fills some of them."""
    given = {"reference.period": PERIODS, "reference.home": HOME} | (tables or {})
    connection = duckdb.connect()
    for name in ("typed", "work", "measure"):
        connection.execute(f"attach ':memory:' as {name}")
    connection.execute("create schema reference")
    for card_type in (*CARDS, "tumour_death", "survey_case"):
        rows = table(given.pop(f"typed.{card_type}", "x"))
        if card_type in CARDS:
            rows = [card(card_type, number, row) for number, row in enumerate(rows, 1)]
        if card_type == "survey_case":
            rows = [
                {"list_file": "list.csv", "order_no": "1", "source_row": str(number)} | row
                for number, row in enumerate(rows, 2)
            ]
        load(connection, f"typed.{card_type}", typed_columns(card_type), rows)
    for name, spelled in REFERENCE.items():
        columns = dict(item.split() for item in spelled.split(", "))
        load(connection, f"reference.{name}", columns, table(given.pop(f"reference.{name}", "x")))
    connection.execute("create schema quality")
    for name, spelled in QUALITY.items():
        columns = dict(item.split() for item in spelled.split(", "))
        load(connection, f"quality.{name}", columns, table(given.pop(f"quality.{name}", "x")))
    for name in INPUTS:
        columns = typed_columns(name)
        load(connection, f"reference.{name}", columns, table(given.pop(f"reference.{name}", "x")))
    for name in FILES:
        load_file(connection, name)
    assert not given, f"no such table: {given.keys()}"
    return connection


def load_file(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """reference.<name> from reference/<name>.csv: text, but for the numbers."""
    file = pl.read_csv(ROOT / f"reference/{name}.csv", infer_schema=False)
    numbers = {"weight": pl.Float64, "age_from": pl.Int64, "age_to": pl.Int64, "sort_no": pl.Int64}
    numbers |= {"width_years": pl.Int64, "year": pl.Int64}
    numbers |= dict.fromkeys(("mv_pct", "dco_pct", "mi_ratio"), pl.Float64)
    connection.register("file", file.cast({c: t for c, t in numbers.items() if c in file.columns}))
    connection.execute(f"create table reference.{name} as select * from file")
    connection.unregister("file")


def built(tables: dict[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """The same, with every model built."""
    connection = database(tables)
    models.build(connection, ROOT / "sql")
    return connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """The rows of a query, for a comparison on one screen."""
    return connection.execute(query).fetchall()


def population(area_code: str, year: int, residency: str, cell: float) -> str:
    """A population text table with ``cell`` people in each of the 38 cells of sex and age."""
    with (ROOT / "reference/age_group.csv").open(encoding="utf-8") as file:
        groups = [row["age_group"] for row in csv.DictReader(file)]
    lines = [
        f"{area_code} | {year} | {residency} | {sex} | {group} | {cell}"
        for sex in "12"
        for group in groups
    ]
    return "\n".join(["area_code | year | residency | sex | age_group | population", *lines])
