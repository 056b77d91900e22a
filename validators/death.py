"""Death certificate (居民死亡医学证明书): what a sound card looks like."""

from datetime import date

import polars as pl

from validators import (
    cause,
    cause_text,
    chain,
    deadline,
    death_birth,
    death_chain,
    death_person,
    field,
    identifier,
)
from validators.card import EDITS, Card, Derived
from validators.expression import (
    FINAL_AUDIT,
    age,
    carried,
    credible_age,
    filled,
    has_choice,
    in_list,
    in_order,
    is_one_of,
    within,
)
from validators.kind import EXCHANGE, OWN
from validators.place import in_home_province
from validators.rule import rule

#: The form with these code lists came into force (国卫规划发〔2013〕57号).
FORM_2014 = date(2014, 1, 1)
WOMAN = is_one_of("sex", "2")
CHILDBEARING = age().is_between(10, 54)
IN_PROVINCE, OUT_OF_PROVINCE = "0", "1"
REGISTERED_HERE = is_one_of("registered_out_of_province", IN_PROVINCE)
REGISTERED_ELSEWHERE = is_one_of("registered_out_of_province", OUT_OF_PROVINCE)
RESIDENT_HERE = is_one_of("residence_out_of_province", IN_PROVINCE)
RESIDENT_ELSEWHERE = is_one_of("residence_out_of_province", OUT_OF_PROVINCE)
FINALLY_AUDITED = is_one_of("audit_status", *FINAL_AUDIT)
HAS_CITIZEN_ID = is_one_of("id_type", "1")
SINCE_2014 = {"valid_from": FORM_2014, "source": "国卫规划发〔2013〕57号；" + EXCHANGE}


