"""Planted faults: as many as asked, one a card, labelled, and still there in the file."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from flows.sample import write_sample
from flows.sample.fault import Card, RulesOfValidators, plant_all, truth, with_faults
from flows.sample.tables import CARDS
from tests.sample.conftest import Made


class TwoRules:
    """A catalogue of two rules on death cards: sex is empty; a woman is pregnant at 60 or more."""

    def rules(self, card_type: str, province: str) -> list[tuple[str, tuple[str, ...]]]:
        if card_type != "death":
            return []
        return [("death.sex.missing", ()), ("death.old_mother", ("death.other",))]

    def needs(self, rule_id: str) -> dict[str, tuple[str | None, ...]]:
        return {} if rule_id == "death.sex.missing" else {"sex": ("2",), "age": ("60", "200")}

    def fits(self, rule_id: str, card: Card) -> bool:
        return rule_id == "death.sex.missing" or card["sex"] == "2"

    def plant(self, rule_id: str, card: Card) -> Card:
        return card | ({"sex": None} if rule_id == "death.sex.missing" else {"pregnancy": "1"})


def planted(small: Made, rate: float, spared: set[str] | None = None):
    return plant_all(
        np.random.default_rng(1), small.place, small.cards, spared or set(), rate, TwoRules()
    )


def test_the_rate_is_kept_and_rules_take_turns(small: Made):
    faults = planted(small, 0.01)
    total = sum(len(card.frame) for card in small.cards.values())
    counts = Counter(fault.rule_id for fault in faults)
    assert len(faults) == round(0.01 * total)
    assert abs(counts["death.sex.missing"] - counts["death.old_mother"]) <= 1
    assert len({fault.row for fault in faults}) == len(faults)


def test_a_fault_changes_its_fields_only_and_needs_are_respected(small: Made):
    faults = planted(small, 0.01)
    before, after = small.frame("death"), with_faults(small.frame("death"), faults)
    for name in before.columns:
        changed = (before[name] != after[name]).arg_true().to_list()
        assert set(changed) == {fault.row for fault in faults if name in fault.change}
    mothers = after.filter(pl.col("pregnancy") == "1")
    assert (mothers["sex"] == "2").all()
    assert (mothers["birth_date"] < "1967").all()


def test_listed_people_are_spared(small: Made):
    spared = set(small.frame("death")["card_id"][:2500])
    assert not spared & {fault.card_id for fault in planted(small, 0.005, spared)}


def test_truth_names_card_rule_and_what_it_implies(small: Made):
    rows = truth(planted(small, 0.01)).filter(pl.col("rule_id") == "death.old_mother")
    assert rows.columns == ["card", "card_id", "rule_id", "implies"]
    assert set(rows["implies"]) == {"death.other"}
    assert rows["card_id"].is_in(small.frame("death")["card_id"].implode()).all()


def test_every_planted_rule_is_in_the_catalogue_and_the_file_shows_the_fault(tmp_path: Path):
    catalogue = pytest.importorskip("validators.catalogue", reason="the rules are not there yet")
    pytest.importorskip("validators.example", reason="the examples are not there yet")
    write_sample(tmp_path, deaths=120, faults=0.1, seed=1)
    labels = pl.read_csv(tmp_path / "truth.csv", infer_schema=False)
    assert set(labels["rule_id"]) <= set(catalogue.catalogue()["rule_id"])
    assert labels.height > 80
    text = (tmp_path / "inbox/cardio_cards.csv").read_text("utf-8-sig")
    rows = pl.read_csv(text.encode(), infer_schema=False)
    for card_id in labels.filter(pl.col("rule_id") == "cardio.sex.missing")["card_id"]:
        assert rows.filter(pl.col("VC_ID") == card_id)["VC_HZXB"].to_list() == [None]


@pytest.mark.parametrize("card_type", CARDS)
def test_the_rules_find_every_planted_fault_and_no_error_but_what_it_implies(
    small: Made, card_type: str
):
    from validators import finding, sound
    from validators.catalogue import catalogue

    cards = {card_type: small.cards[card_type]}
    faults = plant_all(
        np.random.default_rng(2), small.place, cards | dict(_nothing(small, card_type)), set(),
        0.06, RulesOfValidators(),
    )  # fmt: skip
    mine = [fault for fault in faults if fault.card_type == card_type]
    faulty = with_faults(small.frame(card_type), mine).with_row_index("row")
    chosen = faulty.filter(pl.col("row").is_in([fault.row for fault in mine]))
    typed, malformed = sound.typed_frame(
        card_type, chosen.drop("row").select(pl.all().replace({"": None})).iter_rows(named=True)
    )
    found = finding.find(
        typed, card_type, as_of=date(2026, 1, 31), province="33", malformed=malformed
    ).findings
    asked = set(catalogue().filter(pl.col("severity") != "error")["rule_id"])
    order = chosen["row"].to_list()
    by_row: dict[int, set[str]] = {}
    for index, rule_id in found.select("row_index", "rule_id").iter_rows():
        by_row.setdefault(order[index], set()).add(rule_id)
    assert len({fault.rule_id for fault in mine}) > 50
    for fault in mine:
        said = by_row.get(fault.row, set())
        assert fault.rule_id in said
        # Beside the planted fault only what the county is asked of any sound card.
        assert said - asked <= {fault.rule_id, *fault.implies}


def _nothing(small: Made, but: str):
    """The other kinds of cards, without rows."""
    from flows.sample.cards import Cards

    for name, card in small.cards.items():
        if name != but:
            yield (
                name,
                Cards(card.frame.clear(), card.people.clear(), card.event_day[:0], card.state[:0]),
            )
