"""What each indicator counts, with the arithmetic by hand."""

from __future__ import annotations

import duckdb

from tests.sql.model_tables import built, population, rows


def measure(connection: duckdb.DuckDBPyConnection, name: str, where: str = "") -> list[object]:
    """(area, residency, numerator, denominator) of a measure's county rows in 2023."""
    condition = f" and {where}" if where else ""
    return rows(
        connection,
        "select area_code, residency, cast(numerator as double), cast(denominator as double)"
        f" from measure.{name} where period = 'Y2023' and org_code is null{condition}"
        " order by all",
    )  # type: ignore[return-value]


def whole(connection: duckdb.DuckDBPyConnection, name: str, residency: str | None) -> object:
    """numerator / denominator of the county in 2023 as a pair."""
    own = "residency is null" if residency is None else f"residency = '{residency}'"
    found = measure(connection, name, f"length(area_code) = 6 and {own}")
    assert len(found) == 1, found
    return found[0][2:]  # type: ignore[index]


PEOPLE = population("330329", 2023, "registered", 100)  # 38 cells of 100: 3,800 people


def test_registered_and_resident_are_never_crossed() -> None:
    # Two registered here (one lives elsewhere), one only lives here: 2 of 3,800 registered; 2
    # residents without a resident population, so no denominator.
    connection = built(
        {
            "reference.population": PEOPLE,
            "typed.death": """
                death_date | area_code | residence_area_code
                2023-01-01 | 330329    | 330329
                2023-01-01 | 330329    | 330302
                2023-01-01 | 360102    | 330329
            """,
        }
    )
    assert measure(connection, "crude_death_rate_per_1000", "length(area_code) = 6") == [
        ("330329", "registered", 2.0, 3800.0),
        ("330329", "resident", 2.0, None),
    ]


def test_towns_and_the_unknown_town_add_up_to_the_county() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | town_code
                2023-01-01 | 330329101
                2023-01-01 | 330329101
                2023-01-01 |
                2023-01-01 | 330302001
            """,
        }
    )
    assert measure(connection, "crude_death_rate_per_1000", "residency = 'registered'") == [
        ("330329", "registered", 4.0, None),
        ("330329000", "registered", 2.0, None),  # no town, and a town of another county
        ("330329101", "registered", 2.0, None),
    ]


def test_only_official_events_count_but_received_cards_make_the_zero_true() -> None:
    connection = built(
        {
            "reference.population": PEOPLE,
            "typed.death": """
                death_date | count_base | is_counted
                2023-01-01 | received   | true
                2023-01-01 | none       | true
                2023-01-01 | official   | false
            """,
        }
    )
    assert whole(connection, "crude_death_rate_per_1000", "registered") == (0.0, 3800.0)


def test_a_year_without_a_card_is_no_data_and_not_zero() -> None:
    connection = built({"reference.population": PEOPLE})
    assert measure(connection, "crude_death_rate_per_1000") == []


def test_a_population_that_lacks_one_cell_is_no_population() -> None:
    connection = built(
        {
            "reference.population": PEOPLE.rsplit("\n", 1)[0],
            "typed.death": "death_date\n2023-01-01",
        }
    )
    assert whole(connection, "crude_death_rate_per_1000", "registered") == (1.0, None)


def test_a_date_known_to_the_year_counts_in_the_year_and_not_in_the_last_12_months() -> None:
    connection = built({"typed.death": "death_date | year\n | 2023\n2023-12-01 | 2023"})
    query = (
        "select period, numerator from measure.crude_death_rate_per_1000"
        " where area_code = '330329' and residency = 'registered' order by all"
    )
    assert rows(connection, query) == [("L12", 1), ("Y2023", 2)]


def test_unknown_cause_has_three_readings() -> None:
    # R54, R95, R99, R10 and C34 of five: 4/5; without R54 and R95 2/5; R95-R99 2/5.
    connection = built(
        {
            "typed.death": """
                death_date | underlying_cause
                2023-01-01 | R54
                2023-01-01 | R95
                2023-01-01 | R99
                2023-01-01 | R10.4
                2023-01-01 | C34.9
            """,
        }
    )
    assert whole(connection, "unknown_cause_percent", "registered") == (4.0, 5.0)
    assert whole(connection, "unknown_cause_without_r54_r95_percent", "registered") == (2.0, 5.0)
    assert whole(connection, "unknown_cause_r95_r99_percent", "registered") == (2.0, 5.0)


CARDIO = """
    onset_date | icd10 | coronary_type | death_date | first_ever | card_kind | is_counted
    2023-01-01 | I60.1 |               |            | 1          | 1         | true
    2023-01-01 | I61.0 |               |            | 2          | 1         | true
    2023-01-01 | I62.9 |               |            | 1          | 1         | false
    2023-01-01 | I63.9 |               |            | 2          | 1         | false
    2023-01-01 | I69.3 |               |            | 1          | 1         | true
    2023-01-01 | I21.0 | 1             |            | 1          | 1         | true
    2023-01-01 | I46.1 | 2             | 2023-01-01 | 1          | 2         | true
    2023-01-01 | I25.1 | 3             | 2023-01-01 | 2          | 2         | true
    2023-01-01 | I25.1 | 3             |            | 2          | 1         | true
    2023-01-01 | I20.0 | 1             |            | 2          | 1         | true
