"""The draft of the published file: what the SQL models read goes in, then it is swapped in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from flows.arrow import registered
from flows.durable import on_disk
from flows.fields import CARDS, EVENT_DATE, INPUTS, fields
from flows.home import REFERENCE
from flows.lanes import MIXED_LANES
from flows.models import existing_tables
from flows.place import Places, is_district
from flows.publishable import publishable
from flows.published_file import PUBLISHED_VERSION
from flows.shelf.parts import Parts
from flows.store import connect, quoted
from validators.icdo_conversion import CODE, conversion_table, from_icd10_table
from validators.suggestion import cause_suggestions

UNPUBLISHED = ("typed", "work", "measure")
#: Shipped tables that are published as they are.
SHIPPED = (
    *("age_group", "cancer_group", "cause_group", "cancer_quality_band", "standard_population"),
    *("cancer_criterion", "iacr_morphology_group", "iacr_topography_group"),
    *("list_class", "list_source", "sensitive_cause"),
)
#: Codes are text, also where a list happens to hold digits only.
CODES = {
    "cancer_group": ("group_code",),
    "cause_group": ("ccd_code", "parent_ccd_code"),
    "cancer_quality_band": ("group", "area_type"),
    "iacr_morphology_group": ("morphology_from", "morphology_to"),
}
DRAFT = "draft"
#: Megabytes beside the frames, for each million cards whose tables lie in memory or in files, and
#: the least: so many a lane, for DuckDB fails where the columns of the parts that are written at a
#: time do not fit. What of tables is more goes to SPILLED, without identities.
IN_MEMORY, IN_FILES, LEAST_MEMORY = 900, 250, 300 * MIXED_LANES
SPILLED = ".spilled"
#: Clients of DuckDB of this version and newer open the published file, 1.4 and newer an encrypted
#: one. What older ones open takes half as much time again to write, and is no smaller.
STORAGE = "v1.3.0"
#: Of more cards than these the tables that are not published lie in SPILLED too: files compress.
MANY = 2_000_000
NAMED = {"area_code": pl.String, "area_name": pl.String}
OLDEST_YEARS = 30  # a typing slip of a century does not make a hundred empty years


@contextmanager
def draft_of(
    published: Path, key: str | None = None, carried: Collection[str] = (), card_count: int = 0
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a draft that becomes the published file when the block ends well.

    Readers of the old file keep what they have open; nobody ever sees half a file.

    Args:
        published: the file.
        key: with it the file is encrypted, and so is what DuckDB spills.
        carried: tables of the file as it is that the draft begins with.
        card_count: cards that the models read.
    """
    draft = published.with_name(published.name + ".draft")
    spilled = published.with_name(SPILLED)
    left_overs = (draft, draft.with_name(draft.name + ".wal"))
    for left_over in left_overs:
        left_over.unlink(missing_ok=True)
    shutil.rmtree(spilled, ignore_errors=True)
    spilled.mkdir(mode=0o700)
    connection = connect()
    try:
        if carried:
            shutil.copyfile(published, draft)
        each = IN_FILES if card_count > MANY else IN_MEMORY
        megabytes = max(LEAST_MEMORY, each * card_count // 1_000_000)
        connection.execute(f"set memory_limit = '{megabytes}MB'")
        connection.execute(f"set temp_directory = '{quoted(spilled)}'")
        # Tables are made side by side (`lanes.abreast`): each has one processor.
        connection.execute("set threads = 1")
        # A draft is whole or worth nothing: it needs no log to recover it from.
        escaped = (key or "").replace("'", "''")
        written = f"encryption_key '{escaped}'" if key else f"storage_version '{STORAGE}'"
        in_file = f"({written}, recovery_mode no_wal_writes)"
        connection.execute(f"attach '{quoted(draft)}' as {DRAFT} {in_file}")
        connection.execute(f"use {DRAFT}")
        _keep(connection, carried)
        for name in UNPUBLISHED:
            if card_count > MANY:
                connection.execute(f"attach '{quoted(spilled / name)}' as {name} {in_file}")
            else:
                connection.execute(f"attach ':memory:' as {name}")
        yield connection
        for name in UNPUBLISHED:
            connection.execute(f"detach {name}")
        connection.execute("use memory")
        connection.execute(f"detach {DRAFT}")  # writes what is not in the file yet
    except BaseException:
        connection.close()
        for left_over in left_overs:
            left_over.unlink(missing_ok=True)
        shutil.rmtree(spilled, ignore_errors=True)
        raise
    connection.close()
    shutil.rmtree(spilled, ignore_errors=True)
    on_disk(draft)
    draft.chmod(0o640)
    draft.replace(published)


def _keep(connection: duckdb.DuckDBPyConnection, carried: Collection[str]) -> None:
    """Leave of the tables of a draft only some."""
    tables = connection.execute(
        "select schema_name || '.' || table_name from duckdb_tables() where database_name = ?",
        [DRAFT],
    ).fetchall()
    for (name,) in tables:
        if name not in carried:
            connection.execute(f"drop table {name}")
    if tables:
        connection.execute("checkpoint")  # what is written next takes the place of what was dropped


def put(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Write a frame as `schema.table`."""
    schema = table.split(".", 1)[0]
    if schema not in UNPUBLISHED:
        connection.execute(f"create schema if not exists {schema}")
    with registered(connection, "frame_to_put", frame):
        connection.execute(f"create or replace table {table} as select * from frame_to_put")


def put_typed(
    connection: duckdb.DuckDBPyConnection,
    kinds: dict[str, pl.DataFrame],
    cards: Mapping[str, Parts],
) -> None:
    """Give SQL the typed cards and inputs, without what identifies a person.

    Cards that partly lie on the shelf are there when a model reads them (`parts.in_parts`); others
    are views on their frames: a copy would cost more than the reading.

    Args:
        connection: the draft.
        kinds: typed frames of cards and inputs.
        cards: the kinds of cards that lie on the shelf.
    """
    for name in INPUTS:
        put(connection, f"typed.{name}", publishable(kinds[name], name))
    for name in CARDS:
        if name in cards:
            cards[name].see_none(connection)
            continue
        connection.register(f"typed_{name}", publishable(kinds[name], name))
        connection.execute(f"create or replace view typed.{name} as select * from typed_{name}")


def reference_tables(
    connection: duckdb.DuckDBPyConnection,
    kinds: dict[str, pl.DataFrame],
    population: pl.DataFrame,
    places: Places,
    as_of: date,
    until: date,
) -> dict[str, Callable[[], pl.DataFrame]]:
    """The `reference` schema: shipped lists that are not there, own inputs, periods."""
    there = existing_tables(connection)
    own = ("institution", "benchmark", "evidence", "monthly_report", "platform_total")
    return {
        **{table: made for table, made in OF_THE_PROGRAM.items() if table not in there},
        "reference.icdo3_to_icd10": lambda: _conversion(kinds),
        "reference.population": lambda: population,
        "reference.area": lambda: areas(kinds["area"], places),
        **{f"reference.{name}": partial(_input, name, kinds[name]) for name in own},
        "reference.period": lambda: periods(kinds, population, as_of, until),
        "reference.home": lambda: _home(places, as_of),
    }


def _conversion(kinds: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return conversion_table(
        pl.concat(
            publishable(kinds[name].select(CODE), name) for name in ("tumour", "tumour_death")
        )
    )


def _input(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(field.name for field in fields(name).values() if field.published)


def _home(places: Places, as_of: date) -> pl.DataFrame:
    home = {
        "as_of": [as_of],
        "area_code": [places.home_area or None],
        "schema_version": [PUBLISHED_VERSION],
    }
    return pl.DataFrame(home).cast({"area_code": pl.String, "schema_version": pl.Int32})


def _as_it_is(name: str) -> pl.DataFrame:
    return pl.read_csv(
        REFERENCE / f"{name}.csv",
        infer_schema_length=None,
        schema_overrides=dict.fromkeys(CODES.get(name, ()), pl.String),
    )


def _icd10() -> pl.DataFrame:
    return pl.read_csv(REFERENCE / "icd10.csv", infer_schema=False).with_columns(
        is_asterisk=pl.col("is_asterisk") == "1"
    )


#: The tables that come with the program, whatever the home.
OF_THE_PROGRAM: dict[str, Callable[[], pl.DataFrame]] = {
    **{f"reference.{name}": partial(_as_it_is, name) for name in SHIPPED},
    "reference.icd10": _icd10,
    "reference.cause_suggestion": cause_suggestions,
    "reference.icd10_to_icdo3": from_icd10_table,
}


def areas(own: pl.DataFrame, places: Places) -> pl.DataFrame:
    """Areas by code: the home's own rows before the shipped ones; towns below counties.

    市辖区 (`place.is_district`) count as urban, 县 and 县级市 as rural; an `area` row overrides it.
    """
    shipped = pl.concat([_of_codes(places.codes), _of_towns(places.towns)])
    mine = own.unique("area_code", keep="last").select(
        "area_code",
        *(
            pl.col(name).alias(f"{name}_own")
            for name in ("area_name", "urban_rural", "parent_code", "code_issuer")
        ),
        *("valid_from", "valid_to"),
    )
    joined = shipped.join(mine, on="area_code", how="full", coalesce=True)
    length = pl.col("area_code").str.len_chars()
    return joined.select(
        "area_code",
        pl.coalesce("area_name_own", "area_name").alias("area_name"),
        pl.col("level").fill_null(
            pl.when(length > 6).then(pl.lit("town")).otherwise(pl.lit("county"))
        ),
        *(pl.coalesce(f"{name}_own", name).alias(name) for name in ("urban_rural", "parent_code")),
        "valid_from",
        "valid_to",
        pl.coalesce("code_issuer_own", "code_issuer").alias("code_issuer"),
    ).sort("area_code")


def _of_codes(codes: Mapping[str, str]) -> pl.DataFrame:
    code = pl.col("area_code")
    is_county, is_province = code.str.slice(4) != "00", code.str.slice(2) == "0000"
    districts = [one for one, name in codes.items() if is_district(one, name)]
    urban = pl.when(code.is_in(districts)).then(pl.lit("urban"))
    return pl.DataFrame(
        {"area_code": list(codes), "area_name": list(codes.values())}, schema=NAMED
    ).with_columns(
        level=pl.when(is_county)
        .then(pl.lit("county"))
        .when(is_province)
        .then(pl.lit("province"))
        .otherwise(pl.lit("prefecture")),
        urban_rural=pl.when(is_county).then(urban.otherwise(pl.lit("rural"))),
        parent_code=pl.when(is_county)
        .then(code.str.slice(0, 4) + "00")
        .when(~is_province)
        .then(code.str.slice(0, 2) + "0000"),
        code_issuer=pl.lit("MCA"),
    )


def _of_towns(towns: Mapping[str, str]) -> pl.DataFrame:
    return pl.DataFrame(
        {"area_code": list(towns), "area_name": list(towns.values())}, schema=NAMED
    ).with_columns(
        level=pl.lit("town"),
        urban_rural=pl.lit(None, pl.String),
        parent_code=pl.col("area_code").str.slice(0, 6),
        code_issuer=pl.lit("NBS"),
    )


def periods(
    kinds: dict[str, pl.DataFrame], population: pl.DataFrame, as_of: date, until: date
) -> pl.DataFrame:
    """Complete and running years with cards or population, and the last twelve whole months.

    Args:
        kinds: typed cards.
        population: as of `mean_population`.
        as_of: the night.
        until: all kinds of cards have come so far; a month after it would count as none.
    """
    years = set(population["year"].to_list())
    for card_type in EVENT_DATE:
        years |= set(kinds[card_type]["year"].drop_nulls().to_list())
    years = {year for year in years if as_of.year - OLDEST_YEARS <= year <= as_of.year}
    people = sorted(set(population["year"].to_list()))
    rows = [
        (f"Y{year}", "year", year, date(year, 1, 1), date(year, 12, 31), year, as_of.year > year)
        for year in sorted(years)
    ]
    end = (min(as_of, until) + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    start = (date(end.year - 1, end.month, 28) + timedelta(days=4)).replace(day=1)
    known = [year for year in people if year <= end.year]
    rows.append(("L12", "last_12_months", end.year, start, end, max(known, default=None), True))
    return pl.DataFrame(
        rows,
        schema={
            "period": pl.String, "kind": pl.String, "year": pl.Int32, "date_from": pl.Date,
            "date_to": pl.Date, "population_year": pl.Int32, "is_complete": pl.Boolean,
        },
        orient="row",
    )  # fmt: skip
