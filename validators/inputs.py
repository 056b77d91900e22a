"""The other inputs: population, institutions, reports, survey lists, totals, bands, evidence."""

from typing import Any

import pandera.polars as pa
import polars as pl

from validators import field, identifier, table
from validators.expression import FIRST_DAY, filled, in_order
from validators.kind import OWN
from validators.rule import Channel, rule

#: Whoever keeps these files is in the county.
COUNTY: Channel = "county"
AGE_GROUP = (
    r"^(?:[0-9]+|[0-9]+-[0-9]+|[0-9]+\+)$",
    "{label}应写作“0”“1-4”“85+”等形式，请核实",
)
CONTRACT = "本系统导入约定"


def year() -> Any:
    """Declare a calendar year."""
    return field.number(True, low=1900, high=2100, integer=True, channel=COUNTY, source=CONTRACT)


def count(integer: bool = True) -> Any:
    """Declare a number that cannot be negative."""
    return field.number(True, low=0, integer=integer, channel=COUNTY, source=CONTRACT)


def later_than(first: str, last: str) -> pl.Expr:
    """Return whether two dates, which may be ahead, are in order; null if one is before 1900."""
    known = (pl.col(first) >= FIRST_DAY) & (pl.col(last) >= FIRST_DAY)
    return pl.when(known).then(pl.col(last) >= pl.col(first))


class Input(pa.DataFrameModel):
    """A file that is no card; one row is one row of it."""

    @classmethod
    def derived(cls) -> list[pl.Expr]:
        """Return nothing: no two rules share a column."""
        return []


class Population(Input):
    """One row per year, area, sex, age group and residency."""

    year: int = year()
    area_code: str = field.area(True, channel=COUNTY)
    sex: str = field.coded("sex_two", True, channel=COUNTY)
    age_group: str = field.text(True, channel=COUNTY, form=AGE_GROUP)
    population: float = count(integer=False)
    residency: str = field.coded("residency", True, channel=COUNTY)
    pop_kind: str = field.coded("pop_kind", channel=COUNTY)

    class Config:
        """Name of the card type in ids."""

        name = "population"


