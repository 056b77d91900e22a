"""indicator.unit_month, cause_age and event_age: who is counted where."""

from __future__ import annotations

from tests.sql.model_tables import built, population, rows

INSTITUTIONS = """
    org_code | org_name | org_level | area_code | reports_death
    H1       | 甲医院   | 3         | 330329    | 1
    H2       | 乙医院   | 4         | 330329    | 1
"""
COUNTS = (
    "card_count, report_timely_count, report_judged_count, audit_done_count, audit_due_count,"
    " chain_complete_count, r_code_count, final_death_count"
)


def test_a_card_belongs_to_the_month_it_was_entered_in() -> None:
    connection = built(
        {
            "reference.institution": INSTITUTIONS,
            "typed.death": """
    death_date | created_time        | audit_status | underlying_cause | cause_a | cause_b
    2023-05-30 | 2023-06-02 08:00:00 | 3            | I21.9            | I21.9   | I10
    2023-05-30 | 2023-06-20 08:00:00 | 3            | R99              | R99     |
    2023-05-30 | 2023-07-01 08:00:00 | 1            | I21.9            | I21.9   |
            """,
        }
    )
    query = f"select org_code, month, card_type, {COUNTS} from indicator.unit_month order by month"
    assert rows(connection, query) == [
        ("H1", "2023-06", "death", 2, 1, 2, 2, 2, 1, 1, 2),
        ("H1", "2023-07", "death", 1, 0, 1, 0, 1, 0, 0, 0),
    ]


def test_findings_go_to_who_must_act_and_repeats_to_who_reported() -> None:
    connection = built(
        {
            "reference.institution": INSTITUTIONS,
            "typed.death": """
                card_id | death_date | created_time        | org_code
                a       | 2023-05-30 | 2023-06-02 08:00:00 | H1
            """,
            "quality.finding": """
    rule_id                       | card_type | card_id | org_code | assignee_org | resolved_on
    death.name.missing            | death     | a       | H1       | H2           | 2023-09-01
    death.only_card_of_the_person | death     | a       | H1       | 330329       |
    file.old                      | death     |         | H1       | H1           |
            """,
        }
    )
    query = (
        "select org_code, card_count, duplicate_count, finding_count, resolved_count"
        " from indicator.unit_month order by org_code"
    )
    assert rows(connection, query) == [
        ("330329", 0, 0, 1, 0),
        ("H1", 1, 1, 0, 0),
        ("H2", 0, 0, 1, 1),
    ]


def test_a_visit_belongs_to_who_manages_and_to_the_month_it_was_due_in() -> None:
    connection = built(
        {
            "reference.institution": INSTITUTIONS,
            "typed.death": """
                death_date | county_audit_time   | managing_org_code | first_visit_date
                2023-05-20 | 2023-05-26 08:00:00 | H2                | 2023-06-30
                2023-05-20 | 2023-05-26 08:00:00 | H2                |
                2024-06-20 | 2024-06-29 08:00:00 | H2                |
            """,
        }
    )
    query = (
        "select month, visit_due_count, visit_done_count, visit_timely_count"
        " from indicator.unit_month where org_code = 'H2'"
    )
    # The third falls due after the night and is not asked for yet.
    assert rows(connection, query) == [("2023-06", 2, 1, 0)]


def test_a_zero_report_is_no_silence() -> None:
    connection = built(
        {
            "reference.institution": INSTITUTIONS,
            "reference.monthly_report": """
                org_code | month   | card_type | event_count
                H2       | 2023-06 | death     | 0
                H2       | 2023-07 | death     | 3
            """,
        }
    )
    query = "select month, zero_report_count from indicator.unit_month order by month"
    assert rows(connection, query) == [("2023-06", 1), ("2023-07", 0)]


def test_causes_and_events_by_age_carry_their_people() -> None:
    connection = built(
        {
            "typed.death": """
                death_date | sex | age_years | underlying_cause | town_code
                2023-05-30 | 1   | 70        | I21.9            | 330329100
                2023-05-30 | 2   | 70        | C22.0            |
            """,
            "reference.population": population("330329", 2023, "registered", 500),
        }
    )
    events = (
        "select area_code, sex, event_count, population from indicator.event_age"
        " where residency = 'registered' order by all"
    )
    assert rows(connection, events) == [
        ("330329", "1", 1, 500.0),
        ("330329", "2", 1, 500.0),
        ("330329000", "2", 1, None),
        ("330329100", "1", 1, None),
    ]
    causes = (
        "select sex, death_count, population from indicator.cause_age where residency ="
        " 'registered' and cause_group = 'ALL' and age_group = '70-74' order by sex"
    )
    assert rows(connection, causes) == [("0", 2, 1000.0), ("1", 1, 500.0), ("2", 1, 500.0)]
