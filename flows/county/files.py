"""After the swap: the county files that changed are written anew, those no longer wanted go."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.county.decide import (
    CARDS,
    WITHHELD,
    Decision,
    codes_of,
    columns_of,
    deciding,
    decision,
    joins_of,
    prefix_of,
    rows_of,
)
from flows.county.wanted import FOLDER, wanted
from flows.draft import draft_of
from flows.durable import drafted
from flows.home import Home
from flows.macros import write_macros
from flows.published import attach_published, open_published

INDEX = "index.csv"
COLUMNS = ("area_code", "data_until", "same_until", "sum")


@dataclass(frozen=True)
class Table:
    """A published table: its columns in order, and whose its rows are."""

    name: str
    columns: tuple[str, ...]
    decision: Decision


def publish_counties(home: Home, say: Callable[[str], None] = lambda line: None) -> list[str]:
    """Write ``published/<area>.duckdb`` for every area of the settings, and `index.csv`.

    A file whose rows are those of last time stays as it is; `same_until` then says so. Each is
    swapped in whole; one that is no longer wanted is removed.

    Args:
        home: the installation; the whole file has just been swapped in.
        say: told one line.

    Returns:
        The areas that were written.
    """
    folder = home.path / FOLDER
    settings = home.settings
    if not (settings.publish_areas or settings.publish_by_county or folder.exists()):
        return []
    with open_published(home) as whole:
        areas = wanted(home, whole)
        if not areas and not folder.exists():
            return []
        tables = tables_of(whole)
        sums = area_sums(whole, tables, areas)
        (as_of,) = whole.execute("select as_of from reference.home").fetchone() or ("",)
    folder.mkdir(mode=0o750, exist_ok=True)
    known = _index(folder)
    written, began = [], time.monotonic()
    for area in areas:
        file = folder / f"{area}.duckdb"
        if file.exists() and known.get(area, {}).get("sum") == sums[area]:
            known[area]["same_until"] = str(as_of)
            continue
        write_area(home, tables, area, file)
        known[area] = dict(zip(COLUMNS, (area, str(as_of), str(as_of), sums[area]), strict=True))
        _write_index(folder, known)
        written.append(area)
    for old in folder.glob("*.duckdb"):
        if old.stem not in areas:
            old.unlink()
            say(f"县级发布库 {old.stem} 已不在设置中，文件已删除")
    _write_index(folder, {area: row for area, row in known.items() if area in areas})
    if areas:
        lasted = time.monotonic() - began
        say(f"县级发布库 {len(areas)} 个，其中重写 {len(written)} 个，用时 {lasted:.1f} 秒")
    return written


def tables_of(whole: duckdb.DuckDBPyConnection) -> list[Table]:
    """Every table of a published file; raises UndecidedError for one that nobody decided on."""
    rows = whole.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index)"
        " from duckdb_columns() where not internal and database_name = current_database()"
        " group by all order by all"
    ).fetchall()
    return [Table(name, tuple(columns), decision(name, columns)) for name, columns in rows]


def area_sums(
    whole: duckdb.DuckDBPyConnection, tables: list[Table], areas: list[str]
) -> dict[str, str]:
    """A sum of all rows of each area's file: every table is read once for all areas."""
    whole.execute(ORG_AREA)
    whole.execute(CARD_AREAS)
    found: dict[str, dict[str, str]] = {area: {} for area in areas}
    lengths = sorted({len(prefix_of(area)) for area in areas})
    for table in tables:
        one = table.decision
        kept = [f't."{c}"' for c in table.columns if c not in one.not_compared]
        if "*" in one.not_compared or not kept or one.decides == WITHHELD:
            continue
        hashed = f"hash({', '.join(kept)})::hugeint as h"
        if not deciding(one):  # every area has all rows
            whole_row = whole.execute(
                f"select count(*), sum(h) from (select {hashed} from {table.name} as t)"
            ).fetchall()[0]
            for area in areas:
                found[area][table.name] = f"{list(whole_row)}"
            continue
        for digits in lengths:
            rows = whole.execute(
                f"select code, count(*), sum(h) from (select unnest({codes_of(one, digits)})"
                f" as code, {hashed} from {table.name} as t {joins_of(one)}) group by code"
            ).fetchall()
            for code, *row in rows:
                area = str(code).ljust(6, "0") if code else ""
                if area in found and len(prefix_of(area)) == digits:
                    found[area][table.name] = f"{row}"
    shape = whole.execute(
        "select md5(string_agg(text, '|' order by text)) from ("
        "select concat_ws(' ', schema_name, table_name, column_name, data_type, comment) as text"
        " from duckdb_columns() where not internal"
        " union all select concat_ws(' ', function_name, macro_definition, comment)"
        " from duckdb_functions() where function_type like '%macro%' and not internal)"
    ).fetchall()[0][0]
    sums = {}
    for area, rows_by_table in found.items():
        text = "|".join(f"{name} {row}" for name, row in sorted(rows_by_table.items()))
        sums[area] = _digest(f"{shape}|{text}")
    return sums


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