"""


def test_a_stroke_is_i60_i61_i63_i64_and_a_later_card_of_it_is_none() -> None:
    connection = built({"reference.population": PEOPLE, "typed.cardio": CARDIO})
    found = {
        name: whole(connection, f"{name}_incidence_per_100k", "registered")[0]  # type: ignore[index]
        for name in ("stroke", "stroke_first_ever", "other_haemorrhage")
    }
    assert found == {"stroke": 2.0, "stroke_first_ever": 1.0, "other_haemorrhage": 1.0}


def test_a_coronary_event_is_infarction_sudden_death_or_a_dated_coronary_death() -> None:
    # I21 type 1, I46.1, and type 3 with a death date: 3; the last two were made from deaths.
    connection = built({"reference.population": PEOPLE, "typed.cardio": CARDIO})
    names = ("coronary", "coronary_first_ever", "coronary_incidence_before_supplement")
    found = [
        whole(connection, f"{name}_per_100k", "registered")[0]  # type: ignore[index]
        for name in (f"{names[0]}_incidence", f"{names[1]}_incidence", names[2])
    ]
    assert found == [3.0, 2.0, 1.0]


def test_coronary_mortality_is_i20_to_i25_and_i46_1() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | underlying_cause
                2023-01-01 | I20.0
                2023-01-01 | I25.9
                2023-01-01 | I46.1
                2023-01-01 | I46.9
                2023-01-01 | I26.9
            """,
        }
    )
    assert whole(connection, "coronary_mortality_per_100k", "registered") == (3.0, None)


def test_cancers_are_the_registry_set_and_c42_is_no_icd10_category() -> None:
    connection = built(
        {
            "typed.tumour": """
                diagnosis_date | icd10
                2023-01-01     | C44.9
                2023-01-01     | D32.0
                2023-01-01     | D47.1
                2023-01-01     | C42.1
                2023-01-01     | D05.1
            """,
        }
    )
    assert whole(connection, "cancer_incidence_per_100k", "registered") == (3.0, None)


TUMOURS = """
    diagnosis_date|icd10|diagnosis_basis|diagnosis_basis_national|is_death_notified|traceback_state
    2023-01-01    |C16.9|5              |                        |                 |
    2023-01-01    |C16.9|1,7            |                        |                 |
    2023-01-01    |C16.9|8,10           |                        |true             |found
    2023-01-01    |C16.9|10             |                        |true             |open
    2023-01-01    |C16.9|10             |                        |true             |closed_nothing
    2023-01-01    |C16.9|               |0                       |                 |
    2023-01-01    |C16.9|               |6                       |                 |
    2023-01-01    |C80.9|1              |                        |                 |
"""


