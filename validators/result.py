"""Rule results: how many cards each rule could judge, and how many it found fault with."""

from collections.abc import Collection

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from validators.catalogue import CARDS, Rule, rules, unreadable
from validators.finding import Report, in_force
from validators.frame import ROW

RESULT = {
    "rule_id": pl.String,
    "org_code": pl.String,
    "month": pl.String,
    "checked_count": pl.Int64,
    "failing_count": pl.Int64,
    "status": pl.String,
}
GROUP = ["org_code", "month"]
#: Rules whose answers share one number.
BITS = 60


def rule_results(report: Report) -> pl.DataFrame:
    """Return one row per rule, institution and month with cards that the rule could judge.

    The month is that of the event (`YYYY-MM`), for rules on timeliness that of the report; either
    may be null, as may an unresolved institution.  A rule that could judge no card has one row
    `not_applicable`, a rule that crashed one row `broken`, both without institution and month.
    """
    rows = report.prepared
    if report.card_type in CARDS:
        rows = rows.select(ROW, "org_code", "event_date", "report_date")
    return counted(
        report.card_type,
        applicable(report),
        rows,
        pl.concat([report.findings, report.statistics]),
        rules_counted(report.card_type, report.province, report.without),
        report.broken,
    )


def rules_counted(card_type: str, province: str, without: Collection[str]) -> list[Rule]:
    """Return the rules of a card type that have a denominator here.

    Args:
        card_type: a key of `CARD_TYPES`.
        province: two digits of the home's province.
        without: families that are switched off.
    """
    judged = [rule for rule in rules(card_type) if in_force(rule.facts, province, without)]
    return judged + [r for r in unreadable(card_type).values() if r.facts.name == "malformed"]


def applicable(report: Report) -> pl.DataFrame:
    """Return for every open card which rules could judge it.

    Returns:
        row_index and as many numbers (`rules_0` ...) as it takes: bit b of number n is that of rule
        n x BITS + b of `rules_counted`.  A rule that crashed could judge no card.  A field that
        could not be read is null in the frame: the rule that says so has judged it.
    """
    every = rules_counted(report.card_type, report.province, report.without)
    named = {}
    for rule in every:
        is_typing = rule.facts.name == "malformed"
        could = pl.col(rule.field).is_not_null() if is_typing else rule.facts.applies(rule.field)
        crashed = rule.rule_id in report.broken
        named[rule.rule_id] = pl.lit(False) if crashed else could.fill_null(False)
    made = report.prepared.select(ROW, **named)
    for (rule_id,), rows in report.unread.group_by("rule_id"):
        if rule_id in named:
            unread = pl.col(ROW).is_in(rows[ROW].implode())
            made = made.with_columns((pl.col(str(rule_id)) | unread).alias(str(rule_id)))
    return made.select(
        ROW,
        *(
            pl.sum_horizontal(
                pl.col(rule.rule_id).cast(pl.UInt64) * (1 << bit)
                for bit, rule in enumerate(every[first : first + BITS])
            ).alias(f"rules_{first // BITS}")
            for first in range(0, len(every), BITS)
        ),
    )


