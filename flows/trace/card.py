"""Of every card how it counts tonight, and what kind of change makes it count otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import duckdb
import polars as pl

from flows.arrow import registered
from flows.fields import CARDS
from flows.trace.interval import CARDS as TABLE
from flows.trace.numerator import Where, masks, spelled

#: The first that applies is the card's standing; only the last two count.
STANDING = (
    pl.when(pl.col("is_withdrawn").fill_null(False))
    .then(pl.lit("withdrawn"))
    .when(pl.col("count_base") == "none")
    .then(pl.lit("unusable"))
    .when(pl.col("event_class").is_null())
    .then(pl.lit("no_event"))
    .when(~pl.col("is_counted"))
    .then(pl.lit("repeat"))
    .otherwise(pl.col("count_base").cast(pl.String))
)
#: Cards that are compared with the night before at a time, in at most so many slices of a kind:
#: each slice looks through the tables of all cards.
SLICE, MOST = 150_000, 6
#: What a card's standing is told from, beside its version and year.
STANDS = (
    *("card_id", "version_time", "year"),
    *("is_withdrawn", "count_base", "event_class", "is_counted"),
)
PLACES = (
    *("area_code", "town_code", "residence_area_code", "residence_town_code"),
    *("report_area_code", "org_code"),
)
#: Kind of change -> how it is told; the first that applies is the card's.
KIND_ZH = {
    "baseline": "首次记录（此前没有历史）",
    "added": "新增",
    "removed": "不再收到",
    "withdrawn": "省系统已撤卡",
    "returned": "撤卡后恢复",
    "status": "卡状态或户籍核实改变",
    "duplicate": "判为同一事件的重复卡",
    "not_duplicate": "不再是重复卡",
    "audit": "审核状态改变（终审口径）",
    "moved_area": "地区或机构改变",
    "moved_year": "年份改变",
    "corrected": "订正",
    "rejudged": "内容未变，判断改变（规则、期限或其他卡片）",
}
CHANGE = {
    "night": (pl.Date, "夜（数据截至日）"),
    "card_type": (pl.String, "卡片类型"),
    "kind": (pl.String, f"变化（{'；'.join(f'{kind} {zh}' for kind, zh in KIND_ZH.items())}）"),
    "area_code": (pl.String, "户籍县（不再收到的为原户籍县）"),
    "report_area_code": (pl.String, "报告机构所在县（同上）"),
    "card_count": (pl.Int64, "卡数"),
    "counted_before": (pl.Int64, "其中此前计入终审事件的卡数"),
    "counted_after": (pl.Int64, "其中现计入终审事件的卡数"),
}


def told(frames: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """card_type with STANDS and PLACES of the cards of one kind."""
    return frames[name].select(pl.lit(name).alias("card_type"), *STANDS, *PLACES)


def slices(frames: Mapping[str, pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, Where]]:
    """The cards of a night, so many at a time that memory is not filled by comparing them.

    Args:
        frames: counted cards by type.

    Yields:
        Some cards as `told`; and what is true of them and of no others.
    """
    for name in CARDS:
        cards = told(frames, name)
        count = min(MOST, max(1, round(cards.height / SLICE)))
        ids = cards["card_id"].sort()
        places = [ids.len() * number // count for number in range(1, count)]
        bounds = [None, *(str(ids[place]) for place in places), None]
        for first, end in pairwise(bounds):
            # Both sides order text by its bytes.
            inside = [pl.lit(True)]
            if first is not None:
                inside.append(pl.col("card_id") >= first)
            if end is not None:
                inside.append(pl.col("card_id") < end)
            yield cards.filter(*inside), _between(name, first, end)


def _between(name: str, first: str | None, end: str | None) -> Where:
    bounds = [f" and card_id >= '{_quoted(first)}'"] if first is not None else []
    bounds += [f" and card_id < '{_quoted(end)}'"] if end is not None else []
    return lambda type_column: "".join([f"{type_column} = '{name}'", *bounds])


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def cards_tonight(
    draft: duckdb.DuckDBPyConnection, cards: pl.DataFrame, where: Where = lambda _: "true"
) -> pl.DataFrame:
    """One row a card with the columns of `state.card_trace`.

    Args:
        draft: with the tables of all models.
        cards: as `told`.
        where: what is true of these cards; the models' tables are read no further.
    """
    columns = masks()
    joins = " ".join(
        f"left join ({mask.sql(where)}) as {mask.column}"
        f" on base.card_type = {mask.column}.card_type and base.card_id = {mask.column}.card_id"
        for mask in columns
    )
    bits = ", ".join(f"{mask.column}.mask as {mask.column}" for mask in columns)
    # Only what the draft tells is asked of it: a card's own columns are at hand.
    with registered(draft, "traced_cards", cards.select("card_type", "card_id").with_row_index()):
        counted = draft.execute(
            f"""
            select base.index, visit_0.area_code as managing_area_code,
                visit_0.org_code as managing_org_code, {bits}
            from traced_cards as base {joins}
            order by base.index
            """
        ).pl()
    return (
        cards.hstack(counted)
        .with_columns(standing=STANDING, numerators=spelled(counted, columns))
        .select(TABLE.columns)
    )


def kind_of(has_history: bool = True) -> pl.Expr:
    """The kind of a changed card.

    Args:
        has_history: False on the very first night, when all cards are new to us.

    Returns:
        An expression on the columns of `interval.changes`.
    """

    def becomes(standing: str) -> pl.Expr:
        return (pl.col("now_standing") == standing) & (pl.col("before_standing") != standing)

    def leaves(standing: str) -> pl.Expr:
        return (pl.col("before_standing") == standing) & (pl.col("now_standing") != standing)

    def differs(*names: str) -> pl.Expr:
        return pl.any_horizontal(
            pl.col(f"before_{name}").ne_missing(pl.col(f"now_{name}")) for name in names
        )

    base = ["official", "received"]
    audit = pl.col("now_standing").is_in(base) & pl.col("before_standing").is_in(base)
    return (
        pl.when(~pl.col("was"))
        .then(pl.lit("added" if has_history else "baseline"))
        .when(~pl.col("is"))
        .then(pl.lit("removed"))
        .when(becomes("withdrawn"))
        .then(pl.lit("withdrawn"))
        .when(leaves("withdrawn"))
        .then(pl.lit("returned"))
        .when(becomes("unusable") | leaves("unusable"))
        .then(pl.lit("status"))
        .when(becomes("repeat"))
        .then(pl.lit("duplicate"))
        .when(leaves("repeat"))
        .then(pl.lit("not_duplicate"))
        .when(audit & differs("standing"))
        .then(pl.lit("audit"))
        .when(differs(*PLACES, "managing_area_code", "managing_org_code"))
        .then(pl.lit("moved_area"))
        .when(differs("year"))
        .then(pl.lit("moved_year"))
        .when(differs("version_time"))
        .then(pl.lit("corrected"))
        .otherwise(pl.lit("rejudged"))
    )


def tally(changed: pl.DataFrame, night: object, has_history: bool) -> pl.DataFrame:
    """Rows of `quality.change` of some changed cards: counts, never a card."""

    def here(name: str) -> pl.Expr:
        return pl.when("is").then(f"now_{name}").otherwise(f"before_{name}").alias(name)

    return (
        changed.select(
            "card_type",
            kind_of(has_history).alias("kind"),
            here("area_code"),
            here("report_area_code"),
            was=(pl.col("before_standing") == "official").fill_null(False),
            now=(pl.col("now_standing") == "official").fill_null(False),
        )
        .group_by("card_type", "kind", "area_code", "report_area_code")
        .agg(
            card_count=pl.len(),
            counted_before=pl.col("was").sum(),
            counted_after=pl.col("now").sum(),
        )
        .with_columns(night=pl.lit(night, pl.Date))
        .cast({name: kind for name, (kind, _) in CHANGE.items()})
        .select(list(CHANGE))
    )


def summed(tallies: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The rows of some slices together, in order."""
    keys = list(CHANGE)[:5]
    counts = pl.col(list(CHANGE)[5:]).sum()
    return pl.concat(tallies).group_by(keys).agg(counts).sort(keys)
