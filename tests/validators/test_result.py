"""Rule results: denominators, months, statuses."""

from datetime import date

import polars as pl
import pytest

from validators.finding import find
from validators.result import rule_results
from validators.rule import Facts
from validators.sound import SOUND, Card, typed_frame


def results(card_type: str, cards: list[Card], province: str = "33") -> pl.DataFrame:
    frame, malformed = typed_frame(card_type, cards)
    day = date(2025, 12, 31)
    return rule_results(find(frame, card_type, as_of=day, province=province, malformed=malformed))


def rows(found: pl.DataFrame, rule_id: str) -> list[tuple[object, ...]]:
    return found.filter(pl.col("rule_id") == rule_id).drop("rule_id").rows()


def test_cards_are_counted_by_institution_and_month_of_the_event() -> None:
    cards = [
        SOUND["death"],
        SOUND["death"] | {"name": None},
        SOUND["death"] | {"death_date": "2024-02-29"},
        SOUND["death"] | {"report_org": "330329002", "name": None},
    ]
    assert rows(results("death", cards), "death.name.missing") == [
        ("330329001", "2024-02", 1, 0, "passed"),
        ("330329001", "2024-03", 2, 1, "failed"),
        ("330329002", "2024-03", 1, 1, "failed"),
    ]


def test_a_rule_counts_only_the_cards_it_concerns() -> None:
    passport = SOUND["death"] | {"id_type": "3", "id_number": None}
    assert rows(results("death", [SOUND["death"], passport]), "death.id_number.missing") == [
        ("330329001", "2024-03", 1, 0, "passed")
    ]


def test_an_unjudged_card_is_in_no_denominator() -> None:
    unknown_birth = SOUND["death"] | {"birth_date": None}
    found = results("death", [SOUND["death"], unknown_birth])
    assert rows(found, "death.death_not_before_birth") == [("330329001", "2024-03", 1, 0, "passed")]


def test_text_that_cannot_be_read_is_counted_as_checked_and_failing() -> None:
    found = results("death", [SOUND["death"], SOUND["death"] | {"report_date": "待查"}])
    assert rows(found, "death.report_date.malformed") == [("330329001", "2024-03", 2, 1, "failed")]
    assert rows(found, "death.report_date.missing") == [("330329001", "2024-03", 1, 0, "passed")]


def test_timeliness_is_counted_in_the_month_of_the_report() -> None:
    late = SOUND["death"] | {
        "report_date": "2024-04-02",
        "hospital_audit_time": "2024-03-06 09:00:00",
        "county_audit_time": "2024-03-20 09:00:00",
    }
    assert rows(results("death", [late]), "death.county_audit_within_7_days") == [
        ("330329001", "2024-04", 1, 1, "failed")
    ]


def test_a_rule_without_cards_is_not_applicable_and_has_no_month() -> None:
    found = results("death", [SOUND["death"]])
    assert rows(found, "death.pregnancy.missing") == [(None, None, 0, 0, "not_applicable")]
    abroad = results("death", [SOUND["death"]], province="61")
    assert rows(abroad, "death.occupation_under_2_is_other") == [
        (None, None, 0, 0, "not_applicable")
    ]


def test_a_broken_rule_has_one_row_and_no_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Facts.concern

    def concern(facts: Facts, field: str) -> pl.Expr | None:
        if facts.name == "death_not_before_birth":
            return pl.col("no_such_column")
        return real(facts, field)

    monkeypatch.setattr(Facts, "concern", concern)
    found = results("death", [SOUND["death"]])
    assert rows(found, "death.death_not_before_birth") == [(None, None, 0, 0, "broken")]


def test_failures_never_exceed_the_cards_checked() -> None:
    from validators.example import EXAMPLES

    ids = [rule_id for rule_id in EXAMPLES if rule_id.startswith("cardio.")]
    found = results("cardio", [SOUND["cardio"] | EXAMPLES[rule_id] for rule_id in ids])
    judged = found.filter(pl.col("rule_id").is_in(ids) & (pl.col("status") == "failed"))
    assert set(judged["rule_id"]) == set(ids)
    assert (judged["failing_count"] <= judged["checked_count"]).all()


def test_an_unresolved_institution_keeps_its_cards() -> None:
    found = results("death", [SOUND["death"] | {"report_org": None}])
    assert rows(found, "death.report_org.missing") == [(None, "2024-03", 1, 1, "failed")]