def counted(
    card_type: str,
    applies: pl.DataFrame,
    rows: pl.DataFrame,
    failed: pl.DataFrame,
    judged: list[Rule],
    broken: Collection[str],
) -> pl.DataFrame:
    """Count open cards judged and found faulty by rule, institution and month.

    Args:
        card_type: of the cards.
        applies: as of `applicable`.
        rows: row_index of the open cards, for the four cards with org_code, event_date and
            report_date.
        failed: row_index, rule_id of what is wrong with them.
        judged: the rules, as of `rules_counted`.
        broken: those of them that crashed.

    Returns:
        As of `rule_results`.
    """
    sound = {rule.rule_id for rule in judged} - set(broken)
    late = sound & {rule.rule_id for rule in judged if rule.facts.dimension == "timeliness"}
    usual = sound - late
    bits = {rule.rule_id: number for number, rule in enumerate(judged)}
    parts = [pl.DataFrame(schema=RESULT)]
    for day, names in (("event_date", usual), ("report_date", late)):
        if names and rows.height:
            own = failed.filter(pl.col("rule_id").is_in(sorted(names)))
            asked = {name: bits[name] for name in sorted(names)}
            parts.append(_per_group(_grouped(card_type, rows, day), applies, own, asked))
    found = pl.concat(parts)
    seen = set(found["rule_id"].unique())
    every = {rule.rule_id for rule in (*judged, *rules(card_type))}
    silent = [
        (name, "broken" if name in broken else "not_applicable") for name in sorted(every - seen)
    ]
    bare = pl.DataFrame(silent, schema={"rule_id": pl.String, "status": pl.String}, orient="row")
    empty = bare.with_columns(
        org_code=pl.lit(None, dtype=pl.String),
        month=pl.lit(None, dtype=pl.String),
        checked_count=pl.lit(0, dtype=pl.Int64),
        failing_count=pl.lit(0, dtype=pl.Int64),
    )
    return pl.concat([found, empty.select(*RESULT)]).sort("rule_id", *GROUP)


def _grouped(card_type: str, rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """Return the rows with institution and month; inputs have neither."""
    if card_type not in CARDS:
        no_text = pl.lit(None, dtype=pl.String)
        return rows.select(ROW, org_code=no_text, month=no_text)
    return rows.select(ROW, "org_code", month=pl.col(day).dt.strftime("%Y-%m"))


def _per_group(
    rows: pl.DataFrame, applies: pl.DataFrame, failed: pl.DataFrame, bits: dict[str, int]
) -> pl.DataFrame:
    """Count cards judged and found faulty per rule and group; groups without cards are left out.

    `bits` names the rules to count, each with its number in `rules_counted`.
    """
    groups = rows.select(GROUP).unique(maintain_order=True).with_row_index("group")
    places = rows.join(groups, on=GROUP, nulls_equal=True).select(ROW, "group")
    checked = _checked(places.join(applies, on=ROW), groups.height, bits)
    failing = (
        failed.lazy()
        .select(ROW, "rule_id")
        .join(places.lazy(), on=ROW)
        .group_by("rule_id", "group")
        .agg(failing_count=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
    )
    return (
        checked.join(failing, on=["rule_id", "group"], how="left")
        .join(groups, on="group")
        .with_columns(pl.col("failing_count").fill_null(0))
        .with_columns(
            status=pl.when(pl.col("failing_count") > 0)
            .then(pl.lit("failed"))
            .otherwise(pl.lit("passed"))
        )
        .select(*RESULT)
    )


def _checked(cards: pl.DataFrame, group_count: int, bits: dict[str, int]) -> pl.DataFrame:
    """Count the cards that each rule could judge in each group, where there are any.

    Most cards can be judged by the same rules: cards are counted by group and such pattern, and the
    patterns taken apart.
    """
    numbers = [name for name in cards.columns if name.startswith("rules_")]
    patterns = cards.select(numbers).unique(maintain_order=True).with_row_index("pattern")
    pattern = cards.join(patterns, on=numbers, maintain_order="left")["pattern"].to_numpy()
    could = np.column_stack(
        [
            (patterns[numbers[bit // BITS]].to_numpy() >> np.uint64(bit % BITS)) & np.uint64(1)
            for bit in bits.values()
        ]
    ).astype(np.int64)
    shape = (group_count, patterns.height)
    ones = np.ones(cards.height, dtype=np.int64)
    seen = csr_array((ones, (cards["group"].to_numpy(), pattern)), shape=shape)
    counts = seen @ could
    group, rule = counts.nonzero()
    return pl.DataFrame(
        {
            "group": pl.Series(group, dtype=pl.UInt32),
            "rule_id": pl.Series(list(bits), dtype=pl.String).gather(rule),
            "checked_count": pl.Series(counts[group, rule], dtype=pl.Int64),
        }
    )
