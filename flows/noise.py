"""Which rules may speak to hospitals tonight: noise is a defect of a rule, not of the hospital.

Two kinds of rules stay with the county for the night: a rule that this home has had for less than
`new_rule_weeks`, and a rule whose answers come back 核实无误 too often. The second needs answers
enough to tell noise from chance; since being demoted costs the county a look and being noisy costs
every hospital its trust, the share itself is compared with the limit and not a bound of its
interval.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from flows.arrow import registered
from flows.store import Store

#: More than this share of answers 核实无误 is noise ...
HIGHEST_CONFIRMED = 0.30
#: ... once there are so many answers: under ten, three chance cards would decide.
FEWEST_ANSWERS = 10
DEMOTION = {"rule_id": pl.String, "demoted_on": pl.Date, "reason_zh": pl.String}
ANSWER = {"rule_id": pl.String, "day": pl.Date, "is_confirmed": pl.Boolean}


def rules_tonight(store: Store, catalogue: pl.DataFrame, as_of: date, weeks: int) -> pl.DataFrame:
    """The catalogue with tonight's channels.

    Args:
        store: the home's state.
        catalogue: rule_id, channel and the rest.
        as_of: the night; what was first seen or answered after it does not exist yet.
        weeks: how long a new rule stays with the county; 0: not at all.

    Returns:
        The same rows with demoted_on and reason_zh; where they are filled the channel, `hospital`
        in the catalogue, is `county`.
    """
    new = newcomers(first_seen(store, catalogue, as_of), as_of, weeks)
    noisy = demotions(answers(store, as_of))
    both = pl.concat([new, noisy.join(new, on="rule_id", how="anti")])
    joined = catalogue.join(both, on="rule_id", how="left", maintain_order="left")
    speaks = pl.col("channel") == "hospital"
    return joined.with_columns(
        channel=pl.when(speaks & pl.col("demoted_on").is_not_null())
        .then(pl.lit("county"))
        .otherwise("channel"),
        demoted_on=pl.when(speaks).then("demoted_on"),
        reason_zh=pl.when(speaks).then("reason_zh"),
    )


def first_seen(store: Store, catalogue: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """When this home first had each rule: rule_id, first_seen_on, is_established.

    All rules of the first night that is remembered are established; later ones are new.
    """
    known = store.connection.sql(
        "select rule_id, first_seen_on, is_established from state.rule_seen order by rule_id"
    ).pl()
    return (
        catalogue.select("rule_id")
        .unique(maintain_order=True)
        .join(known, on="rule_id", how="left", maintain_order="left")
        .with_columns(
            pl.col("first_seen_on").fill_null(as_of),
            pl.col("is_established").fill_null(known.is_empty()),
        )
    )


def remember(store: Store, catalogue: pl.DataFrame, as_of: date) -> None:
    """Write down the rules seen for the first time tonight."""
    with registered(store.connection, "rules_seen", first_seen(store, catalogue, as_of)):
        store.connection.execute(
            "insert into state.rule_seen"
            " select rule_id, first_seen_on, is_established from rules_seen"
            " where rule_id not in (select rule_id from state.rule_seen)"
        )


def newcomers(seen: pl.DataFrame, as_of: date, weeks: int) -> pl.DataFrame:
    """Rules still on trial: the columns of DEMOTION."""
    until = pl.col("first_seen_on") + timedelta(weeks=weeks)
    return seen.filter(~pl.col("is_established") & (until > as_of)).select(
        "rule_id",
        demoted_on="first_seen_on",
        reason_zh=pl.format("新规则，试行{}周，{}起方可发给医院", pl.lit(weeks), until),
    )


def answers(store: Store, as_of: date) -> pl.DataFrame:
    """The last answer on every card and rule, of hospitals and of `zhikong review`.

    Returns:
        The columns of ANSWER: one row a card and rule; an unverifiable one is not confirmed.
    """
    return (
        store.connection.execute(
            """
            with said as (
                select card_type, card_id, rule_id, answered_on as day, answer, 0 as rank
                from state.answer where answered_on <= ?
                union all
                select card_type, card_id, rule_id, cast(decided_at as date), 'confirmed', 1
                from state.review where cast(decided_at as date) <= ?
            )
            select
                rule_id, max(day) as day,
                arg_max(answer, (day, rank, answer)) = 'confirmed' as is_confirmed
            from said group by card_type, card_id, rule_id
            order by rule_id, day, is_confirmed
            """,
            [as_of, as_of],
        )
        .pl()
        .cast(ANSWER)  # type: ignore[arg-type]
    )


def demotions(said: pl.DataFrame) -> pl.DataFrame:
    """Rules that are found right too often: the columns of DEMOTION.

    Args:
        said: as of `answers`.

    Returns:
        One row a rule whose share of 核实无误 is above HIGHEST_CONFIRMED with FEWEST_ANSWERS or
        more; demoted_on is the day since when that has been so without a break.
    """
    daily = (
        said.group_by("rule_id", "day")
        .agg(answered=pl.len(), confirmed=pl.col("is_confirmed").sum())
        .sort("rule_id", "day")
        .with_columns(pl.col("answered", "confirmed").cum_sum().over("rule_id").cast(pl.Int64))
        .with_columns(
            is_noisy=(pl.col("answered") >= FEWEST_ANSWERS)
            & (pl.col("confirmed") > HIGHEST_CONFIRMED * pl.col("answered"))
        )
    )
    quiet_until = pl.col("day").filter(~pl.col("is_noisy")).max().over("rule_id")
    noisy = daily.filter(pl.col("is_noisy").last().over("rule_id")).filter(
        quiet_until.is_null() | (pl.col("day") > quiet_until)
    )
    percent = (100 * pl.col("confirmed") / pl.col("answered")).round(0).cast(pl.Int64)
    return (
        noisy.group_by("rule_id", maintain_order=True)
        .agg(pl.col("day").first().alias("demoted_on"), pl.col("answered", "confirmed").last())
        .select(
            "rule_id",
            "demoted_on",
            reason_zh=pl.format(
                "已反馈{}条，其中核实无误{}条（{}%），超过{}%，改由县级核实",
                "answered",
                "confirmed",
                percent,
                pl.lit(round(100 * HIGHEST_CONFIRMED)),
            ),
        )
    )


def told(rules: pl.DataFrame) -> list[str]:
    """What the operator reads in the morning: each demoted rule, and how many are on trial."""
    away = rules.filter(pl.col("demoted_on").is_not_null())
    on_trial = away.filter(pl.col("reason_zh").str.starts_with("新规则"))
    lines = [
        f"规则 {rule_id} 自 {day} 起只由县级核实：{reason}"
        for rule_id, day, reason in away.join(on_trial, on="rule_id", how="anti")
        .sort("rule_id")
        .select("rule_id", "demoted_on", "reason_zh")
        .iter_rows()
    ]
    if on_trial.height:
        lines.append(f"新规则 {on_trial.height} 条试行中，暂不发给医院（见 quality.rule）")
    return lines
