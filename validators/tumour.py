"""Tumour report card (居民肿瘤病例报告卡): what a sound card looks like."""

import polars as pl

from validators import field, reference, table, tumour_basis, tumour_code, tumour_text
from validators.card import DIED, EDITS, STATE_IS_DEAD, Derived
from validators.expression import (
    age,
    carried,
    credible,
    filled,
    in_list,
    in_order,
    is_one_of,
    within,
)
from validators.kind import ICDO3, OWN
from validators.rule import rule
from validators.tumour_basis import NEEDS_PATHOLOGY
from validators.tumour_course import TumourCourse

REGULAR = is_one_of("card_kind", "1")


def years_between(start: str, end: str) -> pl.Expr:
    """Return completed years between two credible dates."""
    first, last = pl.col(start), pl.col(end)
    reached = (last.dt.month() > first.dt.month()) | (
        (last.dt.month() == first.dt.month()) & (last.dt.day() >= first.dt.day())
    )
    years = last.dt.year() - first.dt.year() - (~reached).cast(pl.Int32)
    return pl.when(credible(start) & credible(end) & (last >= first)).then(years)


class Tumour(TumourCourse):
    """One row per card."""

    patient_informed: str = field.coded("patient_informed", True)
    icd9: str = field.text()
    morphology: str = field.morphology()
    topography: str = field.topography()
    grade: str = field.coded("grade")
    site_text: str = field.text(True)
    pathology_text: str = field.text(NEEDS_PATHOLOGY, missing={"source": EDITS})
    pathology_no: str = field.text()
    stage: str = field.coded("stage")
    stage_t: str = field.coded("stage_t")
    stage_n: str = field.coded("stage_n")
    stage_m: str = field.coded("stage_m")
    original_diagnosis_date: pl.Date = field.dated()
    original_diagnosis: str = field.text()
    death_date: pl.Date = field.dated(
        STATE_IS_DEAD,
        requirement="optional",
        missing={"severity": "warning", "channel": "county", "source": OWN},
    )
    death_cause_class: str = field.coded("death_cause_class", DIED, missing={"source": EDITS})
    diagnosis_basis: str = field.coded("diagnosis_basis_tumour", True, multiple=True)
    diagnosed_here: str = field.coded("yes_no", True)
    diagnosing_hospital: str = field.text(
        is_one_of("diagnosed_here", "2"), missing={"source": EDITS}
    )
    behaviour: str = field.coded("behaviour")
    laterality: str = field.coded("laterality")
    diagnosis_basis_national: str = field.coded("diagnosis_basis_national")
    patient_no: str = field.text()
    vital_status: str = field.coded("vital_status")
    last_contact_date: pl.Date = field.dated()

    class Config:
        """Name of the card type in ids."""

        name = "tumour"

    @classmethod
    def derived(cls) -> Derived:
        """Return the shared columns and the verdicts on codes and texts."""
        own = [part.derived() for part in (tumour_basis, tumour_code, tumour_text)]
        return [*super().derived(), *(column for columns in own for column in columns)]

    @rule("diagnosis_date", zh="首次诊断日期早于出生日期，请核实", source=OWN)
    def diagnosis_not_before_birth(cls) -> pl.Expr:
        """A tumour present at birth is diagnosed that day."""
        return in_order("birth_date", "diagnosis_date")

    @rule("death_date", zh="死亡日期早于首次诊断日期，请核实", source=EDITS)
    def death_not_before_diagnosis(cls) -> pl.Expr:
        """A case found at autopsy is diagnosed on the day of death."""
        return in_order("diagnosis_date", "death_date")

    @rule(
        "occupation",
        zh="报告时不满6岁，职业应为学龄前儿童或学生，请核实",
        source=EDITS,
        jurisdiction="33",
        when=(years_between("birth_date", "report_date") < 6)
        & age().is_not_null()
        & in_list("occupation", "occupation"),
    )
    def occupation_under_6_is_child_or_student(cls) -> pl.Expr:
        """Letters of the province's list, with or without the job's zero."""
        return is_one_of("occupation", "I", "I0", "J", "J0")

    @rule("icd10", zh="诊断编码与性别不符，请核实性别或诊断", source=EDITS)
    def icd10_matches_sex(cls) -> pl.Expr:
        """One rule over one table: rule_sex_cause.csv."""
        return table.possible_for_sex("icd10")

    @rule(
        "icd10",
        zh="男性乳腺恶性肿瘤少见，请核实",
        source=EDITS,
        severity="warning",
        when=within("icd10", "C50"),
    )
    def breast_cancer_is_in_a_woman(cls) -> pl.Expr:
        """About one in a hundred is in a man."""
        return pl.when(is_one_of("sex", "1", "2")).then(pl.col("sex") == "2")

    @rule("icd10", zh="该年龄少见此诊断，请核实", source=EDITS, severity="warning")
    def icd10_is_likely_at_this_age(cls) -> pl.Expr:
        """One rule over one table: rule_age_cause.csv; a wrong sex is found as such."""
        possible = table.possible_for_sex("icd10").fill_null(True)
        return ~possible | table.likely_at_age("tumour", "icd10")

    @rule("morphology", zh="该年龄少见此形态学类型，请核实", source=EDITS, severity="warning")
    def morphology_is_likely_at_this_age(cls) -> pl.Expr:
        """One rule over one table: rule_age_cause.csv."""
        return table.likely_at_age("tumour", "morphology")

    @rule(
        "behaviour",
        zh="形态学编码与行为的组合不在ICD-O-3中，请核实",
        source=ICDO3,
        severity="warning",
        when=pl.col("morphology").is_in(
            pl.lit(reference.table("icdo3_morphology")["morphology"].unique()).implode()
        )
        & is_one_of("behaviour", "0", "1", "2", "3"),
    )
    def behaviour_belongs_to_morphology(cls) -> pl.Expr:
        """Behaviours 6 and 9 are not in the list and may follow any malignant type."""
        pairs = reference.table("icdo3_morphology").select(
            pl.concat_str("morphology", "behaviour", separator="/")
        )
        pair = pl.concat_str("morphology", "behaviour", separator="/")
        return pair.is_in(pl.lit(pairs["morphology"]).implode())

    @rule(
        "inpatient_no",
        zh="门诊号和住院号均未填写，请至少填写一项",
        source=EDITS,
        dimension="completeness",
        when=REGULAR & carried("outpatient_no", "inpatient_no"),
    )
    def outpatient_or_inpatient_no_is_filled(cls) -> pl.Expr:
        """Only regular cards: the others come from death certificates and reviews."""
        return filled("outpatient_no") | filled("inpatient_no")

    @rule(
        "diagnosis_level",
        zh="最高诊断单位为乡级、其他或不详，请核实",
        source=EDITS,
        severity="warning",
        channel="county",
        jurisdiction="33",
        when=REGULAR & is_one_of("diagnosis_level", "1", "2", "3", "4", "5", "6"),
    )
    def diagnosed_at_county_level_or_higher(cls) -> pl.Expr:
        """Codes 4 to 6 of the province's list."""
        return is_one_of("diagnosis_level", "1", "2", "3")
