from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.cards import build_kind, in_force, newest, with_card_id
from flows.ingest import ingest
from flows.known_scope import known_scopes
from flows.place import Places
from flows.sheet_text import read_kind, sheets_of
from flows.store import opened
from flows.withdrawal import mark_withdrawn
from tests.flows.conftest import DAY, death_file, death_line


def deaths(home, as_of: date = DAY, limit: float = 2.0):
    with opened(home) as store:
        ingest(store, as_of)
        sheets = sheets_of(store, as_of)
        text = read_kind(store, "death", sheets, set())
        nothing = {name: in_force(build_kind(read_kind(store, name, sheets, set()), name, None))
                   for name in ("area", "institution")}  # fmt: skip
        kind = build_kind(text, "death", Places(*nothing.values(), "330329"))
        kind.frame, held = mark_withdrawn(kind, sheets, known_scopes(store), limit)
    return kind, held


def test_the_newest_version_is_current_whatever_the_order_of_files(home, put):
    put("1.csv", death_file(death_line("a", cause="C34.9", updated="2024-07-02 00:00:00")))
    put("2.csv", death_file(death_line("a", cause="R99", updated="2024-07-01 00:00:00")))
    kind, _ = deaths(home)
    assert kind.frame["underlying_cause"].to_list() == ["C34.9"]


def test_at_equal_times_the_later_file_wins(home, put):
    put("1.csv", death_file(death_line("a", cause="R99")))
    put("2.csv", death_file(death_line("a", cause="C34.9")))
    kind, _ = deaths(home)
    assert kind.frame["underlying_cause"].to_list() == ["C34.9"]


@pytest.mark.parametrize(
    ("causes", "since"),
    [
        (["R99", "R99", "R99"], 1),  # sent again: still the first night's version
        (["R99", "C34.9", "C34.9"], 2),
        (["R99", "C34.9", "R99"], 3),  # back to what it was: a change all the same
    ],
)
def test_a_card_without_a_time_of_change_is_as_old_as_its_content(home, put, causes, since):
    for day, cause in enumerate(causes, 1):
        # A second card makes every file another file.
        lines = [death_line("a", cause=cause, updated=""), death_line(f"n{day}", updated="")]
        file = put(f"{day}.csv", death_file(*lines))
        (home.inbox / f"{file.name}.scope.toml").write_text(
            f'exported_at = "2025-01-0{day} 08:00:00"\n'
        )
    kind, _ = deaths(home)
    frame = kind.frame.filter(pl.col("card_id") == "a")
    assert frame["version_time"].to_list() == [datetime(2025, 1, since, 8)]
    assert frame["underlying_cause"].to_list() == [causes[-1]]


def test_two_cards_with_one_id_in_a_file_are_pointed_out(home, put):
    put("1.csv", death_file(death_line("a"), death_line("a", sex="2"), death_line("b")))
    kind, _ = deaths(home)
    assert kind.contested_ids.to_list() == ["a"]
    assert kind.frame["card_id"].to_list() == ["a", "b"]


def test_a_card_without_id_loads_under_an_id_from_its_content(home, put):
    put("1.csv", death_file(death_line(""), death_line("", sex="2"), death_line("x")))
    kind, _ = deaths(home)
    assert kind.frame["is_made_id"].to_list() == [True, True, False]
    assert kind.frame["card_id"].n_unique() == 3


@pytest.mark.parametrize(
    ("birth", "death", "years", "days"),
    [
        ("1950-06-01", "2024-06-01", 74, None),  # on the birthday
        ("1950-06-02", "2024-06-01", 73, None),  # the day before it
        ("2024-02-29", "2024-03-01", 0, 1),
        ("2020-02-29", "2024-02-28", 3, None),  # a leap-day birthday has not come
        ("1950-00-00", "2024-06-01", 74, None),  # only the year is known
        ("1950-07", "2024-06-01", 73, None),
        ("", "2024-06-01", None, None),
    ],
)
def test_age_is_in_completed_years_and_in_days_under_one(home, put, birth, death, years, days):
    put("1.csv", death_file(death_line("a", birth=birth, death=death)))
    kind, _ = deaths(home)
    assert kind.frame.select("age_years", "age_days").row(0) == (years, days)


def test_a_partial_date_of_death_still_has_its_year(home, put):
    put("1.csv", death_file(death_line("a", death="2024-06")))
    kind, _ = deaths(home)
    assert kind.frame.select("death_date", "year", "death_date_month").row(0) == (None, 2024, 6)
    assert kind.malformed.is_empty()


