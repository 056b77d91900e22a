"""One sheet of cards onto the shelf: its sightings and the contents nobody had shown before."""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from typing import Any

import polars as pl

from flows.cards import SYSTEM, required, typed_rows, with_card_id
from flows.deciding import deciding
from flows.home import REFERENCE
from flows.layout import Mapping, layouts
from flows.sheet_text import (
    DATA,
    Census,
    column_notes,
    data_text,
    disagreements,
    head_of,
    mapping_of,
    too_long,
)
from flows.shelf.files import CONTENT, OWNER, SIGHT, Shelf, Shelved
from flows.shelf.narrow import held

#: Columns of a row's place, not of its content.
PLACE = [name for name in SYSTEM if name != "is_made_id"]


def put_sheets(shelf: Shelf, sheets: list[dict[str, Any]], owners: pl.DataFrame) -> None:
    """Put sheets on the shelf.

    Args:
        shelf: of the rule set in force.
        sheets: rows of `state.sheet`, oldest first.
        owners: as of OWNER: where the contents stand that sheets on the shelf have shown.
    """
    shelf.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    known = _by_key(shelf, owners)
    for sheet in sheets:
        _put(shelf, sheet, known)


def _by_key(shelf: Shelf, owners: pl.DataFrame) -> dict[str, list[pl.DataFrame]]:
    """Where contents stand, by the mapping that made them."""
    orders = owners["content_order"].unique().to_list()
    keys = pl.DataFrame(
        {"content_order": orders, "key": [shelf.facts(order).key for order in orders]},
        schema={"content_order": pl.Int64, "key": pl.String},
    )
    keyed = owners.join(keys, on="content_order", maintain_order="left").partition_by(
        "key", as_dict=True, include_key=False
    )
    return {str(key): [part] for (key,), part in keyed.items()}


def _put(shelf: Shelf, sheet: dict[str, Any], owners: dict[str, list[pl.DataFrame]]) -> None:
    """Shelve a sheet, beside the owners of contents."""
    order_no, raw_file = sheet["order_no"], sheet["raw_file"]
    chunks = shelf.store.raw_pieces(raw_file)
    first = next(chunks)
    head = head_of(first)
    in_force = layouts(REFERENCE, shelf.store.home.path / "layouts")
    mapping = mapping_of(head, sheet, in_force)
    if mapping is None:  # a layout that knew this header has been taken away
        shelf.write_facts(Shelved(order_no, Census(sheet["source_file"], "", 0, set(), {})))
        return
    source_file = sheet["source_file"]
    notes = column_notes(head[mapping.header_row], mapping, source_file)
    census = Census(source_file, mapping.layout, 0, mapping.fields, {})
    shelved = Shelved(order_no, census, key=key_of(mapping), notes=notes)
    differing, row_count, long = [], 0, set[tuple[str, str, str]]()
    filled = dict.fromkeys(required(mapping.card_type), 0)
    known = owners.setdefault(shelved.key, [])
    for lines in chain([first], chunks):
        data = lines.filter(pl.col("line_kind").is_in(DATA))
        if data.is_empty():
            continue
        differing.append(disagreements(data, mapping, source_file))
        long |= too_long(data, mapping, source_file)
        text = data_text(data, mapping, sheet)
        row_count += text.height
        for name in filled:
            filled[name] += text[name].count() if name in text.columns else 0
        rows = with_card_id(text, mapping.card_type, shelf.store.home.key)
        # A sheet that shows once more what came before has the raw file of the one that brought it.
        is_new = (data["line_kind"] == "data") & (sheet["loaded_rows"] > 0)
        sight, own = _contents(rows, is_new, known, order_no, shelved.contents)
        made = _type(shelf, own, shelved, mapping.card_type) if own.height else []
        shelved.starts.append(shelved.contents)
        shelved.contents += own.height
        shelf.put(sight, "sight", order_no, shelved.parts)
        shelved.made.append(["sight", *made])
        known.append(owned(sight))
        shelved.parts += 1
    shelved.notes += sorted(long)
    counted = pl.concat(differing) if differing else pl.DataFrame()
    if counted.height:
        sums = counted.group_by("source_file", "field", maintain_order=True)
        shelved.differing = sums.agg(pl.col("row_count").sum()).rows()
    names = {name: count for name, count in filled.items() if name in mapping.fields}
    shelved.census = Census(source_file, mapping.layout, row_count, mapping.fields, names)
    shelf.write_facts(shelved)


