"""Who is who: a keyed person_id from ID number, else from name, sex and birth date."""

from __future__ import annotations

import hashlib

import polars as pl
from stdnum.cn import ric

from flows.linkage.same_person import with_decisions

PARTS = ["name", "sex", "birth_date"]


def eighteen(number: str) -> str:
    """A 15-digit ID number gets its century and check digit (GB 11643-1999, annex)."""
    if len(number) != 15 or not number.isdigit():
        return number
    longer = number[:6] + "19" + number[6:]
    return longer + ric.calc_check_digit(longer + "0")


def add_person_id(
    cards: dict[str, pl.DataFrame], key: str, decided: pl.DataFrame | None = None
) -> dict[str, pl.DataFrame]:
    """Give every card a person_id.

    Args:
        cards: typed cards by type, all with source columns; those without a name (registry
            layout) are told apart by patient number.
        key: the home's key; without it nobody can turn a list of ID numbers into person_ids.
        decided: which cards are one person or two, as of `linkage.decision.decisions`.

    Returns:
        The same frames with person_id (24 hex digits) and has_id_number. A card without ID number
        takes the ID of the one person with the same name, sex and birth date, if there is just one.
        Two cards that somebody called the same share a person_id, whatever they say; two that
        somebody called different never do.
    """
    keyed = {name: _with_keys(frame) for name, frame in cards.items()}
    known = pl.concat([frame.select("identity", "description") for frame in keyed.values()])
    bridge = (
        known.drop_nulls()
        .unique()
        .group_by("description")
        .agg(pl.col("identity").first(), pl.len().alias("people"))
        .filter(pl.col("people") == 1)
        .select("description", bridged="identity")
    )
    for name, frame in keyed.items():
        joined = frame.join(bridge, on="description", how="left", maintain_order="left")
        plain = pl.coalesce("identity", "bridged", "description", "row_identity")
        keyed[name] = joined.with_columns(
            plain=plain,
            is_sure_person=pl.col("identity").is_not_null(),
            has_id_number=pl.col("id_number").is_not_null()
            if "id_number" in joined.columns
            else pl.lit(False),
        ).drop("identity", "description", "bridged", "row_identity")
    if decided is not None and decided.height:
        keyed = _decided(keyed, decided)
    secret = hashlib.sha256(b"person" + key.encode()).digest()[:32]
    made = {}
    for name, frame in keyed.items():
        people = [
            hashlib.blake2b(text.encode(), key=secret, digest_size=12).hexdigest()
            for text in frame["plain"].to_list()
        ]
        made[name] = frame.with_columns(pl.Series("person_id", people, dtype=pl.String)).drop(
            "plain"
        )
    return made


def _decided(keyed: dict[str, pl.DataFrame], decided: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Put decisions in force: cards leave their identity, identities become one."""
    named = pl.concat(
        decided.select("decision", card_type=f"card_type_{side}", card_id=f"card_id_{side}")
        for side in "ab"
    )
    # A decision may also be on a row of a survey list, which has no card_id.
    mine = {
        name: named.filter(pl.col("card_type") == name)
        for name, frame in keyed.items()
        if "card_id" in frame.columns
    }
    identities = {
        (name, card): plain
        for name, words in mine.items()
        for card, plain in keyed[name]
        .join(words, on="card_id", how="semi")
        .select("card_id", "plain")
        .iter_rows()
    }
    own, joined = with_decisions(decided, identities)
    made = dict(keyed)
    for name, words in mine.items():
        leaving = {card: text for (card_type, card), text in own.items() if card_type == name}
        same = words.filter(pl.col("decision") == "same")["card_id"]
        left = pl.col("card_id").replace_strict(leaving, default=None, return_dtype=pl.String)
        made[name] = keyed[name].with_columns(
            plain=pl.coalesce(left, "plain"),
            # Somebody vouched for these: two dates of death are then one death.
            is_sure_person=pl.col("is_sure_person") | pl.col("card_id").is_in(same.implode()),
        )
    return {
        name: frame.with_columns(pl.col("plain").replace(joined)) for name, frame in made.items()
    }


def _with_keys(frame: pl.DataFrame) -> pl.DataFrame:
    nothing = pl.lit(None, pl.String)
    identity = nothing
    if "id_number" in frame.columns:
        short = frame.filter(pl.col("id_number").str.len_chars() == 15)["id_number"].unique()
        longer = {number: eighteen(number) for number in short}
        identity = (
            pl.when(pl.col("id_number").str.contains(r"^\d{17}[\dX]$|^\d{15}$"))
            .then(pl.concat_str(pl.lit("id:"), pl.col("id_number").replace(longer)))
            .otherwise(nothing)
        )
    patient = (
        pl.concat_str(pl.lit("patient:"), "area_code", pl.lit(":"), "patient_no")
        if "patient_no" in frame.columns
        else nothing
    )
    described = (
        pl.concat_str(pl.lit("is:"), *PARTS, separator="|")
        if set(PARTS) <= set(frame.columns)
        else nothing
    )
    row = pl.concat_str(pl.lit("row:"), "source_file", "sheet", "source_row", separator="|")
    return frame.with_columns(
        identity=pl.coalesce(identity, patient), description=described, row_identity=row
    )
