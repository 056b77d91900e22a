"""A kept result is the one made from nothing, over whatever changes from night to night."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.home import Home
from flows.place import Places
from flows.shelf import kept as module
from flows.shelf.files import Shelf
from flows.shelf.kept import Kept, kept_of
from flows.store import opened

COUNT = {"year": pl.Int32, "town": pl.String, "count": pl.Int64}
PRICE = {"town": pl.String, "price": pl.Int64}
#: Years, some with towns and counts; what a town costs is of all years.
NIGHTS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.none() | st.integers(2023, 2025), st.sampled_from("ab"),
                           st.integers(0, 2)), max_size=6),
        st.tuples(st.integers(1, 2), st.integers(1, 2)),
    ),
    min_size=1,
    max_size=5,
)  # fmt: skip


def spent(counts: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    made = counts.join(prices, on="town").with_columns(spent=pl.col("count") * pl.col("price"))
    return made.group_by("year").agg(pl.col("spent").sum(), rows=pl.len())


@settings(max_examples=100, deadline=None)
@given(NIGHTS, st.randoms(use_true_random=False))
def test_what_is_kept_is_what_would_be_made(nights: list, draw) -> None:  # type: ignore[type-arg, no-untyped-def]
    last: dict[str, bytes] = {}
    for rows, (a, b) in nights:
        draw.shuffle(rows)
        given = {
            "counts": pl.DataFrame(rows, schema=COUNT, orient="row"),
            "prices": pl.DataFrame([("a", a), ("b", b)], schema=PRICE, orient="row"),
        }
        kept = Kept(last)
        found = kept.by_part("spent", given, ["year"], spent)
        made = spent(**given)
        assert found.sort("year").equals(made.sort("year"))
        last = kept.asked


def of(counts: dict[int, int]) -> dict[str, pl.DataFrame]:
    rows = [(year, "a", count) for year, count in counts.items()]
    return {"counts": pl.DataFrame(rows, schema=COUNT, orient="row")}


def test_only_what_changed_is_made() -> None:
    made: list[int] = []

    def doubled(counts: pl.DataFrame) -> pl.DataFrame:
        made.extend(counts["year"].to_list())
        return counts.select("year", twice=pl.col("count") * 2)

    first = Kept()
    first.by_part("doubled", of({2023: 1, 2024: 2, 2025: 3}), ["year"], doubled)
    made.clear()
    second = Kept(first.asked)
    found = second.by_part("doubled", of({2023: 1, 2024: 5}), ["year"], doubled)
    assert made == [2024]
    assert sorted(found.rows()) == [(2023, 2), (2024, 10)]
    assert len(second.asked) == 2, "the year that is gone is forgotten"
    second.by_part("another", of({2023: 1}), ["year"], doubled)
    assert made == [2024, 2023], "the same rows under another name are another result"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("ZHIKONG_KEY", "k" * 32)
    home = Home(tmp_path / "home")
    nowhere = pl.DataFrame(schema=dict.fromkeys(("org_code", "area_code"), pl.String))
    with opened(home) as store:
        yield Shelf(store, home.shelf / "rules", Places(nowhere, nowhere, None))  # type: ignore[misc]


def keep(shelf: Shelf, counts: dict[int, int]) -> None:
    kept = kept_of(shelf)
    kept.by_part("same", of(counts), ["year"], lambda counts: counts)
    kept.remember(shelf)


def test_results_lie_on_the_shelf_until_nobody_asks_for_them(shelf: Shelf) -> None:
    keep(shelf, {2024: 1, 2025: 2})
    assert len(kept_of(shelf).last) == 2
    keep(shelf, {2025: 2})
    assert len(kept_of(shelf).last) == 1
    assert len(list(shelf.folder.glob("kept-*"))) == 1


def test_a_damaged_file_costs_the_making_and_no_more(shelf: Shelf) -> None:
    keep(shelf, {2025: 2})
    (file,) = shelf.folder.glob("kept-*")
    file.write_bytes(file.read_bytes()[:-9])
    assert kept_of(shelf).last == {}
    keep(shelf, {2025: 2})
    assert len(kept_of(shelf).last) == 1


def test_another_program_finds_nothing(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(shelf, {2025: 2})
    monkeypatch.setattr(module, "_program", lambda: "other")
    assert kept_of(shelf).last == {}
