"""A seeded draw of inpatient cards by hospital and disease, kept in the state."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from flows import history
from flows.arrow import registered
from flows.assemble import assemble
from flows.events import FINAL_AUDIT
from flows.home import Home, UserError
from flows.place import in_home
from flows.sheet_text import sheets_of
from flows.store import Store, opened
from flows.tonight import Tonight

#: Provincial, prefectural and county institutions: hospitals with inpatients.
LEVELS = ("1", "2", "3")
SIZE, CITY_SIZE = 10, 5
DISEASES = ("tumour", "stroke", "coronary", "diabetes")
COLUMNS: dict[str, Any] = {
    "draw_id": pl.String,
    "year": pl.Int32,
    "seed": pl.Int64,
    "size": pl.Int32,
    "drawn_on": pl.Date,
    "area_code": pl.String,
    "org_code": pl.String,
    "org_name": pl.String,
    "disease": pl.String,
    "card_type": pl.String,
    "card_id": pl.String,
    "row_no": pl.Int32,
    "available_count": pl.Int32,
    "is_city": pl.Boolean,
    "inpatient_no": pl.String,
    "icd10_category": pl.String,
    "diagnosis_basis": pl.String,
}


@dataclass(frozen=True)
class Draw:
    """One draw: its id, whether it was there before, and its rows (COLUMNS)."""

    draw_id: str
    is_old: bool
    rows: pl.DataFrame


def draw(home: Home, year: int, seed: int | None, size: int, *, again: bool) -> Draw:
    """Draw the cards of a year once; the same year gives the same draw until `again`.

    Args:
        home: an installation whose night has run.
        year: of the event.
        seed: decides which cards; the year unless given.
        size: cards of each disease in each hospital; all where there are fewer.
        again: make a further draw although the year has one; both stay on record.

    Raises:
        UserError: no night has run, the year is drawn with another seed or size, or no inpatient
            card of a hospital of county level is there.
    """
    with opened(home) as store:
        earlier = drawn(store, year)
        if earlier.height and not again:
            newest = earlier.filter(pl.col("draw_id") == earlier["draw_id"].max())
            row = newest.row(0, named=True)
            if (seed is not None and seed != row["seed"]) or size != row["size"]:
                raise UserError(
                    f"{year} 年已抽样（{row['draw_id']}，种子 {row['seed']}，"
                    f"每病种 {row['size']} 份）；确需重抽时加 --again，原抽样仍保留在案。"
                )
            return Draw(row["draw_id"], True, newest)
        as_of = history.last_night(store)
        if as_of is None:
            raise UserError("还没有数据，请先运行 zhikong night。")
        number = earlier["draw_id"].n_unique() + 1
        draw_id = f"FH{year}-{number}"
        rows = choose(*frame_of(store, as_of), year, seed if seed is not None else year, size)
        if not rows.height:
            raise UserError(
                f"{year} 年没有县级及以上医院带住院号的终审卡（肿瘤、脑卒中、冠心病、糖尿病），"
                "无法抽样；请核对机构表的机构级别和卡片的住院号。"
            )
        rows = rows.with_columns(
            draw_id=pl.lit(draw_id), drawn_on=pl.lit(as_of), row_no=pl.int_range(1, pl.len() + 1)
        ).select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
        with registered(store.connection, "drawn_rows", rows):
            store.connection.execute(
                "insert into state.recheck_draw by name select * from drawn_rows"
            )
    return Draw(draw_id, False, rows)


def drawn(store: Store, year: int | None = None) -> pl.DataFrame:
    """All rows of the draws of a year (or of all years), in their order."""
    where = "true" if year is None else f"year = {int(year)}"
    return store.connection.sql(
        f"select * from state.recheck_draw where {where} order by draw_id, row_no"
    ).pl()


def frame_of(store: Store, as_of: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cards that may be drawn, and the institutions of the home county."""
    tonight = Tonight(store, as_of)
    tonight.sheets = sheets_of(store, as_of)
    assemble(tonight)
    parts = []
    for card_type in ("tumour", "cardio", "diabetes"):
        cards = tonight.frames[card_type]
        basis = pl.col("diagnosis_basis") if card_type == "tumour" else pl.lit(None, pl.String)
        disease = (
            pl.col("event_class") if card_type == "cardio" else pl.lit(card_type, pl.String)
        )  # fmt: skip
        parts.append(
            cards.filter(pl.col("is_counted") & pl.col("audit_status").is_in(FINAL_AUDIT)).select(
                pl.lit(card_type).alias("card_type"),
                "card_id",
                "org_code",
                pl.col("year").cast(pl.Int32),
                "inpatient_no",
                disease=disease,
                icd10_category=pl.col("icd10").str.slice(0, 3),
                diagnosis_basis=basis,
            )
        )
    ours = tonight.frames["institution"]
    if tonight.places:
        ours = ours.filter(in_home("area_code", tonight.places.home_areas))
    return pl.concat(parts), ours


def choose(
    cards: pl.DataFrame, institutions: pl.DataFrame, year: int, seed: int, size: int
) -> pl.DataFrame:
    """The drawn rows, by county, hospital and disease.

    Every card has a number from its id and the seed (BLAKE2b); the smallest are drawn. So the
    choice of a card does not hang on the order or the number of the others, and a second seed
    gives an independent draw. `is_city`: the CITY_SIZE smallest of a disease in the county, which
    the city looks at again.
    """
    hospitals = institutions.filter(pl.col("org_level").is_in(LEVELS)).select(
        "org_code", "org_name", pl.col("area_code").str.slice(0, 6)
    )
    able = cards.filter(
        (pl.col("year") == year)
        & pl.col("inpatient_no").is_not_null()
        & pl.col("disease").is_in(DISEASES)
    ).join(hospitals.unique("org_code", keep="last"), on="org_code")
    ranks = [_rank(seed, card_id) for card_id in able["card_id"]]
    chosen = (
        able.with_columns(rank=pl.Series(ranks, dtype=pl.String))
        .sort("rank", "card_id")
        .with_columns(
            available_count=pl.len().over("org_code", "disease"),
            place=pl.int_range(pl.len()).over("org_code", "disease"),
        )
        .filter(pl.col("place") < size)
        .with_columns(
            is_city=pl.int_range(pl.len()).over("area_code", "disease") < CITY_SIZE,
            seed=pl.lit(seed),
            size=pl.lit(size),
        )
    )
    order = pl.col("disease").replace_strict(
        {name: place for place, name in enumerate(DISEASES)}, return_dtype=pl.Int8
    )
    return chosen.sort("area_code", "org_code", order, "card_id")


def _rank(seed: int, card_id: str) -> str:
    return hashlib.blake2b(f"{seed}|{card_id}".encode(), digest_size=16).hexdigest()
