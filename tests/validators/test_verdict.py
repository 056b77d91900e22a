"""One select for all rules says what every rule says by itself."""

import polars as pl
import pytest
from judge import AS_OF

from validators.catalogue import KINDS
from validators.example import EXAMPLES
from validators.finding import find, schema_for
from validators.frame import ROW
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
    assert len(could.columns) == rules - 1
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
