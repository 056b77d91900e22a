"""One select for all rules says what every rule says by itself."""

import polars as pl
import pytest
from judge import AS_OF

from validators.catalogue import KINDS
from validators.example import EXAMPLES
from validators.finding import find, schema_for
from validators.frame import ROW
from validators.result import rule_results
from validators.rule import FACTS, could_name, verdict_name
from validators.sound import SOUND, typed_frame
from validators.verdict import verdicts

CARDS = ("death", "tumour", "cardio", "diabetes")


def report(card_type: str):
    cards = [
        SOUND[card_type] | change
        for rule_id, change in EXAMPLES.items()
        if rule_id.startswith(f"{card_type}.")
    ]
    frame, malformed = typed_frame(card_type, cards)
    return find(frame, card_type, as_of=AS_OF, province="33", malformed=malformed)


@pytest.mark.parametrize("card_type", CARDS)
def test_findings_are_those_of_every_rule_alone_in_order(card_type: str) -> None:
    made = report(card_type)
    schema = schema_for(card_type, "33", made.without)
    alone = [made.unread]
    for field, column in schema.columns.items():
        for check in column.checks:
            facts = check.statistics[FACTS]
            sound = made.prepared.select(facts.verdict(field)).to_series()
            rule = facts.name if facts.name not in KINDS else f"{field}.{facts.name}"
            alone.append(
                made.prepared.filter(~sound).select(
                    ROW, rule_id=pl.lit(f"{card_type}.{rule}"), field=pl.lit(field)
                )
            )
    expected = pl.concat(alone).sort(ROW, "rule_id")
    assert expected.height > 100
    both = pl.concat([made.findings, made.statistics])
    assert both.sort(ROW, "rule_id").equals(expected)
    for part in (made.findings, made.statistics):
        assert part.equals(part.sort(ROW, "rule_id"))


def test_a_rule_that_crashes_is_named_and_costs_no_other_its_verdict() -> None:
    made = report("diabetes")
    schema = schema_for("diabetes", "33", made.without)
    victim = next(check for check in schema.columns["sex"].checks if check.name == "missing")
    sound = victim.statistics[FACTS].statement
    object.__setattr__(victim.statistics[FACTS], "statement", lambda _: pl.col("no_such_column"))
    try:
        worked, could, crashed = verdicts(made.prepared, schema)
    finally:
        object.__setattr__(victim.statistics[FACTS], "statement", sound)
    assert [(field, facts.name) for field, facts in crashed] == [("sex", "missing")]
    rules = sum(len(column.checks) for column in schema.columns.values())
    names = [name for name in worked.columns if name.startswith("verdict_")]
    assert len(names) == rules - 1
    assert verdict_name("sex", "missing") not in names
    assert len(could.columns) == 1 + rules - 1
    assert could_name("sex", "missing") not in could.columns


@pytest.mark.parametrize("card_type", CARDS)
def test_a_rule_could_judge_the_cards_it_concerns_and_has_an_answer_for(card_type: str) -> None:
    made = report(card_type)
    schema = schema_for(card_type, "33", made.without)
    denied = 0
    for field, column in schema.columns.items():
        for check in column.checks:
            facts = check.statistics[FACTS]
            concern = facts.concern(field)
            said = made.prepared.select(
                sound=facts.statement(field),
                concern=pl.lit(True) if concern is None else concern,
            )
            expected = [sound is not None and bool(about) for sound, about in said.iter_rows()]
            assert made.could[could_name(field, facts.name)].to_list() == expected
            denied += expected.count(False)
    assert denied > 100


RAISES = pl.col("no_such_column")


@pytest.mark.parametrize(
    ("statement", "concern", "is_broken"),
    [
        (pl.col("sex").is_null(), pl.lit(1), True),  # no truth value
        (pl.col("sex"), None, True),
        (pl.col("sex").is_null().head(1), None, False),  # one answer for all
        (pl.col("sex").is_null().head(2), None, True),
        (pl.lit(True), RAISES, True),
        (RAISES, pl.lit(True), True),
        (RAISES, pl.col("sex").max() > "1", True),
        (pl.lit(None), None, False),
        (pl.col("sex").map_elements(lambda _: 1 // 0, pl.Boolean), RAISES, True),
    ],
)
def test_a_rule_that_makes_no_sense_is_broken_and_the_others_speak(
    statement: pl.Expr, concern: pl.Expr | None, is_broken: bool
) -> None:
    made = report("diabetes")
    schema = schema_for("diabetes", "33", made.without)
    facts = next(c for c in schema.columns["sex"].checks if c.name == "missing").statistics[FACTS]
    before = facts.statement, facts.when
    object.__setattr__(facts, "statement", lambda _: statement)
    object.__setattr__(facts, "when", None if concern is None else lambda _: concern)
    try:
        again = report("diabetes")
        results = rule_results(again)
    finally:
        object.__setattr__(facts, "statement", before[0])
        object.__setattr__(facts, "when", before[1])
    assert again.broken == (["diabetes.sex.missing"] if is_broken else [])
    others = pl.col("rule_id") != "diabetes.sex.missing"
    assert again.findings.filter(others).equals(made.findings.filter(others))
    assert results.filter(others).equals(rule_results(made).filter(others))
