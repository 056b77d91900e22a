from __future__ import annotations

from datetime import date

import polars as pl

from flows.history import SCHEMA, TONIGHT, save_history, with_history
from flows.store import opened

FIRST, SECOND, THIRD = date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 3)


def tonight(*ids: str) -> pl.DataFrame:
    row = dict.fromkeys(TONIGHT, "x") | {"source_row": 1}
    rows = [row | {"finding_id": each} for each in ids]
    return pl.DataFrame(rows, schema={name: SCHEMA[name] for name in TONIGHT})


def nights(home, *runs: tuple[date, tuple[str, ...]]) -> list[tuple[object, ...]]:
    """Run nights; the history after the last as (id, first, last, resolved)."""
    with opened(home) as store:
        for day, ids in runs:
            every = with_history(store, tonight(*ids), day)
            save_history(store, every)
    return every.select("finding_id", "first_found_on", "last_found_on", "resolved_on").rows()


def test_a_finding_keeps_its_first_day(home):
    assert nights(home, (FIRST, ("a",)), (SECOND, ("a",))) == [("a", FIRST, SECOND, None)]


def test_a_finding_that_is_gone_is_resolved_on_the_first_night_without_it(home):
    runs = [(FIRST, ("a", "b")), (SECOND, ("b",)), (THIRD, ("b",))]
    assert nights(home, *runs) == [("a", FIRST, FIRST, SECOND), ("b", FIRST, THIRD, None)]


def test_a_finding_that_comes_back_is_open_again(home):
    runs = [(FIRST, ("a",)), (SECOND, ()), (THIRD, ("a",))]
    assert nights(home, *runs) == [("a", FIRST, THIRD, None)]


def test_the_same_night_twice_changes_nothing(home):
    once = nights(home, (FIRST, ("a",)), (SECOND, ("b",)))
    again = nights(home, (SECOND, ("b",)), (SECOND, ("b",)))
    assert once == again


def test_what_is_kept_is_what_the_night_found_and_no_more(home):
    first = tonight("a", "b", "c").with_columns(
        first_found_on=pl.lit(FIRST), last_found_on=pl.lit(FIRST), resolved_on=None
    )
    second = first.filter(pl.col("finding_id") != "a").with_columns(
        severity=pl.when(pl.col("finding_id") == "b").then(pl.lit("query")).otherwise("severity"),
        field=pl.when(pl.col("finding_id") == "b").then(None).otherwise("field"),
        last_found_on=pl.lit(SECOND),
    )
    second = pl.concat([second, second.head(1).with_columns(finding_id=pl.lit("d"))])
    with opened(home) as store:
        for findings in (first, second):
            save_history(store, findings.select(list(SCHEMA)).cast(SCHEMA))
        kept = store.connection.sql("select * from state.finding order by finding_id").pl()
    assert kept.equals(second.select(list(SCHEMA)).cast(SCHEMA))


def test_a_look_back_does_not_know_what_was_found_later(home):
    nights(home, (FIRST, ("a",)), (THIRD, ("a", "b")))
    with opened(home) as store:
        back = with_history(store, tonight("a"), SECOND)
    assert back["finding_id"].to_list() == ["a"]
