"""Two cards are one person, or not, because somebody said so."""

from __future__ import annotations

from datetime import date, datetime

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home, UserError
from flows.linkage.decision import DIFFERENT, SAME, SCHEMA, decisions, record
from flows.linkage.same_person import with_decisions
from flows.person import add_person_id
from flows.state_schema import MIGRATIONS
from flows.store import opened

A, B, C = ("death", "A"), ("tumour", "B"), ("death", "C")


def decided(*rows: tuple[tuple[str, str], tuple[str, str], str]) -> pl.DataFrame:
    """Decisions, the newest last."""
    return pl.DataFrame(
        [
            (*a, *b, word, "合成人", datetime(2026, 1, 1 + day))
            for day, (a, b, word) in enumerate(rows)
        ],
        schema=SCHEMA,
        orient="row",
    )


def test_the_newest_word_on_a_pair_counts_whichever_card_is_named_first(home: Home) -> None:
    record(home, A, B, DIFFERENT, "合成人")
    record(home, B, A, SAME, " 合成人乙 ")
    record(home, A, C, DIFFERENT, "合成人")
    with opened(home) as store:
        found = decisions(store).drop("decided_at").rows()
    assert found == [
        ("death", "A", "death", "C", "different", "合成人"),
        ("death", "A", "tumour", "B", "same", "合成人乙"),
    ]


@pytest.mark.parametrize(
    ("a", "b", "word", "by"),
    [
        (A, A, SAME, "合成人"),
        (A, ("death", " "), SAME, "合成人"),
        (A, ("letter", "B"), SAME, "合成人"),
        (A, B, "maybe", "合成人"),
        (A, B, SAME, " "),
    ],
)
def test_half_a_decision_is_refused(home: Home, a, b, word: str, by: str) -> None:
    with pytest.raises(UserError):
        record(home, a, b, word, by)
    with opened(home) as store:
        assert decisions(store).is_empty()


def test_the_command_stores_a_decision(home: Home) -> None:
    told = ["pair", "A", "B", "--card-a", "death", "--card-b", "tumour", "--home", str(home.path)]
    assert CliRunner().invoke(app, [*told, "--by", "合成人"]).exit_code == 2  # same or different?
    shown = CliRunner().invoke(app, [*told, "--by", "合成人", "--different"])
    assert shown.exit_code == 0, shown.output
    with opened(home) as store:
        assert decisions(store)["decision"].to_list() == ["different"]


def test_earlier_decisions_on_deaths_and_tumours_move_to_the_common_table() -> None:
    mine = next(i for i, sql in enumerate(MIGRATIONS) if "drop table state.card_pair" in sql)
    connection = duckdb.connect()
    connection.execute("attach ':memory:' as state")
    for statement in MIGRATIONS[:mine]:
        connection.execute(statement)
    connection.execute(
        "insert into state.card_pair values ('D', 'T', 'same', '合成人', '2026-01-02')"
    )
    for statement in MIGRATIONS[mine:]:
        connection.execute(statement)
    found = connection.sql("select * from state.pair_decision").fetchall()
    assert found == [("death", "D", "tumour", "T", "same", "合成人", datetime(2026, 1, 2))]


IDENTITIES = {A: "id:1", B: "is:甲", C: "id:2"}


@pytest.mark.parametrize(
    ("words", "identities", "own", "joined"),
    [
        ([(A, B, SAME)], IDENTITIES, {}, {"is:甲": "id:1"}),
        ([(A, B, DIFFERENT)], IDENTITIES, {}, {}),
        # One identity, two people: the second card leaves.
        ([(A, B, DIFFERENT)], {A: "is:甲", B: "is:甲"}, {B: "apart:tumour|B"}, {}),
        # What was said to be the same as the leaving card goes along.
        (
            [(B, C, SAME), (A, B, DIFFERENT)],
            {A: "is:甲", B: "is:甲", C: "is:甲"},
            {B: "apart:death|C", C: "apart:death|C"},
            {},
        ),
        # A is B and B is C, but C is not A: the newer word joins, the older one rests.
        (
            [(A, B, SAME), (B, C, SAME), (A, C, DIFFERENT)],
            IDENTITIES,
            {},
            {"is:甲": "id:2"},
        ),
        # Cards that are gone say nothing.
        ([(A, B, SAME)], {A: "id:1"}, {}, {}),
    ],
)
def test_decisions_join_and_part(words, identities, own, joined) -> None:
    assert with_decisions(decided(*words), identities) == (own, joined)


def cards(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    """Card id, ID number, name; all born on one day."""
    return pl.DataFrame(
        [
            {"card_id": card, "id_number": number, "name": name, "sex": "1",
             "birth_date": date(1950, 1, 2), "area_code": "330329",
             "source_file": "f.csv", "sheet": "", "source_row": place}
            for place, (card, number, name) in enumerate(rows)
        ],
        schema_overrides={"id_number": pl.String},
    )  # fmt: skip


def people(frames: dict[str, pl.DataFrame], words: pl.DataFrame | None) -> dict[str, str]:
    made = add_person_id(frames, "k" * 32, words)
    return {card: person for frame in made.values()
            for card, person in frame.select("card_id", "person_id").iter_rows()}  # fmt: skip


def test_the_same_person_gets_one_person_id_and_all_cards_of_both_follow() -> None:
    one, other = "330329195001020010", "330329195001020037"
    frames = {
        "death": cards(("A", one, "合成甲"), ("D", one, "合成甲")),
        "tumour": cards(("B", other, "合成乙"), ("E", other, "合成乙")),
    }
    before = people(frames, None)
    assert before["A"] == before["D"] != before["B"] == before["E"]
    after = people(frames, decided((A, B, SAME)))
    assert len(set(after.values())) == 1
    assert people(frames, decided((A, B, SAME), (A, B, DIFFERENT)).tail(1)) == before


def test_different_people_of_one_name_and_birthday_are_kept_apart() -> None:
    frames = {"death": cards(("A", None, "合成甲"), ("D", None, "合成甲")),
              "tumour": cards(("B", None, "合成甲"))}  # fmt: skip
    assert len(set(people(frames, None).values())) == 1
    after = people(frames, decided((A, B, DIFFERENT)))
    assert after["A"] == after["D"] != after["B"]


def test_cards_somebody_called_the_same_are_sure_of_their_person() -> None:
    frames = {"death": cards(("A", None, "合成甲"), ("C", None, "合成甲"), ("D", None, "合成甲"))}
    made = add_person_id(frames, "k" * 32, decided((A, C, SAME)))["death"]
    assert made["is_sure_person"].to_list() == [True, True, False]