#: Institutions by the area they lie in.
ORG_AREA = (
    "create or replace temp table org_area as select org_code, any_value(area_code) as area_code"
    " from reference.institution where org_code is not null group by org_code"
)


#: Every card with the areas that see it.
_SEEN = " union all ".join(
    f"select card_id, [area_code, residence_area_code, report_area_code] as areas from {name}"
    for name in CARDS
)
#: The same by number: one that two kinds of cards share is seen in both's areas.
CARD_AREAS = (
    "create or replace temp table card_areas as select card_id, flatten(list(areas)) as areas"
    f" from ({_SEEN}) group by card_id"
)


def write_area(home: Home, tables: list[Table], area: str, file: Path) -> None:
    """Write one area's file: the rows that are its own, same tables, comments and macros."""
    prefix = prefix_of(area)
    with draft_of(file, home.key_to_publish) as draft:
        attach_published(draft, home, "whole")
        draft.execute(
            "create temp table org_inside as select distinct org_code"
            " from whole.reference.institution where area_code >= ? and area_code < ?",
            [prefix, str(int(prefix) + 1)],
        )
        draft.execute("create temp table visible (card_table varchar, card_id varchar)")
        # Cards first: what other tables say of cards that are not here is emptied.
        for table in sorted(tables, key=lambda table: table.name not in CARDS):
            schema = table.name.split(".")[0]
            draft.execute(f"create schema if not exists {schema}")
            draft.execute(
                f"create table {table.name} as"
                f" select {columns_of(table.decision, table.columns, area)}"
                f" from whole.{table.name} where {rows_of(table.decision, prefix)}"
            )
            if table.name in CARDS:
                draft.execute(
                    f"insert into visible select '{table.name}', card_id from {table.name}"
                )
        write_macros(draft)
        _copy_comments(draft)
        draft.execute("drop table temp.org_inside")
        draft.execute("drop table temp.visible")
        draft.execute("detach whole")


def _copy_comments(draft: duckdb.DuckDBPyConnection) -> None:
    rows = draft.execute(
        "select 'table ' || schema_name || '.' || table_name, comment from duckdb_tables()"
        " where database_name = 'whole' and comment is not null"
        " union all select 'column ' || schema_name || '.' || table_name || '.\"' || column_name"
        " || '\"', comment from duckdb_columns()"
        " where database_name = 'whole' and comment is not null"
    ).fetchall()
    texts = [(target, comment.replace("'", "''")) for target, comment in rows]
    draft.execute(";".join(f"comment on {target} is '{text}'" for target, text in texts))


def _index(folder: Path) -> dict[str, dict[str, str]]:
    file = folder / INDEX
    if not file.exists():
        return {}
    with file.open(encoding="utf-8", newline="") as stream:
        return {row["area_code"]: row for row in csv.DictReader(stream)}


def _write_index(folder: Path, rows: dict[str, dict[str, str]]) -> None:
    with drafted(folder / INDEX) as draft:
        with draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, COLUMNS)
            writer.writeheader()
            writer.writerows(rows[area] for area in sorted(rows))
        draft.chmod(0o640)