class Death(Card):
    """One row per certificate."""

    card_id: str = field.text(True)
    occupation: str = field.coded(
        "personal_status", True, valid_from=FORM_2014, more=death_person.on_occupation()
    )
    marital_status: str = field.coded(
        "marital_status", True, valid_from=FORM_2014, more=death_person.on_marital_status()
    )
    education: str = field.coded("education_death", True, valid_from=FORM_2014)
    death_date: pl.Date = field.dated(True)
    id_type: str = field.coded("id_type", True, valid_from=FORM_2014)
    id_number: str = field.id_number(HAS_CITIZEN_ID)
    death_place: str = field.coded("death_place", True, valid_from=FORM_2014)
    diagnosis_level: str = field.coded("diagnosis_level_death", True, valid_from=FORM_2014)
    diagnosis_basis: str = field.coded("diagnosis_basis_death", True, valid_from=FORM_2014)
    underlying_cause: str = field.icd10(
        FINALLY_AUDITED,
        requirement="optional",
        channel="county",
        missing={"source": OWN},
        more=[*cause.rules(chain.terminal_alone()), *death_chain.on_underlying_cause()],
    )
    tabulation_no: str = field.text(more=[death_person.tabulated("tabulation_no")])
    family_name: str = field.text()
    family_phone: str = field.text()
    family_address: str = field.text()
    cause_a: str = field.icd10(True, more=death_chain.on_cause_a())
    interval_a: str = field.text(True, more=death_chain.on_interval_a())
    cause_b: str = field.icd10(more=death_chain.on_cause_b())
    interval_b: str = field.text(filled("cause_b"))
    cause_c: str = field.icd10()
    interval_c: str = field.text(filled("cause_c"))
    cause_d: str = field.icd10()
    interval_d: str = field.text(filled("cause_d"))
    other_cause_1: str = field.icd10()
    other_interval_1: str = field.text()
    other_cause_2: str = field.icd10()
    other_interval_2: str = field.text()
    other_cause_3: str = field.icd10()
    other_interval_3: str = field.text()
    cause_a_text: str = field.text(True, more=cause_text.on_cause_a_text())
    cause_b_text: str = field.text()
    cause_c_text: str = field.text()
    cause_d_text: str = field.text()
    other_cause_1_text: str = field.text()
    other_cause_2_text: str = field.text()
    other_cause_3_text: str = field.text()
    pregnancy: str = field.coded(
        "yes_no", WOMAN & CHILDBEARING, missing=SINCE_2014, more=death_birth.on_pregnancy()
    )
    registered_city: str = field.area(REGISTERED_HERE, level="2")
    registered_county: str = field.area(REGISTERED_HERE, level="3")
    registered_address: str = field.text(REGISTERED_HERE)
    registered_other_province: str = field.area(REGISTERED_ELSEWHERE, level="1")
    registered_other_city: str = field.area(REGISTERED_ELSEWHERE, level="2")
    registered_other_county: str = field.area(REGISTERED_ELSEWHERE, level="3")
    registered_other_town: str = field.town()
    registered_other_address: str = field.text(REGISTERED_ELSEWHERE)
    nationality: str = field.text(True)
    residence_city: str = field.area(RESIDENT_HERE, level="2")
    residence_county: str = field.area(RESIDENT_HERE, level="3")
    residence_address: str = field.text(RESIDENT_HERE)
    residence_other_province: str = field.area(RESIDENT_ELSEWHERE, level="1")
    residence_other_city: str = field.area(RESIDENT_ELSEWHERE, level="2")
    residence_other_county: str = field.area(RESIDENT_ELSEWHERE, level="3")
    residence_other_town: str = field.town()
    residence_other_address: str = field.text(RESIDENT_ELSEWHERE)
    card_status: str = field.coded("card_status_death", True, channel="county")
    card_kind: str = field.coded("card_kind")
    registration_verified: str = field.coded("yes_no", channel="county")
    registration_unverified_reason: str = field.coded(
        "registration_unverified_reason",
        is_one_of("registration_verified", "2"),
        channel="county",
    )
    rejection_text: str = field.text(
        has_choice("rejection_reason", "21"),
        requirement="optional",
        channel="county",
        missing={"source": EDITS},
    )
    stated_age: float = field.number(low=0, more=death_person.stated())
    age_unit: str = field.text()
    birth_weight_g: float = field.number(low=0, more=death_birth.on_birth_weight())
    gestation_weeks: float = field.number(low=0, more=death_birth.on_gestation())
    is_infant: str = field.text(more=death_birth.on_infant_flag())
    is_under_five: str = field.text(more=death_birth.on_under_five_flag())
    malformation_icd10: str = field.icd10(more=death_birth.on_malformation())
    days_since_delivery: float = field.number(low=0)
    onset_date_a: pl.Date = field.dated()
    onset_date_b: pl.Date = field.dated()
    onset_date_c: pl.Date = field.dated()
    onset_date_d: pl.Date = field.dated()
    certificate_no: str = field.text(more=death_person.on_certificate_no())
    schooling_text: str = field.text(more=death_person.on_schooling())
    is_impaired: str = field.text(more=death_person.on_impairment())
    birth_date: pl.Date = field.dated(True, more=[death_person.old_age()])
    created_time: pl.Datetime = field.dated(
        True, time=True, more=deadline.rules("death", "created_time")
    )
    hospital_audit_time: pl.Datetime = field.dated(
        time=True, more=deadline.rules("death", "hospital_audit_time")
    )
    county_audit_time: pl.Datetime = field.dated(
        is_one_of("audit_status", "3"),
        time=True,
        channel="county",
        more=deadline.rules("death", "county_audit_time"),
    )
    first_visit_date: pl.Date = field.dated(
        channel="county", more=deadline.rules("death", "first_visit_date")
    )

    class Config:
        """Name of the card type in ids."""

        name = "death"

    @classmethod
    def derived(cls) -> Derived:
        """Only an ID card's number is judged as one: passports have other forms."""
        return [
            credible_age(),
            *identifier.derived("id_number", HAS_CITIZEN_ID),
            *chain.derived(),
        ]

    @classmethod
    def derived_next(cls) -> Derived:
        """Bits of codes and words, worked out from the numbers of the codes."""
        return [*chain.derived_next(), cause_text.derived()]

    @rule("death_date", zh="死亡日期早于出生日期，请核实", source=OWN)
    def death_not_before_birth(cls) -> pl.Expr:
        """Deaths on the day of birth are sound."""
        return in_order("birth_date", "death_date")

    @rule("report_date", zh="报卡日期早于死亡日期，请核实", source=OWN)
    def report_not_before_death(cls) -> pl.Expr:
        """A certificate is written after the death."""
        return in_order("death_date", "report_date")

    @rule(
        "occupation",
        zh="死者不满2岁，个人身份应为“其他”，请核实",
        source=EDITS,
        jurisdiction="33",
        when=(age() < 2) & in_list("occupation", "personal_status"),
    )
    def occupation_under_2_is_other(cls) -> pl.Expr:
        """Code 90 of the personal status list."""
        return is_one_of("occupation", "90")

    @rule(
        "education",
        zh="死者不满10岁，文化程度应为“初中及以下”，请核实",
        source=EDITS,
        when=(age() < 10) & in_list("education", "education_death"),
    )
    def education_under_10_is_lowest(cls) -> pl.Expr:
        """Code 7 of the certificate's list."""
        return is_one_of("education", "7")

    @rule(
        "marital_status",
        zh="死者不满15岁，婚姻状况应为“未婚”，请核实",
        source=EDITS,
        when=(age() < 15) & in_list("marital_status", "marital_status"),
    )
    def marital_status_under_15_is_unmarried(cls) -> pl.Expr:
        """Code 1."""
        return is_one_of("marital_status", "1")

    @rule(
        "underlying_cause",
        zh="死亡时已满28天，根本死因为起源于围生期的情况，请核实",
        source=EDITS,
        jurisdiction="33",
        when=within("underlying_cause", "P00-P96"),
    )
    def perinatal_cause_is_under_28_days(cls) -> pl.Expr:
        """Under one year the age in days decides."""
        return pl.when(age() >= 1).then(False).when(age() == 0).then(pl.col("age_days") < 28)

    @rule(
        "underlying_cause",
        zh="根本死因为妊娠、分娩和产褥期疾病，年龄不在15～50岁，请核实",
        source=EDITS,
        jurisdiction="33",
        when=within("underlying_cause", "O00-O99") & WOMAN,
    )
    def maternal_cause_is_at_15_to_50(cls) -> pl.Expr:
        """In a man the sex is the fault, and found as such."""
        return age().is_between(15, 50)

    @rule(
        "underlying_cause",
        zh="根本死因在该年龄少见，请核实",
        source=EDITS,
        severity="warning",
        jurisdiction="33",
    )
    def underlying_cause_is_likely_at_this_age(cls) -> pl.Expr:
        """One rule over one table: rule_age_cause.csv."""
        return cause.likely_by_provincial_table()

    @rule(
        "underlying_cause",
        zh="根本死因尚未编码，请在终审前补充",
        source=OWN,
        severity="warning",
        channel="county",
        dimension="completeness",
        when=carried("underlying_cause") & ~FINALLY_AUDITED,
    )
    def underlying_cause_is_coded_before_final_audit(cls) -> pl.Expr:
        """Optional in the standard, because the county codes it."""
        return filled("underlying_cause")

    @rule(
        "pregnancy",
        zh="男性死者的妊娠情况应为空，请核实",
        source=EDITS,
        when=is_one_of("sex", "1") & in_list("pregnancy", "yes_no").fill_null(True),
    )
    def pregnancy_is_empty_for_a_man(cls) -> pl.Expr:
        """Neither yes nor no."""
        return ~filled("pregnancy")

    @rule(
        "pregnancy",
        zh="妊娠情况为“是”，年龄不在10～54岁，请核实",
        source=EDITS,
        severity="warning",
        when=WOMAN & is_one_of("pregnancy", "1"),
    )
    def pregnancy_is_at_10_to_54(cls) -> pl.Expr:
        """Outside it a warning only."""
        return CHILDBEARING

    @rule(
        "pregnancy",
        zh="女性死者（10～54岁以外）的妊娠情况未填写，请核实",
        source=EDITS,
        severity="warning",
        channel="county",
        dimension="completeness",
        jurisdiction="33",
        valid_from=FORM_2014,
        when=WOMAN & ~CHILDBEARING & carried("pregnancy"),
    )
    def pregnancy_is_filled_at_other_ages(cls) -> pl.Expr:
        """The province asks it of every woman."""
        return filled("pregnancy")

    @rule(
        "registered_other_county",
        zh="{label}属于本省，与户籍地址类型不一致，请核实",
        source=EXCHANGE,
        when=REGISTERED_ELSEWHERE,
    )
    def registered_other_county_is_elsewhere(cls) -> pl.Expr:
        """The block for other provinces."""
        return ~in_home_province("registered_other_county")

    @rule(
        "residence_other_county",
        zh="{label}属于本省，与居住地址类型不一致，请核实",
        source=EXCHANGE,
        when=RESIDENT_ELSEWHERE,
    )
    def residence_other_county_is_elsewhere(cls) -> pl.Expr:
        """The block for other provinces."""
        return ~in_home_province("residence_other_county")