def _type(shelf: Shelf, own: pl.DataFrame, shelved: Shelved, card_type: str) -> list[str]:
    """Type the rows of new content and put them beside what could not be read or placed.

    Returns:
        The kinds of files that this made.
    """
    frame, malformed, lost = typed_rows(own, card_type, shelf.places)
    for what in deciding(card_type):
        lacking = frame.select((~what.says).sum()).item()
        shelved.lacking[what.column] = shelved.lacking.get(what.column, 0) + lacking
    numbered = frame.drop(PLACE, strict=False).with_columns(own.select(CONTENT))
    # A sighting says which card a row is; the numbers are no fields, and stand in both files.
    kept = held(card_type, numbered.drop("card_id", "is_made_id").columns)
    parts = {
        "content": numbered.select(kept),
        "rest": numbered.select(*CONTENT, pl.exclude(kept)),
        "malformed": _numbered(malformed, own),
        "lost": _numbered(lost, own),
    }
    place = shelved.order_no, shelved.parts
    return [kind for kind, rows in parts.items() if shelf.put(rows, kind, *place)]


def _numbered(found: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Rows named by their content and no longer by their place in a chunk."""
    places = own.select(CONTENT)[found["row_index"]]
    return found.drop("row_index").hstack(places)


def _contents(
    rows: pl.DataFrame, is_new: pl.Series, known: list[pl.DataFrame], order_no: int, first: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Where the content of every row stands; and the rows whose content stands here.

    Args:
        rows: text with card_id.
        is_new: rows that ingest did not find in an earlier sheet, or earlier in this one.
        known: row_hash, content_order, content_no of the same mapping.
        order_no: the sheet.
        first: the number of its first content in these rows.
    """
    before = pl.concat([pl.DataFrame(schema=OWNER), *known])
    rows = rows.with_columns(is_new=is_new)
    hashes = [before["row_hash"], rows.filter("is_new")["row_hash"]]
    is_known = pl.col("row_hash").is_in(pl.concat(hashes).implode())
    rows = rows.with_columns(is_own=pl.col("is_new") | ~is_known).with_columns(
        content_order=pl.when("is_own").then(pl.lit(order_no, pl.Int64)),
        content_no=pl.when("is_own").then(first + pl.col("is_own").cum_sum().cast(pl.Int64) - 1),
    )
    own = rows.filter("is_own")
    if own.height < rows.height:
        owners = pl.concat([before, own.filter("is_new").select(list(OWNER))])
        owners = owners.unique("row_hash", keep="first", maintain_order=True)
        rows = rows.join(
            owners, on="row_hash", how="left", suffix="_known", maintain_order="left"
        ).with_columns(
            pl.coalesce(name, f"{name}_known").alias(name)
            for name in ("content_order", "content_no")
        )
    return rows.select(list(SIGHT)), own


def owned(sight: pl.DataFrame) -> pl.DataFrame:
    """Which of some sightings stand for a content that was typed where they are: as of OWNER.

    They are copied: rows that stand together are otherwise a view of the whole sheet, which then
    stays in memory with them.
    """
    own = (sight["content_order"] == sight["order_no"]).arg_true()
    return sight.select(list(OWNER))[own]


def key_of(mapping: Mapping) -> str:
    """What one and the same text means: two mappings of one key make the same content of it."""
    columns = sorted((one.field, one.converter, one.value_map) for one in mapping.columns)
    told = json.dumps([mapping.layout, columns, sorted(mapping.constants.items())])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
