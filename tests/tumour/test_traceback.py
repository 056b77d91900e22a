"""DCN to DCI or DCO: the state of each case, the look-up of deaths, the decisions."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from flows.home import Home, UserError
from flows.store import opened
from flows.tumour import traceback
from flows.tumour.decide import decide
from tests.sql.model_tables import built
from tests.sql.test_measures import whole

CARD = {
    "card_id": "t1", "person_id": "p", "primary_no": 1, "is_counted": True,
    "is_registry_record": False, "card_kind": "1", "diagnosis_basis": "2",
    "diagnosis_basis_national": None, "pathology_no": None, "pathology_text": None,
    "version_time": datetime(2025, 1, 1), "event_class": "C34", "org_code": "H1",
    "report_area_code": "330329", "area_code": "330329", "year": 2025,
    "card_status": "0", "is_withdrawn": False, "event_date": date(2025, 1, 1), "name": "合成甲",
    "sex": "1", "birth_date": date(1950, 1, 2), "id_number": None, "town_code": None,
}  # fmt: skip
KINDS = {
    "diagnosis_basis_national": pl.String, "pathology_no": pl.String, "id_number": pl.String,
    "pathology_text": pl.String, "town_code": pl.String, "primary_no": pl.Int32,
    "diagnosis_basis": pl.String,
}  # fmt: skip


def tumours(*changes: dict[str, object]) -> pl.DataFrame:
    rows = [CARD | {"card_id": f"t{place}"} | change for place, change in enumerate(changes, 1)]
    return pl.DataFrame(rows, schema_overrides=KINDS, infer_schema_length=None)


def decisions(*rows: tuple[str, str, str, datetime]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=traceback.DECISION, orient="row")


@pytest.mark.parametrize(
    ("card", "state"),
    [
        ({}, None),
        ({"diagnosis_basis": "10"}, "open"),
        ({"diagnosis_basis": "9,10"}, "open"),
        ({"card_kind": "2", "diagnosis_basis": None}, "open"),
        ({"diagnosis_basis": "2,10"}, "found"),  # DCN with other evidence found is DCI
        ({"card_kind": "2", "diagnosis_basis": "1,2"}, "found"),
        ({"card_kind": "2", "diagnosis_basis": "7", "pathology_no": "B1"}, "found"),
        ({"card_kind": "2", "diagnosis_basis": "7"}, "open"),  # pathology that nothing shows
        ({"diagnosis_basis_national": "0"}, "closed_nothing"),
        ({"card_kind": "2", "diagnosis_basis_national": "9"}, "open"),
        ({"card_kind": "2", "diagnosis_basis_national": "2"}, "found"),
    ],
)
def test_the_state_of_a_case_follows_from_its_card(
    card: dict[str, object], state: str | None
) -> None:
    made = traceback.with_state(tumours(card), decisions())
    assert made["traceback_state"].to_list() == [state]


def test_a_decision_goes_before_the_card_until_the_card_brings_evidence() -> None:
    said = decisions(("tumour", "t1", "closed_nothing", datetime(2025, 6, 1)))
    first = tumours({"diagnosis_basis": "10"})
    assert traceback.with_state(first, said)["traceback_state"].to_list() == ["closed_nothing"]
    later = tumours({"diagnosis_basis": "2,10", "version_time": datetime(2025, 7, 1)})
    assert traceback.with_state(later, said)["traceback_state"].to_list() == ["found"]


def test_claimed_pathology_of_a_notified_case_waits_until_somebody_confirms_it() -> None:
    card = tumours({"card_kind": "2", "diagnosis_basis": "6,7,10"})
    assert traceback.with_state(card, decisions())["is_pathology_unconfirmed"].to_list() == [True]
    found = decisions(("tumour", "t1", "found", datetime(2025, 6, 1)))
    assert traceback.with_state(card, found)["is_pathology_unconfirmed"].to_list() == [False]
    ordinary = tumours({"diagnosis_basis": "7"})
    assert traceback.with_state(ordinary, decisions())["is_pathology_unconfirmed"].to_list() == [
        False
    ]


def test_unconfirmed_pathology_is_not_microscopic_verification() -> None:
    cards = """
        diagnosis_date | icd10 | diagnosis_basis | is_pathology_unconfirmed
        2023-01-01     | C16.9 | 7               | false
        2023-01-01     | C16.9 | 7,10            | true
        2023-01-01     | C16.9 | 5,7,10          | true
    """
    connection = built({"typed.tumour": cards})
    # Cytology still stands.
    assert whole(connection, "morphologically_verified_percent", "registered") == (2.0, 3.0)
    assert whole(connection, "morphologically_verified_6_8_percent", "registered") == (1.0, 3.0)


def test_an_ordinary_card_of_the_same_primary_is_evidence() -> None:
    cards = tumours({"diagnosis_basis": "10"}, {"diagnosis_basis": "2", "is_counted": False})
    assert traceback.with_state(cards, decisions())["traceback_state"].to_list() == ["found", None]
    apart = tumours({"diagnosis_basis": "10"}, {"diagnosis_basis": "2", "primary_no": 2})
    assert traceback.with_state(apart, decisions())["traceback_state"].to_list() == ["open", None]


DEATH = {
    "card_id": "d1", "person_id": "q", "is_counted": True, "count_base": "official",
    "underlying_cause": "C34.9", "org_code": "H1", "report_area_code": "330329",
    "area_code": "330329", "year": 2025, "name": "合成甲", "sex": "1",
    "birth_date": date(1950, 1, 2), "id_number": None, "town_code": None,
    **dict.fromkeys(traceback.MENTIONS),
}  # fmt: skip


def deaths(*changes: dict[str, object]) -> pl.DataFrame:
    rows = [DEATH | {"card_id": f"d{place}"} | change for place, change in enumerate(changes, 1)]
    kinds = dict.fromkeys((*traceback.MENTIONS, "id_number", "town_code"), pl.String)
    return pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None)


def matched(
    dead: pl.DataFrame, cards: pl.DataFrame, *pairs: tuple[str, str, str], area: str | None = None
) -> list[tuple[str, str, str | None, str | None]]:
    told = pl.DataFrame(pairs, schema=traceback.PAIR_DECISION, orient="row")
    found = traceback.match_deaths(dead, cards, ["C16", "C34"], told, area)
    return found.select("death_card_id", "list", "tumour_card_id", "matched_by").rows()


def test_a_death_is_found_by_person_first_and_by_likeness_next() -> None:
    dead = deaths({"person_id": "p"}, {"name": "合成章三"}, {"name": "合成外人", "sex": "2"})
    cards = tumours({}, {"person_id": "x", "name": "合成张三"})
    assert matched(dead, cards) == [
        ("d1", "underlying", "t1", "person"),
        ("d2", "underlying", "t2", "probability"),
        ("d3", "underlying", None, None),
    ]


def test_a_cancer_mentioned_in_part_one_or_two_is_a_list_of_its_own() -> None:
    dead = deaths(
        {"underlying_cause": "I21.9", "other_cause_2": "C16.0", "name": "合成乙"},
        {"underlying_cause": "I21.9", "name": "合成丙"},
        {"underlying_cause": "C34.9", "cause_a": "C16.0", "name": "合成丁"},
    )
    assert matched(dead, tumours({"name": "别处姓戊"})) == [
        ("d1", "mentioned", None, None),
        ("d3", "underlying", None, None),
    ]


def test_the_card_of_the_same_site_is_taken_before_an_earlier_one() -> None:
    cards = tumours({"person_id": "q", "event_class": "C16"}, {"person_id": "q"})
    assert matched(deaths({}), cards) == [("d1", "underlying", "t2", "person")]


@pytest.mark.parametrize("change", [{"card_status": "3"}, {"is_withdrawn": True},
                                    {"event_class": None}])  # fmt: skip
def test_a_card_that_is_no_case_does_not_register_anybody(change: dict[str, object]) -> None:
    cards = tumours({"person_id": "q", "name": "合成外人"} | change, {"name": "合成别人"})
    assert matched(deaths({"name": "合成无"}), cards) == [("d1", "underlying", None, None)]


def test_what_people_said_of_a_pair_goes_before_everything() -> None:
    same = matched(deaths({"name": "合成无"}), tumours({}), ("d1", "t1", "same"))
    assert same == [("d1", "underlying", "t1", "decision")]
    different = matched(deaths({"person_id": "p"}), tumours({}), ("d1", "t1", "different"))
    assert different == [("d1", "underlying", None, None)]


def test_only_the_registrys_own_people_are_looked_up() -> None:
    dead = deaths({"area_code": "330329"}, {"area_code": "330327"})
    assert [row[0] for row in matched(dead, tumours({"name": "乙"}), area="330329")] == ["d1"]


def test_the_list_holds_unknown_deaths_and_notified_cases_and_names_nobody() -> None:
    cards = traceback.with_state(
        tumours({"diagnosis_basis": "10", "name": "合成外人"}), decisions()
    )
    told = pl.DataFrame(schema=traceback.PAIR_DECISION)
    matches = traceback.match_deaths(deaths({"name": "合成无名"}), cards, ["C34"], told, None)
    said = decisions(("death", "d1", "found", datetime(2025, 6, 1)))
    made = traceback.traceback_list(matches, cards, said)
    assert made.columns == list(traceback.LIST)
    assert made.select("card_type", "card_id", "list", "state").rows() == [
        ("death", "d1", "underlying", "found"),
        ("tumour", "t1", "notified", "open"),
    ]
    assert not {"name", "id_number", "birth_date"} & set(made.columns)


def test_the_newest_decision_is_the_one_in_force(tmp_path) -> None:
    home = Home(tmp_path / "home")
    with opened(home) as store:
        rows = [
            ("tumour", "t1", "found", "甲", datetime(2025, 1, 1)),
            ("tumour", "t1", "closed_nothing", "乙", datetime(2025, 2, 1)),
        ]
        store.connection.executemany("insert into state.traceback values (?, ?, ?, ?, ?)", rows)
        assert traceback.decisions(store).select("card_id", "decision").rows() == [
            ("t1", "closed_nothing")
        ]


def test_a_result_that_is_neither_found_nor_nothing_is_refused(tmp_path) -> None:
    with pytest.raises(UserError, match="found"):
        decide(Home(tmp_path), "t1", "perhaps", "甲")