def test_microscopic_verification_is_basis_5_to_8_of_either_list() -> None:
    # 5; 7; 8; national 6: 4 of 8, and without cytology 3.
    connection = built({"typed.tumour": TUMOURS})
    assert whole(connection, "morphologically_verified_percent", "registered") == (4.0, 8.0)
    assert whole(connection, "morphologically_verified_6_8_percent", "registered") == (3.0, 8.0)


def test_an_open_notified_case_is_no_dco_and_one_traced_back_is_neither() -> None:
    # DCO: traced in vain, and the national 0. Open: one more. Found: notified only.
    connection = built({"typed.tumour": TUMOURS})
    assert whole(connection, "death_certificate_only_percent", "registered") == (2.0, 8.0)
    worst = whole(connection, "death_certificate_only_if_open_fail_percent", "registered")
    assert worst == (3.0, 8.0)
    assert whole(connection, "death_certificate_notified_percent", "registered") == (4.0, 8.0)
    assert whole(connection, "unspecified_site_percent", "registered") == (1.0, 8.0)


def test_icdo3_coding_wants_site_morphology_and_behaviour() -> None:
    connection = built(
        {
            "typed.tumour": """
                diagnosis_date | icd10 | topography | morphology | behaviour
                2023-01-01     | C16.9 | C16.9      | 8140       | 3
                2023-01-01     | C16.9 | C16.9      | 8140       |
                2023-01-01     | C16.9 | C16        | 8140       | 3
                2023-01-01     | C16.9 | C16.9      | 7999       | 3
            """,
        }
    )
    assert whole(connection, "icdo3_coded_percent", "registered") == (1.0, 4.0)


TUMOUR = "diagnosis_date | icd10\n2023-01-01 | C16.9\n2023-01-01 | C34.9"
REGISTRY = "area_code | death_date | year | icd10\n330329 | 2023-05-05 | 2023 | C16.9"


def test_mortality_to_incidence_takes_death_cards_first() -> None:
    deaths = "death_date | underlying_cause\n2023-01-01 | C34.9\n2023-01-01 | I21.9"
    connection = built(
        {"typed.tumour": TUMOUR, "typed.death": deaths, "typed.tumour_death": REGISTRY}
    )
    assert whole(connection, "mortality_incidence_ratio", "registered") == (1.0, 2.0)
    source = "select distinct remark from measure.mortality_incidence_ratio where period = 'Y2023'"
    assert rows(connection, source) == [("death_cards",)]


def test_registry_deaths_speak_for_the_registered_alone_and_other_causes_are_out() -> None:
    registry = REGISTRY + "\n330329 | 2023-05-05 | 2023 | I21.9"
    connection = built({"typed.tumour": TUMOUR, "typed.tumour_death": registry})
    assert measure(connection, "mortality_incidence_ratio") == [
        ("330329", "registered", 1.0, 2.0),
        ("330329", "resident", None, 2.0),
        ("330329000", "registered", None, 2.0),  # registry deaths carry no town
        ("330329000", "resident", None, 2.0),
    ]


def test_registry_deaths_stand_in_while_no_death_card_is_audited() -> None:
    deaths = "death_date | underlying_cause | count_base\n2023-01-01 | C34.9 | received"
    connection = built(
        {"typed.tumour": TUMOUR, "typed.death": deaths, "typed.tumour_death": REGISTRY}
    )
    where = "length(area_code) = 6 and residency = 'registered'"
    assert measure(connection, "mortality_incidence_ratio", where) == [
        ("330329", "registered", 1.0, 2.0)
    ]


