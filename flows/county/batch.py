"""Whose a received file is: the county, else the city, that all its rows belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from flows.cards import Kind
from flows.fields import CARDS

PLACES = ("area_code", "residence_area_code", "report_area_code")
LISTS: dict[str, Any] = {"source_file": pl.String, "counties": pl.List(pl.String)}


def with_area(
    batches: pl.DataFrame,
    kinds: Mapping[str, Kind],
    sheets: pl.DataFrame,
    org_area: Mapping[str, str],
    only_county: str | None,
) -> pl.DataFrame:
    """Add area_code to `quality.batch`.

    Args:
        batches: one row a file, with source_file.
        kinds: all kinds of input as assembled.
        sheets: rows of `state.sheet`: which sheet is of which file.
        org_area: institution -> county.
        only_county: of a home that has just one; every file is then its own.

    Returns:
        The same rows; a row of a file belongs to each county that sees it (a card by home,
        residence and reporting institution). Null: rows of several cities, or that name no place.
    """
    if only_county is not None:
        return batches.with_columns(area_code=pl.lit(only_county))
    orgs = pl.DataFrame(
        {"org_code": list(org_area), "org_place": list(org_area.values())},
        schema={"org_code": pl.String, "org_place": pl.String},
    )
    rows = pl.concat([_places(kind, sheets, orgs) for kind in kinds.values()])
    owner = _owner(rows, 6).join(_owner(rows, 4), on="source_file", how="full", coalesce=True)
    owner = owner.select("source_file", area_code=pl.coalesce("owner", "owner_right"))
    return batches.join(owner, on="source_file", how="left", maintain_order="left")


def _places(kind: Kind, sheets: pl.DataFrame, orgs: pl.DataFrame) -> pl.DataFrame:
    """source_file and every list of counties that a row it ever showed belongs to, each once."""
    frame = kind.frame
    if "org_code" in frame.columns and kind.card_type not in CARDS:
        frame = frame.join(orgs, on="org_code", how="left")
    names = [name for name in (*PLACES, "org_place") if name in frame.columns]
    if not names or "source_file" not in frame.columns:
        return pl.DataFrame(schema=LISTS)
    # A list may name a town in words: it names no place here.
    codes = [pl.when(pl.col(name).str.contains(r"^\d{6}")).then(pl.col(name).str.slice(0, 6))
             for name in names]  # fmt: skip
    counties = pl.concat_list(codes).list.drop_nulls().list.unique().list.sort()
    placed = frame.select("source_file", counties=counties)
    if kind.card_type not in CARDS:
        return placed.unique()
    lists = placed.select("counties").unique(maintain_order=True).with_row_index("list_no")
    list_of = placed.join(lists, on="counties", how="left", maintain_order="left")["list_no"]
    seen, number = kind.sightings.beside(frame["card_id"]), list_of.to_numpy()
    own = sheets.filter(pl.col("card_type") == kind.card_type)
    found = [
        lists[np.unique(number[seen.shown(orders["order_no"])])].select(
            pl.lit(str(file)).alias("source_file"), "counties"
        )
        for (file,), orders in own.group_by("source_file", maintain_order=True)
    ]
    return pl.concat([pl.DataFrame(schema=LISTS), *found])


def _owner(rows: pl.DataFrame, digits: int) -> pl.DataFrame:
    """source_file and owner, where one area of so many digits sees every row."""
    placed = rows.filter(pl.col("counties").list.len() > 0).with_row_index("row")
    seen = (
        placed.explode("counties")
        .with_columns(area=pl.col("counties").str.slice(0, digits))
        .unique(["row", "area"])
        .group_by("source_file", "area")
        .agg(seen=pl.len())
        .join(placed.group_by("source_file").agg(every=pl.len()), on="source_file")
    )
    return (
        seen.filter(pl.col("seen") == pl.col("every"))
        .sort("source_file", "area")
        .unique("source_file", keep="first", maintain_order=True)
        .select("source_file", owner=pl.col("area").str.pad_end(6, "0"))
    )
