"""The night's part of the history: worked out before the swap, remembered in `close`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from flows.arrow import registered
from flows.statistics.table import Columns, write
from flows.store import Store
from flows.trace import card, interval, totals
from flows.trace.fingerprint import PARTS, of_night
from flows.trace.numerator import Where
from flows.trace.totals import Totals

if TYPE_CHECKING:
    from flows.tonight import Tonight

HISTORY: Columns = {
    "area_code": (pl.String, "县或乡镇"),
    "org_code": (pl.String, "机构（空为整个地区）"),
    "year": (pl.Int32, "年份（整年）"),
    "residency": (pl.String, "人口口径（按报告机构评价的指标为空）"),
    "indicator": (pl.String, "指标"),
    "night_from": (pl.Date, "从这一夜起公布"),
    "night_to": (pl.Date, "到这一夜被替换（当夜已是新值；空为现值）"),
    "numerator": (pl.Float64, "分子"),
    "denominator": (pl.Float64, "分母"),
    "unit": (pl.String, "单位"),
    "value": (pl.Float64, "值（分子 ÷ 分母 × 单位）"),
}
NIGHT: Columns = {
    "night": (pl.Date, "夜（数据截至日）"),
    **{name: (pl.String, f"{zh}的指纹") for name, zh in PARTS.items()},
}


@dataclass(frozen=True)
class TracedCards:
    """The cards among what a night adds, known and written before its values are."""

    writing: duckdb.DuckDBPyConnection  # whose transaction holds how they count
    tally: pl.DataFrame
    totals: Totals


@dataclass(frozen=True)
class Traced:
    """What tonight adds to the history; nothing of a look back."""

    cards: TracedCards
    values: pl.DataFrame
    basis: dict[str, str]


def trace_cards(tonight: Tonight, draft: duckdb.DuckDBPyConnection) -> TracedCards | None:
    """Which cards count otherwise than last night; the models of cards are in the draft.

    They are written to state, for `remember` to commit. None for a look back, which shows the
    history as it stood that night and adds nothing.
    """
    if tonight.is_look_back:
        return None
    state, night = tonight.store.connection, tonight.as_of
    has_history = bool(
        state.execute("select 1 from state.night_basis where night < ? limit 1", [night]).fetchone()
    )
    now = totals.of_night(draft, tonight.frames)
    assert tonight.shelf is not None
    last = totals.last_night(state, tonight.shelf, night)
    if tonight.traced_cards is not None:  # of a beginning that a damaged shelf put an end to
        tonight.traced_cards.writing.close()
    writing, tallies = begin(tonight.store), []
    try:
        with ThreadPoolExecutor(1) as beside:  # what was compared is written beside what is
            written = beside.submit(interval.forget, writing, interval.CARDS, night)
            for part, where in to_compare(draft, state, tonight.frames, now, last):
                cards = card.cards_tonight(draft, part, where)
                changed = interval.changes(state, interval.CARDS, cards, night, where("card_type"))
                tallies.append(card.tally(changed, night, has_history))
                written.result()
                written = beside.submit(interval.add, writing, interval.CARDS, night, changed)
            written.result()
    except BaseException:
        writing.close()
        raise
    return TracedCards(writing, card.summed(tallies), now)


def begin(store: Store) -> duckdb.DuckDBPyConnection:
    """A transaction for a night's history: without `remember` it leaves nothing behind."""
    writing = store.cursor()
    writing.execute("begin")
    return writing


def publish_history(
    tonight: Tonight,
    draft: duckdb.DuckDBPyConnection,
    criteria: list[Path],
    cards: TracedCards | None,
) -> Traced | None:
    """Write indicator.history, quality.change and quality.night; the indicators are in the draft.

    Args:
        tonight: of which the history is.
        draft: of the published file.
        criteria: the files of the sets in force.
        cards: as of `trace_cards`.

    Returns:
        What `remember` is to keep; None for a look back.
    """
    night, connection = tonight.as_of, tonight.store.connection
    past = "< ?" if cards else "<= ?"
    changes = connection.execute(
        f"select {', '.join(card.CHANGE)} from state.card_change where night {past}", [night]
    ).pl()
    nights = connection.execute(
        f"select night, {', '.join(PARTS)} from state.night_basis where night {past}", [night]
    ).pl()
    traced = None
    if cards:
        now = draft.execute(
            f"select {', '.join(interval.VALUES.columns)} from indicator.summary"
        ).pl()
        traced = Traced(
            cards,
            interval.changes(connection, interval.VALUES, now, night),
            of_night(draft, tonight.home, criteria),
        )
        changes = pl.concat([changes, cards.tally], how="vertical_relaxed")
        nights = pl.concat([nights, pl.DataFrame([{"night": night} | traced.basis])])
    values = interval.history(connection, interval.VALUES, night, traced.values if traced else None)
    title_zh = "各夜公布的指标值（整年；只在改变时有一行）"
    keys = ["area_code", "org_code", "year", "residency", "indicator", "night_from"]
    write(draft, "indicator.history", title_zh, HISTORY, values, keys)
    title_zh = "每夜与前一夜相比改变的卡数（不含卡片内容）"
    write(draft, "quality.change", title_zh, card.CHANGE, changes, list(card.CHANGE)[:5])
    title_zh = "每夜所用规则、模型、参考表、人口的指纹"
    write(draft, "quality.night", title_zh, NIGHT, nights, ["night"])
    return traced


def to_compare(
    draft: duckdb.DuckDBPyConnection,
    state: duckdb.DuckDBPyConnection,
    frames: Mapping[str, pl.DataFrame],
    now: Totals,
    last: Totals | None,
) -> Iterator[tuple[pl.DataFrame, Where]]:
    """The cards that may count otherwise than last night, as `card.slices` gives all of them.

    Args:
        draft: with the tables of all models.
        state: state is attached.
        frames: counted cards by type.
        now: of these cards.
        last: of those that state knows; without them all cards are compared.
    """
    if last is not None:
        buckets = totals.others(now, last)
        few = totals.cards_of(draft, frames, buckets)
        if few.height <= card.SLICE:
            named = buckets.to_frame()
            with (
                registered(draft, "other_buckets", named),
                registered(state, "other_buckets", named),
            ):
                yield few, _in_other_buckets
            return
    yield from card.slices(frames)


def _in_other_buckets(type_column: str) -> str:
    return f"{totals.bucket(column=type_column)} in (select bucket from other_buckets)"


def remember(
    night: date, traced: Traced, done: Callable[[duckdb.DuckDBPyConnection], None]
) -> None:
    """Keep the night, all or nothing; the same night again replaces what it kept before.

    Args:
        night: tonight.
        traced: what it adds.
        done: writes in the same transaction that the night is over.
    """
    with traced.cards.writing as connection:  # closed without a commit it is rolled back
        interval.forget(connection, interval.VALUES, night)
        interval.add(connection, interval.VALUES, night, traced.values)
        connection.execute("delete from state.card_change where night = ?", [night])
        with registered(connection, "trace_tally", traced.cards.tally):
            connection.execute("insert into state.card_change by name select * from trace_tally")
        connection.execute("delete from state.night_basis where night = ?", [night])
        row = {"night": night} | traced.basis | {"card_digest": traced.cards.totals.digest}
        connection.execute(
            f"insert into state.night_basis ({', '.join(row)})"
            f" values ({', '.join('?' for _ in row)})",
            list(row.values()),
        )
        done(connection)
        connection.execute("commit")
