"""Rows beside the findings: deaths to trace back, missed cases, and months without any report."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl

from flows.fields import CARDS, EVENT_DATE
from flows.home import Settings
from flows.letters import wording
from flows.letters.past import Past
from flows.letters.rows import LIST_ORDER, ROW
from validators.sensitive import is_sensitive

#: Published lists of cases nobody has reported: what a unit may look up in its own records. A case
#: that may have its card already waits for the county, and cancers stand in the list to trace back.
MISSED = {
    "missed_case": """
        select org_code, card_type, null as disease_zh, case_id as card_id, case_key as known_by,
            coalesce(named.name_zh, missed.source, '核对名单') as source_zh, icd10_category, sex,
            age_group, month
        from quality.missed_case as missed left join reference.list_source as named using (source)
        -- What a household said, or the police, stands in no hospital's records.
        where missed.state = 'open' and missed.possible_card_id is null and org_code is not null
            and coalesce(named.is_institution = 1, missed.purpose = 'hospital_review')
        order by case_id
    """,
    "death_without_case": """
        select org_code, 'death' as card_type, disease_zh, card_id, card_id as known_by
        from quality.death_without_case
        where disease <> 'tumour' and possible_card_id is null and org_code is not null
        order by card_id, disease_zh
    """,
}


def traceback_rows(traced: pl.DataFrame, known: Past, as_of: date) -> pl.DataFrame:
    """Rows of ROW for cases a unit is to look up in its files.

    Args:
        traced: `quality.traceback`. A death that may already have its case waits for the county.
        known: earlier issues.
        as_of: the night.
    """
    opened = traced.filter(
        (pl.col("state") == "open")
        & pl.col("org_code").is_not_null()
        & pl.col("list").is_in(["underlying", "notified"])
        & pl.col("possible_card_id").is_null()
    )
    rows = opened.select(
        "org_code", "card_type", "card_id",
        item=pl.concat_str("card_type", "card_id", separator="|"),
        message_zh=pl.col("card_type").replace_strict(wording.TRACEBACK, return_dtype=pl.String),
    )  # fmt: skip
    return _asked("traceback", rows, known, as_of)


def missed_rows(draft: duckdb.DuckDBPyConnection, known: Past, as_of: date) -> pl.DataFrame:
    """Rows of ROW for cases of other lists that no card was found for.

    Args:
        draft: quality.missed_case, quality.death_without_case and reference.list_source.
        known: earlier issues.
        as_of: the night.
    """
    found = []
    for name, query in MISSED.items():
        table = draft.sql(query).pl().unique(maintain_order=True)
        message = pl.format(wording.NO_CASE, "disease_zh")
        if name == "missed_case":
            kind = pl.col("card_type").replace_strict(wording.CARD_ZH, return_dtype=pl.String)
            message = pl.format(wording.MISSED, "source_zh", _about(), kind)
        rows = table.with_columns(
            item=pl.concat_str(
                pl.lit(name), "card_type", pl.col("disease_zh").fill_null(""), "known_by",
                separator="|",
            ),
            message_zh=message,
        )  # fmt: skip
        found.append(_asked("missed", rows, known, as_of))
    return pl.concat([pl.DataFrame(schema=ROW), *found])


def _about() -> pl.Expr:
    """What a unit finds a listed case by in its records: code, sex, age, month; never a name."""
    code = pl.col("icd10_category")
    parts = pl.concat_str(
        pl.when(~is_sensitive(code)).then(code),
        pl.col("sex").replace_strict({"1": "男", "2": "女"}, default=None),
        pl.when(pl.col("age_group") != "unknown").then(pl.col("age_group") + "岁"),
        pl.col("month"),
        separator="，",
        ignore_nulls=True,
    )
    return pl.when(parts == "").then(pl.lit("")).otherwise(pl.format("（{}）", parts))


def _asked(name: str, rows: pl.DataFrame, known: Past, as_of: date) -> pl.DataFrame:
    """New rows, and those that were asked, not answered, and are past their day."""
    answered = known.replies.filter(pl.col("outcome") == "taken")["item"].unique()
    return (
        rows.filter(~pl.col("item").is_in(answered.implode()))
        .join(known.newest(name), on="item", how="left")
        .with_columns(
            standing=pl.when(pl.col("asked_on").is_null())
            .then(pl.lit("new"))
            .when(pl.col("due_on") < as_of)
            .then(pl.lit("overdue"))
        )
        .filter(pl.col("standing").is_not_null())
        .select(
            "org_code",
            pl.lit(name).alias("list"),
            "item",
            "card_type",
            "card_id",
            pl.lit(None, pl.String).alias("rule_id"),
            pl.lit(None, pl.String).alias("field"),
            "message_zh",
            "standing",
            pl.coalesce("asked_on", pl.lit(as_of)).alias("first_on"),
            pl.lit(LIST_ORDER, pl.Int32).alias("order"),
        )
        .unique(["org_code", "item"], keep="first", maintain_order=True)
        .cast(ROW)  # type: ignore[arg-type]
    )


def silent_months(
    frames: dict[str, pl.DataFrame], known: Past, as_of: date, settings: Settings
) -> pl.DataFrame:
    """Units without card and without zero report in the last whole month.

    Args:
        frames: typed cards, institution, monthly_report.
        known: earlier issues: nobody is reminded twice of one month.
        as_of: the night; before `letter_zero_report_day` nothing is due.
        settings: letter_zero_report_day.

    Returns:
        org_code, card_type, month (`YYYY-MM`), item. Nothing where the home receives no monthly
        reports at all: then a silent unit cannot be told from an empty one. Nothing of a kind of
        card of which most units are silent: then it is the county's export that has not come.
    """
    nothing = pl.DataFrame(
        schema=dict.fromkeys(("org_code", "card_type", "month", "item"), pl.String)
    )
    if as_of.day < settings.letter_zero_report_day or frames["monthly_report"].is_empty():
        return nothing
    last = as_of.replace(day=1) - timedelta(days=1)
    month = f"{last:%Y-%m}"
    units = frames["institution"].filter(
        (pl.col("opened_on").is_null() | (pl.col("opened_on") <= last.replace(day=1)))
        & (pl.col("closed_on").is_null() | (pl.col("closed_on") > last))
    )
    reports = frames["monthly_report"].filter(pl.col("month").cast(pl.String) == month)
    found = [nothing]
    for card_type in CARDS:
        days = [EVENT_DATE[card_type], "report_date", "created_time"]
        here = pl.any_horizontal(
            (pl.col(day).cast(pl.Date).dt.to_string("%Y-%m") == month).fill_null(False)
            for day in days
        )
        heard = pl.concat(
            [
                frames[card_type].filter(here).select("org_code"),
                reports.filter(pl.col("card_type") == card_type).select("org_code"),
            ]
        )
        senders = units.filter((pl.col(f"reports_{card_type}") == "1").fill_null(False))
        silent = senders.join(heard, on="org_code", how="anti")
        if 2 * silent.height > senders.height:
            continue
        found.append(
            silent.select(
                "org_code",
                card_type=pl.lit(card_type),
                month=pl.lit(month),
                item=pl.concat_str("org_code", pl.lit(f"|{card_type}|{month}")),
            )
        )
    told = known.lines("zero_report")["item"].unique()
    return pl.concat(found).filter(~pl.col("item").is_in(told.implode()))


def corrected_rows(findings: pl.DataFrame, answers: pl.DataFrame, known: Past) -> pl.DataFrame:
    """What was asked and is settled since: thanks, once.

    Args:
        findings: tonight's, with history.
        answers: the newest answer a finding: finding_id, answer.
        known: earlier issues.
    """
    told = known.lines("corrected")["item"].unique()
    settled = findings.filter(pl.col("resolved_on").is_not_null()).select(
        "finding_id", "field", "resolved_on"
    )
    return (
        known.lines("finding")
        .sort("issue")
        .unique(["org_code", "item"], keep="first", maintain_order=True)
        .join(settled, left_on="item", right_on="finding_id")
        .filter((pl.col("resolved_on") >= pl.col("night")) & ~pl.col("item").is_in(told.implode()))
        .join(answers, left_on="item", right_on="finding_id", how="left")
        .sort("org_code", "card_type", "card_id", "rule_id", "item")
    )


def untold_replies(known: Past) -> pl.DataFrame:
    """Returned rows that were not taken and that the sender has not been told of."""
    told = known.lines("reply")["item"].unique()
    return known.replies.filter(
        pl.col("outcome").is_in(list(wording.PROBLEM)) & ~pl.col("reply_id").is_in(told.implode())
    ).sort("org_code", "source_file", "row_no", "reply_id")
