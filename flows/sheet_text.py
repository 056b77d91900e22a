"""Raw sheets of one kind -> their text, field by field, with where every row stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from flows.canonical import Malformed, clean, moment
from flows.fields import fields
from flows.home import REFERENCE
from flows.layout import Layouts, Mapping, layouts
from flows.lines import mapped_text
from flows.store import Store
from flows.text import HEAD_LINES
from flows.typed import type_columns


def sheets_of(store: Store, as_of: date) -> pl.DataFrame:
    """Loaded sheets received by a day, oldest first."""
    return store.connection.execute(
        "select * from state.sheet where received_on <= ? and status = 'loaded' "
        "and received_rows > 0 order by order_no",
        [as_of],
    ).pl()


@dataclass(frozen=True)
class Census:
    """What the rows of one sheet fill."""

    source_file: str
    layout: str
    row_count: int
    headers: set[str]  # fields it has a column for
    filled: dict[str, int]  # rows with something in the column, by required field


@dataclass
class Text:
    """The mapped text of every data row of a kind, and what its files had columns for."""

    frame: pl.DataFrame
    headers: dict[str, set[str]]  # source_file -> fields
    disagreements: pl.DataFrame  # source_file, field, row_count
    notes: list[tuple[str, str, str]]  # rule_id, source_file, header: columns no field takes

    def census(self, required: list[str]) -> list[Census]:
        """What the rows of every file fill of the required fields."""
        found = []
        for source_file, headers in self.headers.items():
            rows = self.frame.filter(pl.col("source_file") == source_file)
            layout = rows["layout"][0] if rows.height else ""
            filled = {name: rows[name].count() for name in required if name in headers}
            found.append(Census(source_file, layout, rows.height, headers, filled))
        return found


def read_kind(store: Store, card_type: str, sheets: pl.DataFrame, held: set[int]) -> Text:
    """Read all sheets of a kind from raw.

    Args:
        store: raw.
        card_type: kind wanted.
        sheets: rows of `state.sheet`.
        held: order numbers of sheets that wait for an answer and are left out.
    """
    table = layouts(REFERENCE, store.home.path / "layouts")
    own = sheets.filter(pl.col("card_type") == card_type)
    own = last_editions(own) if card_type == "survey_case" else own
    texts = [
        read_sheet(store.read_raw(sheet["raw_file"]), sheet, table)
        for sheet in own.iter_rows(named=True)
        if sheet["order_no"] not in held
    ]
    return joined_text(texts)


#: What `zhikong survey` puts into the inbox: all cases of a survey, or of one hospital's review.
OWN_LIST = r"^survey_[^/]+\.csv$"


def last_editions(sheets: pl.DataFrame) -> pl.DataFrame:
    """Lists of cases without the earlier editions of those that we wrote ourselves.

    Forms that were corrected are collected again under the same name; the list of a unit that comes
    again under its name may be another month's.
    """
    is_own = pl.col("source_file").str.contains(OWN_LIST)
    is_last = pl.col("order_no") == pl.col("order_no").max().over("source_file")
    return sheets.filter(~is_own | is_last)


def joined_text(texts: list[Text]) -> Text:
    """Several sheets' text as one; later sheets after earlier ones."""
    headers: dict[str, set[str]] = {}
    for text in texts:
        for source_file, names in text.headers.items():
            headers.setdefault(source_file, set()).update(names)
    return Text(
        pl.concat([no_rows(), *(text.frame for text in texts)], how="diagonal"),
        headers,
        pl.concat([_counts_frame(), *(text.disagreements for text in texts)]),
        [note for text in texts for note in text.notes],
    )


def _counts_frame() -> pl.DataFrame:
    return pl.DataFrame(
        schema={"source_file": pl.String, "field": pl.String, "row_count": pl.UInt32}
    )


