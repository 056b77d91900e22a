"""The registry's quality table: counts, formulas, bands and the two verdicts."""

from __future__ import annotations

from functools import cache

import duckdb
import polars as pl
import pytest

from flows import indicators
from flows.tumour import indicators as registry
from flows.tumour.judgement import national_bands
from tests.sql.model_tables import ROOT, built, population, rows


def registry_of(tables: dict[str, str]) -> duckdb.DuckDBPyConnection:
    """Everything built: models, indicators and the registry's own tables."""
    connection = built(tables)
    indicators.build(connection, ROOT / "sql")
    registry.write_quality(connection)
    registry.write_age(connection)
    return connection


def value(connection: duckdb.DuckDBPyConnection, column: str, where: str = "true") -> object:
    """One number of the county's row of both sexes and all sites, registered."""
    if "group_code" not in where:
        where += " and group_code = 'ALL'"
    found = rows(
        connection,
        f"select {column} from indicator.cancer_quality where org_code is null and sex = '0'"
        " and residency = 'registered' and grouping = 'big'"
        f" and {where}",
    )
    assert len(found) == 1
    return found[0][0]


@cache
def small() -> duckdb.DuckDBPyConnection:
    """Eight cases and four deaths of 2023; one of the cases is a child."""
    cards = """
    diagnosis_date|icd10|morphology|diagnosis_basis|org_code|age_years|sex|report_date|primary_no|source_count|notification_count|is_registry_record|traceback_state|is_death_notified
    2023-01-01    |C16.9|8000      |7              |H1      |60       |1  |2023-01-11 |1         |2           |3                 |false             |               |
    2023-01-01    |C16.0|8140      |7              |H1      |60       |2  |2023-01-21 |1         |1           |1                 |false             |               |
    2023-01-01    |C34.9|8140      |2              |H1      |70       |1  |2023-01-31 |2         |1           |1                 |false             |               |
    2023-01-01    |C44.3|8090      |7              |H2      |80       |1  |2024-06-01 |1         |1           |1                 |false             |               |
    2023-01-01    |C80.9|8000      |2              |H2      |         |1  |           |1         |1           |1                 |false             |               |
    2023-01-01    |C91.0|9835      |5              |H2      |6        |1  |2023-02-10 |1         |1           |1                 |false             |               |
    2023-01-01    |C22.9|8000      |10             |H2      |50       |1  |2023-02-10 |1         |1           |1                 |false             |closed_nothing |true
    2023-01-01    |C22.9|8000      |2,10           |H2      |50       |1  |2023-02-10 |1         |1           |1                 |false             |found          |true
    """  # noqa: E501
    dead = "\n".join(
        ["death_date | underlying_cause", *["2023-05-01 | C34.9"] * 3, "2023-05-01 | C44.3"]
    )
    return registry_of(
        {
            "typed.tumour": cards,
            "typed.death": dead,
            "reference.population": population("330329", 2023, "registered", 1000),
        }
    )


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("case_count", 8),
        ("death_count", 4),
        ("morphologically_verified_percent", 50.0),
        ("death_certificate_only_percent", 12.5),
        ("death_certificate_notified_percent", 25.0),
        ("mortality_incidence_ratio", 0.5),
        ("unspecified_site_percent", 12.5),
        ("unspecified_subsite_percent", 62.5),  # C16.9, C34.9, C80.9, two C22.9
        ("unspecified_morphology_percent", 12.5),  # 8000 with pathology, not 8000 without
        ("later_primary_percent", 12.5),
        ("unknown_age_percent", 12.5),
        ("child_case_count", 1),
        ("child_rate_per_million", 125.0),  # 1 of 8 cells x 1000 children
        ("sources_per_case", 1.125),
        ("notifications_per_case", 1.25),
        ("single_source_percent", 87.5),
        ("median_days_to_report", 40.0),  # 10, 20, 30, 40, 40, 40, 517
        ("completeness_ajiki", (1 - 0.25 / 0.5) / (1 - 0.25)),
        ("completeness_dcn_mi", 1 - 0.25 * (1 / 0.5 - 1)),
    ],
)
def test_an_indicator_follows_its_formula(column: str, expected: float) -> None:
    assert value(small(), column) == pytest.approx(expected)


def test_a_share_and_the_ratio_have_their_intervals() -> None:
    for name in ("morphologically_verified_percent", "mortality_incidence_ratio"):
        low, middle, high = (value(small(), f"{name}{part}") for part in ("_low", "", "_high"))
        assert low < middle < high


def test_all_but_skin_leaves_c44_out_of_cases_and_deaths() -> None:
    where = "group_code = 'ALL_BUT_C44'"
    assert value(small(), "case_count", where) == 7
    assert value(small(), "death_count", where) == 3


