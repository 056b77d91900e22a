"""Cards as encrypted Parquet by county and year: what Spark's workers read.

A file holds the current cards of one kind, county and year, typed, with identities, and is written
once: its name is the sum of what it holds, so a night writes only the counties and years in which
something changed. The workers open it with the home's key, as everything under `raw/` is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
import polars as pl

from flows.durable import drafted
from flows.store import connect, quoted

#: The fields of a row whose text could not be read, joined; beside the columns of the kind.
UNREAD = "unread_fields"
NOWHERE, NEVER = "000000", 0


@dataclass(frozen=True)
class Part:
    """The cards of one county and year."""

    file: str
    places: pl.Series  # where its rows stand in the frame, ascending

    @property
    def height(self) -> int:
        """How many cards."""
        return self.places.len()


def write_parts(
    frame: pl.DataFrame, malformed: pl.DataFrame, card_type: str, folder: Path, key: str
) -> list[Part]:
    """Write what of a kind is not there yet, and take away what no longer holds.

    Args:
        frame: the current cards of a kind, typed.
        malformed: row_index, field of text that could not be read.
        card_type: the kind; the files lie in `folder/<card_type>/county=…/year=…/`.
        folder: where all kinds lie.
        key: the home's.

    Returns:
        One part for every county (registered, else of residence, else of the institution) and
        year with cards, ordered by both.
    """
    whole = _with_unread(frame, malformed)
    keys = whole.select(county=_county(whole), year=pl.col("year").fill_null(NEVER))
    parts = []
    for (county, year), rows in sorted(
        keys.with_row_index("place").group_by("county", "year"), key=lambda group: group[0]
    ):
        places = rows["place"].sort()
        own = whole[places]
        place = folder / card_type / f"county={county}" / f"year={year}"
        file = place / f"{_sum_of(own)}.parquet"
        if not file.exists():
            _write(own, file, key)
        parts.append(Part(str(file), places))
    current = {part.file for part in parts}
    for old in (folder / card_type).glob("*/*/*.parquet"):
        if str(old) not in current:
            old.unlink()
    return parts


def read_parts(files: Iterable[str], key: str, columns: list[str] | None = None) -> pl.DataFrame:
    """The rows of some parts, in order; all columns or those named."""
    names = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
    opened = _opened(key).cursor()
    frames = [
        opened.sql(
            f"select {names} from read_parquet('{quoted(Path(file))}', hive_partitioning = false, "
            "encryption_config = {footer_key: 'home'})"
        ).pl()
        for file in files
    ]
    return pl.concat(frames)


def unread_of(whole: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The typed cards of some parts, and row_index, field of what could not be read of them."""
    malformed = (
        whole.select(UNREAD)
        .with_row_index("row_index")
        .drop_nulls(UNREAD)
        .with_columns(field=pl.col(UNREAD).str.split(","))
        .explode("field")
        .select(pl.col("row_index").cast(pl.UInt32), "field")
    )
    return whole.drop(UNREAD), malformed


def _with_unread(frame: pl.DataFrame, malformed: pl.DataFrame) -> pl.DataFrame:
    fields = malformed.group_by("row_index", maintain_order=True).agg(
        pl.col("field").str.join(",").alias(UNREAD)
    )
    return (
        frame.with_row_index("row_index")
        .join(fields, on="row_index", how="left", maintain_order="left")
        .drop("row_index")
    )


def _county(frame: pl.DataFrame) -> pl.Expr:
    places = [
        pl.col(name).str.slice(0, 6)
        for name in ("area_code", "residence_area_code", "report_area_code")
        if name in frame.columns
    ]
    known = [pl.when(place.str.contains(r"^\d{6}$")).then(place) for place in places]
    return pl.coalesce(*known, pl.lit(NOWHERE))


def _sum_of(own: pl.DataFrame) -> str:
    """Two 64-bit sums of every row, in order, with the columns and the library that made them."""
    summed = hashlib.blake2b(digest_size=16)
    summed.update(repr([pl.__version__, duckdb.__version__, *own.schema.items()]).encode())
    for seed in (0, 1):
        summed.update(own.hash_rows(seed=seed).to_numpy().tobytes())
    return summed.hexdigest()


def _write(own: pl.DataFrame, file: Path, key: str) -> None:
    for folder in (file.parent.parent.parent, file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = _opened(key).cursor()  # kinds of cards are written side by side
    opened.register("part", own)
    with drafted(file) as draft:
        opened.execute(
            f"copy part to '{quoted(draft)}' (format parquet, compression zstd, "
            "compression_level 1, encryption_config {footer_key: 'home'})"
        )
        draft.chmod(0o600)
    opened.unregister("part")


@cache
def _opened(key: str) -> duckdb.DuckDBPyConnection:
    """One connection a process; starting one costs more than reading a part."""
    connection = connect()
    connection.execute("set threads = 1")  # keeps the order, and Spark has its own processes
    connection.execute(f"pragma add_parquet_key('home', '{key}')")
    return connection
