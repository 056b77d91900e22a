"""漏报率 and its breakdowns, capture-recapture, and what worklists never enter."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from flows.reconcile.capture import estimates
from flows.reconcile.overlap import members, patterns
from flows.reconcile.underreporting import share_limits, underreporting
from tests.sql.model_tables import built, population, rows

CASE: dict[str, Any] = {
    "area_code": "330329", "survey_id": "H1", "purpose": "hospital_review", "year": 2025,
    "org_code": "X1", "town_code": None, "card_type": "death", "disease": "stroke", "sex": "1",
    "age_group": "65-69", "cutoff_date": None, "weight": 1.0, "stratum": None, "cluster": None,
    "report_state": "reported", "is_repeat_in_survey": False, "is_repeat_at_org": False,
}  # fmt: skip


def cases(*groups: tuple[int, dict[str, Any]]) -> pl.DataFrame:
    made = [CASE | change for count, change in groups for _ in range(count)]
    text = dict.fromkeys(("town_code", "stratum", "cluster", "org_code"), pl.String)
    return pl.DataFrame(made, schema_overrides=text | {"cutoff_date": pl.Date})


def only(table: pl.DataFrame, **where: Any) -> dict[str, Any]:
    return table.filter(*(pl.col(name) == value for name, value in where.items())).row(
        0, named=True
    )


def test_a_review_is_broken_down_with_limits_for_its_size():
    table = underreporting(
        cases((96, {}), (3, {"report_state": "missed", "sex": "2"}), (1, {"report_state": "late"}))
    )
    whole = only(table, breakdown="all")
    assert (whole["missed"], whole["eligible"], whole["value"], whole["late"]) == (3, 100, 3.0, 1)
    # Wilson limits of 3 of 100
    assert (whole["ci_low"], whole["ci_high"]) == pytest.approx((1.0252, 8.4518), abs=1e-3)
    women = only(table, breakdown="card_type_sex", sex="2")
    assert (women["value"], women["method"]) == (100.0, "Clopper-Pearson exact")
    assert women["ci_low"] == pytest.approx(100 * 0.025 ** (1 / 3))
    assert women["note_zh"] == "样本量不足（3 例，少于 100 例）"


def test_cards_made_up_later_leave_the_rate_and_raise_the_made_up_share():
    before = only(underreporting(cases((97, {}), (3, {"report_state": "missed"}))), breakdown="all")
    after = only(
        underreporting(
            cases((97, {}), (1, {"report_state": "missed"}), (2, {"report_state": "made_up"}))
        ),
        breakdown="all",
    )
    assert before["value"] == after["value"] == 3.0
    assert (before["made_up_percent"], after["made_up_percent"]) == (0, pytest.approx(200 / 3))


def test_hospital_and_household_rates_are_never_added():
    home = {"survey_id": "C1", "purpose": "household_survey", "report_state": "missed"}
    table = underreporting(cases((10, {}), (10, home)))
    whole = table.filter(pl.col("breakdown") == "all").select("purpose", "value", "eligible")
    assert whole.rows() == [("hospital_review", 0.0, 10), ("household_survey", 100.0, 10)]
    assert set(table.filter(pl.col("org_code").is_not_null())["purpose"]) == {"hospital_review"}


def test_a_case_on_two_lists_counts_once_in_the_county_and_once_in_each_hospital():
    second = {"org_code": "X2", "is_repeat_in_survey": True}
    table = underreporting(cases((1, {}), (1, second)))
    assert only(table, breakdown="all")["eligible"] == 1
    assert table.filter(pl.col("breakdown") == "org_code")["eligible"].to_list() == [1, 1]


def test_a_cluster_sample_is_judged_between_its_clusters():
    # Equal clusters of 20 with 1, 2, 3 and 4 missed: p = 12.5 %, deviations -1.5, -0.5, 0.5, 1.5;
    # se = sqrt(4/3 x 5) / 80 = 3.227 %; t with 3 degrees of freedom 3.182, on the logit scale.
    home = {"purpose": "household_survey", "survey_id": "C1"}
    groups = []
    for number in range(1, 5):
        own = home | {"cluster": f"v{number}"}
        groups += [(20 - number, own), (number, own | {"report_state": "missed"})]
    row = only(underreporting(cases(*groups)), breakdown="all")
    assert row["value"] == 12.5
    half = 3.182446 * 0.0322749 / (0.125 * 0.875)
    odds = 0.125 / 0.875
    assert row["ci_low"] == pytest.approx(100 / (1 + 2.718281828**half / odds), rel=1e-4)
    assert row["ci_high"] == pytest.approx(100 / (1 + 2.718281828**-half / odds), rel=1e-4)
    one = cases((5, {"cluster": "v1"}), (5, {"cluster": "v1", "report_state": "missed"}))
    assert share_limits(one.with_columns(is_missed=pl.col("report_state") == "missed")) is None


def test_an_empty_night_has_an_empty_table():
    assert underreporting(cases().clear()).height == 0


# --- worklists ---------------------------------------------------------------------------------

REVIEW = """
    survey_id | purpose | year | card_type | area_code | eligible | report_state | list_class
    H1 | hospital_review | 2023 | death | 330329 | 1 | reported     |
    H1 | hospital_review | 2023 | death | 330329 | 1 | missed       |