class Institution(Input):
    """One row per institution."""

    org_code: str = field.text(True, channel=COUNTY)
    org_name: str = field.text(True, channel=COUNTY)
    aliases: str = field.text()
    org_level: str = field.coded("org_level", True, channel=COUNTY)
    area_code: str = field.area(True, channel=COUNTY)
    urban_rural: str = field.coded("urban_rural", channel=COUNTY)
    reports_death: str = field.coded("flag", channel=COUNTY)
    reports_tumour: str = field.coded("flag", channel=COUNTY)
    reports_cardio: str = field.coded("flag", channel=COUNTY)
    reports_diabetes: str = field.coded("flag", channel=COUNTY)
    interfaced: str = field.coded("flag", channel=COUNTY)
    email: str = field.text(form=(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", "{label}格式不完整，请核实"))
    opened_on: pl.Date = field.dated(ahead=True, channel=COUNTY)
    closed_on: pl.Date = field.dated(ahead=True, channel=COUNTY)

    class Config:
        """Name of the card type in ids."""

        name = "institution"

    @rule("closed_on", zh="停用日期早于启用日期，请核实", source=OWN, channel="county")
    def closed_not_before_opened(cls) -> pl.Expr:
        """Institutions planned to open or close may have dates ahead."""
        return later_than("opened_on", "closed_on")


class MonthlyReport(Input):
    """One row per institution, month and card type."""

    org_code: str = field.org(True, channel=COUNTY)
    month: str = field.month(True, channel=COUNTY)
    card_type: str = field.coded("card_type", True, channel=COUNTY)
    event_count: int = count()

    class Config:
        """Name of the card type in ids."""

        name = "monthly_report"

    @rule("month", zh="月份晚于数据截至日，请核实", source=OWN, channel="county")
    def month_has_begun(cls) -> pl.Expr:
        """A report of a month to come is no report."""
        return pl.col("month") <= pl.col("context_as_of").dt.strftime("%Y-%m")


class SurveyCase(Input):
    """One row per case that a survey or hospital review found."""

    survey_id: str = field.text(True, channel=COUNTY)
    purpose: str = field.coded("survey_purpose", True, channel=COUNTY)
    year: int = year()
    cutoff_date: pl.Date = field.dated(True, ahead=True, channel=COUNTY)
    card_type: str = field.coded("card_type", True, channel=COUNTY)
    source: str = field.text(True, channel=COUNTY)
    stratum: str = field.text()
    cluster: str = field.text()
    weight: float = field.number(low=0, channel=COUNTY, source=CONTRACT)
    name: str = field.text(~filled("id_number"), channel=COUNTY, missing={"source": CONTRACT})
    sex: str = field.coded("sex", True, channel=COUNTY)
    birth_date: pl.Date = field.dated(channel=COUNTY)
    id_number: str = field.id_number(channel=COUNTY)
    event_date: pl.Date = field.dated(True, channel=COUNTY)
    icd10: str = field.icd10(channel=COUNTY)
    area_code: str = field.area(channel=COUNTY)
    org_code: str = field.org(channel=COUNTY)
    eligible: str = field.coded("flag", True, channel=COUNTY)
    ineligible_reason: str = field.text()
    verify_result: str = field.text()

    class Config:
        """Name of the card type in ids."""

        name = "survey_case"

    @classmethod
    def derived(cls) -> list[pl.Expr]:
        """Return what the rules on the ID number read."""
        return identifier.derived("id_number")

    @rule(
        "id_number",
        zh="{label}位数或字符不符合公民身份号码的要求，请核实",
        source=identifier.STANDARD,
        dimension="conformance",
        channel="county",
    )
    def id_number_is_well_formed(cls) -> pl.Expr:
        """15 digits, or 17 digits and a check character, and no placeholder."""
        return identifier.well_formed()

    @rule(
        "id_number",
        zh="{label}的校验码与前17位不符，请核实",
        source=identifier.STANDARD,
        dimension="conformance",
        channel="county",
    )
    def id_number_check_digit_agrees(cls) -> pl.Expr:
        """ISO 7064 MOD 11-2, as GB 11643 annex A."""
        return identifier.check_digit_agrees()

    @rule("event_date", zh="事件日期早于出生日期，请核实", source=OWN, channel="county")
    def event_not_before_birth(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("birth_date", "event_date")

    @rule(
        "ineligible_reason",
        zh="标为不符合条件的病例未填写原因，请核实",
        source=CONTRACT,
        severity="warning",
        channel="county",
        dimension="completeness",
        when=pl.col("eligible") == "0",
    )
    def ineligible_reason_is_filled(cls) -> pl.Expr:
        """Leaving a case out changes the rate: it needs a reason."""
        return filled("ineligible_reason")


class PlatformTotal(Input):
    """One row per total that the provincial platform shows."""

    date: pl.Date = field.dated(True, channel=COUNTY)
    card_type: str = field.coded("card_type", True, channel=COUNTY)
    basis: str = field.coded("scope_basis", True, channel=COUNTY)
    year: int = year()
    area_code: str = field.area(channel=COUNTY)
    org_code: str = field.org(channel=COUNTY)
    count: int = count()

    class Config:
        """Name of the card type in ids."""

        name = "platform_total"

    @rule(
        "area_code",
        zh="地区编码和机构编码均未填写，请至少填写一项",
        source=CONTRACT,
        channel="county",
        dimension="completeness",
    )
    def area_or_org_is_filled(cls) -> pl.Expr:
        """A total of nothing cannot be compared."""
        return filled("area_code") | filled("org_code")


class Benchmark(Input):
    """One row per indicator, year and group of areas."""

    area_group: str = field.text(True, channel=COUNTY)
    urban_rural: str = field.coded("urban_rural", channel=COUNTY)
    indicator: str = field.text(True, channel=COUNTY)
    year: int = year()
    value: float = field.number(True, channel=COUNTY)
    low: float = field.number(channel=COUNTY)
    high: float = field.number(channel=COUNTY)
    source: str = field.text(True, channel=COUNTY)

    class Config:
        """Name of the card type in ids."""

        name = "benchmark"

    @rule("value", zh="值不在下限和上限之间，请核实", source=OWN, channel="county")
    def value_lies_in_its_band(cls) -> pl.Expr:
        """Each bound alone suffices."""
        above = (pl.col("value") >= pl.col("low")).fill_null(True)
        return above & (pl.col("value") <= pl.col("high")).fill_null(True)


class Evidence(Input):
    """One row per document that proves a criterion."""

    year: int = year()
    area_code: str = field.area(True, channel=COUNTY)
    item_no: int = field.number(True, low=1, integer=True, channel=COUNTY, source=CONTRACT)
    criterion_no: int = field.number(low=1, integer=True, channel=COUNTY, source=CONTRACT)
    done: str = field.coded("flag", True, channel=COUNTY)
    document: str = field.text()
    issued_by: str = field.text()
    document_no: str = field.text()
    done_on: pl.Date = field.dated(channel=COUNTY)
    sha256: str = field.text(form=(r"^[0-9a-fA-F]{64}$", "{label}应为64位十六进制数，请核实"))

    class Config:
        """Name of the card type in ids."""

        name = "evidence"

    @rule(
        "issued_by",
        zh="标为已完成的材料未填写签发单位，请核实",
        source=CONTRACT,
        severity="warning",
        channel="county",
        dimension="completeness",
        when=pl.col("done") == "1",
    )
    def issuer_is_filled_when_done(cls) -> pl.Expr:
        """A document scores once somebody issued it."""
        return filled("issued_by")


class Area(Input):
    """One row per area and time."""

    area_code: str = field.text(True, channel=COUNTY, data_type="area")
    area_name: str = field.text(True, channel=COUNTY)
    level: str = field.text()
    urban_rural: str = field.coded("urban_rural", channel=COUNTY)
    parent_code: str = field.text(data_type="area")
    valid_from: pl.Date = field.dated(ahead=True, channel=COUNTY)
    valid_to: pl.Date = field.dated(ahead=True, channel=COUNTY)
    code_issuer: str = field.text()

    class Config:
        """Name of the card type in ids."""

        name = "area"

    @rule("valid_to", zh="停用日期早于启用日期，请核实", source=OWN, channel="county")
    def valid_to_not_before_valid_from(cls) -> pl.Expr:
        """Dates in order."""
        return later_than("valid_from", "valid_to")


class TumourDeath(Input):
    """One row per death in a registry's own list (sheet SW)."""

    area_code: str = field.area(channel=COUNTY)
    patient_no: str = field.text()
    sex: str = field.coded("sex", channel=COUNTY)
    birth_date: pl.Date = field.dated(channel=COUNTY)
    diagnosis_date: pl.Date = field.dated(channel=COUNTY)
    topography: str = field.topography(channel=COUNTY)
    morphology: str = field.morphology(channel=COUNTY)
    behaviour: str = field.coded("behaviour", channel=COUNTY)
    grade: str = field.coded("grade", channel=COUNTY)
    diagnosis_basis_national: str = field.coded("diagnosis_basis_national", channel=COUNTY)
    icd10: str = field.icd10(channel=COUNTY)
    death_date: pl.Date = field.dated(channel=COUNTY)

    class Config:
        """Name of the card type in ids."""

        name = "tumour_death"

    @rule("diagnosis_date", zh="发病日期早于出生日期，请核实", source=OWN, channel="county")
    def diagnosis_not_before_birth(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("birth_date", "diagnosis_date")

    @rule("death_date", zh="死亡日期早于发病日期，请核实", source=OWN, channel="county")
    def death_not_before_diagnosis(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("diagnosis_date", "death_date")

    @rule("icd10", zh="ICD-10编码与性别不符，请核实", source=OWN, channel="county")
    def icd10_matches_sex(cls) -> pl.Expr:
        """One rule over one table: rule_sex_cause.csv."""
        return table.possible_for_sex("icd10")
