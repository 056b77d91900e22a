"""The findings of a night beside the faults that were planted: what was found, and what else."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

KEY = ["card_type", "card_id", "rule_id"]
#: Rules whose fault takes away the very id it would be known by.
NAMELESS = ".card_id.missing"


class Comparison(NamedTuple):
    """Found faults by rule, and the findings that no fault explains.

    ``recall``: rule_id, planted_count, found_count. ``unexplained``: the columns of the findings.
    """

    recall: pl.DataFrame
    unexplained: pl.DataFrame

    @property
    def missed(self) -> pl.DataFrame:
        """The rules that did not find all their faults."""
        return self.recall.filter(pl.col("found_count") < pl.col("planted_count"))

    def precision(self, findings: pl.DataFrame) -> float:
        """The share of error-level findings that a planted fault explains; 1.0 without findings."""
        errors = findings.filter(pl.col("severity") == "error").height
        wrong = self.unexplained.filter(pl.col("severity") == "error").height
        return 1.0 - wrong / errors if errors else 1.0


def compare(findings: pl.DataFrame, truth: pl.DataFrame) -> Comparison:
    """Lay findings beside truth.csv.

    Args:
        findings: ``quality.finding`` of a night on the sample (KEY and severity are read).
        truth: card, card_id, rule_id, implies (rule ids joined by ``;``), all text.

    Returns:
        The comparison. A finding is explained by the fault of its card: as the rule planted, or as
        one that it implies. Faults that took the card's id are counted by rule.
    """
    named = truth.rename({"card": "card_type"})
    known = named.filter(~pl.col("rule_id").str.ends_with(NAMELESS))
    nameless = named.filter(pl.col("rule_id").str.ends_with(NAMELESS))
    found = known.join(findings.select(KEY).unique(), on=KEY, how="semi")
    implied = (
        known.with_columns(rule_id=pl.col("implies").fill_null("").str.split(";"))
        .explode("rule_id", empty_as_null=True, keep_nulls=True)
        .filter(pl.col("rule_id").fill_null("") != "")
    )
    explained = pl.concat([known.select(KEY), implied.select(KEY)]).unique()
    rest = findings.join(explained, on=KEY, how="anti")
    without_id = pl.col("rule_id").str.ends_with(NAMELESS)
    lost = rest.filter(without_id).group_by("rule_id").agg(lost=pl.len())
    planted = nameless.group_by("rule_id").agg(planted=pl.len())
    both = planted.join(lost, on="rule_id", how="left").with_columns(pl.col("lost").fill_null(0))
    # No more than were planted are explained.
    quota = rest.filter(without_id).join(both, on="rule_id", how="left")
    place = pl.int_range(pl.len()).over("rule_id")
    unasked = quota.filter(place >= pl.col("planted").fill_null(0)).select(findings.columns)
    recall = pl.concat(
        [
            known.group_by("rule_id")
            .agg(planted_count=pl.len())
            .join(found.group_by("rule_id").agg(found_count=pl.len()), on="rule_id", how="left"),
            both.select(
                "rule_id",
                planted_count="planted",
                found_count=pl.min_horizontal("lost", "planted"),
            ),
        ]
    ).with_columns(pl.col("found_count").fill_null(0))
    return Comparison(
        recall.sort("rule_id"), pl.concat([rest.filter(~without_id), unasked]).sort(KEY)
    )
