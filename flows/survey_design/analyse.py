"""`zhikong survey analyse`: what came back -> checked, matched, weighted, estimated, written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from flows.home import Home
from flows.sheet_text import Text
from flows.survey_design.answer import as_survey_cases, read_returned
from flows.survey_design.case_list import put_list
from flows.survey_design.estimate import Completion, answered, completion, estimates
from flows.survey_design.match import match_survey
from flows.survey_design.plan_file import Plan
from flows.survey_design.weight import final_weights

#: Digits of the tables: more than anybody reads, fewer than the order of a sum can change.
SHOWN_DIGITS = 6


@dataclass(frozen=True)
class Analysis:
    """The tables of one analysis; none of them tells who somebody is, but `text`."""

    plan: Plan
    as_of: date
    estimates: pl.DataFrame
    completion: Completion
    messages: pl.DataFrame
    weights: pl.DataFrame
    possible: int  # missed cases that an unsure pair may explain
    text: Text  # identified; for the inbox of the home only

    @property
    def is_provisional(self) -> bool:
        """Whether cards may still arrive before the cut-off date."""
        return self.as_of < self.plan.cutoff_date


def analyse(home: Home, plan: Plan, sample: pl.DataFrame, files: list[Path]) -> Analysis:
    """Read, check, match and estimate.

    Raises:
        UserError: a file cannot be read, nothing came back, or no night has run.
    """
    returned = read_returned(files, plan, sample)
    weights = final_weights(sample, answered(returned.households))
    text = as_survey_cases(returned.cases, plan, weights)
    clusters = returned.cases.select("source_file", "sheet", "source_row", "cluster_no", "serial")
    matched, found, as_of = match_survey(home, text)
    cases = matched.join(
        clusters, on=["source_file", "sheet", "source_row"], how="left", maintain_order="left"
    )
    possible = cases.filter(
        "is_eligible", pl.col("report_state") == "missed", pl.col("possible_card_id").is_not_null()
    ).height
    return Analysis(
        plan, as_of, estimates(plan, cases, weights),
        completion(sample, returned.households), pl.concat([returned.messages, found]),
        weights, possible, text,
    )  # fmt: skip


def write_tables(analysis: Analysis, folder: Path) -> list[Path]:
    """Write estimates, completion, weights and messages as CSV, none with identities."""
    tables = {
        "estimates": analysis.estimates,
        "completion": analysis.completion.by_village,
        "weights": analysis.weights.select(
            "cluster_no", "design_weight", "household_factor", "village_factor", "town_factor",
            "weight",
        ),
        "messages": analysis.messages,
    }  # fmt: skip
    made = []
    for name, table in tables.items():
        file = folder / f"{name}.csv"
        shown = table.with_columns(pl.selectors.float().round(SHOWN_DIGITS))
        file.write_text(shown.write_csv(), encoding="utf-8-sig")
        made.append(file)
    return made


def put_into_inbox(home: Home, analysis: Analysis) -> Path:
    """Write the cases with their weights as a `survey_case` file into the inbox of the home.

    The file holds identities and is readable by its owner only; the next night takes it in, and
    its numbers then stand in `indicator.underreporting`.
    """
    file = home.inbox / f"survey_{analysis.plan.survey_id}.csv"
    put_list(analysis.text.frame, file)
    return file
