"""What every card has: person, two addresses, report and audit; and what incidence cards add."""

import pandera.polars as pa
import polars as pl

from validators import deadline, field, identifier
from validators.expression import (
    credible_age,
    filled,
    in_list,
    in_order,
    is_one_of,
    moments_in_order,
)
from validators.kind import AREA, EXCHANGE, OWN, TOWN
from validators.place import exists_at_event, in_home_province, lies_in
from validators.rule import rule

EDITS = "浙江省慢性病区域信息平台数据交换应用标准 第二版（2019年更新）逻辑校验"
QUALITY = "浙江省慢性病监测信息管理系统质控统计口径"

#: Rule columns that `finding` adds before the check; card types may add more.
Derived = list[pl.Expr]


class Card(pa.DataFrameModel):
    """A report card of any kind; one row is the current version of one card."""

    name: str = field.text(True)
    sex: str = field.coded("sex", True)
    ethnicity: str = field.coded("ethnicity", True)
    birth_date: pl.Date = field.dated(True)
    workplace: str = field.text()
    inpatient_no: str = field.text()
    history: str = field.text()
    report_org: str = field.org(True)
    report_date: pl.Date = field.dated(True)
    physician: str = field.text(True)
    registered_out_of_province: str = field.coded("in_or_out_of_province", True)
    registered_town: str = field.town()
    residence_out_of_province: str = field.coded("in_or_out_of_province", True)
    residence_town: str = field.town()
    audit_status: str = field.coded("audit_status", True, channel="county")
    managing_org: str = field.org(True, channel="county")
    first_visit_date: pl.Date = field.dated(channel="county")
    hospital_audit_time: pl.Datetime = field.dated(time=True)
    county_audit_time: pl.Datetime = field.dated(
        is_one_of("audit_status", "3"), time=True, channel="county"
    )
    created_time: pl.Datetime = field.dated(True, time=True)
    rejection_reason: str = field.coded("rejection_reason", multiple=True, channel="county")
    updated_time: pl.Datetime = field.dated(True, time=True)

    @classmethod
    def derived(cls) -> Derived:
        """Return the columns that rules read and several of them share."""
        return [credible_age(), *identifier.derived("id_number")]

    @rule(
        "id_number",
        zh="{label}位数或字符不符合公民身份号码的要求，请核实",
        source=identifier.STANDARD,
        dimension="conformance",
    )
    def id_number_is_well_formed(cls) -> pl.Expr:
        """15 digits, or 17 digits and a check character, and no placeholder."""
        return identifier.well_formed()

    @rule(
        "id_number",
        zh="{label}的校验码与前17位不符，请核实",
        source=identifier.STANDARD,
        dimension="conformance",
    )
    def id_number_check_digit_agrees(cls) -> pl.Expr:
        """ISO 7064 MOD 11-2, as GB 11643 annex A."""
        return identifier.check_digit_agrees()

    @rule(
        "id_number",
        zh="{label}中的出生日期不是有效日期，请核实",
        source=identifier.STANDARD,
        dimension="conformance",
    )
    def id_number_holds_a_real_birth_date(cls) -> pl.Expr:
        """Digits 7-14 (7-12 of the old form) are a date that exists and is past."""
        return identifier.real_birth_date()

    @rule(
        "id_number",
        zh="{label}前六位不在行政区划代码（含历年）中，请核实",
        source=f"{identifier.STANDARD}；{AREA}",
        dimension="conformance",
        severity="warning",
    )
    def id_number_area_is_known(cls) -> pl.Expr:
        """The area need not be the present one, nor have existed at birth."""
        return identifier.area_known("id_number")

    @rule("id_number", zh="{label}中的出生日期与所填出生日期不一致，请核实", source=EDITS)
    def id_number_agrees_with_birth_date(cls) -> pl.Expr:
        """Number and card give one birth date."""
        return identifier.birth_date_agrees()

    @rule("id_number", zh="{label}中的性别与所填性别不一致，请核实", source=EDITS)
    def id_number_agrees_with_sex(cls) -> pl.Expr:
        """The last digit of the sequence is odd for men."""
        return identifier.sex_agrees()

    @rule(
        "registered_county",
        zh="{label}所属省份与户籍地址类型（本省或外省）不一致，请核实",
        source=EXCHANGE,
        when=in_list("registered_out_of_province", "in_or_out_of_province"),
    )
    def registered_county_agrees_with_province(cls) -> pl.Expr:
        """In the home's province if and only if the address type says so."""
        inside = pl.col("registered_out_of_province") == "0"
        return in_home_province("registered_county") == inside

    @rule(
        "residence_county",
        zh="{label}所属省份与居住地址类型（本省或外省）不一致，请核实",
        source=EXCHANGE,
        when=in_list("residence_out_of_province", "in_or_out_of_province"),
    )
    def residence_county_agrees_with_province(cls) -> pl.Expr:
        """In the home's province if and only if the address type says so."""
        inside = pl.col("residence_out_of_province") == "0"
        return in_home_province("residence_county") == inside

    @rule(
        "registered_city",
        zh="{label}与户口区县代码不一致，请核实",
        source=AREA,
        severity="warning",
        channel="county",
    )
    def registered_city_holds_the_county(cls) -> pl.Expr:
        """Prefecture and county share four digits; another province is another finding."""
        return lies_in("registered_county", "registered_city", 4)

    @rule(
        "residence_city",
        zh="{label}与居住区县代码不一致，请核实",
        source=AREA,
        severity="warning",
        channel="county",
    )
    def residence_city_holds_the_county(cls) -> pl.Expr:
        """Prefecture and county share four digits."""
        return lies_in("residence_county", "residence_city", 4)

    @rule(
        "registered_town",
        zh="{label}不属于所填户口区县，请核实",
        source=TOWN,
        severity="warning",
        channel="county",
    )
    def registered_town_lies_in_the_county(cls) -> pl.Expr:
        """A town's code begins with that of its county."""
        return lies_in("registered_town", "registered_county", 6)

    @rule(
        "residence_town",
        zh="{label}不属于所填居住区县，请核实",
        source=TOWN,
        severity="warning",
        channel="county",
    )
    def residence_town_lies_in_the_county(cls) -> pl.Expr:
        """A town's code begins with that of its county."""
        return lies_in("residence_town", "residence_county", 6)

    @rule(
        "registered_county",
        zh="{label}在事件发生前已撤销，请核实",
        source=AREA,
        severity="warning",
        channel="county",
    )
    def registered_county_exists_at_event(cls) -> pl.Expr:
        """Old codes are accepted for old events only."""
        return exists_at_event("registered_county")

    @rule(
        "residence_county",
        zh="{label}在事件发生前已撤销，请核实",
        source=AREA,
        severity="warning",
        channel="county",
    )
    def residence_county_exists_at_event(cls) -> pl.Expr:
        """Old codes are accepted for old events only."""
        return exists_at_event("residence_county")

    @rule(
        "hospital_audit_time",
        zh="{label}早于创建时间，请核实",
        source=OWN,
        severity="warning",
        channel="county",
    )
    def hospital_audit_not_before_creation(cls) -> pl.Expr:
        """Audited again after a correction, a card may look otherwise: a warning only."""
        return moments_in_order("created_time", "hospital_audit_time")

    @rule(
        "county_audit_time",
        zh="{label}早于医院审核时间，请核实",
        source=OWN,
        severity="warning",
        channel="county",
    )
    def county_audit_not_before_hospital_audit(cls) -> pl.Expr:
        """The hospital audits first; a card loaded by a platform has no hospital audit."""
        return moments_in_order("hospital_audit_time", "county_audit_time")


