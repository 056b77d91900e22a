"""What the score reads from the published tables, fetched once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from estimators.rate import proportion
from flows.verdict import Benchmark, Value

#: The published national quality table has these three, for 2016 and 2017.
NATIONAL = {
    "mortality_incidence_ratio": "mi_ratio",
    "death_certificate_only_percent": "dco_pct",
    "morphologically_verified_percent": "mv_pct",
}
NATIONAL_YEARS = (2016, 2017)
#: Which cards an indicator is made of, by how its id begins.
CARDS_OF = {
    "death_certificate": ("tumour",),
    "death_": ("death",),
    "crude_death": ("death",),
    "unknown_cause": ("death",),
    "cancer_": ("tumour",),
    "mortality_incidence": ("tumour", "death"),
    "morphologically": ("tumour",),
    "icdo3": ("tumour",),
    "stroke_": ("cardio",),
    "coronary_": ("cardio", "death"),
    "diabetes_": ("diabetes",),
    "chronic_": ("tumour", "cardio", "diabetes"),
}
Row = dict[str, Any]
Rows = list[Row]


def grouped(rows: Rows, *keys: str) -> dict[tuple[Any, ...], Rows]:
    """Rows by the values of some columns, so that each look-up is one step."""
    found: dict[tuple[Any, ...], Rows] = {}
    for row in rows:
        found.setdefault(tuple(row[key] for key in keys), []).append(row)
    return found


@dataclass
class Known:
    """Indicators, benchmarks, evidence and leads, ready to be looked up."""

    as_of: date
    values: dict[tuple[str, int, str], list[tuple[str | None, Value]]]
    names: dict[str, tuple[str, str]]  # indicator -> Chinese name, unit
    urban: dict[str, bool]
    benchmarks: dict[tuple[Any, ...], Rows]  # by indicator, year
    national: Rows
    evidence: dict[tuple[Any, ...], Rows]  # by county, item_no
    surveys: dict[tuple[Any, ...], Rows]  # by county: household surveys
    leads: dict[tuple[Any, ...], Rows]  # by county, year
    differences: dict[tuple[Any, ...], Rows]  # by county, year
    population_years: dict[str, set[int]] = field(default_factory=dict)
    reviews: dict[tuple[Any, ...], Rows] = field(default_factory=dict)  # by county, year, kind
    elements: dict[tuple[Any, ...], Rows] = field(default_factory=dict)  # by county, year, number

    def value(self, county: str, year: int, indicator: str, residency: str | None) -> Value | None:
        """The value for the residency scored, or of an indicator that knows no residency."""
        for own, value in self.values.get((county, year, indicator), []):
            if own is None or own == residency:
                return value
        return None

    def is_urban(self, county: str) -> bool:
        """As reference.area has it; a county that nobody has classed has the higher floor."""
        return self.urban.get(county, False)

    def benchmark(self, indicator: str, county: str, year: int) -> Benchmark | None:
        """The band of the same year and class, else the national one of 2016 or 2017, labelled."""
        urban = self.is_urban(county)
        kind = "urban" if urban else "rural"
        rows = [
            row
            for row in self.benchmarks.get((indicator, year), [])
            if row["urban_rural"] in (kind, None)
        ]
        if rows:
            best = min(rows, key=lambda row: (row["urban_rural"] is None, row["area_group"] or ""))
            source = f"{best['area_group']} {year} 年"
            return Benchmark.around(best["value"], best["low"], best["high"], source)
        if indicator not in NATIONAL:
            return None
        nearest = max(NATIONAL_YEARS[0], min(NATIONAL_YEARS[1], year))
        for row in self.national:
            if row["year"] == nearest and row["area_type"] == ("910000" if urban else "920000"):
                place = "城市" if urban else "农村"
                source = f"全国肿瘤登记地区 {nearest} 年{place}，仅供参考"
                return Benchmark.around(row[NATIONAL[indicator]], None, None, source)
        return None

    def leads_of(self, county: str, year: int, residency: str | None) -> dict[str, int]:
        """Lead -> how many, for a county and year."""
        return {
            row["lead"]: row["lead_count"]
            for row in self.leads.get((county, year), [])
            if row["residency"] in (residency, None)
        }

    def difference(self, indicator: str, county: str, year: int) -> Row | None:
        """A total of the platform that differs from ours, for the cards of an indicator."""
        cards: tuple[str, ...] = next(
            (cards for stem, cards in CARDS_OF.items() if indicator.startswith(stem)), ()
        )
        rows = self.differences.get((county, year), [])
        return next((row for row in rows if row["card_type"] in cards), None)


def read_known(connection: duckdb.DuckDBPyConnection, as_of: date) -> Known:
    """Fetch everything; ``indicators.build`` has run on the connection."""

    def dicts(query: str) -> Rows:
        # In one order always: what is said of several rows must not depend on how they were read.
        return connection.sql(f"select * from ({query}) order by all").pl().to_dicts()

    values: dict[tuple[str, int, str], list[tuple[str | None, Value]]] = {}
    for row in dicts(
        "select * from indicator.summary where org_code is null and length(area_code) = 6"
    ):
        value = Value(
            value=row["value"],
            numerator=row["numerator"],
            denominator=row["denominator"],
            ci_low=row["ci_low"],
            ci_high=row["ci_high"],
            unit=row["unit"],
            method=row["method"],
            year=row["year"],
        )
        key = (row["area_code"], row["year"], row["indicator"])
        values.setdefault(key, []).append((row["residency"], value))
    for key, value in _reviews(connection).items():
        values.setdefault(key, [(None, value)])
    has_national = connection.execute(
        "select count(*) from duckdb_tables() where table_name = 'cancer_quality_band'"
    ).fetchall()[0][0]
    known = Known(
        as_of=as_of,
        values=values,
        names={
            row["indicator"]: (row["name_zh"], row["unit"])
            for row in dicts("select indicator, name_zh, unit from indicator.definition")
        },
        urban={
            row["area_code"]: row["urban_rural"] == "urban"
            for row in dicts(
                "select area_code, urban_rural from reference.area where urban_rural is not null"
            )
        },
        benchmarks=grouped(
            dicts("select * from reference.benchmark where value is not null"), "indicator", "year"
        ),
        national=dicts("select * from reference.cancer_quality_band where icd10 = 'ALL'")
        if has_national
        else [],
        evidence=grouped(
            dicts("select *, left(area_code, 6) as county_code from reference.evidence"),
            *("county_code", "item_no"),
        ),
        elements=grouped(
            dicts("select * from quality.report_element"), "area_code", "year", "element_no"
        ),
        reviews=grouped(
            dicts(
                "select review.*, coalesce(named.name_zh, review.source) as source_zh"
                " from indicator.review_source as review"
                " left join reference.list_source as named on review.source = named.source"
                " where review.purpose = 'hospital_review' order by all"
            ),
            *("area_code", "year", "card_type"),
        ),
        surveys=grouped(
            dicts("select * from indicator.survey where purpose = 'household_survey'"), "area_code"
        ),
        leads=grouped(dicts("select * from indicator.lead"), "area_code", "year"),
        differences=grouped(
            dicts("select * from quality.reconciliation where difference <> 0"),
            *("place_code", "year"),
        ),
    )
    for row in dicts(
        "select distinct area_code, year from reference.population"
        " where residency = 'registered' and length(area_code) = 6"
    ):
        known.population_years.setdefault(row["area_code"], set()).add(row["year"])
    return known


def _reviews(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, int, str], Value]:
    """Hospital reviews of years that have neither cards nor people here: they can be taken over."""
    reviews = connection.sql(
        "select area_code, year,"
        " case when card_type = 'death' then 'death' else 'chronic' end as kind,"
        " cast(sum(missed_count) as double) as count, cast(sum(eligible_count) as double) as total"
        " from indicator.survey where purpose = 'hospital_review' and area_code is not null"
        " group by all"
    ).pl()
    return {
        (row["area_code"], row["year"], f"{row['kind']}_underreporting_percent"): Value(
            value=None if row["value"] is None else row["value"] * 100,
            numerator=row["count"],
            denominator=row["total"],
            ci_low=None if row["ci_low"] is None else row["ci_low"] * 100,
            ci_high=None if row["ci_high"] is None else row["ci_high"] * 100,
            unit="percent",
            method="Wilson score",
            year=row["year"],
        )
        for row in proportion(reviews).to_dicts()
    }
