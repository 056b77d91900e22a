"""The registry's own tables on real records, against printed and recalculated figures."""

from __future__ import annotations

import duckdb
import pytest

from flows.tumour import indicators as registry
from tests.sql.test_henan import ALL_SITES, PRINTED, henan, printed, pytestmark, tabled

__all__ = ["henan", "pytestmark"]


@pytest.fixture(scope="module")
def quality(henan: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    henan.execute("insert into reference.area (area_code, urban_rural) values ('410103', 'urban')")
    registry.write_quality(henan)
    registry.write_age(henan)
    return henan


WHERE = (
    "sex = '0' and residency = 'registered' and grouping = 'big' and org_code is null"
    " and area_code = ? and group_code = ?"
)


@pytest.mark.parametrize("group_code", PRINTED)
def test_a_site_has_the_printed_share_and_ratio(
    quality: duckdb.DuckDBPyConnection, group_code: str
) -> None:
    found = quality.execute(
        "select case_count, mortality_incidence_ratio, morphologically_verified_percent"
        f" from indicator.cancer_quality where {WHERE}",
        ["410103", group_code],
    ).fetchall()[0]
    count, _, _, _, ratio, verified = PRINTED[group_code]
    expected = (count, ratio, verified)
    assert tuple(tabled(v, text) for v, text in zip(found, expected, strict=True)) == expected


@pytest.mark.parametrize("area_code", ALL_SITES)
def test_all_sites_have_the_recalculated_quality(
    quality: duckdb.DuckDBPyConnection, area_code: str
) -> None:
    found = quality.execute(
        "select case_count, death_count, mortality_incidence_ratio,"
        " morphologically_verified_percent, death_certificate_only_percent,"
        f" unspecified_site_percent from indicator.cancer_quality where {WHERE}",
        [area_code, "ALL"],
    ).fetchall()[0]
    expected = ALL_SITES[area_code].split()[:6]
    assert [printed(v, text) for v, text in zip(found, expected, strict=True)] == expected


#: As printed for 410103, both sexes, all sites: cases and rate per 100,000.
AGES = {"0": ("3", "44.3"), "1-4": ("12", "31.4"), "5-9": ("9", "16.4"), "10-14": ("13", "32.5"),
        "15-19": ("8", "26.2")}  # fmt: skip


def test_age_specific_rates_are_the_printed_ones(quality: duckdb.DuckDBPyConnection) -> None:
    found = quality.execute(
        "select age_group, case_count, rate_per_100k from indicator.cancer_age"
        " where area_code = '410103' and sex = '0' and residency = 'registered'"
        " and grouping = 'big' and group_code = 'ALL'"
    ).fetchall()
    shown = {age: (str(count), printed(rate, "0.0")) for age, count, rate in found if age in AGES}
    assert shown == AGES


def test_a_low_ratio_fails_the_rule_and_looks_wrong_for_an_urban_registry(
    quality: duckdb.DuckDBPyConnection,
) -> None:
    # 0.41 against the urban 0.56: what a report must explain.
    found = quality.execute(
        "select meets_criterion, plausibility, looks_wrong from indicator.cancer_judgement"
        " where indicator = 'mortality_incidence_ratio' and residency = 'registered'"
        " and grouping = 'big' and area_code = '410103' and group_code = 'ALL'"
    ).fetchall()
    assert found == [(False, "below_band", True)]
