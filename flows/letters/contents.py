"""Findings, lists and thanks -> the content of one letter a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import polars as pl

from flows.fields import CARDS, fields
from flows.letters import lists, mark, rows, wording
from flows.letters.freshness import Freshness
from flows.letters.past import Past
from flows.letters.standing import standing
from flows.letters.workbook import Content
from flows.workday import after_working_days

if TYPE_CHECKING:
    from flows.tonight import Tonight


def not_asked(fresh: Freshness) -> list[str]:
    """A sentence for every kind of card whose export is too old."""
    return [
        wording.NOT_ASKED.format(card=wording.CARD_ZH[name], day=fresh.data_until[name])
        for name in fresh.old
    ]


def contents_of(
    tonight: Tonight,
    draft: duckdb.DuckDBPyConnection,
    number: int,
    fresh: Freshness,
    known: Past,
) -> list[Content]:
    """One content a unit with something new to say."""
    as_of, settings = tonight.as_of, tonight.home.settings
    asked = rows.finding_rows(
        tonight.findings, tonight.rules, tonight.kinds, fresh, known, as_of, settings
    )
    traced = draft.sql("select * from quality.traceback").pl()
    if "tumour" in fresh.old or "death" in fresh.old:
        traced = traced.clear()
    every = pl.concat(
        [
            asked.cast(rows.ROW),  # type: ignore[arg-type]
            lists.traceback_rows(traced, known, as_of),
            lists.missed_rows(draft, known, as_of) if not fresh.old else asked.clear(),
        ]
    )
    chosen = rows.shown(rows.bounded(every, known, as_of, settings), tonight.kinds)
    silent = lists.silent_months(tonight.frames, known, as_of, settings)
    silent = silent.filter(~pl.col("card_type").is_in(fresh.old))
    replies = lists.untold_replies(known)
    thanks = _with_sentences(
        lists.corrected_rows(tonight.findings, known.answers, known), tonight.rules
    )
    own = standing(draft)
    names = dict(tonight.frames["institution"].select("org_code", "org_name").iter_rows())
    units = sorted({*chosen["org_code"], *silent["org_code"], *replies["org_code"]})
    until = fresh.until(as_of)

    def by_unit(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
        parts = frame.partition_by("org_code", as_dict=True, maintain_order=True)
        return {unit: parts.get((unit,), frame.clear()) for unit in units}

    of = {
        name: by_unit(frame)
        for name, frame in {
            "rows": chosen, "zero_reports": silent, "corrected": thanks, "replies": replies,
            "own": own,
        }.items()
    }  # fmt: skip
    return [
        Content(
            issue=number,
            org_code=org_code,
            org_name=names.get(org_code) or org_code,
            mark=mark.written(tonight.home.key, number, org_code),
            as_of=as_of,
            data_until=until,
            due_on=after_working_days(as_of, settings.letter_answer_days),
            contact_zh=settings.contact_zh,
            **{name: parts[org_code] for name, parts in of.items()},
            not_asked=not_asked(fresh),
        )
        for org_code in units
    ]


def _with_sentences(thanks: pl.DataFrame, rules: pl.DataFrame) -> pl.DataFrame:
    sentence = "letter_zh" if "letter_zh" in rules.columns else "message_zh"
    labels = pl.DataFrame(
        [(card, item.name, item.label_zh) for card in CARDS for item in fields(card).values()],
        schema=["card_type", "field", "label_zh"],
        orient="row",
    )
    return (
        thanks.join(
            rules.select("rule_id", message_zh=sentence),
            on="rule_id",
            how="left",
            maintain_order="left",
        )
        .join(labels, on=["card_type", "field"], how="left", maintain_order="left")
        .with_columns(pl.col("message_zh").fill_null(""))
    )
