"""Why a published number differs between two nights, in parts that add up to the difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import polars as pl

from flows.home import UserError
from flows.indicators import FACTORS
from flows.trace.card import KIND_ZH, kind_of
from flows.trace.fingerprint import PARTS
from flows.trace.interval import CARDS, VALUES
from flows.trace.numerator import numerators

#: Not a change of a card: what the numerator has that is no count of cards.
OTHER = "other"
OTHER_ZH = "卡片以外（如登记处死亡记录、原先或现在没有该数）"
UNTRACED_ZH = "该指标的分子不是卡数（机构、名单、寿命表或校正数），不按卡片分解"
PART: dict[str, Any] = {
    "kind": pl.String, "kind_zh": pl.String, "added_count": pl.Int64, "removed_count": pl.Int64,
    "difference": pl.Float64, "card_ids": pl.List(pl.String),
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """One published number: a row of `indicator.summary`."""

    indicator: str
    area_code: str
    year: int
    residency: str | None = None
    org_code: str | None = None


@dataclass(frozen=True)
class Published:
    """The number of one night; numerator, denominator and value are null where nothing was."""

    night: date
    numerator: float | None
    denominator: float | None
    unit: str | None
    value: float | None


@dataclass(frozen=True)
class Explained:
    """The difference between two nights.

    `parts` add up: their `difference` to that of the numerators (nothing published counts as 0);
    `numerator_part` and `denominator_part` to that of the values, null where one of them is.
    """

    before: Published
    after: Published
    parts: pl.DataFrame
    is_traced: bool  # False: the numerator is no count of cards
    numerator_part: float | None
    denominator_part: float | None
    changed: list[str]  # names of fingerprint.PARTS that differ

    @property
    def difference(self) -> float:
        """Of the numerators."""
        return (self.after.numerator or 0.0) - (self.before.numerator or 0.0)


def explain(
    connection: duckdb.DuckDBPyConnection, key: Key, before: date, after: date
) -> Explained:
    """Compare what was published on two nights.

    Args:
        connection: state is attached.
        key: the number.
        before: a day from the first recorded night on; the last night until it is meant.
        after: the same, not earlier.

    Raises:
        UserError: nothing was recorded so early, or the days are in the wrong order.
    """
    if after < before:
        raise UserError(f"--from {before} 晚于 --to {after}，请调换。")
    nights = [night_of(connection, before), night_of(connection, after)]
    old, new = (_published(connection, key, night) for night in nights)
    if old.unit is None and new.unit is None:
        raise UserError(
            "这两夜都没有公布过该指标值；请核对 --indicator、--area、--year、--residency 和 --org。"
        )
    is_traced = key.indicator in numerators()
    parts = (
        _card_parts(_pairs(connection, key, *nights)) if is_traced else pl.DataFrame(schema=PART)
    )
    difference = (new.numerator or 0.0) - (old.numerator or 0.0)
    rest = difference - float(parts["difference"].sum())
    if abs(rest) > 1e-9 * max(1.0, abs(difference)):
        other: tuple[object, ...] = (
            OTHER,
            OTHER_ZH if is_traced else UNTRACED_ZH,
            None,
            None,
            rest,
            [],
        )
        parts = pl.concat([parts, pl.DataFrame([other], schema=PART, orient="row")])
    return Explained(
        old, new, parts, is_traced, *_value_parts(old, new), changed_parts(connection, *nights)
    )


def night_of(connection: duckdb.DuckDBPyConnection, day: date) -> date:
    """The last recorded night until a day."""
    row = connection.execute(
        "select max(night) filter (night <= ?), min(night) from state.night_basis", [day]
    ).fetchone()
    assert row is not None
    last, first = row
    if last is None:
        begin = f"最早的一夜是 {first}" if first else "还没有记录，请先运行 zhikong night"
        raise UserError(f"{day} 没有公布历史：{begin}。")
    found: date = last
    return found


def _published(connection: duckdb.DuckDBPyConnection, key: Key, night: date) -> Published:
    row = connection.execute(
        f"select numerator, denominator, unit, value from {VALUES.name}"
        " where indicator = ? and area_code = ? and year = ? and residency is not distinct from ?"
        " and org_code is not distinct from ?"
        " and night_from <= ? and (night_to is null or night_to > ?)",
        [key.indicator, key.area_code, key.year, key.residency, key.org_code, night, night],
    ).fetchone()
    return Published(night, *(row or (None, None, None, None)))


def _placed(key: Key) -> tuple[str, list[object]]:
    """SQL of the condition that a card of the trace is at the key's place, with its parameters."""
    way = numerators()[key.indicator].way
    if way == "event":
        side = "residence_" if key.residency == "resident" else ""
        if len(key.area_code) <= 6:
            return f"{side}area_code = ?", [key.area_code]
        # As work.tally: no town, or one of another county, is 乡镇不详 of the county.
        town = (
            f"case when left({side}town_code, 6) = {side}area_code then {side}town_code"
            f" else {side}area_code || '000' end = ?"
        )
        return town, [key.area_code]
    side = "managing" if way == "visit" else "report"
    org = "managing_org_code" if way == "visit" else "org_code"
    if key.org_code is None:
        return f"{side}_area_code = ?", [key.area_code]
    return f"{side}_area_code = ? and {org} = ?", [key.area_code, key.org_code]


