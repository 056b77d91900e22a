"""Cases of a survey against the cards of the home, with the night's own matching."""

from __future__ import annotations

from datetime import date

import polars as pl

from flows import quality
from flows.assemble import as_last_night
from flows.cards import build_kind
from flows.fields import CARDS, fields
from flows.home import REFERENCE, Home
from flows.layout import layouts
from flows.linkage.decision import decisions
from flows.person import add_person_id
from flows.reconcile.classes import classify
from flows.reconcile.match import list_decisions, match_cases
from flows.sheet_text import Text
from flows.store import opened
from flows.survey_design.answer import MESSAGE
from validators.catalogue import catalogue

#: What leaves the matching: nothing that tells who somebody is.
PLAIN = ["source_file", "sheet", "source_row", "card_type", "sex", "age_years", "event_date",
         "icd10", "is_eligible", "report_state", "possible_card_id", "stratum", "cluster",
         "weight"]  # fmt: skip


def match_survey(home: Home, text: Text) -> tuple[pl.DataFrame, pl.DataFrame, date]:
    """Judge and match the cases of a survey.

    Args:
        home: whose last night gives the cards; identities stay inside.
        text: as of `as_survey_cases`.

    Returns:
        PLAIN, one row a case of the survey (repeats from several sources left out); messages of
        the checks (MESSAGE); and 数据截至.

    Raises:
        UserError: no night has run.
    """
    with opened(home) as store:
        tonight = as_last_night(store)
        kind = build_kind(text, "survey_case", tonight.places)
        people = {name: tonight.frames[name] for name in CARDS} | {"survey_case": kind.frame}
        people = add_person_id(people, home.key, decisions(store))
        listed = people["survey_case"].with_columns(
            list_file=pl.concat_str("source_file", pl.lit("#"), "sheet")
        )
        cards = {name: people[name] for name in CARDS}
        matched = match_cases(listed, cards, list_decisions(store))
        places = tonight.places
        classed = classify(matched, places.home_areas if places else None)
    kind.frame = kind.frame.with_columns(is_withdrawn=pl.lit(False))
    province = places.province if places else ""
    ruling = quality.Ruling(tonight.as_of, province, layouts(REFERENCE))
    judged = quality.validate_kind(kind, ruling)
    return _plain(classed), _messages(kind.frame, judged.findings), tonight.as_of


def _plain(classed: pl.DataFrame) -> pl.DataFrame:
    return (
        classed.with_columns(is_eligible=(pl.col("eligible") == "1").fill_null(False))
        .filter(~pl.col("is_repeat_in_survey").fill_null(False))
        .select(PLAIN)
    )


def _messages(frame: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    rules = catalogue().select("rule_id", "message_zh")
    labels = {name: field.label_zh for name, field in fields("survey_case").items()}
    rows = frame.with_row_index("row_index").select(
        pl.col("row_index").cast(pl.UInt32), "source_file", "sheet", "source_row"
    )
    return (
        found.select(pl.col("row_index").cast(pl.UInt32), "rule_id", "field")
        .unique()
        .join(rows, on="row_index")
        .join(rules, on="rule_id")
        .with_columns(field_zh=pl.col("field").replace(labels))
        .sort("source_file", "sheet", "source_row", "rule_id")
        .select(pl.col(name).cast(kind) for name, kind in MESSAGE.items())
    )