INSTITUTIONS = """
    org_code | area_code | org_level | reports_death | opened_on  | closed_on  | interfaced
    A        | 330329    | 3         | 1             |            |            | 1
    B        | 330329101 | 4         | 1             | 2023-12-01 |            |
    C        | 330329    | 4         | 1             |            |            | 0
    village  | 330329    | 5         | 1             |            |            |
    silent   | 330329    | 2         | 0             |            |            | 0
    closed   | 330329    | 3         | 1             |            | 2022-12-31 | 0
    later    | 330329    | 4         | 1             | 2024-01-01 |            |
"""


def test_coverage_counts_open_reporting_institutions_and_zero_reports() -> None:
    # Expected in 2023: A (a card), B (one zero report in its one open month), C (silent).
    connection = built(
        {
            "reference.institution": INSTITUTIONS,
            "reference.monthly_report": """
                org_code | month   | card_type | event_count
                B        | 2023-12 | death     | 0
                C        | 2023-12 | tumour    | 0
            """,
            "typed.death": "death_date | report_date | org_code\n2023-03-01 | 2023-03-02 | A",
        }
    )
    assert whole(connection, "death_reporting_coverage_percent", None) == (2.0, 3.0)
    # A reported in one month of twelve, B in one of one.
    assert whole(connection, "death_reporting_coverage_every_month_percent", None) == (1.0, 3.0)
    silent = "select area_code, lead_count from indicator.lead where lead = 'silent_institution'"
    assert rows(connection, silent) == [("330329", 1)]


def test_coverage_is_no_data_where_nobody_was_heard_of() -> None:
    connection = built({"reference.institution": INSTITUTIONS})
    assert measure(connection, "death_reporting_coverage_percent") == []


def test_dead_cards_are_shown_by_their_number_and_counted_nowhere() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | card_status | count_base | is_counted
                2023-01-01 | 0           | official   | true
                2023-01-01 | 2           | none       | false
                2023-01-01 | 2           | none       | false
            """,
        }
    )
    query = "select card_status, card_count, event_count from quality.card_state order by all"
    assert rows(connection, query) == [("0", 1, 1), ("2", 2, 0)]
    assert whole(connection, "crude_death_rate_per_1000", "registered") == (1.0, None)


def test_interfaced_counts_county_hospitals_in_use() -> None:
    # Level 1-3 and open in 2023: A (interfaced) and the one that reports no deaths (not).
    connection = built({"reference.institution": INSTITUTIONS})
    assert whole(connection, "interfaced_hospital_percent", None) == (1.0, 2.0)


def test_interfaced_is_no_data_when_nobody_was_asked() -> None:
    connection = built(
        {"reference.institution": "org_code | area_code | org_level\nA | 330329 | 3"}
    )
    assert measure(connection, "interfaced_hospital_percent") == []


DEATHS_OF_INSTITUTIONS = """
    card_id | death_date | audit_status | created_time     | hospital_audit_time | area_code
    a       | 2023-03-01 | 3            | 2023-03-02 08:00 |                     | 360102
    b       | 2023-03-01 | 1            | 2023-03-02 08:00 |                     | 330329
    c       | 2023-06-20 | 1            | 2023-06-20 08:00 | 2024-06-23 08:00    | 330329
    d       | 2023-06-20 | 1            | 2023-06-20 08:00 | 2024-06-24 08:00    | 330329
