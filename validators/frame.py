"""The frame that rules are evaluated on: typed cards plus the columns that rules read."""

from collections.abc import Collection, Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from validators.catalogue import CARD_TYPES, CARDS

#: System columns that rules on the four cards read beside the fields of field.csv.
SYSTEM = {
    "source_file": pl.String,
    "layout": pl.String,
    "is_registry_record": pl.Boolean,
    "org_code": pl.String,
    "event_date": pl.Date,
    "year": pl.Int32,
    "age_years": pl.Int32,
    "age_days": pl.Int32,
    "is_withdrawn": pl.Boolean,
}
#: States of a card that nobody need correct any more: misdiagnosed, duplicate, deleted.
CLOSED = ("3", "4", "5")
#: Row of the frame as it was handed in; closed cards leave gaps.
ROW = "row_index"


class FrameError(Exception):
    """The frame has not the columns and types of its card type: a fault of the program.

    The text names columns only.  Messages of pandera and polars hold values of cards.
    """


def column_types(schema: type[pa.DataFrameModel]) -> dict[str, pl.DataType]:
    """Return the polars type of every field of a schema, as the typing step makes them."""
    made = {
        "date": pl.Date(),
        "datetime": pl.Datetime("us"),
        "number": pl.Float64(),
        "integer": pl.Int64(),
    }
    columns = schema.to_schema().columns
    return {
        name: made.get((column.metadata or {})["data_type"], pl.String())
        for name, column in columns.items()
    }


def must_fit(frame: pl.DataFrame, card_type: str) -> None:
    """Raise unless the frame has every column that the rules read, with its type.

    Raises:
        FrameError: naming the columns that are absent or of another type.
    """
    expected: dict[str, pl.DataType] = column_types(CARD_TYPES[card_type])
    if card_type in CARDS:
        expected |= {name: dtype() for name, dtype in SYSTEM.items()}
    present = frame.schema
    absent = [name for name in expected if name not in present]
    wrong = [name for name in expected if name in present and present[name] != expected[name]]
    if absent or wrong:
        raise FrameError(f"{card_type}: columns absent {absent}, of another type {wrong}")


def prepare(
    frame: pl.DataFrame,
    card_type: str,
    *,
    as_of: date,
    province: str,
    malformed: pl.DataFrame,
    lost_columns: Collection[tuple[str, str]],
    carried: Mapping[str, Collection[str]] | None,
) -> pl.DataFrame:
    """Return the open cards with row numbers, the context and the shared rule columns.

    `excused_<field>` is true where an empty field says nothing: the layout has no such column,
    the column was lost in the export, the text could not be read, or only part of a date is known.
    """
    schema = CARD_TYPES[card_type]
    context = [
        pl.lit(as_of, dtype=pl.Date).alias("context_as_of"),
        pl.lit(province or None, dtype=pl.String).alias("context_province"),
    ]
    numbered = frame.with_row_index(ROW)
    if card_type in CARDS:
        closed = pl.col("is_withdrawn") | pl.col("card_status").is_in(list(CLOSED))
        numbered = numbered.filter(~closed.fill_null(False))
    numbered = numbered.with_columns(context)
    by_field = malformed.partition_by("field", as_dict=True)
    unread = {field: rows[ROW] for (field,), rows in by_field.items()}
    excuses = [
        _excuse(set(numbered.columns), name, unread.get(name), lost_columns, carried)
        for name in schema.to_schema().columns
    ]
    prepared = numbered.with_columns(excuses).with_columns(schema.derived())  # type: ignore[attr-defined]
    if hasattr(schema, "derived_next"):
        prepared = prepared.with_columns(schema.derived_next())
    return prepared


def _excuse(
    columns: set[str],
    field: str,
    unread: pl.Series | None,
    lost_columns: Collection[tuple[str, str]],
    carried: Mapping[str, Collection[str]] | None,
) -> pl.Expr:
    reasons = []
    without = [layout for layout, fields in (carried or {}).items() if field not in fields]
    if without and "layout" in columns:
        reasons.append(pl.col("layout").is_in(without))
    files = sorted({file for file, lost in lost_columns if lost == field})
    if files and "source_file" in columns:
        reasons.append(pl.col("source_file").is_in(files))
    if unread is not None:
        reasons.append(pl.col(ROW).is_in(pl.lit(unread).implode()))
    if f"{field}_year" in columns:
        reasons.append(pl.col(field).is_null() & pl.col(f"{field}_year").is_not_null())
    excused = pl.any_horizontal(reasons).fill_null(False) if reasons else pl.lit(False)
    return excused.alias(f"excused_{field}")
