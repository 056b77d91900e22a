"""A person's records over years and institutions: duplicate, the same primary, a new one."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.events import count_cards
from flows.tumour.findings import primary_findings
from flows.tumour.primaries import judge

START = date(2020, 1, 1)


def records(*rows: tuple[int | None, str, str], **columns: list[object]) -> pl.DataFrame:
    """Records of one person: day after START, topography, morphology."""
    frame = pl.DataFrame(
        {
            "card_id": [str(place) for place in range(len(rows))],
            "person_id": ["p"] * len(rows),
            "event_date": pl.Series(
                [None if day is None else START + timedelta(days=day) for day, _, _ in rows],
                dtype=pl.Date,
            ),
            "icd10": [topography for _, topography, _ in rows],
            "topography": [topography for _, topography, _ in rows],
            "morphology": [morphology for _, _, morphology in rows],
        }
    )
    return frame.with_columns(
        pl.Series(name, values, strict=False) for name, values in columns.items()
    )


def told(frame: pl.DataFrame) -> list[tuple[int, str]]:
    return judge(frame).select("primary_no", "primary_verdict").rows()


def test_the_same_tumour_soon_is_a_duplicate_and_later_the_same_primary() -> None:
    frame = records((0, "C34.1", "8140"), (30, "C34.9", "8140"), (800, "C34.9", "8140"))
    assert told(frame) == [(1, "new_primary"), (1, "duplicate"), (1, "same_primary")]


def test_another_site_or_another_kind_of_tumour_is_a_new_primary() -> None:
    frame = records((0, "C34.1", "8140"), (30, "C34.1", "8070"), (60, "C16.9", "8140"))
    assert [number for number, _ in told(frame)] == [1, 2, 3]


def test_a_primary_first_notified_vaguely_takes_the_kind_it_turns_out_to_be() -> None:
    # 8000, then adenocarcinoma: one. The squamous one is another, although 8000 might have been it.
    frame = records((0, "C34.1", "8000"), (20, "C34.1", "8140"), (400, "C34.1", "8070"))
    assert [number for number, _ in told(frame)] == [1, 1, 2]


def test_a_card_without_icd_o_is_judged_by_its_icd_10() -> None:
    frame = records(
        (0, "C34.1", "8140"), (10, "C34.9", "8140"), (20, "C16.0", "8140")
    ).with_columns(topography=pl.lit(None, pl.String), morphology=pl.lit(None, pl.String))
    assert [number for number, _ in told(frame)] == [1, 1, 2]


def test_leukaemia_of_one_group_is_one_tumour_in_blood_marrow_and_node() -> None:
    frame = records((0, "C42.1", "9861"), (90, "C77.9", "9930"), (900, "C42.0", "9861"))
    assert [number for number, _ in told(frame)] == [1, 1, 1]


def test_an_unknown_primary_beside_a_known_one_counts_and_asks() -> None:
    judged = judge(records((0, "C34.1", "8140"), (10, "C80.9", "8140")))
    assert judged["primary_no"].to_list() == [1, 2]
    assert judged["is_primary_undecided"].to_list() == [False, True]
    assert judged["primary_step"].to_list() == [None, 11]


def test_records_and_institutions_of_a_primary_are_counted() -> None:
    frame = records(
        (0, "C34.1", "8140"), (5, "C34.1", "8140"), (9, "C16.9", "8140"), org_code=["A", "B", "A"]
    )
    judged = judge(frame).select("notification_count", "source_count").rows()
    assert judged == [(2, 2), (2, 2), (1, 1)]


def test_people_are_never_mixed() -> None:
    frame = records((0, "C34.1", "8140"), (5, "C34.1", "8140"), person_id=["p", "q"])
    assert told(frame) == [(1, "new_primary"), (1, "new_primary")]


def test_no_records_give_no_rows() -> None:
    assert judge(records()[:0].cast({"icd10": pl.String, "topography": pl.String,
                                     "morphology": pl.String, "card_id": pl.String,
                                     "person_id": pl.String})).height == 0  # fmt: skip


SITES = st.sampled_from(["C34.1", "C34.9", "C16.0", "C18.0", "C18.7", "C77.9", "C42.1", "C80.9"])
KINDS = st.sampled_from(["8000", "8010", "8140", "8070", "8246", "9590", "9680", "9861", "7999"])
ROW = st.tuples(st.integers(0, 900), SITES, KINDS)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=8), data=st.data())
def test_the_order_of_the_records_does_not_matter(
    rows: list[tuple[int, str, str]], data: st.DataObject
) -> None:
    frame = records(*rows)
    order = data.draw(st.permutations(range(len(rows))))
    told_once = judge(frame).sort("card_id")
    again = judge(frame[list(order)]).sort("card_id")
    assert told_once.equals(again)


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=8))
def test_every_primary_has_one_first_record_and_it_is_the_earliest(
    rows: list[tuple[int, str, str]],
) -> None:
    judged = judge(records(*rows))
    for _, own in judged.group_by("primary_no"):
        first = own.filter(pl.col("primary_verdict") == "new_primary")
        assert first.height == 1
        assert first["event_date"][0] == own["event_date"].min()


def cards(*rows: tuple[int, str, str], **columns: list[object]) -> pl.DataFrame:
    """Usable, audited provincial cards of one person."""
    usual = {
        "card_status": "0", "audit_status": "3", "diagnosis_basis": "2",
        "diagnosis_basis_national": None, "laterality": None, "org_code": "H1",
    }  # fmt: skip
    frame = records(*rows).with_columns(
        [pl.lit(value, pl.String).alias(name) for name, value in usual.items()]
    )
    return frame.with_columns(
        is_withdrawn=pl.lit(False),
        is_registry_record=pl.lit(False),
        year=pl.lit(2020, pl.Int32),
        occurrence=pl.lit(0),
        version_time=pl.lit(START).cast(pl.Datetime("us")),
    ).with_columns(pl.Series(name, values, strict=False) for name, values in columns.items())


CATEGORIES = ["C16", "C18", "C34", "C80"]


def counted(frame: pl.DataFrame) -> list[bool]:
    return count_cards(frame, "tumour", CATEGORIES)["is_counted"].to_list()


def test_the_earliest_card_of_a_primary_counts_and_of_one_day_the_best_basis() -> None:
    frame = cards((9, "C34.1", "8140"), (0, "C34.9", "8140"), (0, "C34.9", "8140"),
                  diagnosis_basis=["7", "2", "4,7"])  # fmt: skip
    assert counted(frame) == [False, False, True]


def test_an_audited_card_stands_for_the_primary_before_a_received_one() -> None:
    frame = cards((0, "C34.1", "8140"), (9, "C34.1", "8140"), audit_status=["1", "3"])
    assert counted(frame) == [False, True]


def test_two_kinds_of_tumour_of_one_site_are_two_cases() -> None:
    assert counted(cards((0, "C34.1", "8140"), (9, "C34.1", "8070"))) == [True, True]


def test_one_category_by_icd_10_may_be_two_sites_and_two_categories_one() -> None:
    assert counted(cards((0, "C18.0", "8140"), (9, "C18.7", "8140"))) == [True, False]
    rectum = cards((0, "C19.9", "8140"), (9, "C20.9", "8140"))
    assert count_cards(rectum, "tumour", ["C19", "C20"])["is_counted"].to_list() == [True, False]


def test_a_registrys_records_all_count_and_their_repeats_are_pointed_out() -> None:
    frame = cards(
        (0, "C34.1", "8140"), (9, "C34.9", "8140"), (9, "C80.9", "8140"),
        is_registry_record=[True] * 3,
    )  # fmt: skip
    judged = count_cards(frame, "tumour", CATEGORIES)
    assert judged["is_counted"].to_list() == [True] * 3
    assert primary_findings(judged).rows() == [
        (2, "tumour.primary_is_decided_by_the_rules", "morphology"),
        (1, "tumour.registry_records_are_different_primaries", "topography"),
    ]


@pytest.mark.parametrize("status", ["3", "4", "5"])
def test_a_deleted_card_takes_no_part(status: str) -> None:
    frame = cards((0, "C34.1", "8140"), (9, "C34.1", "8140"), card_status=[status, "0"])
    assert counted(frame) == [False, True]
