"""From cards to findings: what is excused, what is broken, what is never said."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge import AS_OF, broken_by
from polars.testing import assert_frame_equal

from validators import finding
from validators.example import EXAMPLES
from validators.finding import Report, find
from validators.frame import FrameError
from validators.rule import Facts
from validators.sound import SOUND, Card, typed_frame

DEATH_IDS = sorted(rule_id for rule_id in EXAMPLES if rule_id.startswith("death."))


def judge(card_type: str, cards: list[Card], **more: Any) -> Report:
    frame, malformed = typed_frame(card_type, cards)
    options: dict[str, Any] = {"as_of": AS_OF, "province": "33", "malformed": malformed}
    return find(frame, card_type, **options | more)


def found(report: Report) -> list[tuple[int, str]]:
    return list(report.findings.select("row_index", "rule_id").iter_rows())


def test_text_that_cannot_be_read_is_malformed_and_not_missing() -> None:
    assert broken_by("death", death_date="待查") == {"death.death_date.malformed"}
    assert broken_by("death", death_date=None) == {"death.death_date.missing"}


def test_a_partial_date_is_neither_missing_nor_malformed() -> None:
    assert broken_by("death", birth_date="1950-06") == set()


def test_a_field_that_the_layout_does_not_carry_is_not_asked_for() -> None:
    bare = SOUND["tumour"] | {"phone": None, "outpatient_no": None, "inpatient_no": None}
    every = set(SOUND["tumour"])
    without = every - {"phone", "outpatient_no", "inpatient_no"}
    asked = judge("tumour", [bare], carried={"provincial": every})
    excused = judge("tumour", [bare], carried={"provincial": without})
    assert found(asked) == [
        (0, "tumour.outpatient_or_inpatient_no_is_filled"),
        (0, "tumour.phone.missing"),
    ]
    assert found(excused) == []


def test_a_column_lost_in_the_export_is_not_asked_for_in_that_file_only() -> None:
    frame, _ = typed_frame("death", [SOUND["death"] | {"name": None}] * 2)
    frame = frame.with_columns(source_file=pl.Series(["甲.csv", "乙.csv"]))
    report = find(frame, "death", as_of=AS_OF, province="33", lost_columns=[("甲.csv", "name")])
    assert found(report) == [(1, "death.name.missing")]


@pytest.mark.parametrize("status", ["4", "5"])
def test_duplicate_and_deleted_cards_have_no_findings(status: str) -> None:
    assert broken_by("death", name=None, card_status=status) == set()


def test_a_withdrawn_card_has_no_findings_and_the_others_keep_their_rows() -> None:
    frame, _ = typed_frame("death", [SOUND["death"] | {"name": None}] * 3)
    frame = frame.with_columns(is_withdrawn=pl.Series([False, True, False]))
    report = find(frame, "death", as_of=AS_OF, province="33")
    assert found(report) == [(0, "death.name.missing"), (2, "death.name.missing")]


def test_a_rule_of_one_province_does_not_hold_in_another() -> None:
    infant = EXAMPLES["death.occupation_under_2_is_other"]
    assert broken_by("death", "33", **infant) == {"death.occupation_under_2_is_other"}
    elsewhere = broken_by("death", "61", **infant)
    assert "death.occupation_under_2_is_other" not in elsewhere


def test_the_code_lists_of_2014_do_not_judge_earlier_deaths() -> None:
    before = {"death_date": "2013-12-31", "education": "10"}
    after = {"death_date": "2014-01-01", "education": "10"}
    assert broken_by("death", **before) == set()
    assert broken_by("death", **after) == {"death.education.not_in_code_list"}


def test_a_missing_underlying_cause_is_an_error_once_the_audit_is_final() -> None:
    early = {"audit_status": "1", "county_audit_time": None, "underlying_cause": None}
    assert broken_by("death", underlying_cause=None) == {"death.underlying_cause.missing"}
    assert broken_by("death", **early) == {"death.underlying_cause_is_coded_before_final_audit"}


def test_a_counted_rule_is_no_finding() -> None:
    late = EXAMPLES["death.county_audit_within_7_days"]
    report = judge("death", [SOUND["death"] | late])
    assert found(report) == []
    assert "death.county_audit_within_7_days" in report.statistics["rule_id"].to_list()


def test_a_rule_that_crashes_is_broken_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = Facts.concern

    def concern(facts: Facts, field: str) -> pl.Expr | None:
        if facts.name == "death_not_before_birth":
            return pl.col("no_such_column")
        return real(facts, field)

    monkeypatch.setattr(Facts, "concern", concern)
    report = judge("death", [SOUND["death"] | {"name": None}])
    assert report.broken == ["death.death_not_before_birth"]
    assert found(report) == [(0, "death.name.missing")]


def test_a_rule_that_crashes_on_one_slice_has_no_findings_on_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finding, "SLICE", 1)
    real = Facts.concern

    def concern(facts: Facts, field: str) -> pl.Expr | None:
        if facts.name == "missing" and field == "name":
            # Fails as data: the text is no number, in the second card only.
            return pl.col("name").cast(pl.Int64).is_null()
        return real(facts, field)

    monkeypatch.setattr(Facts, "concern", concern)
    report = judge("death", [SOUND["death"] | {"name": None}, SOUND["death"]])
    assert report.broken == ["death.name.missing"]
    assert found(report) == []


@pytest.mark.parametrize("column", ["death_date", "event_date", "name"])
def test_a_frame_of_the_wrong_shape_raises_and_says_no_value(column: str) -> None:
    secret = "张三某某"
    frame, _ = typed_frame("death", [SOUND["death"] | {"name": secret}])
    wrong_type = frame.with_columns(pl.lit(7).alias(column))
    for bad in (frame.drop(column), wrong_type):
        with pytest.raises(FrameError) as caught:
            find(bad, "death", as_of=AS_OF)
        assert column in str(caught.value)
        assert secret not in str(caught.value)
        assert str(SOUND["death"]["id_number"]) not in str(caught.value)


def test_an_unknown_field_among_the_unreadable_raises() -> None:
    frame, _ = typed_frame("death", [SOUND["death"]])
    stray = pl.DataFrame({"row_index": [0], "field": ["report_org"]})
    with pytest.raises(FrameError, match="report_org"):
        find(frame, "death", as_of=AS_OF, malformed=stray)


def test_findings_hold_no_value_of_a_card() -> None:
    cards = [SOUND["death"] | EXAMPLES[rule_id] for rule_id in DEATH_IDS]
    report = judge("death", cards)
    assert report.findings.columns == ["row_index", "rule_id", "field"]
    said = set(report.findings["rule_id"]) | set(report.findings["field"])
    values = {value for card in cards for value in card.values() if value is not None}
    assert not said & values


@settings(max_examples=4, deadline=None)
@given(st.permutations(range(len(DEATH_IDS))), st.integers(60, len(DEATH_IDS)))
def test_order_and_slices_do_not_change_findings(order: list[int], size: int) -> None:
    cards = [SOUND["death"] | EXAMPLES[rule_id] for rule_id in DEATH_IDS]
    whole = judge("death", cards).findings
    kept = finding.SLICE
    finding.SLICE = size
    try:
        shuffled = judge("death", [cards[i] for i in order]).findings
    finally:
        finding.SLICE = kept
    back = pl.DataFrame(
        {"row_index": range(len(order)), "origin": order},
        schema={"row_index": pl.UInt32, "origin": pl.UInt32},
    )
    restored = (
        shuffled.join(back, on="row_index")
        .select(pl.col("origin").alias("row_index"), "rule_id", "field")
        .sort("row_index", "rule_id")
    )
    assert_frame_equal(restored, whole)


def test_a_later_day_of_judgement_lets_a_date_be_past() -> None:
    report = [
        judge("death", [SOUND["death"]], as_of=day).findings["rule_id"].to_list()
        for day in (date(2024, 3, 5), date(2024, 3, 8))
    ]
    assert report[1] == []
    assert set(report[0]) == {
        "death.report_date.in_the_future",
        "death.created_time.in_the_future",
        "death.hospital_audit_time.in_the_future",
        "death.county_audit_time.in_the_future",
        "death.updated_time.in_the_future",
    }


def test_a_registry_record_is_not_asked_for_the_cause_of_death() -> None:
    dead = SOUND["tumour"] | {"death_date": "2024-06-01"}
    frame, _ = typed_frame("tumour", [dead])
    decided = frame.with_columns(is_registry_record=pl.lit(True))
    reports = [find(each, "tumour", as_of=AS_OF, province="33") for each in (frame, decided)]
    assert [report.findings.height for report in reports] == [3, 0]


def test_an_empty_batch_has_no_findings() -> None:
    assert judge("death", []).findings.is_empty()


def test_a_name_that_no_dictionary_knew_is_left_to_the_file_finding() -> None:
    assert broken_by("death", registered_county="某某县", registered_town=None) == set()
