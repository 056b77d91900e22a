"""Rule results: how many cards each rule could judge, and how many it found fault with."""

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
KEY = ["rule_id", "group"]


def rule_results(report: Report) -> pl.DataFrame:
    """Return one row per rule, institution and month with cards that the rule could judge.

    The month is that of the event (`YYYY-MM`), for rules on timeliness that of the report; either
    may be null, as may an unresolved institution.  A rule that could judge no card has one row
    `not_applicable`, a rule that crashed one row `broken`, both without institution and month.
    """
    judged = [
        rule
        for rule in rules(report.card_type)
        if in_force(rule.facts, report.province, report.without)
        and rule.rule_id not in report.broken
    ]
    late = [rule for rule in judged if rule.facts.dimension == "timeliness"]
    usual = [rule for rule in judged if rule.facts.dimension != "timeliness"]
    failed = pl.concat([report.findings, report.statistics])
    unread = [r for r in unreadable(report.card_type).values() if r.facts.name == "malformed"]
    dated: list[tuple[str, list[Rule], list[Rule]]] = [
        ("event_date", usual, unread),
        ("report_date", late, []),
    ]
    parts = [
        _counted(_grouped(report, day), own, typing, failed, report.unread)
        for day, own, typing in dated
        if report.prepared.height and (own or typing)
    ]
    counted = pl.concat([pl.DataFrame(schema=RESULT), *parts])
    seen = set(counted["rule_id"].unique())
    silent = [
        (rule.rule_id, "broken" if rule.rule_id in report.broken else "not_applicable")
        for rule in (*unread, *rules(report.card_type))
        if rule.rule_id not in seen
    ]
    bare = pl.DataFrame(silent, schema={"rule_id": pl.String, "status": pl.String}, orient="row")
    empty = bare.with_columns(
        org_code=pl.lit(None, dtype=pl.String),
        month=pl.lit(None, dtype=pl.String),
        checked_count=pl.lit(0, dtype=pl.Int64),
        failing_count=pl.lit(0, dtype=pl.Int64),
    )
    return pl.concat([counted, empty.select(*RESULT)]).sort("rule_id", *GROUP)


def _grouped(report: Report, day: str) -> pl.DataFrame:
    """Return the judged cards with institution and month; inputs have neither."""
    if report.card_type not in CARDS:
        no_text = pl.lit(None, dtype=pl.String)
        return report.prepared.with_columns(no_text.alias("org_code"), no_text.alias("month"))
    return report.prepared.with_columns(pl.col(day).dt.strftime("%Y-%m").alias("month"))


def _counted(
    frame: pl.DataFrame,
    judged: list[Rule],
    unread: list[Rule],
    failed: pl.DataFrame,
    by_typing: pl.DataFrame,
) -> pl.DataFrame:
    """Count cards judged and found faulty per rule and group; groups without cards are left out."""
    groups = frame.select(GROUP).unique().with_row_index("group")
    places = frame.select(ROW, *GROUP).join(groups, on=GROUP, nulls_equal=True)
    applies = [rule.facts.applies(rule.field).alias(rule.rule_id) for rule in judged]
    # A field that could not be read is null in the frame: its finding is counted on top.
    applies += [pl.col(rule.field).is_not_null().alias(rule.rule_id) for rule in unread]
    checked = (
        frame.lazy()
        .select(*GROUP, *applies)
        .group_by(GROUP)
        .agg(pl.all().sum().cast(pl.Int64))
        .collect()
        .join(groups, on=GROUP, nulls_equal=True)
        .unpivot(
            index=["group", *GROUP],
            on=[rule.rule_id for rule in (*judged, *unread)],
            variable_name="rule_id",
            value_name="checked_count",
        )
    )
    numbers = places.select(ROW, "group")
    return (
        checked.join(_per_group(failed, numbers, "failing_count"), on=KEY, how="left")
        .join(_per_group(by_typing, numbers, "unread_count"), on=KEY, how="left")
        .with_columns(
            pl.col("failing_count").fill_null(0),
            checked_count=pl.col("checked_count") + pl.col("unread_count").fill_null(0),
        )
        .filter(pl.col("checked_count") > 0)
        .with_columns(
            status=pl.when(pl.col("failing_count") > 0)
            .then(pl.lit("failed"))
            .otherwise(pl.lit("passed"))
        )
        .select(*RESULT)
    )


def _per_group(findings: pl.DataFrame, numbers: pl.DataFrame, name: str) -> pl.DataFrame:
    return (
        findings.lazy()
        .select(ROW, "rule_id")
        .join(numbers.lazy(), on=ROW)
        .group_by(KEY)
        .agg(pl.len().cast(pl.Int64).alias(name))
        .collect(engine="streaming")
    )
