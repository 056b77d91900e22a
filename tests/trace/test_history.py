"""Published values night by night; the parts add up to the difference of two nights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import duckdb
import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from flows import fields
from flows.state_schema import MIGRATIONS
from flows.trace import interval
from flows.trace.card import cards_tonight, slices, summed, tally
from flows.trace.explain import Key, explain
from flows.trace.fingerprint import PARTS
from flows.trace.interval import CARDS, VALUES
from flows.trace.night import Traced, TracedCards, begin, remember
from flows.trace.numerator import numerators
from flows.trace.totals import Totals
from tests.sql.model_tables import built, population

FIRST = date(2024, 6, 30)
NO_TOTALS = Totals(np.zeros(0, np.uint64))
EVENT, JUDGED = "crude_death_rate_per_1000", "death_audit_all_cards_percent"
PLACES = ("330329", "330302")


@contextmanager
def state() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as state")
        for statement in MIGRATIONS:
            connection.execute(statement)
        yield connection


def keep(
    connection: duckdb.DuckDBPyConnection, night: date, cards: pl.DataFrame, values: pl.DataFrame
) -> Traced:
    """One night, remembered."""
    changed = interval.changes(connection, CARDS, cards, night)
    writing = begin(connection)  # type: ignore[arg-type]
    interval.forget(writing, CARDS, night)
    interval.add(writing, CARDS, night, changed)
    traced = Traced(
        TracedCards(writing, summed([tally(changed, night, has_history=True)]), NO_TOTALS),
        interval.changes(connection, VALUES, values, night),
        dict.fromkeys(PARTS, "same"),
    )
    remember(night, traced, lambda connection: None)
    return traced


def everything(connection: duckdb.DuckDBPyConnection) -> list[list[tuple[Any, ...]]]:
    tables = ("indicator_value", "card_trace", "card_change", "night_basis")
    return [connection.execute(f"from state.{name} order by all").fetchall() for name in tables]


TRACE = pl.Schema(
    {name: pl.String() for name in CARDS.columns}
    | {"version_time": pl.Datetime(), "year": pl.Int32()}
)
VALUE = pl.Schema(
    dict.fromkeys(VALUES.columns, pl.String())
    | {"year": pl.Int32(), "numerator": pl.Float64(), "denominator": pl.Float64()}
    | {"value": pl.Float64()}
)


@st.composite
def card_of(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """One card as the trace keeps it; everything that can change does."""
    area = draw(st.sampled_from(PLACES))
    return {
        "card_type": "death",
        "card_id": f"c{number}",
        "version_time": datetime(2024, 6, 1 + draw(st.integers(0, 2))),
        "standing": draw(
            st.sampled_from(["official", "received", "repeat", "withdrawn", "unusable"])
        ),
        "year": draw(st.sampled_from([2023, 2024])),
        "area_code": area,
        "town_code": draw(st.sampled_from([None, f"{area}101", "330381101"])),
        "residence_area_code": draw(st.sampled_from(PLACES)),
        "report_area_code": draw(st.sampled_from(PLACES)),
        "org_code": draw(st.sampled_from(["H1", "H2", None])),
        "numerators": ",".join(sorted(draw(st.sets(st.sampled_from([EVENT, JUDGED]))))),
    }


@st.composite
def histories(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Two or three nights of up to four cards; a card may be there or not."""
    return [
        [draw(card_of(number)) for number in range(4) if draw(st.booleans())]
        for _ in range(draw(st.integers(2, 3)))
    ]


