"""Values, intervals and definitions of the indicators; cancers and causes of death."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows import indicators
from flows.models import ModelError
from tests.sql.model_tables import ROOT, built, population, rows

SQL = ROOT / "sql"
#: Ids that users rely on.
RELIED_ON = """
    death_reporting_coverage_percent death_underreporting_percent death_audit_percent
    death_timely_report_percent death_timely_audit_percent cause_chain_complete_percent
    id_number_filled_percent crude_death_rate_per_1000 corrected_death_rate_per_1000
    unknown_cause_percent inaccurate_cause_percent interfaced_hospital_percent
    diabetes_incidence_per_100k cancer_incidence_per_100k stroke_incidence_per_100k
    coronary_incidence_per_100k coronary_mortality_per_100k chronic_underreporting_percent
    mortality_incidence_ratio death_certificate_only_percent death_certificate_notified_percent
    morphologically_verified_percent icdo3_coded_percent unspecified_site_percent
    first_visit_timely_percent life_expectancy_years premature_mortality_percent
    annual_report_element_count
""".split()


def made(tables: dict[str, str]) -> duckdb.DuckDBPyConnection:
    connection = built(tables)
    indicators.build(connection, SQL)
    return connection


def summary(connection: duckdb.DuckDBPyConnection, indicator: str) -> list[tuple[object, ...]]:
    return rows(
        connection,
        "select numerator, denominator, round(value, 4), round(ci_low, 4), round(ci_high, 4),"
        f" method from indicator.summary where indicator = '{indicator}' and org_code is null"
        " and length(area_code) = 6 and residency is distinct from 'resident'",
    )


PEOPLE = population("330329", 2023, "registered", 100)  # 38 x 100 = 3,800
TOWN = population("330329101", 2023, "registered", 10).split("\n", 1)[1]


def test_every_indicator_that_users_rely_on_is_defined() -> None:
    assert set(RELIED_ON) <= set(indicators.definitions(SQL)["indicator"])


def test_every_definition_is_complete() -> None:
    table = indicators.definitions(SQL).drop("note_zh")
    holes = [name for name in table.columns if table[name].null_count() or "" in table[name]]
    assert holes == []


def test_the_unit_of_an_indicator_is_the_end_of_its_name() -> None:
    for name, unit in indicators.definitions(SQL).select("indicator", "unit").iter_rows():
        assert name.endswith(unit), name


def test_the_printed_table_has_chinese_headings() -> None:
    assert indicators.as_table(SQL).columns[:4] == ["指标", "名称", "单位", "分子"]


def test_a_rate_has_the_exact_poisson_interval() -> None:
    # 2 / 3,800 per 1,000; limits of 2 events are 0.2422 and 7.2247.
    connection = made(
        {"reference.population": PEOPLE, "typed.death": "death_date\n2023-01-01\n2023-02-01"}
    )
    assert summary(connection, "crude_death_rate_per_1000") == [
        (2.0, 3800.0, 0.5263, 0.0637, 1.9012, "exact Poisson (Garwood)")
    ]


def test_no_event_is_a_rate_of_zero_with_the_exact_upper_limit() -> None:
    # A town of 380 people in a county that reports: 0, up to 3.6889 / 380 per 1,000.
    connection = made(
        {"reference.population": f"{PEOPLE}\n{TOWN}", "typed.death": "death_date\n2023-01-01"}
    )
    found = rows(
        connection,
        "select numerator, value, ci_low, round(ci_high, 4) from indicator.summary"
        " where area_code = '330329101' and indicator = 'crude_death_rate_per_1000'",
    )
    assert found == [(0.0, 0.0, 0.0, 9.7076)]


def test_no_population_is_no_data_and_not_zero() -> None:
    connection = made({"typed.death": "death_date\n2023-01-01"})
    assert summary(connection, "crude_death_rate_per_1000") == [
        (1.0, None, None, None, None, "no_data")
    ]


def test_a_share_has_the_wilson_interval() -> None:
    # 1 of 4: Wilson 4.56 % to 69.94 %.
    causes = "death_date | underlying_cause" + "\n2023-01-01 | I21.9" * 3 + "\n2023-01-01 | R99"
    connection = made({"typed.death": causes})
    assert summary(connection, "unknown_cause_percent") == [
        (1.0, 4.0, 25.0, 4.5587, 69.9358, "Wilson score")
    ]


def test_a_value_is_always_numerator_over_denominator_times_its_unit() -> None:
    connection = made(
        {
            "reference.population": PEOPLE.replace("| 100", "| 1000"),
            "typed.death": "\n".join(
                [
                    "death_date | age_years | underlying_cause",
                    *(f"2023-01-01 | {age} | I21.9" for age in range(30, 100) for _ in range(3)),
                ]
            ),
            "typed.tumour": "diagnosis_date | icd10\n2023-01-01 | C16.9",
        }
    )
    valued = connection.sql("select * from indicator.summary where value is not null").pl()
    assert {"life_expectancy_years", "premature_mortality_percent"} <= set(valued["indicator"])
    for row in valued.iter_rows(named=True):
        factor = indicators.FACTORS[row["unit"]]
        assert row["value"] == pytest.approx(row["numerator"] / row["denominator"] * factor)


def test_a_county_too_small_for_a_life_table_says_so() -> None:
    connection = made({"reference.population": PEOPLE, "typed.death": "death_date\n2023-01-01"})
    ((*numbers, method),) = summary(connection, "life_expectancy_years")
    assert numbers == [None, 100000.0, None, None, None]
    assert str(method).startswith("no_data; 总人口不超过 5000")


def test_the_summary_has_complete_years_and_the_other_table_the_last_12_months() -> None:
    periods = """
        period | kind           | year | date_from  | date_to    | population_year | is_complete
        Y2023  | year           | 2023 | 2023-01-01 | 2023-12-31 | 2023            | true
        Y2024  | year           | 2024 | 2024-01-01 | 2024-12-31 | 2024            | false
        L12    | last_12_months | 2024 | 2023-07-01 | 2024-06-30 | 2023            | true
    """
    connection = made(
        {
            "reference.period": periods,
            "reference.population": PEOPLE,
            "typed.death": "death_date\n2023-05-01\n2024-05-01\n2024-06-30",
        }
    )
    query = (
        "select year, numerator{} from indicator.{} where residency = 'registered'"
        " and indicator = 'crude_death_rate_per_1000' and area_code = '330329'"
    )
    assert rows(connection, query.format("", "summary")) == [(2023, 1.0)]
    found = rows(connection, query.format(", cast(period_from as varchar)", "last_12_months"))
    assert found == [(2024, 2.0, "2023-07-01")]


def test_causes_add_up_to_subtotals_chapters_broad_groups_and_all() -> None:
    # Lung cancer (29) and another cancer (23) are in 恶性肿瘤计 and 肿瘤; AMI in 循环系统.
    connection = made(
        {
            "reference.population": PEOPLE,
            "typed.death": """
                death_date | sex | underlying_cause
                2023-01-01 | 1   | C34.9
                2023-01-01 | 1   | C25.9
                2023-01-01 | 2   | I21.9
                2023-01-01 | 1   | A15.0
                2023-01-01 | 2   | V03.1
                2023-01-01 | 9   | R99
            """,
        }
    )
    found = rows(
        connection,
        "select cause_group, level, death_count, round(share_percent, 1), rank_no"
        " from indicator.cause_of_death where residency = 'registered' and sex = '0'"
        " and cause_group in ('ALL', 'I', 'II', 'III', 'U', '22', '23', '29', '46', '51')"
        " order by death_count desc, cause_group",
    )
    assert found == [
        ("ALL", "all", 6, 100.0, None),
        ("II", "broad", 3, 50.0, None),
        ("22", "chapter", 2, 33.3, 1),
        ("23", "group", 2, 33.3, None),
        ("29", "group", 1, 16.7, None),
        ("46", "chapter", 1, 16.7, 2),
        ("51", "group", 1, 16.7, None),
        ("I", "broad", 1, 16.7, None),
        ("III", "broad", 1, 16.7, None),
        ("U", "broad", 1, 16.7, None),
    ]


def test_an_event_of_unknown_age_counts_in_the_crude_rate_only() -> None:
    # Crude 2 of 3,800; one of 200 people aged 50-54, who are 5 of Segi's 100: 25 per 100,000.
    connection = made(
        {
            "reference.population": PEOPLE,
            "typed.tumour": """
                diagnosis_date | icd10 | age_years
                2023-01-01     | C16.9 | 52
                2023-01-01     | C16.9 |
            """,
        }
    )
    found = rows(
        connection,
        "select case_count, round(crude_rate_per_100k, 2), round(rate_segi_per_100k, 6)"
        " from indicator.cancer where residency = 'registered' and sex = '0'"
        " and grouping = 'big' and group_code = 'ALL'",
    )
    assert found == [(2, 52.63, 25.0)]


def test_a_site_with_deaths_and_no_case_keeps_its_row() -> None:
    connection = made(
        {
            "typed.tumour": "diagnosis_date | icd10\n2023-01-01 | C16.9",
            "typed.death": "death_date | underlying_cause\n2023-01-01 | C22.0",
        }
    )
    found = rows(
        connection,
        "select group_name_zh, case_count, death_count, mortality_incidence_ratio"
        " from indicator.cancer where residency = 'registered' and sex = '0'"
        " and grouping = 'big' order by group_code",
    )
    assert found == [("胃", 1, 0, 0.0), ("肝", 0, 1, None), ("合计", 1, 1, 1.0)]


def test_a_measure_without_a_known_unit_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "measure"
    folder.mkdir()
    (folder / "x.sql").write_text("-- X.\n-- 标\n-- grain: a\n-- unit: per_mille\nselect 1 as a")
    with pytest.raises(ModelError, match=r"measure.x names no unit"):
        indicators.measures(tmp_path)


def test_tables_and_columns_carry_chinese_comments() -> None:
    connection = made({})
    silent = rows(
        connection,
        "select table_name || '.' || column_name from duckdb_columns()"
        " where schema_name = 'indicator' and comment is null and not internal",
    )
    assert [name for (name,) in silent if not str(name).endswith(("_low", "_high"))] == []


def test_a_part_larger_than_its_whole_gives_no_number_and_says_so() -> None:
    every = pl.DataFrame(
        {
            "interval": ["wilson", "wilson", "ratio"],
            "numerator": [3.0, 2.0, 3.0],
            "denominator": [2.0, 2.0, 2.0],
            "remark": [None, None, None],
        },
        schema_overrides={"remark": pl.String},
    )
    checked = indicators._without_impossible_shares(every)
    assert checked["numerator"].to_list() == [None, 2.0, 3.0]
    assert checked["remark"].to_list() == ["分子大于分母，未计算", None, None]


def test_counties_of_one_class_are_pooled_and_their_rates_not_averaged() -> None:
    # 330328 and 330329 are both 县 of 温州 (330300): 3 cases in 38 x 1,000 and 1 in 38 x 3,000
    # people make 4 in 152,000 = 2.6316 per 100,000; the mean of the two rates would be 4.3860.
    connection = made(
        {
            "reference.area": """
                area_code | area_name | level  | urban_rural | parent_code
                330328    | 文成县    | county | rural       | 330300
                330329    | 泰顺县    | county | rural       | 330300
            """,
            "reference.population": population("330328", 2023, "registered", 1000)
            + "\n"
            + "\n".join(population("330329", 2023, "registered", 3000).splitlines()[1:]),
            "typed.tumour": """
                diagnosis_date | area_code | icd10 | diagnosis_basis | age_years
                2023-01-01     | 330328    | C34.9 | 7               | 50
                2023-01-01     | 330328    | C34.9 | 7               | 50
                2023-01-01     | 330328    | C34.9 | 2               | 50
                2023-01-01     | 330329    | C34.9 | 2               | 50
            """,
        }
    )
    found = rows(
        connection,
        "select prefecture_code, urban_rural, county_count, case_count, person_years,"
        " round(crude_rate_per_100k, 4), morphologically_verified_percent"
        " from indicator.cancer_class where residency = 'registered' and sex = '0'"
        " and grouping = 'big' and group_code = 'ALL'",
    )
    assert found == [("330300", "rural", 2, 4, 152_000.0, 2.6316, 50.0)]


def test_what_is_made_of_cards_that_came_no_longer_has_no_last_twelve_months() -> None:
    periods = """
        period | kind           | year | date_from  | date_to    | population_year | is_complete
        L12    | last_12_months | 2024 | 2023-07-01 | 2024-06-30 | 2023            | true
    """
    found = {}
    for stopped in ((), ("death",), ("tumour",)):
        tables = {"reference.period": periods, "reference.population": PEOPLE,
                  "typed.death": "death_date\n2024-05-01",
                  "typed.diabetes": "diagnosis_date\n2024-05-01"}  # fmt: skip
        connection = built(tables)
        indicators.build(connection, SQL, None, stopped)
        query = "select distinct indicator from indicator.last_12_months"
        found[stopped] = {name for (name,) in rows(connection, query)}
    gone = found[()] - found["death",]
    assert "crude_death_rate_per_1000" in gone
    assert "diabetes_incidence_per_100k" in found["death",]
    assert "crude_death_rate_per_1000" in found["tumour",]
