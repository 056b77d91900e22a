"""Rules that are wrong too often, and rules that are new, do not speak to hospitals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.noise import FEWEST_ANSWERS, remember, rules_tonight, told
from flows.store import Store, opened

DAY = date(2025, 3, 1)
RULE = "death.a"


@pytest.fixture
def store(home) -> Iterator[Store]:
    with opened(home) as opened_store:
        yield opened_store


def catalogue(*rule_ids: str, channel: str = "hospital") -> pl.DataFrame:
    return pl.DataFrame({"rule_id": list(rule_ids), "channel": [channel] * len(rule_ids)})


def night(store: Store, rules: pl.DataFrame, day: date = DAY) -> list[tuple[object, ...]]:
    """One night: rule_id, channel, demoted_on; the rules are remembered afterwards."""
    found = rules_tonight(store, rules, day, 4)
    remember(store, rules, day)
    return found.select("rule_id", "channel", "demoted_on").rows()


def answer(store: Store, confirmed: int, other: int, on: date = DAY, first: int = 0) -> None:
    words = ["confirmed"] * confirmed + ["corrected"] * other
    for number, word in enumerate(words, first):
        store.connection.execute(
            "insert into state.answer (finding_id, card_type, card_id, rule_id, org_code, answer,"
            " answered_on) values (?, 'death', ?, ?, 'H1', ?, ?)",
            [f"f{number}", f"c{number}", RULE, word, on],
        )


def established(store: Store) -> None:
    night(store, catalogue(RULE), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("confirmed", "other", "channel"),
    [
        (4, 6, "county"),  # 40 % of ten
        (3, 7, "hospital"),  # 30 % is not more than 30 %
        (9, 0, "hospital"),  # too few answers to say
        (10, 0, "county"),
    ],
)
def test_a_rule_found_right_in_more_than_30_percent_goes_to_the_county(
    store, confirmed, other, channel
):
    assert FEWEST_ANSWERS == 10
    established(store)
    answer(store, confirmed, other)
    demoted_on = DAY if channel == "county" else None
    assert night(store, catalogue(RULE)) == [(RULE, channel, demoted_on)]


def test_the_operator_reads_which_rule_and_why(store):
    established(store)
    answer(store, 12, 14)
    rules = rules_tonight(store, catalogue(RULE), DAY, 4)
    assert told(rules) == [
        "规则 death.a 自 2025-03-01 起只由县级核实："
        "已反馈26条，其中核实无误12条（46%），超过30%，改由县级核实"
    ]


def test_what_was_answered_later_does_not_exist_on_a_look_back(store):
    established(store)
    answer(store, 10, 0, on=DAY)
    before = DAY - timedelta(days=1)
    assert night(store, catalogue(RULE), before) == [(RULE, "hospital", None)]


def test_the_last_answer_on_a_card_counts_and_a_rule_can_come_back(store):
    established(store)
    answer(store, 4, 6, on=date(2025, 2, 1))
    assert night(store, catalogue(RULE))[0][2] == date(2025, 2, 1)
    answer(store, 0, 4, on=date(2025, 2, 20))  # the four confirmed cards are mended after all
    assert night(store, catalogue(RULE)) == [(RULE, "hospital", None)]


def test_it_is_demoted_since_the_day_on_which_there_were_answers_enough(store):
    established(store)
    answer(store, 5, 0, on=date(2025, 2, 1))
    answer(store, 5, 0, on=date(2025, 2, 10), first=5)
    answer(store, 1, 0, on=date(2025, 2, 20), first=10)
    assert night(store, catalogue(RULE)) == [(RULE, "county", date(2025, 2, 10))]


def test_reviews_count_as_confirmed_once_a_card(store):
    established(store)
    answer(store, 3, 6)
    for card in ("c0", "c99"):  # the first was answered as well
        store.connection.execute(
            "insert into state.review values ('death', ?, ?, '张', ?)",
            [card, RULE, datetime(2025, 2, 1)],
        )
    found = rules_tonight(store, catalogue(RULE), DAY, 4)
    assert found["reason_zh"].to_list() == [
        "已反馈10条，其中核实无误4条（40%），超过30%，改由县级核实"
    ]


def test_the_rules_of_the_first_night_are_established(store):
    assert night(store, catalogue(RULE)) == [(RULE, "hospital", None)]


def test_a_rule_that_comes_later_is_the_countys_for_four_weeks(store):
    night(store, catalogue(RULE), date(2025, 1, 1))
    both = catalogue(RULE, "death.new")
    last, first = DAY + timedelta(days=27), DAY + timedelta(days=28)
    assert night(store, both, DAY)[1] == ("death.new", "county", DAY)
    assert night(store, both, last)[1] == ("death.new", "county", DAY)
    assert night(store, both, first)[1] == ("death.new", "hospital", None)


def test_the_same_night_twice_gives_the_same_channels(store):
    night(store, catalogue(RULE), date(2025, 1, 1))
    both = catalogue(RULE, "death.new")
    assert night(store, both) == night(store, both)


def test_rules_that_never_speak_to_hospitals_are_not_demoted(store):
    established(store)
    answer(store, 10, 0)
    assert night(store, catalogue(RULE, channel="statistic")) == [(RULE, "statistic", None)]


def test_a_home_may_do_without_a_trial(store):
    night(store, catalogue(RULE), date(2025, 1, 1))
    found = rules_tonight(store, catalogue(RULE, "death.new"), DAY, 0)
    assert found["channel"].to_list() == ["hospital", "hospital"]