def counted(cards: list[dict[str, Any]]) -> dict[Key, float]:
    """Every published numerator of a night, counted by hand."""
    found: dict[Key, float] = {}

    def count(*key: Any) -> None:
        found[Key(*key)] = found.get(Key(*key), 0.0) + 1

    for card in cards:
        inside, year, area = card["numerators"].split(","), card["year"], card["area_code"]
        if EVENT in inside:
            town = card["town_code"]
            is_ours = town is not None and town[:6] == area
            count(EVENT, area, year, "registered", None)
            count(EVENT, town if is_ours else f"{area}000", year, "registered", None)
            count(EVENT, card["residence_area_code"], year, "resident", None)
        if JUDGED in inside:
            count(JUDGED, card["report_area_code"], year, None, None)
            if card["org_code"]:
                count(JUDGED, card["report_area_code"], year, None, card["org_code"])
    return found


def published(numbers: dict[Key, float]) -> pl.DataFrame:
    rows = [vars(key) | {"numerator": number, "denominator": 10.0, "value": number * 100,
            "unit": "per_1000"} for key, number in numbers.items()]  # fmt: skip
    return pl.DataFrame(rows, schema=VALUE)


@given(histories())
@settings(max_examples=20)
def test_the_parts_add_up_to_the_difference_of_every_numerator(
    nights: list[list[dict[str, Any]]],
) -> None:
    days = [FIRST + timedelta(days=number) for number in range(len(nights))]
    numbers = [counted(cards) for cards in nights]
    with state() as connection:
        for day, cards, own in zip(days, nights, numbers, strict=True):
            keep(connection, day, pl.DataFrame(cards, schema=TRACE), published(own))
        for (old, one), (new, other) in combinations(zip(days, numbers, strict=True), 2):
            for key in one | other:
                found = explain(connection, key, old, new)
                # What was published is what the cards of that night count up to.
                assert (found.before.numerator or 0) == one.get(key, 0)
                assert (found.after.numerator or 0) == other.get(key, 0)
                difference = other.get(key, 0) - one.get(key, 0)
                assert found.parts["difference"].sum() == difference
                assert "other" not in found.parts["kind"]
                ids = found.parts["card_ids"].explode().drop_nulls()
                moved = found.parts["added_count"].sum() + found.parts["removed_count"].sum()
                assert ids.n_unique() == len(ids) == moved


@given(histories(), st.data())
@settings(max_examples=12)
def test_a_night_run_twice_leaves_what_a_night_run_once_leaves(
    nights: list[list[dict[str, Any]]], data: st.DataObject
) -> None:
    days = [FIRST + timedelta(days=number) for number in range(len(nights))]
    with state() as once, state() as twice:
        for day, cards in zip(days, nights, strict=True):
            frames = pl.DataFrame(cards, schema=TRACE), published(counted(cards))
            # The first attempt saw other files: nothing of it may stay.
            other = [data.draw(card_of(number)) for number in (0, 5)]
            keep(twice, day, pl.DataFrame(other, schema=TRACE), published(counted(other)))
            keep(twice, day, *frames)
            keep(twice, day, *frames)
            keep(once, day, *frames)
        assert everything(once) == everything(twice)


@given(histories())
@settings(max_examples=12)
def test_every_night_can_be_told_again_from_the_intervals(
    nights: list[list[dict[str, Any]]],
) -> None:
    days = [FIRST + timedelta(days=number) for number in range(len(nights))]
    with state() as connection:
        changes = [
            keep(connection, day, pl.DataFrame(cards, schema=TRACE), published(counted(cards)))
            for day, cards in zip(days, nights, strict=True)
        ]
        for day, cards in zip(days, nights, strict=True):
            for table, then in (
                (CARDS, pl.DataFrame(cards, schema=TRACE)),
                (VALUES, published(counted(cards))),
            ):
                held = interval.held_on(connection, table, day).select(table.columns)
                assert sorted(held.rows(), key=repr) == sorted(
                    then.select(table.columns).rows(), key=repr
                )
        # What is published before the night is remembered is what is remembered.
        table = interval.history(connection, VALUES, days[-1], changes[-1].values)
        written = connection.execute(
            f"select {', '.join(VALUES.columns)}, night_from, night_to from {VALUES.name}"
        ).fetchall()
        assert sorted(table.rows(), key=repr) == sorted(written, key=repr)
        # A look back to the night before knows nothing of the last one.
        back = interval.history(connection, VALUES, days[-2], None)
        assert all(day <= days[-2] for day in back["night_from"])
        assert not (back["night_to"].drop_nulls() > days[-2]).any()


