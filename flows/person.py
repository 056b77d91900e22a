"""Who is who: a keyed person_id from ID number, else from name, sex and birth date."""

from __future__ import annotations

import hashlib
from typing import Any

import polars as pl
from stdnum.cn import ric

from flows.linkage.same_person import with_decisions

PARTS: dict[str, Any] = {"name": pl.String, "sex": pl.String, "birth_date": pl.Date}
#: Texts turned into person_ids in one go.
AT_ONCE = 100_000


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
    identities = {name: _identity(frame) for name, frame in cards.items()}
    bridge = _bridge(cards, identities)
    keyed = {
        name: frame.with_columns(
            plain=_filled(frame, identities[name], bridge),
            is_sure_person=identities[name].is_not_null(),
            has_id_number=pl.col("id_number").is_not_null()
            if "id_number" in frame.columns
            else pl.lit(False),
        )
        for name, frame in cards.items()
    }
    if decided is not None and decided.height:
        keyed = _decided(keyed, decided)
    secret = hashlib.sha256(b"person" + key.encode()).digest()[:32]
    return {
        name: frame.with_columns(person_id=digests(frame["plain"], secret)).drop("plain")
        for name, frame in keyed.items()
    }


def digests(texts: pl.Series, secret: bytes) -> pl.Series:
    """The keyed digest of every text, 24 hex digits; some at a time: Python's texts are large."""
    keyed = hashlib.blake2b(key=secret, digest_size=12)
    parts = [pl.Series(dtype=pl.String)]
    for start in range(0, texts.len(), AT_ONCE):
        digests = []
        for text in texts.slice(start, AT_ONCE).to_list():
            one = keyed.copy()  # the key is taken in once, not for every text
            one.update(text.encode())
            digests.append(one.hexdigest())
        parts.append(pl.Series(digests, dtype=pl.String))
    return pl.concat(parts)


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


def _identity(frame: pl.DataFrame) -> pl.Series:
    """What names a person for sure: the ID number, else a registry's patient number."""
    identity = pl.lit(None, pl.String)
    if "id_number" in frame.columns:
        short = frame.filter(pl.col("id_number").str.len_chars() == 15)["id_number"].unique()
        longer = {number: eighteen(number) for number in short}
        number = pl.col("id_number").replace(longer) if longer else pl.col("id_number")
        identity = pl.when(pl.col("id_number").str.contains(r"^\d{17}[\dX]$|^\d{15}$")).then(
            pl.concat_str(pl.lit("id:"), number)
        )
    if "patient_no" in frame.columns:
        patient = pl.concat_str(pl.lit("patient:"), "area_code", pl.lit(":"), "patient_no")
        identity = pl.coalesce(identity, patient)
    return frame.with_columns(identity=identity)["identity"]


def _bridge(cards: dict[str, pl.DataFrame], identities: dict[str, pl.Series]) -> pl.DataFrame:
    """PARTS -> bridged: the identity of the one person of that name, sex and birth date.

    Only descriptions that a card without identity has are looked up among the others.
    """
    described = [
        frame.select(pl.col(part).cast(kind) for part, kind in PARTS.items())
        .with_columns(identities[name])
        .drop_nulls(list(PARTS))
        for name, frame in cards.items()
        if PARTS.keys() <= set(frame.columns)
    ]
    nobody = pl.DataFrame(schema=PARTS)
    alone = pl.col("identity").is_null()
    asked = pl.concat(
        [nobody, *(rows.filter(alone).select(list(PARTS)) for rows in described)]
    ).unique()
    known = pl.concat(
        [
            nobody.with_columns(identity=pl.lit(None, pl.String)),
            *(rows.filter(~alone).join(asked, on=list(PARTS), how="semi") for rows in described),
        ]
    )
    return (
        known.unique()
        .group_by(list(PARTS))
        .agg(bridged=pl.col("identity").first(), people=pl.len())
        .filter(pl.col("people") == 1)
        .drop("people")
    )


def _filled(frame: pl.DataFrame, identity: pl.Series, bridge: pl.DataFrame) -> pl.Series:
    """The identity; where there is none what the bridge says, the description or the row itself."""
    lacking = identity.is_null().arg_true()
    if lacking.is_empty():
        return identity
    row = ["source_file", "sheet", "source_row"]
    others = frame.select([name for name in PARTS if name in frame.columns] + row)[lacking]
    text = [pl.concat_str(pl.lit("row:"), *row, separator="|")]
    if PARTS.keys() <= set(frame.columns):
        others = others.join(bridge, on=list(PARTS), how="left", maintain_order="left")
        described = pl.concat_str(pl.lit("is:"), *PARTS, separator="|")
        text = [pl.col("bridged"), described, *text]
    # A copy: filling in changes a series where it lies.
    return identity.clone().scatter(lacking, others.select(pl.coalesce(text)).to_series())