"""
WORKLIST = """
    L1 | routine_match | 2023 | death | 330329 | 1 | missed | not_reported
    L1 | routine_match | 2023 | death | 330329 | 1 | missed | to_verify
    L1 | routine_match | 2023 | tumour | 330329 | 1 | missed | not_reported
"""


def test_worklists_enter_no_rate():
    rates = (
        "select * from measure.death_underreporting_percent union all"
        " select * from measure.chronic_underreporting_percent union all"
        " select * from measure.death_made_up_percent order by all"
    )
    both = built({"typed.survey_case": REVIEW + WORKLIST.strip("\n")})
    alone = built({"typed.survey_case": REVIEW})
    assert rows(both, rates) == rows(alone, rates) != []
    assert rows(both, "select count(*) from work.survey_band") == [(0,)]
    read = "select * from work.listed_case where purpose = 'routine_match'"
    assert underreporting(both.sql(read.replace("= 'rou", "<> 'rou")).pl()).height > 0
    assert rows(both, "select class, case_count from quality.list_tally order by all") == [
        ("not_reported", 1), ("not_reported", 1), ("to_verify", 1),
    ]  # fmt: skip


def test_missed_cases_are_listed_by_row_with_the_kind_of_card_and_no_identity():
    home = "C1 | household_survey | 2023 | death | 330329 | 1 | made_up |"
    third = "C1 | household_survey | 2023 | death | 330329 | 1 | missed |"
    text = "\n".join([REVIEW.strip(), *WORKLIST.strip().splitlines(), home, third])
    connection = built({"typed.survey_case": text})
    found = rows(
        connection,
        "select source_row, purpose, report_state, card_kind_advice from quality.missed_case"
        " order by source_row",
    )
    assert found == [
        (3, "hospital_review", "missed", "3"),
        (4, "routine_match", "missed", None),
        (6, "routine_match", "missed", None),
        (7, "household_survey", "made_up", None),
        (8, "household_survey", "missed", "4"),
    ]
    columns = {row[0] for row in rows(connection, "describe quality.missed_case")}
    assert not columns & {"name", "id_number", "birth_date", "person_id"}


# --- corrected rates ---------------------------------------------------------------------------


def corrected(ages: dict[int, tuple[int, int]], cards: list[str], event: str = "death") -> Any:
    """Corrected count, its error and scheme: per age (reported, missed) found by the survey."""
    card_type = "cardio" if event == "stroke" else event
    code = {"death": "I21.9", "stroke": "I63.9", "tumour": "C16.9"}[event]
    head = "purpose | year | card_type | area_code | eligible | age_years | icd10 | report_state"
    lines = [
        f"household_survey | 2023 | {card_type} | 330329 | 1 | {age} | {code} | {state}"
        for age, pair in ages.items()
        for state, count in zip(("reported", "missed"), pair, strict=True)
        for _ in range(count)
    ]
    own = {"death": "death_date", "stroke": "onset_date", "tumour": "diagnosis_date"}[event]
    field = "underlying_cause" if event == "death" else "icd10"
    connection = built(
        {
            "reference.population": population("330329", 2023, "registered", 100),
            "typed.survey_case": "\n".join([head, *lines]),
            f"typed.{card_type}": "\n".join(
                [f"{own} | {field} | age_years | card_kind"]
                + [f"2023-05-01 | {code} | {card}" for card in cards]
            ),
        }
    )
    return rows(
        connection,
        "select corrected_count, standard_error, scheme from work.corrected_event"
        f" where period = 'Y2023' and residency = 'registered' and event = '{event}'",
    )


def test_bands_join_until_each_has_twenty_and_no_single_factor_hides_the_young():
    # 10 children and 10 adults make one band of 20, of which 10 were reported (x 2); old x 1.25.
    ages = {5: (5, 5), 40: (5, 5), 80: (16, 4)}
    ((count, _, scheme),) = corrected(ages, ["40 | 1", "80 | 1", "80 | 1"])
    assert (count, scheme) == (pytest.approx(2 + 2.5), "below_65")
    # 19 below 65: too few for a band of their own, so no number at all.
    few = {5: (5, 5), 40: (5, 4), 80: (16, 4)}
    assert corrected(few, ["40 | 1", "80 | 1"]) == [(None, None, "refused")]


def test_cards_made_because_of_a_check_are_not_corrected_again():
    ages = {5: (15, 15), 40: (30, 0), 80: (30, 0)}
    ((count, _, scheme),) = corrected(ages, ["5 | 1", "5 | 4", "80 | 3", "80 | 1"])
    assert (count, scheme) == (pytest.approx(2 + 1), "three")


def test_incidence_is_corrected_like_deaths():
    ages = {40: (15, 5), 80: (20, 5)}
    ((count, error, _),) = corrected(ages, ["40 | 1"] * 3 + ["80 | 1"] * 4, "stroke")
    assert count == pytest.approx(3 / 0.75 + 4 / 0.8)
    # Delta method with each case its own cluster: var p = p(1-p)/(n-1), here above its floor
    # (r+2)(n-r+2)/(n+4)^3 only where said by max().
    parts = []
    for cards, reported, found in ((3, 15, 20), (4, 20, 25)):
        p = reported / found
        floor = (reported + 2) * (found - reported + 2) / (found + 4) ** 3
        variance = max(p * (1 - p) / (found - 1), floor)
        parts.append(cards / p**2 + cards**2 * variance / p**4)
    assert error == pytest.approx(sum(parts) ** 0.5)


# --- capture -----------------------------------------------------------------------------------


def people(*groups: tuple[int, str]) -> pl.DataFrame:
    """So many people of 2025 on the sources of a `cards+police` text."""
    made = [
        (f"{number}-{place}", source)
        for place, (count, sources) in enumerate(groups)
        for number in range(count)
        for source in sources.split("+")
    ]
    return pl.DataFrame(made, schema=["who", "source"], orient="row").with_columns(
        area_code=pl.lit("330329"), year=pl.lit(2025, pl.Int32), card_type=pl.lit("death"),
        sex=pl.lit("1"), age_years=pl.lit(70),
    )  # fmt: skip


SETTLED = pl.DataFrame(
    schema={"source": pl.String, "listed_count": pl.UInt32, "open_count": pl.UInt32}
)


def test_two_lists_give_chapman_with_what_it_rests_on():
    found = estimates(people((60, "cards+police"), (20, "cards"), (15, "police")), SETTLED)
    row = next(row for row in found if row["model"] == "chapman")
    # (80 + 1)(75 + 1) / (60 + 1) - 1
    assert row["population"] == pytest.approx(81 * 76 / 61 - 1)
    assert row["card_missed_percent"] == pytest.approx(100 * (1 - 80 / row["population"]))
    assert row["lists"] == "cards+police" and "独立性无法检验" in row["note_zh"]


@pytest.mark.parametrize(
    ("groups", "reason"),
    [
        ([(40, "cards"), (29, "police")], "没有一份外单位名单达到 30 人"),
        ([(50, "cards"), (6, "cards+police"), (40, "police")], "重合 6 人，少于 7 人"),
        ([(50, "cards"), (40, "cards+police")], "完全包含"),
    ],
)
def test_lists_that_say_nothing_are_refused_with_the_reason(groups, reason):
    (row,) = estimates(people(*groups), SETTLED)
    assert row["model"] == "refused" and reason in row["note_zh"]
    assert "population" not in row


def test_lists_still_to_be_verified_are_refused():
    waiting = pl.DataFrame({"source": ["police"], "listed_count": [100], "open_count": [11]})
    (row,) = estimates(people((60, "cards+police"), (20, "cards"), (20, "police")), waiting)
    assert "待核 11/100 行" in row["note_zh"]


def test_three_lists_give_the_averaged_log_linear_estimate():
    # Independent lists: 600 people, seen with 0.8, 0.7 and 0.6.
    groups = [
        (202, "cards+police+cremation"), (134, "cards+police"), (86, "cards+cremation"),
        (58, "cards"), (50, "police+cremation"), (34, "police"), (22, "cremation"),
    ]  # fmt: skip
    found = {row["model"]: row for row in estimates(people(*groups), SETTLED)}
    chosen = found["average_aic"]
    assert chosen["is_chosen"] and chosen["ci_low"] < 600 < chosen["ci_high"]
    assert 595 < chosen["population"] < 610


def test_who_is_on_which_list_joins_a_listed_person_with_the_card():
    case = {
        "purpose": "routine_match", "area_code": None, "year": 2025, "source": "police",
        "list_class": "reported", "has_key": True, "matched_card_id": "c1", "person_id": "other",
        "card_type": "death", "sex": "1", "age_years": 70,
    }  # fmt: skip
    lists = pl.DataFrame(
        [
            case,
            case | {"source": "cremation"},
            case | {"list_class": "not_reported", "matched_card_id": None},
            case | {"list_class": "not_a_death", "matched_card_id": None, "person_id": "alive"},
        ],
        schema_overrides={"area_code": pl.String},
    )
    card = {
        "card_id": "c1", "person_id": "p", "area_code": "330329", "year": 2025, "sex": "1",
        "age_years": 70, "is_counted": True, "count_base": "official", "card_kind": "1",
    }  # fmt: skip
    made_up = card | {"card_id": "c2", "person_id": "q", "card_kind": "3"}
    known, _ = members(lists, {"death": pl.DataFrame([card, made_up])}, "330329")
    assert patterns(known).select("sources", "person_count").rows() == [
        ("cards+cremation+police", 1), ("police", 1),
    ]  # fmt: skip