"""


def test_audit_is_judged_by_our_institutions_once_seven_days_are_over() -> None:
    # As of 2024-06-30: a and b are due, c fell due that day, d falls due on 07-01. a is final.
    connection = built({"typed.death": DEATHS_OF_INSTITUTIONS})
    assert whole(connection, "death_audit_percent", None) == (1.0, 3.0)
    assert whole(connection, "death_audit_all_cards_percent", None) == (1.0, 4.0)


def test_a_report_is_timely_within_seven_days_of_death_or_of_the_card() -> None:
    connection = built(
        {
            "typed.death": """
                card_id  | death_date | report_date | created_time     | county_audit_time
                on_day_7 | 2023-03-01 | 2023-03-01  | 2023-03-08 23:59 | 2023-03-15 23:59
                day_8    | 2023-03-01 | 2023-03-01  | 2023-03-09 00:01 | 2023-03-17 00:00
                by_card  | 2023-03-01 | 2023-04-01  | 2023-04-02 00:00 |
                unknown  | 2023-03-01 | 2023-03-01  |                  |
            """,
        }
    )
    assert whole(connection, "death_timely_report_percent", None) == (2.0, 3.0)
    assert whole(connection, "death_timely_audit_percent", None) == (1.0, 2.0)


def test_an_audit_is_judged_exactly_where_its_start_is_known() -> None:
    # Hospital audit starts the clock of an incident card; without it and creation there is none.
    connection = built(
        {
            "typed.cardio": """
                onset_date | created_time | hospital_audit_time | county_audit_time
                2023-01-01 |              | 2023-01-03          | 2023-01-05
                2023-01-01 |              |                     | 2023-01-05
                2023-01-01 | 2023-01-02   |                     | 2023-01-20
            """
        }
    )
    assert whole(connection, "chronic_timely_audit_percent", None) == (1.0, 2.0)


def test_a_chain_needs_a_cause_that_is_no_mode_of_dying_and_a_second_line() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | cause_a | cause_b | has_id_number
                2023-01-01 | I21.9   | I25.1   | true
                2023-01-01 | J96.0   | C34.9   | false
                2023-01-01 | R57.9   | C34.9   | false
                2023-01-01 | R57.0   | I21.9   | false
                2023-01-01 | I50.9   | I25.1   | false
                2023-01-01 | C34.9   |         | false
            """,
        }
    )
    assert whole(connection, "cause_chain_complete_percent", None) == (2.0, 6.0)
    assert whole(connection, "id_number_filled_percent", None) == (1.0, 6.0)


def test_imprecise_causes_are_found_by_prefix_and_by_family() -> None:
    causes = "R99 S06.9 T14.9 I46.9 I50.9 I47.2 I51.9 I70.9 I10 J96.9 K72.9 N18.0 C76.9 Y34 Y87.2"
    sound = "I47.1 I51.0 I70.0 N17 C34.9 Y35 Y87.1 I11.0"
    lines = [f"2023-01-01 | {cause}" for cause in f"{causes} {sound}".split()]
    connection = built({"typed.death": "\n".join(["death_date | underlying_cause", *lines])})
    # The 15 of the first line and N17 of the second, of 23.
    assert whole(connection, "inaccurate_cause_percent", None) == (16.0, 23.0)
    families = {
        name: whole(connection, f"inaccurate_cause_{name}_percent", None)[0]  # type: ignore[index]
        for name in ("symptom", "vague_heart", "organ_failure", "vague_tumour", "vague_intent")
    }
    assert families == {
        "symptom": 3,
        "vague_heart": 5,
        "organ_failure": 5,
        "vague_tumour": 1,
        "vague_intent": 2,
    }


def test_a_first_visit_is_due_seven_days_after_audit_by_the_managing_institution() -> None:
    connection = built(
        {
            "reference.institution": "org_code | area_code\nT1 | 330329101",
            "typed.death": """
                death_date | county_audit_time | first_visit_date | managing_org_code
                2023-01-01 | 2023-01-10 08:00  | 2023-01-17       | T1
                2023-01-01 | 2023-01-10 08:00  | 2023-01-18       | T1
                2023-01-01 | 2023-01-10 08:00  |                  | T1
                2023-06-30 | 2024-06-24 08:00  |                  | T1
            """,
        }
    )
    assert whole(connection, "first_visit_timely_percent", None) == (1.0, 3.0)