def test_the_institutions_add_up_to_the_county_and_have_no_deaths() -> None:
    found = rows(
        small(),
        "select org_code, case_count, death_count from indicator.cancer_quality"
        " where residency = 'registered' and sex = '0' and grouping = 'small'"
        " and group_code = 'ALL' order by org_code nulls first",
    )
    assert found == [(None, 8, 4), ("H1", 3, None), ("H2", 5, None)]


def test_each_of_the_two_groupings_adds_up_to_all_cases() -> None:
    found = rows(
        small(),
        "select grouping, sum(case_count) from indicator.cancer_quality where org_code is null"
        " and sex = '0' and residency = 'registered' and group_code not like 'ALL%'"
        " group by grouping order by grouping",
    )
    assert found == [("big", 8), ("small", 8)]


def test_age_specific_rates_cover_every_age_and_leave_unknown_ages_without_a_rate() -> None:
    found = rows(
        small(),
        "select age_group, case_count, rate_per_100k from indicator.cancer_age where sex = '1'"
        " and residency = 'registered' and grouping = 'big' and group_code = 'ALL'"
        " and (case_count > 0 or age_group = '0')",
    )
    assert found == [
        ("0", 0, 0.0), ("5-9", 1, 100.0), ("50-54", 2, 200.0), ("60-64", 1, 100.0),
        ("70-74", 1, 100.0), ("80-84", 1, 100.0), ("unknown", 1, None),
    ]  # fmt: skip


def test_every_standard_population_gives_a_rate_with_limits() -> None:
    names = [f"rate_{name}_per_100k" for name in
             ("china1964", "china1982", "china2000", "china2010", "segi", "who")]  # fmt: skip
    columns = ", ".join(f"{n}_low < {n} and {n} < {n}_high" for n in names)
    found = rows(
        small(),
        f"select {columns} from indicator.cancer where sex = '0' and residency = 'registered'"
        " and grouping = 'big' and group_code = 'ALL'",
    )
    assert found == [(True,) * 6]


def year_of(cases: int, deaths: int, *, verified: int = 0, only: int = 0) -> dict[str, str]:
    lines = ["diagnosis_date | icd10 | diagnosis_basis_national"]
    basis = ["7"] * verified + ["0"] * only + ["2"] * (cases - verified - only)
    lines += [f"2023-01-01 | C16.9 | {code}" for code in basis]
    died = ["death_date | underlying_cause", *["2023-05-01 | C16.9"] * deaths]
    return {
        "typed.tumour": "\n".join(lines),
        "typed.death": "\n".join(died),
        "reference.population": population("330329", 2023, "registered", 1000),
        "reference.area": "area_code | urban_rural\n330329 | rural",
    }


def verdicts(tables: dict[str, str]) -> dict[str, tuple[object, ...]]:
    found = rows(
        registry_of(tables),
        "select indicator, meets_criterion, plausibility, looks_wrong, band_source"
        " from indicator.cancer_judgement where residency = 'registered' and grouping = 'big'"
        " and group_code = 'ALL'",
    )
    return {str(row[0]): row[1:] for row in found}


def test_failing_the_rule_and_looking_wrong_are_two_things() -> None:
    # M/I 0.55: under the rule's 0.6, but the rural band of 2017 is 0.62 +/- 25 %.
    found = verdicts(year_of(200, 110, verified=140, only=4))
    fallback = "全国肿瘤登记地区 2017 年农村，仅供参考"
    assert found["mortality_incidence_ratio"] == (False, "in_band", False, fallback)
    assert found["morphologically_verified_percent"] == (True, "in_band", False, fallback)


def test_a_value_of_few_cases_looks_wrong_only_when_its_interval_misses_the_band() -> None:
    few, many = verdicts(year_of(10, 2, verified=7)), verdicts(year_of(400, 80, verified=280))
    assert few["mortality_incidence_ratio"][1:3] == ("below_band", False)
    assert many["mortality_incidence_ratio"][1:3] == ("below_band", True)


def test_no_certificate_only_case_among_many_asks_and_among_few_does_not() -> None:
    assert verdicts(year_of(120, 70))["death_certificate_only_percent"][2] is True
    assert verdicts(year_of(50, 30))["death_certificate_only_percent"][2] is False
    assert verdicts(year_of(120, 70, only=2))["death_certificate_only_percent"][2] is False


def test_a_few_certificate_only_cases_too_many_do_not_look_wrong() -> None:
    # 3 of 120 are 2.5 %, above the band of 1.44 %, but their interval reaches down into it.
    found = verdicts(year_of(120, 70, only=3))["death_certificate_only_percent"]
    assert found[1:3] == ("above_band", False)