AREAS = st.sampled_from(["330329", "330302"])
DEATHS = st.lists(
    st.tuples(
        st.sampled_from(["2023-01-01", "2022-05-05"]), AREAS, AREAS,
        st.sampled_from(["I21.9", "I61.9", "R99", "C34.9", ""]),
        st.sampled_from(["official", "received", "none"]), st.booleans(), st.booleans(),
        st.sampled_from(["0", "2", "4"]), st.sampled_from(["3", "1"]),
    ),
    max_size=6,
)  # fmt: skip


def death_table(deaths: list[tuple[Any, ...]]) -> str:
    head = "death_date | area_code | residence_area_code | underlying_cause | count_base |" \
           " is_counted | is_withdrawn | card_status | audit_status"  # fmt: skip
    return "\n".join([head, *(" | ".join(str(cell) for cell in row) for row in deaths)])


@given(st.lists(DEATHS, min_size=2, max_size=2))
@settings(max_examples=8)
def test_cards_and_models_agree_on_random_histories(
    nights: list[list[tuple[Any, ...]]],
) -> None:
    """The real models give the numerators, the real trace the cards: no part is unexplained."""
    days = [FIRST, FIRST + timedelta(days=1)]
    people = population("330329", 2023, "registered", 100)
    units = "org_code | area_code | org_level | reports_death\nH1 | 330329 | 3 | 1"
    with state() as connection:
        seen = []
        for day, deaths in zip(days, nights, strict=True):
            tables = {"reference.population": people, "typed.death": death_table(deaths)}
            with built(tables | {"reference.institution": units}) as models:
                values = pl.concat(
                    models.execute(
                        "select area_code, org_code, 2023::integer as year, residency,"
                        f" '{name}' as indicator, 'count' as unit, numerator::double as numerator,"
                        " 1.0 as denominator, numerator::double as value"
                        f" from measure.{name} where period = 'Y2023'"
                    )
                    .pl()
                    .cast(VALUE, strict=False)
                    for name in numerators()
                )
                frames = {
                    name: models.sql(f"select * from typed.{name}").pl() for name in fields.CARDS
                }
                cards = [cards_tonight(models, cards) for cards, _ in slices(frames)]
                keep(connection, day, pl.concat(cards), values)
                seen += values.select("indicator", "area_code", "year", "residency",
                                      "org_code").rows()  # fmt: skip
        for key in set(seen):
            found = explain(connection, Key(*key), *days)
            if None in (found.before.numerator, found.after.numerator):
                continue  # no data on one night: there is no difference to explain
            assert "other" not in found.parts["kind"], (key, found.parts.to_dicts())
            assert found.parts["difference"].sum() == found.difference


@given(cards=st.lists(st.integers(0, 8), unique=True).flatmap(
    lambda numbers: st.tuples(*map(card_of, numbers))
))  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_where_nothing_is_known_all_is_new_as_a_comparison_with_nothing_says(cards):
    now = pl.DataFrame(list(cards), TRACE)
    with state() as connection:
        first = interval.changes(connection, CARDS, now, FIRST)
        # A row of an earlier night that had ended: there is something to compare with, and yet not.
        connection.execute(
            "insert into state.card_trace by name select 'x' as card_id, ? as night_from, ? as"
            " night_to", [FIRST - timedelta(days=9), FIRST - timedelta(days=8)],
        )  # fmt: skip
        compared = interval.changes(connection, CARDS, now, FIRST)
    assert_frame_equal(first, compared, check_row_order=False)
    assert first.height == len(cards)
