"""A table of intervals: a row holds from `night_from` until the night `night_to` (null: still).

The night of a comparison may have been run before: what it wrote then is not looked at, so that a
night run twice leaves what a night run once leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import polars as pl

from flows.arrow import registered

#: Relative difference under which two numbers are one: sums of floats depend on their order.
SAME = 1e-9


@dataclass(frozen=True)
class Table:
    """Names of a table of intervals in state: what tells rows apart, and what is watched."""

    name: str
    keys: tuple[str, ...]
    texts: tuple[str, ...]
    numbers: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys and values, without the nights."""
        return (*self.keys, *self.texts, *self.numbers)


VALUES = Table(
    "state.indicator_value",
    ("area_code", "org_code", "year", "residency", "indicator"),
    ("unit",),
    ("numerator", "denominator", "value"),
)
CARDS = Table(
    "state.card_trace",
    ("card_type", "card_id"),
    (
        *("version_time", "standing", "year", "area_code", "town_code"),
        *("residence_area_code", "residence_town_code", "report_area_code", "org_code"),
        *("managing_area_code", "managing_org_code", "numerators"),
    ),
)


def _before(table: Table, where: str) -> str:
    """Rows that held on the eve of the night `?`; takes it twice."""
    return (
        f"select {', '.join(table.columns)}, night_from from {table.name}"
        f" where night_from < ? and (night_to is null or night_to >= ?) and {where}"
    )


def changes(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    now: pl.DataFrame,
    night: date,
    where: str = "true",
) -> pl.DataFrame:
    """What differs from the night before.

    Args:
        connection: state is attached.
        table: which.
        now: its columns, tonight.
        night: tonight.
        where: which rows of the table `now` stands against; all others are left alone.

    Returns:
        One row a key that is new, gone or different: the keys, `before_<column>` and
        `now_<column>` of every other column, `was` and `is` (whether there was a row), night_from
        (of the row that ends).
    """
    before = f"select 1 from {table.name} where night_from < ? limit 1"
    if not connection.execute(before, [night]).fetchall():  # the first night of all
        return _all_new(table, now)
    same = " and ".join(f"past.{key} is not distinct from now.{key}" for key in table.keys)
    differs = [f"past.{name} is distinct from now.{name}" for name in table.texts]
    differs += [
        f"(past.{name} is distinct from now.{name} and not coalesce(abs(past.{name} - now.{name})"
        f" <= {SAME} * greatest(abs(past.{name}), abs(now.{name})), false))"
        for name in table.numbers
    ]
    values = [*table.texts, *table.numbers]
    with registered(connection, "trace_now", now.select(table.columns)):
        return connection.execute(
            f"""
            with past as ({_before(table, where)}),
            now as (select *, true as is_there from trace_now)
            select
                {", ".join(f"coalesce(now.{key}, past.{key}) as {key}" for key in table.keys)},
                past.night_from is not null as was,
                coalesce(now.is_there, false) as "is",
                past.night_from,
                {", ".join(f"past.{name} as before_{name}" for name in values)},
                {", ".join(f"now.{name} as now_{name}" for name in values)}
            from past full join now on {same}
            where past.night_from is null or now.is_there is null or {" or ".join(differs)}
            """,
            [night, night],
        ).pl()


def _all_new(table: Table, now: pl.DataFrame) -> pl.DataFrame:
    """What `changes` says of rows that stand against none."""
    values = [*table.texts, *table.numbers]
    nothing = [pl.lit(None, now.schema[name]).alias(f"before_{name}") for name in values]
    return now.select(
        *table.keys,
        pl.lit(False).alias("was"),
        pl.lit(True).alias("is"),
        pl.lit(None, pl.Date).alias("night_from"),
        *nothing,
        *(pl.col(name).alias(f"now_{name}") for name in values),
    )


def started(table: Table, changed: pl.DataFrame) -> pl.DataFrame:
    """The rows that begin tonight."""
    values = [*table.texts, *table.numbers]
    return changed.filter("is").select(
        *table.keys, *(pl.col(f"now_{name}").alias(name) for name in values)
    )


def history(
    connection: duckdb.DuckDBPyConnection, table: Table, night: date, changed: pl.DataFrame | None
) -> pl.DataFrame:
    """The whole table as it stands when the night is over; nothing is written.

    Args:
        connection: state is attached.
        table: which.
        night: later nights are not known yet.
        changed: tonight's changes; None for a look back, which adds nothing to what was kept.
    """
    if changed is None:
        return connection.execute(
            f"select {', '.join(table.columns)}, night_from,"
            f" case when night_to <= ? then night_to end as night_to from {table.name}"
            " where night_from <= ?",
            [night, night],
        ).pl()
    ended = changed.filter("was").select(*table.keys, "night_from")
    same = " and ".join(f"past.{key} is not distinct from ended.{key}" for key in table.keys)
    with (
        registered(connection, "trace_ended", ended),
        registered(connection, "trace_started", started(table, changed)),
    ):
        return connection.execute(
            f"""
            select
                {", ".join(f"past.{name}" for name in table.columns)},
                past.night_from,
                case
                    when past.night_to < ? then past.night_to
                    when ended.night_from is not null then cast(? as date)
                end as night_to
            from (
                select
                    *,
                    case when night_to is null or night_to >= ? then night_from end as open_from
                from {table.name} where night_from < ?
            ) as past
            left join trace_ended as ended on past.open_from = ended.night_from and {same}
            union all
            select {", ".join(table.columns)}, cast(? as date), cast(null as date)
            from trace_started
            """,
            [night] * 5,
        ).pl()


def forget(connection: duckdb.DuckDBPyConnection, table: Table, night: date) -> None:
    """Undo what the same night wrote before; inside a transaction."""
    connection.execute(f"delete from {table.name} where night_from = ?", [night])
    connection.execute(f"update {table.name} set night_to = null where night_to = ?", [night])


def add(
    connection: duckdb.DuckDBPyConnection, table: Table, night: date, changed: pl.DataFrame
) -> None:
    """Write some of tonight's changes, after `forget`, in the same transaction."""
    ended = changed.filter("was").select(*table.keys, "night_from")
    same = " and ".join(f"past.{key} is not distinct from ended.{key}" for key in table.keys)
    if ended.height:
        with registered(connection, "trace_ended", ended):
            connection.execute(
                f"update {table.name} as past set night_to = ? from trace_ended as ended"
                f" where past.night_to is null and past.night_from = ended.night_from and {same}",
                [night],
            )
    rows = started(table, changed)
    if rows.height:
        with registered(connection, "trace_started", rows):
            connection.execute(
                f"insert into {table.name} by name"
                " select *, cast(? as date) as night_from from trace_started",
                [night],
            )


def held_on(connection: duckdb.DuckDBPyConnection, table: Table, night: date) -> pl.DataFrame:
    """The rows that held when the night was over."""
    return connection.execute(
        f"select {', '.join(table.columns)} from {table.name}"
        " where night_from <= ? and (night_to is null or night_to > ?)",
        [night, night],
    ).pl()
