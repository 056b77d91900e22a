"""Rule results: how many cards each rule could judge, and how many it found fault with."""

from collections.abc import Collection, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from validators.catalogue import CARDS, Rule, rules, unreadable
from validators.finding import Report, in_force
from validators.frame import ROW
from validators.rule import could_name

RESULT = {
    "rule_id": pl.String,
    "org_code": pl.String,
    "month": pl.String,
    "checked_count": pl.Int64,
    "failing_count": pl.Int64,
    "status": pl.String,
}
GROUP = ["org_code", "month"]
#: Whose month a result is of: that of the event, for rules on timeliness that of the report.
DAYS = ("event_date", "report_date")
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
    judged = rules_counted(report.card_type, report.province, report.without)
    found = counted(
        report.card_type,
        applicable(report),
        dict.fromkeys(DAYS, rows),
        pl.concat([report.findings, report.statistics]),
        judged,
        report.broken,
    )
    return with_silent(found, silent(report.card_type, judged, report.broken))


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
        column = could_name(rule.field, rule.facts.name)
        could = pl.col(rule.field).is_not_null() if is_typing else pl.col(column)
        is_silent = rule.rule_id in report.broken or not report.prepared.height
        named[rule.rule_id] = pl.lit(False) if is_silent else could
    made = report.prepared.hstack(report.could.drop(ROW)).select(ROW, **named)
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
    rows: Mapping[str, pl.DataFrame],
    failed: pl.DataFrame,
    judged: list[Rule],
    broken: Collection[str],
) -> pl.DataFrame:
    """Count open cards judged and found faulty by rule, institution and month.

    Args:
        card_type: of the cards.
        applies: as of `applicable`.
        rows: by day of DAYS row_index of the open cards, of each group all or none; for the four
            cards with org_code and the days.
        failed: row_index, rule_id of what is wrong with them.
        judged: the rules, as of `rules_counted`.
        broken: those of them that crashed.

    Returns:
        As of `rule_results`, without the rules that could judge no card of these.
    """
    bits = {rule.rule_id: number for number, rule in enumerate(judged)}
    parts = [pl.DataFrame(schema=RESULT)]
    if judged and any(own.height for own in rows.values()):
        patterns, cards = _patterns(applies)
        for day, own in rows.items():
            names = sorted(
                rule.rule_id
                for rule in judged
                if day_of(rule) == day and rule.rule_id not in broken
            )
            groups, places = _grouped(card_type, own, day)
            could = _could(patterns, [bits[name] for name in names])
            checked = _checked(places.join(cards, on=ROW), groups.height, could)
            failing = _failing(failed, places, groups.height, names)
            parts.append(_told(checked, failing, groups, names))
    return pl.concat(parts)


def day_of(rule: Rule) -> str:
    """Return by which of DAYS the cards of a rule are counted."""
    return DAYS[rule.facts.dimension == "timeliness"]


def silent(card_type: str, judged: list[Rule], broken: Collection[str]) -> pl.DataFrame:
    """Return what is said of every rule that could judge no card: rule_id, day, status."""
    every = {rule.rule_id: day_of(rule) for rule in (*judged, *rules(card_type))}
    return pl.DataFrame(
        [
            (name, day, "broken" if name in broken else "not_applicable")
            for name, day in sorted(every.items())
        ],
        schema={"rule_id": pl.String, "day": pl.String, "status": pl.String},
        orient="row",
    )


def with_silent(found: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Return the results of all cards with a row for each rule that has none, by rule.

    Args:
        found: as of `counted`, of all groups.
        said: as of `silent`.
    """
    bare = said.join(found, on="rule_id", how="anti").select(
        "rule_id",
        pl.lit(None, pl.String).alias("org_code"),
        pl.lit(None, pl.String).alias("month"),
        pl.lit(0, pl.Int64).alias("checked_count"),
        pl.lit(0, pl.Int64).alias("failing_count"),
        "status",
    )
    # All rows of a rule are in one part, and in order there.
    order = pl.col("rule_id").cast(pl.Enum(said["rule_id"]))
    return pl.concat([found, bare]).sort(order, maintain_order=True)


def _patterns(applies: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return which rules can judge a card, each such pattern once; and row_index, pattern.

    Most cards can be judged by the same rules.
    """
    numbers = pl.exclude(ROW)
    patterns = applies.select(numbers).unique(maintain_order=True).with_row_index("pattern")
    on = applies.select(numbers).columns
    return patterns, applies.join(patterns, on=on, maintain_order="left").select(ROW, "pattern")


def _grouped(card_type: str, rows: pl.DataFrame, day: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return institutions and months in order, and row_index, group; inputs have neither."""
    if card_type not in CARDS:
        nothing = pl.DataFrame([{}], schema=dict.fromkeys(GROUP, pl.String))
        return nothing, rows.select(ROW, group=pl.lit(0, pl.UInt32))
    dated = rows.select(ROW, "org_code", month=pl.col(day).dt.month_start())
    groups = dated.select(GROUP).unique().sort(GROUP).with_row_index("group")
    places = dated.join(groups, on=GROUP, nulls_equal=True).select(ROW, "group")
    return groups.select("org_code", pl.col("month").dt.strftime("%Y-%m")), places


def _could(patterns: pl.DataFrame, bits: list[int]) -> npt.NDArray[np.int32]:
    """Return whether each of these rules, by number, can judge cards of a pattern."""
    could = np.zeros((len(bits), patterns.height), dtype=np.int32)
    for place, bit in enumerate(bits):
        number = patterns[f"rules_{bit // BITS}"].to_numpy()
        could[place] = (number >> np.uint64(bit % BITS)) & np.uint64(1)
    return could


def _checked(
    cards: pl.DataFrame, group_count: int, could: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """Count the cards that each rule could judge: rules x groups."""
    from scipy.sparse import csr_array  # takes a while to load, and most programs count nothing

    places = (cards["pattern"].to_numpy(), cards["group"].to_numpy())
    ones = np.ones(cards.height, dtype=np.int32)
    counts: npt.NDArray[np.int32] = could @ csr_array(
        (ones, places), shape=(could.shape[1], group_count)
    )
    return counts


def _failing(
    failed: pl.DataFrame, places: pl.DataFrame, group_count: int, names: list[str]
) -> npt.NDArray[np.int32]:
    """Count the cards that each of these rules finds fault with: rules x groups."""
    number = pl.col("rule_id").cast(pl.Enum(names), strict=False).to_physical().cast(pl.Int64)
    own = failed.select(ROW, rule=number).drop_nulls("rule").join(places, on=ROW)
    place = own["rule"] * group_count + own["group"]
    counts = np.bincount(place.to_numpy(), minlength=len(names) * group_count)
    return counts.reshape(len(names), group_count).astype(np.int32)


def _told(
    checked: npt.NDArray[np.int32],
    failing: npt.NDArray[np.int32],
    groups: pl.DataFrame,
    names: list[str],
) -> pl.DataFrame:
    """Return the rows of `rule_results`, by rule and group; groups without cards are left out."""
    rule, group = checked.nonzero()
    return (
        groups[group]
        .with_columns(
            rule_id=pl.Series(names, dtype=pl.String).gather(rule),
            checked_count=pl.Series(checked[rule, group], dtype=pl.Int64),
            failing_count=pl.Series(failing[rule, group], dtype=pl.Int64),
        )
        .with_columns(
            status=pl.when(pl.col("failing_count") > 0)
            .then(pl.lit("failed"))
            .otherwise(pl.lit("passed"))
        )
        .select(*RESULT)
    )