def no_rows() -> pl.DataFrame:
    """The columns every sheet's rows have, and no row."""
    return pl.DataFrame(
        schema={
            "source_file": pl.String, "sheet": pl.String, "source_row": pl.Int64,
            "layout": pl.String, "order_no": pl.Int64, "exported_at": pl.Datetime("us"),
            "row_hash": pl.UInt64, "occurrence": pl.Int32,
        }
    )  # fmt: skip


def read_sheet(raw: pl.DataFrame, sheet: dict[str, Any], table: Layouts) -> Text:
    """One sheet's data rows as fields; value maps and constants of its layout applied.

    Args:
        raw: lines of a sheet as `mark_lines` gives them, with row_hash and occurrence.
        sheet: source_file, sheet, order_no, exported_at.
        table: the layouts in force.
    """
    head = head_of(raw)
    mapping = mapping_of(head, sheet, table)
    if mapping is None:  # a layout that knew this header has been taken away
        return Text(no_rows(), {}, _counts_frame(), [])
    data = raw.filter(pl.col("line_kind").is_in(DATA))
    source_file = sheet["source_file"]
    return Text(
        data_text(data, mapping, sheet),
        {source_file: mapping.fields},
        disagreements(data, mapping, source_file),
        [
            *column_notes(head[mapping.header_row], mapping, source_file),
            *sorted(too_long(data, mapping, source_file)),
        ],
    )


#: Lines that are cards or inputs; a repeated one shows that its card still stands in the source.
DATA = ("data", "repeated")
HEAD = ("title", "header")


def head_of(raw: pl.DataFrame) -> list[list[str]]:
    """The cells of the first lines of a sheet, up to its header."""
    names = [name for name in raw.columns if name.startswith("column_")]
    head = raw.filter(pl.col("line_kind").is_in(HEAD)).head(HEAD_LINES)
    return [[cell or "" for cell in row] for row in head.select(names).rows()]


def mapping_of(head: list[list[str]], sheet: dict[str, Any], table: Layouts) -> Mapping | None:
    """What the columns of a sheet are, told from its head."""
    return table.recognise(head, sheet["sheet"] or _stem(sheet["source_file"]))


def data_text(data: pl.DataFrame, mapping: Mapping, sheet: dict[str, Any]) -> pl.DataFrame:
    """Data lines as fields; value maps and constants of the layout applied."""
    text = mapped_text(data, mapping)
    for column in mapping.columns:
        if column.value_map:
            pairs = [pair.partition("=") for pair in column.value_map.split(";")]
            text = text.with_columns(
                pl.col(column.field)
                .str.strip_chars()
                .replace([old for old, _, _ in pairs], [new or None for _, _, new in pairs])
            )
        if column.converter:
            text = text.with_columns(CONVERTERS[column.converter](column.field))
    constants = [
        pl.coalesce(pl.col(name) if name in text.columns else pl.lit(None), pl.lit(value)).alias(
            name
        )
        for name, value in mapping.constants.items()
    ]
    here = [
        pl.lit(sheet["source_file"], pl.String).alias("source_file"),
        pl.lit(sheet["sheet"], pl.String).alias("sheet"),
        pl.lit(mapping.layout).alias("layout"),
        pl.lit(sheet["order_no"], pl.Int64).alias("order_no"),
        pl.lit(sheet["exported_at"], pl.Datetime("us")).alias("exported_at"),
    ]
    place = data.select("source_row", "row_hash", "occurrence")
    return pl.concat([text, place], how="horizontal").with_columns(*constants, *here)


def column_notes(
    header: list[str], mapping: Mapping, source_file: str
) -> list[tuple[str, str, str]]:
    """Columns that stay in raw only, and headers that stand twice."""
    names = [cell.strip() for cell in header]
    unknown = [("file.unknown_column", source_file, names[place]) for place in mapping.unmapped]
    twice = sorted({name for name in names if name and names.count(name) > 1})
    return unknown + [("file.repeated_column", source_file, name) for name in twice]


#: No field of any card is so long: a stray quote has made one cell of many lines.
LONGEST_CELL = 2_000