def test_more_deaths_than_cases_look_wrong() -> None:
    found = verdicts(year_of(100, 190))["mortality_incidence_ratio"]
    assert found[:3] == (False, "above_band", True)


def test_the_provinces_band_goes_before_the_national_one() -> None:
    own = {
        "reference.benchmark": "area_group | urban_rural | indicator | year | value\n"
        "全省 | rural | mortality_incidence_ratio | 2023 | 0.50"
    }
    found = verdicts(year_of(200, 110) | own)["mortality_incidence_ratio"]
    assert found[1:] == ("in_band", False, "全省 2023 年")


def test_the_flags_of_a_row_name_the_indicators() -> None:
    connection = registry_of(year_of(400, 80, verified=280, only=4))
    assert value(connection, "fails_criterion") == "mortality_incidence_ratio"
    assert value(connection, "looks_wrong") == "mortality_incidence_ratio"


def test_a_jump_from_the_years_before_asks_for_its_reason() -> None:
    periods = """
        period | kind | year | date_from  | date_to    | population_year | is_complete
        Y2022  | year | 2022 | 2022-01-01 | 2022-12-31 | 2022            | true
        Y2023  | year | 2023 | 2023-01-01 | 2023-12-31 | 2023            | true
    """
    cards = ["2022-01-01 | C16.9 | 60"] * 50 + ["2023-01-01 | C16.9 | 60"] * 80
    people = population("330329", 2022, "registered", 1000)
    people += "\n" + "\n".join(
        population("330329", 2023, "registered", 1000).splitlines()[1:]
    )  # fmt: skip
    connection = registry_of(
        {
            "reference.period": periods,
            "typed.tumour": "\n".join(["diagnosis_date | icd10 | age_years", *cards]),
            "reference.population": people,
        }
    )
    assert value(connection, "change_from_earlier_years_percent", "year = 2023") == pytest.approx(
        60
    )
    assert "change_from_earlier_years_percent" in str(
        value(connection, "looks_wrong", "year = 2023")
    )


def test_without_cards_the_tables_are_there_and_empty() -> None:
    connection = registry_of({})
    for name in ("cancer_quality", "cancer_judgement", "cancer_age"):
        assert rows(connection, f"select count(*) from indicator.{name}") == [(0,)]


# What the Chinese registry package gets wrong must be right here.


def test_a_sub_site_is_seen_with_and_without_the_dot_a_file_writes() -> None:
    # Its share tests the fifth character of a dotted code; ours are dotted on the way in.
    from flows.canonical import icd10

    assert icd10("C159") == icd10("C15.9") == "C15.9"


def test_people_without_a_number_are_not_taken_for_one_person() -> None:
    # There `filter(!is.na("id"))` is always true, and missing numbers are repeats of each other.
    from flows.person import add_person_id

    card = {
        "name": [None, None], "sex": [None, None], "birth_date": [None, None],
        "source_file": ["f"] * 2, "sheet": [""] * 2, "source_row": [1, 2],
    }  # fmt: skip
    schema = {"name": pl.String, "sex": pl.String, "birth_date": pl.Date, "source_row": pl.Int64}
    frame = pl.DataFrame(card, schema_overrides=schema)
    made = add_person_id({"tumour": frame}, "k" * 32)["tumour"]
    assert made["person_id"].n_unique() == 2


def test_the_national_figures_of_all_sites_are_not_used_for_all_but_skin() -> None:
    # The published table gives both the same numbers: one of the two cannot be right.
    bands = national_bands(small())
    assert set(bands.filter(pl.col("group_code").str.starts_with("ALL"))["group_code"]) == {"ALL"}


def test_misprinted_national_figures_are_no_band() -> None:
    bands = national_bands(small())
    assert bands.filter(
        (pl.col("group_code") == "125")
        & (pl.col("indicator") == "morphologically_verified_percent")
        & (pl.col("urban_rural") == "urban")
    )["band_year"].to_list() == [2017]
    assert bands["middle"].max() < 100


def test_cases_that_fit_no_group_and_deaths_that_fit_none_are_left_out_each_from_its_own_list() -> (
    None
):
    # There the table of excluded deaths is filled from the cases.
    connection = registry_of(
        {
            "typed.tumour": "diagnosis_date | icd10\n2023-01-01 | C16.9\n2023-01-01 | D05.1",
            "typed.death": "death_date | underlying_cause\n2023-05-01 | C16.9\n2023-05-01 | I21.9",
        }
    )
    assert value(connection, "case_count") == 1
    assert value(connection, "death_count") == 1