#: A registry has settled the causes of death of its records: nobody is asked for them again.
DIED = filled("death_date") & ~pl.col("is_registry_record").fill_null(False)
#: A card whose state says that the patient has died.
STATE_IS_DEAD = is_one_of("card_status", "7")


class IncidentCard(Card):
    """A tumour, cardiovascular or diabetes card; one row a card."""

    card_id: str = field.text(True, requirement="conditional")
    outpatient_no: str = field.text()
    icd10: str = field.icd10(True)
    id_number: str = field.id_number()
    phone: str = field.text(True)
    occupation: str = field.coded("occupation", True)
    job: str = field.coded("job", True)
    registered_city: str = field.area(True, level="2")
    registered_county: str = field.area(True, level="3")
    registered_village: str = field.text()
    registered_address: str = field.text(True)
    residence_city: str = field.area(True, level="2")
    residence_county: str = field.area(True, level="3")
    residence_village: str = field.text()
    residence_address: str = field.text(True)
    diagnosis_date: pl.Date = field.dated(True)
    diagnosis_level: str = field.coded("diagnosis_level", True)
    death_icd10: str = field.icd10(DIED)
    death_cause_text: str = field.text(DIED)
    card_status: str = field.coded("card_status", True, channel="county")
    card_kind: str = field.coded("card_kind", True)
    last_follow_up_date: pl.Date = field.dated(channel="county")
    hospital_audit_time: pl.Datetime = field.dated(
        time=True, more=deadline.rules("incident", "hospital_audit_time")
    )
    county_audit_time: pl.Datetime = field.dated(
        is_one_of("audit_status", "3"),
        time=True,
        channel="county",
        more=deadline.rules("incident", "county_audit_time"),
    )
    first_visit_date: pl.Date = field.dated(
        channel="county", more=deadline.rules("incident", "first_visit_date")
    )

    @rule("report_date", zh="{label}早于诊断日期，请核实", source=OWN)
    def report_not_before_diagnosis(cls) -> pl.Expr:
        """A case is reported once it is diagnosed."""
        return in_order("diagnosis_date", "report_date")
