"""Rule results: how many cards each rule could judge, and how many it found fault with."""

from collections.abc import Collection

import polars as pl

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
        in_force_here(report),
        report.broken,
    )


def in_force_here(report: Report) -> list[Rule]:
    """Return the rules that were judged and those that typing reports, without crashed ones."""
    return rules_counted(report.card_type, report.province, report.without, report.broken)


def rules_counted(
    card_type: str, province: str, without: Collection[str], broken: Collection[str] = ()
) -> list[Rule]:
    """Return the rules of a card type that have a denominator here.

    Args:
        card_type: a key of `CARD_TYPES`.
        province: two digits of the home's province.
        without: families that are switched off.
        broken: rules that crashed.
    """
    judged = [
        rule
        for rule in rules(card_type)
        if in_force(rule.facts, province, without) and rule.rule_id not in broken
    ]
    return judged + [r for r in unreadable(card_type).values() if r.facts.name == "malformed"]


def applicable(report: Report) -> pl.DataFrame:
    """Return for every open card which rules could judge it.

    Returns:
        row_index and a Boolean column a rule, named by its id.  A field that could not be read is
        null in the frame: the rule that says so has judged it.
    """
    named = {}
    for rule in in_force_here(report):
        is_typing = rule.facts.name == "malformed"
        could = pl.col(rule.field).is_not_null() if is_typing else rule.facts.applies(rule.field)
        named[rule.rule_id] = could.fill_null(False)
    made = report.prepared.select(ROW, **named)
    for (rule_id,), rows in report.unread.group_by("rule_id"):
        if rule_id in named:
            unread = pl.col(ROW).is_in(rows[ROW].implode())
            made = made.with_columns((pl.col(str(rule_id)) | unread).alias(str(rule_id)))
    return made


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
        broken: rules that crashed.

    Returns:
        As of `rule_results`.
    """
    late = {rule.rule_id for rule in judged if rule.facts.dimension == "timeliness"}
    usual = {rule.rule_id for rule in judged} - late
    parts = [pl.DataFrame(schema=RESULT)]
    for day, names in (("event_date", usual), ("report_date", late)):
        if names and rows.height:
            own = failed.filter(pl.col("rule_id").is_in(sorted(names)))
            parts.append(_per_group(_grouped(card_type, rows, day), applies, own, sorted(names)))
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
    rows: pl.DataFrame, applies: pl.DataFrame, failed: pl.DataFrame, names: list[str]
) -> pl.DataFrame:
    """Count cards judged and found faulty per rule and group; groups without cards are left out."""
    groups = rows.select(GROUP).unique(maintain_order=True).with_row_index("group")
    places = rows.join(groups, on=GROUP, nulls_equal=True).select(ROW, "group")
    checked = (
        places.lazy()
        .join(applies.lazy().select(ROW, *names), on=ROW)
        .group_by("group")
        .agg(pl.col(names).sum().cast(pl.Int64))
        .collect()
        .unpivot(index="group", on=names, variable_name="rule_id", value_name="checked_count")
        .filter(pl.col("checked_count") > 0)
    )
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