SURVEY = """
    survey_id | purpose          | year | card_type | org_code | area_code | eligible | report_state
    1         | hospital_review  | 2023 | death     | H1       | 330329    | 1        | reported
    1         | hospital_review  | 2023 | death     | H1       | 330329    | 1        | late
    1         | hospital_review  | 2023 | death     | H1       | 330329    | 1        | made_up
    1         | hospital_review  | 2023 | death     | H1       | 330329    | 1        | missed
    1         | hospital_review  | 2023 | death     | H1       | 330329    | 0        | missed
    1         | hospital_review  | 2023 | tumour    | H1       | 330329    | 1        | missed
    1         | hospital_review  | 2023 | diabetes  | H2       | 330329    | 1        | reported
    2         | routine_match    | 2023 | death     | H1       | 330329    | 1        | missed
    3         | household_survey | 2022 | death     |          | 330329    | 1        | reported
    3         | household_survey | 2022 | death     |          | 330329    | 1        | reported
    3         | household_survey | 2022 | death     |          | 330329    | 1        | reported
    3         | household_survey | 2022 | death     |          | 330329    | 1        | missed
"""


def test_a_review_is_frozen_cards_made_later_do_not_change_it() -> None:
    connection = built({"typed.survey_case": SURVEY})
    assert whole(connection, "death_underreporting_percent", None) == (2.0, 4.0)
    assert whole(connection, "death_made_up_percent", None) == (1.0, 2.0)
    assert whole(connection, "death_late_report_percent", None) == (1.0, 4.0)
    assert whole(connection, "chronic_underreporting_percent", None) == (1.0, 2.0)
    # Nobody judged lateness on the chronic lists: no data, not zero.
    assert whole(connection, "chronic_late_report_percent", None) == (None, 2.0)
    by_org = (
        "select org_code, numerator, denominator from measure.chronic_underreporting_percent"
        " where org_code is not null order by all"
    )
    assert rows(connection, by_org) == [("H1", 1, 1), ("H2", 0, 1)]


def test_the_corrected_rate_divides_by_what_the_newest_household_survey_found() -> None:
    # 6 deaths, 3 of 4 found were reported: 6 / (1 - 1/4) = 8 of 3,800.
    deaths = "\n".join(["death_date", *["2023-01-01"] * 6])
    connection = built(
        {
            "reference.population": PEOPLE,
            "typed.survey_case": SURVEY,
            "typed.death": deaths,
        }
    )
    assert whole(connection, "corrected_death_rate_per_1000", "registered") == (8.0, 3800.0)


def test_the_correction_goes_by_age_where_each_band_has_thirty() -> None:
    # Children 30 found, 15 reported (x 2); adults and old people all reported. One death each of a
    # child and of an old person: 2 + 1 = 3; over all ages it would be 2 x 90 / 75 = 2.4.
    head = (
        "purpose | year | card_type | area_code | eligible | age_years | event_date | report_state"
    )
    fixed = "household_survey | 2023 | death | 330329 | 1"
    lines = [
        f"{fixed} | {age} | 2023-06-01 | {state}"
        for age, state, count in (
            (8, "reported", 15),
            (8, "missed", 15),
            (43, "reported", 30),
            (83, "reported", 30),
        )
        for _ in range(count)
    ]
    connection = built(
        {
            "reference.population": PEOPLE,
            "typed.survey_case": "\n".join([head, *lines]),
            "typed.death": "death_date | age_years\n2023-01-01 | 8\n2023-01-01 | 83",
        }
    )
    assert whole(connection, "corrected_death_rate_per_1000", "registered") == (3.0, 3800.0)


def test_report_elements_count_when_issued() -> None:
    connection = built(
        {
            "reference.evidence": """
                year | area_code | item_no | criterion_no | done | issued_by | done_on
                2023 | 330329    | 22      | 1            | 1    | CDC       | 2023-10-01
                2023 | 330329    | 22      | 1            | 1    | CDC       | 2023-11-01
                2023 | 330329    | 22      | 2            | 1    |           | 2023-10-01
                2023 | 330329    | 22      | 3            | 0    | CDC       | 2023-10-01
            """,
        }
    )
    assert whole(connection, "annual_report_element_count", None) == (1.0, 1.0)


