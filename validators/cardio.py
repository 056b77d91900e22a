"""Cardiovascular event card (心脑血管事件报告卡): what a sound card looks like."""

import polars as pl

from validators import field, table
from validators.card import DIED, EDITS, STATE_IS_DEAD, IncidentCard
from validators.expression import age, carried, filled, in_list, in_order, is_one_of, within
from validators.kind import OWN
from validators.rule import rule

CORONARY, STROKE = filled("coronary_type"), filled("stroke_type")
CORONARY_ALONE, STROKE_ALONE = CORONARY & ~STROKE, STROKE & ~CORONARY
#: Evidence code: the examination was not made.
NOT_EXAMINED = "4"
#: A living patient's onset so long before the diagnosis was hardly found as an event.
LONGEST_DELAY_DAYS = 180
#: Type 3 is a death from coronary disease without an attack: it has no meaning in the living.
OTHER_CORONARY_DEATH = is_one_of("coronary_type", "3")
STROKE_CODES = "I60-I64"


class Cardio(IncidentCard):
    """One row per event."""

    marital_status: str = field.coded("marital_status_cardio", True)
    education: str = field.coded("education", True)
    icd10: str = field.icd10(True, older=False)
    coronary_type: str = field.coded("coronary_type", requirement="conditional")
    stroke_type: str = field.coded("stroke_type", requirement="conditional")
    evidence_clinical: str = field.coded("evidence", True)
    evidence_ecg: str = field.coded("evidence", True)
    evidence_enzymes: str = field.coded("evidence", True)
    evidence_csf: str = field.coded("evidence", True)
    evidence_eeg: str = field.coded("evidence", True)
    evidence_angiography: str = field.coded("evidence", True)
    evidence_ct: str = field.coded("evidence", True)
    evidence_mri: str = field.coded("evidence", True)
    evidence_autopsy: str = field.coded("evidence", True)
    evidence_neurologist: str = field.coded("evidence", True)
    risk_history: str = field.coded("risk_history", True, multiple=True)
    inferred_after_death: str = field.coded("yes_no", True)
    imaging_delay: str = field.coded("imaging_delay")
    stroke_symptom: str = field.coded(
        "stroke_symptom", STROKE, multiple=True, missing={"source": EDITS}
    )
    onset_date: pl.Date = field.dated(True)
    first_ever: str = field.coded("yes_no", True)
    death_date: pl.Date = field.dated(
        OTHER_CORONARY_DEATH | STATE_IS_DEAD, missing={"source": EDITS}
    )
    death_cause_class: str = field.coded("death_cause_class_cardio", DIED)

    class Config:
        """Name of the card type in ids."""

        name = "cardio"

    @rule(
        "coronary_type",
        zh="冠心病诊断和脑卒中诊断应填且只填一项，请核实",
        source=EDITS,
        dimension="conformance",
        when=carried("coronary_type", "stroke_type"),
    )
    def coronary_or_stroke_type_is_filled(cls) -> pl.Expr:
        """Exactly one of the two."""
        return CORONARY ^ STROKE

    @rule(
        "icd10",
        zh="冠心病诊断与ICD编码不符，请核实",
        source=EDITS,
        when=CORONARY_ALONE & table.exists("icd10"),
    )
    def icd10_matches_coronary_type(cls) -> pl.Expr:
        """One rule over one table: rule_type_icd10.csv."""
        return table.type_agrees("coronary_type")

    @rule(
        "icd10",
        zh="心源性猝死的ICD编码通常为I46.1，请核实",
        source=EDITS,
        severity="query",
        channel="county",
        when=CORONARY_ALONE & is_one_of("coronary_type", "2") & within("icd10", "I46"),
    )
    def sudden_death_is_i46_1(cls) -> pl.Expr:
        """I46.0 and I46.9 are arrests of other or unknown kinds."""
        return within("icd10", "I46.1")

    @rule(
        "icd10",
        zh="脑卒中诊断的ICD编码应在I60～I64之间，请核实",
        source=EDITS,
        when=STROKE_ALONE & table.exists("icd10"),
    )
    def icd10_is_a_stroke_code(cls) -> pl.Expr:
        """TIA (G45) and sequelae (I69) are no strokes."""
        return within("icd10", STROKE_CODES)

    @rule(
        "stroke_type",
        zh="脑卒中诊断类型与ICD编码不符（以ICD编码为准），请核实",
        source=EDITS,
        severity="warning",
        channel="county",
        jurisdiction="33",
        when=STROKE_ALONE & within("icd10", STROKE_CODES),
    )
    def stroke_type_matches_icd10(cls) -> pl.Expr:
        """The numbering of types 4 and 5 can be switched in rule_type_icd10.csv."""
        return table.type_agrees("stroke_type")

    @rule("onset_date", zh="发病日期早于出生日期，请核实", source=EDITS)
    def onset_not_before_birth(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("birth_date", "onset_date")

    @rule("diagnosis_date", zh="确诊日期早于发病日期，请核实", source=EDITS)
    def diagnosis_not_before_onset(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("onset_date", "diagnosis_date")

    @rule("death_date", zh="死亡日期早于发病日期，请核实", source=EDITS)
    def death_not_before_onset(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("onset_date", "death_date")

    @rule(
        "education",
        zh="患者不满6岁，文化程度或职业为已就学或从业，请核实",
        source=EDITS,
        jurisdiction="33",
        when=age() < 6,
        implies=("onset_is_at_35_to_99",),
    )
    def no_schooling_or_job_under_6(cls) -> pl.Expr:
        """Education illiterate or unknown; occupation child or student."""
        schooled = is_one_of("education", "2", "3", "4")
        employed = in_list("occupation", "occupation") & ~is_one_of("occupation", "I", "J")
        return ~(schooled | employed)

    @rule(
        "marital_status",
        zh="患者不满15岁，婚姻状况为已婚、丧偶或离婚，请核实",
        source=EDITS,
        severity="warning",
        when=age() < 15,
        implies=("onset_is_at_35_to_99",),
    )
    def marital_status_under_15_is_unmarried(cls) -> pl.Expr:
        """Printed for 6; the text says 15."""
        return ~is_one_of("marital_status", "2", "3", "4")

    @rule(
        "onset_date",
        zh="发病年龄小于35岁或达到100岁，较少见，请核实",
        source=EDITS,
        severity="warning",
        channel="county",
    )
    def onset_is_at_35_to_99(cls) -> pl.Expr:
        """Strokes of the young are real: a matter for the county."""
        return age().is_between(35, 99)

    @rule(
        "risk_history",
        zh="病史同时选择了“无”和其他项，请核实",
        source=OWN,
        severity="warning",
        dimension="conformance",
    )
    def risk_history_none_stands_alone(cls) -> pl.Expr:
        """Choice 9 says that there is none of the others."""
        return ~pl.col("risk_history").str.contains(r"(?:^|,)9,|,9(?:,|$)")

    @rule(
        "evidence_ecg",
        zh="急性心肌梗死的心电图和心肌酶均为“未查”，请核实诊断依据",
        source="WHO MONICA 心肌梗死诊断标准；本系统",
        severity="warning",
        channel="county",
        when=CORONARY_ALONE
        & is_one_of("coronary_type", "1")
        & is_one_of("inferred_after_death", "2")
        & is_one_of("evidence_autopsy", NOT_EXAMINED),
    )
    def infarction_has_ecg_or_enzymes(cls) -> pl.Expr:
        """Symptoms alone do not make an infarction; a death inferred afterwards is excused."""
        names = [f"evidence_{name}" for name in ("ecg", "enzymes", "angiography")]
        return ~pl.all_horizontal([is_one_of(name, NOT_EXAMINED) for name in names])

    @rule(
        "evidence_ct",
        zh="脑卒中的CT、磁共振和血管造影均为“未查”，请核实诊断依据",
        source="WHO MONICA 脑卒中诊断标准；本系统",
        severity="warning",
        channel="county",
        when=STROKE_ALONE
        & within("icd10", "I60-I63")
        & is_one_of("inferred_after_death", "2")
        & is_one_of("evidence_autopsy", NOT_EXAMINED),
    )
    def stroke_has_an_image(cls) -> pl.Expr:
        """The kinds I60-I63 are told apart by an image; I64 says that there was none."""
        images = [f"evidence_{name}" for name in ("ct", "mri", "angiography", "csf")]
        return ~pl.all_horizontal([is_one_of(name, NOT_EXAMINED) for name in images])

    @rule(
        "icd10",
        zh="陈旧性心肌梗死（I25.2）为慢性情况，不作为新发事件报告，请核实",
        source="心脑血管事件报告范围：I21～I22、I46.1；WHO ICD-10",
        severity="warning",
        channel="county",
        when=CORONARY_ALONE & is_one_of("coronary_type", "3"),
    )
    def old_infarction_is_no_event(cls) -> pl.Expr:
        """Other chronic codes and sequelae (I69) are found by type and code."""
        return ~within("icd10", "I25.2")

    @rule(
        "onset_date",
        zh="确诊距发病超过180天，请核实是否为既往病例或管理中的患者",
        source=OWN,
        severity="query",
        channel="county",
    )
    def onset_is_shortly_before_diagnosis(cls) -> pl.Expr:
        """Patients under management reported as events have old dates of onset."""
        days = pl.col("diagnosis_date").sub(pl.col("onset_date")).dt.total_days()
        known = in_order("onset_date", "diagnosis_date")
        return pl.when(known).then(days <= LONGEST_DELAY_DAYS)
