"""Pairs of cards the provincial rule cannot see, and what people said of them."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home
from flows.linkage.decision import SCHEMA as DECISION
from flows.linkage.duplicate import ASKED, SCHEMA, candidates, findings
from flows.night import STEPS
from flows.published import open_published
from flows.store import opened
from flows.tonight import Tonight
from tests.flows.conftest import DAY, DEATH_HEADER, death_line

NUMBER, MISTYPED, OTHER = "330329195001020010", "330329195001020100", "330329195001020037"
NOTHING = pl.DataFrame(schema=DECISION)
CARD = {
    "name": "合成张伟", "sex": "1", "birth_date": date(1950, 1, 2), "id_number": NUMBER,
    "town_code": "330329101", "org_code": "H1", "area_code": "330329",
    "event_date": date(2025, 3, 4), "event_class": "death", "count_base": "official",
    "is_counted": True, "person_id": "p",
}  # fmt: skip


def frame(*changes: dict[str, object]) -> pl.DataFrame:
    rows = [
        CARD | {"card_id": f"C{place}", "created_time": datetime(2025, 4, 1 + place),
                "person_id": f"p{place}"} | change
        for place, change in enumerate(changes)
    ]  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def pairs(card_type: str, *changes: dict[str, object], decided: pl.DataFrame = NOTHING):
    found = candidates(card_type, frame(*changes), decided)
    assert found.schema == SCHEMA
    return [tuple(row) for row in found.select("card_id_a", "card_id_b").rows()]


@pytest.mark.parametrize(
    "slip",
    [
        {"id_number": MISTYPED},
        {"id_number": None, "name": "合成章玮"},
        {"id_number": None, "birth_date": date(1950, 2, 1)},
        {"id_number": None, "event_date": date(2025, 3, 6)},
    ],
)
def test_a_slip_does_not_hide_a_second_card(slip: dict[str, object]) -> None:
    found = candidates("death", frame({}, slip), NOTHING)
    assert found.select("card_id_a", "card_id_b").rows() == [("C0", "C1")]
    assert found["probability"][0] > ASKED


@pytest.mark.parametrize(
    "change",
    [
        {"person_id": "p0", "is_counted": False},  # the provincial rule names it
        {"count_base": "none"},  # deleted
        {"name": "合成李娜", "sex": "2", "birth_date": date(1960, 7, 8), "id_number": None},
        {"id_number": OTHER, "event_date": date(2024, 7, 4), "town_code": "330329102"},
    ],
)
def test_other_people_and_known_repeats_are_not_asked_about(change: dict[str, object]) -> None:
    assert pairs("death", {}, change) == []


def test_two_deaths_of_one_person_on_two_days_are_asked_about() -> None:
    assert pairs("death", {}, {"person_id": "p0", "event_date": date(2025, 4, 4)}) == [("C0", "C1")]


def test_an_event_is_of_one_class_and_28_days() -> None:
    stroke, late = {"event_class": "stroke"}, {"event_class": "stroke", "id_number": MISTYPED}
    assert pairs("cardio", stroke, late | {"event_date": date(2025, 4, 1)}) == [("C0", "C1")]
    assert pairs("cardio", stroke, late | {"event_date": date(2025, 4, 2)}) == []
    assert pairs("cardio", stroke, late | {"event_class": "coronary"}) == []


@pytest.mark.parametrize("word", ["same", "different"])
@pytest.mark.parametrize("ends", [("C0", "C1"), ("C1", "C0")])
def test_a_pair_decided_upon_is_never_asked_about_again(word: str, ends: tuple[str, str]) -> None:
    told = pl.DataFrame(
        [("death", ends[0], "death", ends[1], word, "合成人", datetime(2026, 1, 1))],
        schema=DECISION, orient="row",
    )  # fmt: skip
    assert pairs("death", {}, {"id_number": MISTYPED}, decided=told) == []


def test_the_later_card_has_the_finding() -> None:
    cards = frame({}, {"id_number": MISTYPED})
    found = candidates("death", cards, NOTHING)
    assert findings(found, cards, "death").rows() == [
        (1, "death.card_id.probable_duplicate", "card_id")
    ]
    unsure = found.with_columns(probability=pl.lit(ASKED - 0.01))
    assert findings(unsure, cards, "death").is_empty()


def night(home: Home) -> None:
    with opened(home) as store:
        tonight = Tonight(store, DAY)
        for step in STEPS.values():
            step(tonight)


def published(home: Home) -> tuple[list[tuple], list[tuple]]:
    with open_published(home) as connection:
        pairs = connection.sql("select card_id_a, card_id_b from quality.duplicate_candidate")
        open_ones = connection.sql(
            "select card_id, channel from quality.finding where resolved_on is null"
            " and rule_id = 'death.card_id.probable_duplicate'"
        )
        return pairs.fetchall(), open_ones.fetchall()


def test_the_night_asks_the_county_once(home: Home, put) -> None:
    lines = [
        death_line("A1") + f",{NUMBER}",
        death_line("A2", updated="2024-06-11 08:00:00") + f",{MISTYPED}",
        death_line("A3", name="合成丙", birth="1960-05-06") + ",",
    ]
    put("death.csv", "\n".join([DEATH_HEADER + ",证件号码", *lines]) + "\n")
    night(home)
    assert published(home) == ([("A1", "A2")], [("A2", "county")])
    with open_published(home) as connection:
        columns = {
            row[0] for row in connection.sql("describe quality.duplicate_candidate").fetchall()
        }
    assert columns == set(SCHEMA)
    told = ["--card-a", "death", "--card-b", "death", "--different", "--by", "合成人"]
    told += ["--home", str(home.path)]
    assert CliRunner().invoke(app, ["pair", "A2", "A9", *told]).exit_code != 0  # no such card
    shown = CliRunner().invoke(app, ["pair", "A2", "A1", *told])
    assert shown.exit_code == 0, shown.output
    night(home)
    assert published(home) == ([], [])