def test_leads_are_the_listed_deaths_that_count_officially() -> None:
    connection = built(
        {
            "typed.death": """
                card_id | death_date | underlying_cause | count_base
                a       | 2023-01-01 | C34.9            | official
                b       | 2023-01-01 | C34.9            | official
                c       | 2023-01-01 | I63.9            | official
                d       | 2023-01-01 | E11.9            | received
            """,
            "quality.death_without_case": """
                card_id | disease
                b       | tumour
                c       | stroke
                d       | diabetes
            """,
        }
    )
    found = rows(
        connection,
        "select lead, lead_count from indicator.lead where residency = 'registered' order by all",
    )
    assert found == [("death_without_stroke_card", 1), ("death_without_tumour_card", 1)]


def test_tasks_are_counted_by_town_unit_and_kind() -> None:
    connection = built(
        {
            "quality.task": """
                task_id | task_kind    | assignee_org | area_code | town_code | due_on     | state
                1       | first_visit  | T1           | 330329    | 330329100 | 2024-06-01 | overdue
                2       | first_visit  | T1           | 330329    | 330329100 | 2024-07-01 | due
                3       | county_audit | 330329       | 330329    |           | 2024-06-20 | overdue
            """,
        }
    )
    found = rows(
        connection,
        "select town_code, assignee_org, task_kind, due_count, overdue_count"
        " from quality.task_tally order by all",
    )
    assert found == [
        ("330329100", "T1", "first_visit", 1, 1),
        (None, "330329", "county_audit", 0, 1),
    ]


def test_the_running_year_is_shown_by_audit_state() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | audit_status | count_base
                2024-01-01 | 3            | official
                2024-02-01 | 1            | received
                2023-02-01 | 3            | official
            """,
        }
    )
    found = rows(
        connection,
        "select audit_status, official_count, received_count from indicator.running_year"
        " where residency = 'registered' order by all",
    )
    assert found == [("1", 0, 1), ("3", 1, 1)]


def test_the_platforms_newest_total_is_set_beside_ours() -> None:
    connection = built(
        {
            "typed.death": "death_date\n2023-01-01\n2023-01-02",
            "reference.platform_total": """
                date       | card_type | basis     | year | area_code | org_code | count
                2024-01-31 | death     | reporting | 2023 | 330329    |          | 9
                2024-03-31 | death     | reporting | 2023 | 330329    |          | 3
                2024-03-31 | death     | reporting | 2023 | 330329    | H1       | 2
            """,
        }
    )
    found = rows(
        connection,
        "select place_code, platform_count, own_count, difference from quality.reconciliation"
        " order by all",
    )
    assert found == [("330329", 3, 2, 1), ("H1", 2, 2, 0)]


def test_a_listed_case_that_nobody_reported_is_a_lead_for_its_own_disease() -> None:
    connection = built(
        {
            "typed.survey_case": """
                purpose          | card_type | year | area_code | icd10 | eligible | report_state
                hospital_review  | cardio    | 2023 | 330329    | I63.9 | 1        | missed
                hospital_review  | cardio    | 2023 | 330329    | I21.9 | 1        | late
                hospital_review  | tumour    | 2023 | 330329    | C16.9 | 1        | missed
                hospital_review  | diabetes  | 2023 | 330329    | E11.9 | 0        | missed
                household_survey | diabetes  | 2023 | 330329    | E11.9 | 1        | missed
            """,
        }
    )
    found = rows(connection, "select lead, lead_count from indicator.lead order by all")
    assert found == [
        ("listed_chronic_not_reported", 2),
        ("listed_stroke_not_reported", 1),
        ("listed_tumour_not_reported", 1),
    ]