def _pairs(
    connection: duckdb.DuckDBPyConnection, key: Key, before: date, after: date
) -> pl.DataFrame:
    """Cards that are in the numerator on one of the nights and not on the other.

    With the columns of `interval.changes`, and `counts` (in it on the later night).
    """
    place, parameters = _placed(key)
    held = (
        f"select *, coalesce(year = ? and {place} and list_contains(string_split(numerators, ','),"
        f" ?), false) as counts from {CARDS.name}"
        " where night_from <= ? and (night_to is null or night_to > ?)"
    )
    mine = [key.year, *parameters, key.indicator]
    return connection.execute(
        f"""
        with past as ({held}), now as ({held})
        select
            coalesce(now.card_type, past.card_type) as card_type,
            coalesce(now.card_id, past.card_id) as card_id,
            past.night_from is not null as was,
            now.night_from is not null as "is",
            coalesce(now.counts, false) as counts,
            {", ".join(f"past.{name} as before_{name}" for name in CARDS.texts)},
            {", ".join(f"now.{name} as now_{name}" for name in CARDS.texts)}
        from past
        full join now on past.card_type = now.card_type and past.card_id = now.card_id
        where coalesce(past.counts, false) <> coalesce(now.counts, false)
        """,
        [*mine, before, before, *mine, after, after],
    ).pl()


def _card_parts(pairs: pl.DataFrame) -> pl.DataFrame:
    """One row a kind of change: cards that came into the numerator and cards that left it."""
    order = {kind: place for place, kind in enumerate(KIND_ZH)}
    return (
        pairs.with_columns(kind=kind_of())
        .group_by("kind")
        .agg(
            added_count=pl.col("counts").sum().cast(pl.Int64),
            removed_count=(~pl.col("counts")).sum().cast(pl.Int64),
            card_ids=pl.concat_str("card_type", "card_id", separator=" ").sort(),
        )
        .with_columns(
            kind_zh=pl.col("kind").replace_strict(KIND_ZH),
            difference=(pl.col("added_count") - pl.col("removed_count")).cast(pl.Float64),
        )
        .sort(pl.col("kind").replace_strict(order))
        .select(list(PART))
        .cast(pl.Schema(PART))
    )


def _value_parts(old: Published, new: Published) -> tuple[float | None, float | None]:
    """What of the value's difference is the numerator's, and what the denominator's."""
    if old.value is None or new.value is None:
        return None, None
    known = (old.numerator, old.denominator, new.numerator, new.denominator)
    if any(number is None for number in known) or not old.denominator or not new.denominator:
        return None, None
    assert old.numerator is not None and new.numerator is not None and new.unit is not None
    factor = FACTORS[new.unit]
    numerator = (new.numerator - old.numerator) / old.denominator * factor
    denominator = (new.numerator / new.denominator - new.numerator / old.denominator) * factor
    return numerator, denominator


def changed_parts(connection: duckdb.DuckDBPyConnection, before: date, after: date) -> list[str]:
    """Which fingerprints of two recorded nights differ."""
    rows = connection.execute(
        f"select {', '.join(PARTS)} from state.night_basis where night in (?, ?) order by night",
        [before, after],
    ).fetchall()
    if len(rows) < 2:
        return []
    return [name for name, *pair in zip(PARTS, *rows, strict=True) if pair[0] != pair[1]]