def too_long(data: pl.DataFrame, mapping: Mapping, source_file: str) -> set[tuple[str, str, str]]:
    """Fields that hold a cell longer than any field can be: rule_id, source_file, which."""
    columns = {f"column_{column.position}": column.field for column in mapping.columns}
    # Bytes are known without reading them; characters are counted where there are enough bytes.
    in_bytes = data.select(pl.col(name).str.len_bytes().max() for name in columns)
    labels = fields(mapping.card_type)
    return {
        ("file.value_too_long", source_file, f"“{labels[columns[name]].label_zh}”有过长的单元格")
        for name, length in in_bytes.row(0, named=True).items()
        if (length or 0) > LONGEST_CELL and (data[name].str.len_chars() > LONGEST_CELL).any()
    }


def disagreements(data: pl.DataFrame, mapping: Mapping, source_file: str) -> pl.DataFrame:
    """Where a code column and a label column of one field say different things."""
    found = [_counts_frame()]
    by_field: dict[str, list[str]] = {}
    for column in mapping.columns:
        by_field.setdefault(column.field, []).append(f"column_{column.position}")
    for name, names in by_field.items():
        kind = fields(mapping.card_type)[name]
        if len(names) > 1 and kind.data_type == "code":
            first, second = (
                type_columns(data.select(pl.col(column).alias(name)), mapping.card_type)[0][name]
                for column in names[:2]
            )
            count = int((first != second).sum())
            if count:
                row = {"source_file": source_file, "field": name, "row_count": count}
                found.append(pl.DataFrame([row], schema=_counts_frame().schema))
    return pl.concat(found)


def _stem(source_file: str) -> str:
    return source_file.rsplit("!", 1)[-1].rsplit("/", 1)[-1].rsplit(".", 1)[0]


def _age_group_from_start(field: str) -> pl.Expr:
    start = pl.col(field).str.strip_chars().str.to_integer(strict=False)
    return (
        pl.when(start == 0)
        .then(pl.lit("0"))
        .when(start == 1)
        .then(pl.lit("1-4"))
        .when(start >= 85)
        .then(pl.lit("85+"))
        .otherwise(pl.format("{}-{}", start, start + 4))
        .alias(field)
    )


def _onset_date_to_interval(field: str) -> pl.Expr:
    """A date of onset becomes the days to death; what is no date stays as it is, for a rule."""

    def convert(rows: pl.Series) -> pl.Series:
        pairs = rows.struct.unnest()
        if "death_date" not in pairs.columns:
            return pairs[field]
        known = {row: _days_between(*row) for row in pairs.unique().iter_rows()}
        return pl.Series(field, [known[row] for row in pairs.iter_rows()], dtype=pl.String)

    both = pl.struct(pl.col(field), pl.col("^death_date$"))
    return both.map_batches(convert, return_dtype=pl.String).alias(field)


def _days_between(onset: str | None, death: str | None) -> str | None:
    first, last = (clean(onset), clean(death))
    if first is None or last is None:
        return onset
    begin, end = moment(first), moment(last)
    if isinstance(begin, Malformed) or isinstance(end, Malformed) or not begin[0] or not end[0]:
        return onset
    return f"{(end[0].date() - begin[0].date()).days}天"


AGE_UNITS = {
    "岁": ("岁", "年", "周岁", "Y", "1", "01"),
    "月": ("月", "个月", "月龄", "M", "2", "02"),
    "天": ("天", "日", "日龄", "D", "3", "03"),
    "小时": ("小时", "时", "H", "4", "04"),
}


def _age_unit(field: str) -> pl.Expr:
    old = [form for forms in AGE_UNITS.values() for form in forms]
    new = [unit for unit, forms in AGE_UNITS.items() for _ in forms]
    return pl.col(field).str.strip_chars().str.to_uppercase().replace(old, new).alias(field)


#: Named converters a layout file may use; a new one is the only code a layout can ever need.
CONVERTERS = {
    "age_group_from_start": _age_group_from_start,
    "onset_date_to_interval": _onset_date_to_interval,
    "age_unit": _age_unit,
}