def test_text_that_is_no_date_is_malformed_and_not_missing(home, put):
    put("1.csv", death_file(death_line("a", death="去年")))
    kind, _ = deaths(home)
    assert kind.malformed.rows() == [(0, "death_date")]


def test_a_required_column_that_vanished_is_one_fault_of_the_file(home, put):
    put("1.csv", death_file(*(death_line(str(i), sex="") for i in range(25))))
    kind, _ = deaths(home)
    lost = set(kind.lost_columns["field"])
    assert "sex" in lost  # the column is there and empty
    assert "report_date" in lost  # the column is not there
    assert "name" not in lost


SCOPE = """
card_type = "death"
date_field = "death_date"
from = 2024-01-01
to = 2024-12-31
complete = true
exported_at = 2025-01-{day:02d}T00:00:00
"""


def test_a_complete_export_withdraws_what_vanished_from_its_scope_only(home, put):
    old = [death_line(str(i)) for i in range(100)]
    put("1.csv", death_file(*old, death_line("other year", death="2023-05-01")))
    put("2.csv", death_file(*old[1:]))
    put("2.csv.scope.toml", SCOPE.format(day=2))
    kind, held = deaths(home)
    assert kind.frame.filter("is_withdrawn")["card_id"].to_list() == ["0"]
    assert held == []


def test_a_card_that_comes_back_is_no_longer_withdrawn(home, put):
    old = [death_line(str(i)) for i in range(100)]
    put("1.csv", death_file(*old))
    put("2.csv", death_file(*old[1:]))
    put("2.csv.scope.toml", SCOPE.format(day=2))
    put("3.csv", death_file(death_line("0", updated="2025-01-03 00:00:00")))
    kind, _ = deaths(home)
    assert kind.frame.filter("is_withdrawn").is_empty()


def test_more_than_two_per_cent_vanishing_is_held_and_asked_about(home, put):
    old = [death_line(str(i)) for i in range(100)]
    put("1.csv", death_file(*old))
    put("2.csv", death_file(*old[3:]))
    put("2.csv.scope.toml", SCOPE.format(day=2))
    kind, held = deaths(home)
    assert kind.frame.filter("is_withdrawn").is_empty()
    assert [(item.vanishing, item.known) for item in held] == [(3, 100)]
    put("2.csv.scope.toml", SCOPE.format(day=2) + "accept_withdrawal = true\n")
    kind, held = deaths(home)
    assert (kind.frame.filter("is_withdrawn").height, held) == (3, [])


def test_files_received_after_the_day_of_the_night_are_ignored(home, put):
    put("1.csv", death_file(death_line("a")))
    deaths(home, date(2025, 1, 10))
    put("2.csv", death_file(death_line("b")))
    deaths(home, date(2025, 1, 20))
    kind, _ = deaths(home, date(2025, 1, 15))
    assert kind.frame["card_id"].to_list() == ["a"]


def test_versions_do_not_depend_on_how_rows_are_split_over_files():
    rows = pl.DataFrame(
        {
            "card_id": ["a", "a", "b"],
            "updated_time": ["2024-01-02", "2024-01-03", "2024-01-01"],
            "exported_at": [datetime(2024, 2, 1)] * 3,
            "order_no": [1, 1, 1],
            "source_row": [2, 3, 4],
            "row_hash": pl.Series([1, 2, 3], dtype=pl.UInt64),
            "occurrence": [0, 0, 0],
        }
    )
    rows = with_card_id(rows, "death")
    together, _ = newest(rows)
    apart, _ = newest(rows.with_columns(order_no=pl.Series([3, 2, 1])))
    assert (
        together["updated_time"].to_list()
        == apart["updated_time"].to_list()
        == ["2024-01-03", "2024-01-01"]
    )


def test_a_cell_no_field_can_hold_is_a_fault_of_the_file_that_names_the_column(home, put):
    put("1.csv", death_file(death_line("a", name="张" * 2_000), death_line("b")))
    put("2.csv", death_file(death_line("c", name="张" * 2_001), death_line("d", cause="I" * 9_999)))
    kind, _ = deaths(home)
    assert [note for note in kind.notes if note[0] == "file.value_too_long"] == [
        ("file.value_too_long", "2.csv", "“根本死因编码”有过长的单元格"),
        ("file.value_too_long", "2.csv", "“死者姓名”有过长的单元格"),
    ]
