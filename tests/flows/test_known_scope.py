"""What an export covers counts for good, also when its files were moved out of the inbox."""

from __future__ import annotations

import pytest

from flows.ingest import ingest
from flows.store import opened
from tests.flows.conftest import DAY, death_file, death_line
from tests.flows.test_cards import deaths

COMPLETE = 'card_type = "death"\ncomplete = true\n'
CARDS = [death_line(str(number)) for number in range(100)]


def withdrawn(home) -> list[str]:
    kind, _ = deaths(home)
    return kind.frame.filter("is_withdrawn")["card_id"].to_list()


def test_a_withdrawal_stands_when_the_inbox_is_cleared(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*CARDS[1:]))
    put("2.csv.scope.toml", COMPLETE)
    assert withdrawn(home) == ["0"]
    for file in home.inbox.iterdir():
        file.unlink()
    assert withdrawn(home) == ["0"]


def test_an_export_that_waits_goes_on_waiting_when_the_inbox_is_cleared(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*CARDS[50:]))
    put("2.csv.scope.toml", COMPLETE)
    for _ in range(2):
        _, held = deaths(home)
        assert [(item.vanishing, item.known) for item in held] == [(50, 100)]
        for file in home.inbox.iterdir():
            file.unlink()


def test_a_scope_that_is_removed_from_beside_its_file_is_taken_back(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*CARDS[1:]))
    put("2.csv.scope.toml", COMPLETE)
    assert withdrawn(home) == ["0"]
    (home.inbox / "2.csv.scope.toml").unlink()
    assert withdrawn(home) == []


def test_a_scope_that_was_spoiled_is_named_and_the_last_good_one_counts(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*CARDS[1:]))
    put("2.csv.scope.toml", COMPLETE)
    assert withdrawn(home) == ["0"]
    put("2.csv.scope.toml", COMPLETE + "accept_withdrawl = true\n")
    with opened(home) as store:
        faults = ingest(store, DAY)
    assert [(fault.rule_id, fault.source_file) for fault in faults] == [
        ("file.scope_unreadable", "2.csv")
    ]
    assert withdrawn(home) == ["0"]


@pytest.mark.parametrize(
    ("area_code", "expected"),
    [("330329", ["0"]), ("33032900", ["0"]), ("330300", ["0"]), ("330000", ["0"]), ("330400", [])],
)
def test_an_export_of_a_city_or_province_covers_its_counties(home, put, area_code, expected):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*CARDS[1:]))
    scope = f'basis = "registered"\narea_code = "{area_code}"\n'
    put("2.csv.scope.toml", COMPLETE + scope)
    assert withdrawn(home) == expected


def test_of_exports_that_wait_one_after_the_other_only_the_last_is_asked_about(home, put):
    put("1.csv", death_file(*CARDS))
    for number in range(2, 5):
        put(f"{number}.csv", death_file(*CARDS[50 - number :]))
        put(f"{number}.csv.scope.toml", COMPLETE)
    _, held = deaths(home)
    assert [(item.source_file, item.is_superseded) for item in held] == [
        ("2.csv", True), ("3.csv", True), ("4.csv", False)
    ]  # fmt: skip
    put("4.csv.scope.toml", COMPLETE + "accept_withdrawal = true\n")
    kind, held = deaths(home)
    assert kind.frame.filter("is_withdrawn").height == 46
    assert [item.source_file for item in held if not item.is_superseded] == []


def test_an_export_whose_cards_no_later_one_shows_is_asked_about_until_it_is_answered(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*(death_line(f"of another hospital {n}") for n in range(9))))
    put("2.csv.scope.toml", COMPLETE)
    put("3.csv", death_file(*CARDS, death_line("new")))  # not to blame for what 2.csv has beside
    put("3.csv.scope.toml", COMPLETE)
    _, held = deaths(home)
    assert [(item.source_file, item.is_superseded) for item in held] == [("2.csv", False)]
