"""Diabetes card (糖尿病报告卡): what a sound card looks like."""

import polars as pl

from validators import field, table
from validators.card import DIED, EDITS, STATE_IS_DEAD, IncidentCard
from validators.expression import age, has_choice, in_order, within
from validators.kind import OWN
from validators.rule import rule

#: What the card is for.
DIABETES_CODES = "E10-E14 H28.0 N08.3 O24 P70.2"
#: Highest value of usual meters in mmol/L; above it a figure in mg/dL is likelier.
HIGHEST_LIKELY_GLUCOSE = 33.3
#: WHO 1999 criteria, mmol/L; HbA1c in % (WHO 2011).
FASTING, RANDOM, HBA1C = 7.0, 11.1, 6.5
#: Body mass index of living adults, kg/m2; outside it weight or height is a slip.
LIKELY_INDEX = (12.0, 60.0)
#: Lowest likely total cholesterol in mg/dL; below it a figure in mmol/L is likelier.
LOWEST_LIKELY_CHOLESTEROL = 30.0
#: The same for the other lipids, in mg/dL: values of living people in mmol/L lie below.
LOWEST_LIKELY_LIPIDS = {"hdl_cholesterol": 8.0, "ldl_cholesterol": 10.0, "triglycerides": 15.0}
#: Highest likely HbA1c in % (NGSP); above it a figure in mmol/mol (IFCC) is likelier.
HIGHEST_LIKELY_HBA1C = 20.0


class Diabetes(IncidentCard):
    """One row per card; a person has one card for life."""

    icd10: str = field.icd10(True, older=False)
    diabetes_type: str = field.coded("diabetes_type", True)
    risk_factors: str = field.coded("risk_factors", multiple=True)
    weight_kg: float = field.number(low=0, high=200, unit="千克")
    height_cm: float = field.number(low=40, high=240, unit="厘米")
    family_history: str = field.coded("family_history", multiple=True)
    family_history_count: float = field.number(low=0)
    complications: str = field.coded("complications", True, multiple=True)
    symptoms: str = field.coded("diabetes_symptom", True, multiple=True)
    symptoms_other: str = field.text(has_choice("symptoms", "10"))
    fasting_glucose: float = field.number(low=0, high=50, unit="mmol/L")
    random_glucose: float = field.number(low=0, high=50, unit="mmol/L")
    ogtt_glucose: float = field.number(low=0, high=50, unit="mmol/L")
    total_cholesterol: float = field.number(low=0, high=1000, unit="mg/dL")
    hdl_cholesterol: float = field.number(low=0, high=1000, unit="mg/dL")
    ldl_cholesterol: float = field.number(low=0, high=1000, unit="mg/dL")
    triglycerides: float = field.number(low=0, high=1000, unit="mg/dL")
    urine_albumin: float = field.number(low=0, high=10000, unit="mg/24h")
    hba1c: float = field.number(low=0, high=100, unit="%")
    education: str = field.coded("education", True)
    death_date: pl.Date = field.dated(STATE_IS_DEAD)
    death_cause_class: str = field.coded("death_cause_class_diabetes", DIED)

    class Config:
        """Name of the card type in ids."""

        name = "diabetes"

    @rule("diagnosis_date", zh="首次诊断日期早于出生日期，请核实", source=OWN)
    def diagnosis_not_before_birth(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("birth_date", "diagnosis_date")

    @rule("death_date", zh="死亡日期早于首次诊断日期，请核实", source=OWN)
    def death_not_before_diagnosis(cls) -> pl.Expr:
        """Dates in order."""
        return in_order("diagnosis_date", "death_date")

    @rule(
        "icd10", zh="ICD编码不在糖尿病报告范围内，请核实", source=EDITS, when=table.exists("icd10")
    )
    def icd10_is_a_diabetes_code(cls) -> pl.Expr:
        """E10-E14, H28.0, N08.3, O24, P70.2."""
        return within("icd10", DIABETES_CODES)

    @rule(
        "icd10",
        zh="男性患者的ICD编码为妊娠期糖尿病（O24），请核实",
        source=EDITS,
        when=within("icd10", "O24"),
    )
    def icd10_matches_sex(cls) -> pl.Expr:
        """The table that all cards use."""
        return table.possible_for_sex("icd10")

    @rule(
        "diabetes_type",
        zh="糖尿病类型与ICD编码不符，请核实",
        source=EDITS,
        when=within("icd10", DIABETES_CODES),
    )
    def diabetes_type_matches_icd10(cls) -> pl.Expr:
        """One rule over one table: rule_type_icd10.csv."""
        return table.type_agrees("diabetes_type")

    @rule(
        "weight_kg",
        zh="体重达到100千克，较少见，请核实",
        source=EDITS,
        severity="warning",
        channel="county",
        when=pl.col("weight_kg") <= 200,
    )
    def weight_is_under_100_kg(cls) -> pl.Expr:
        """Above 200 the range speaks."""
        return pl.col("weight_kg") < 100

    @rule(
        "diagnosis_date",
        zh="首次诊断时年龄达到100岁，较少见，请核实",
        source=EDITS,
        severity="warning",
        channel="county",
    )
    def age_at_diagnosis_is_under_100(cls) -> pl.Expr:
        """Completed years."""
        return age() < 100

    @rule(
        "fasting_glucose",
        zh="空腹血糖数值偏高，单位应为mmol/L，请核实是否误用mg/dL",
        source=OWN,
        severity="warning",
        when=pl.col("fasting_glucose") <= 50,
    )
    def fasting_glucose_looks_like_mmol_per_l(cls) -> pl.Expr:
        """Above 50 the range speaks."""
        return pl.col("fasting_glucose") <= HIGHEST_LIKELY_GLUCOSE

    @rule(
        "random_glucose",
        zh="随机血糖数值偏高，单位应为mmol/L，请核实是否误用mg/dL",
        source=OWN,
        severity="warning",
        channel="county",
        when=pl.col("random_glucose") <= 50,
    )
    def random_glucose_looks_like_mmol_per_l(cls) -> pl.Expr:
        """Crises reach higher values: a matter for the county."""
        return pl.col("random_glucose") <= HIGHEST_LIKELY_GLUCOSE

    @rule(
        "ogtt_glucose",
        zh="OGTT血糖数值偏高，单位应为mmol/L，请核实是否误用mg/dL",
        source=OWN,
        severity="warning",
        channel="county",
        when=pl.col("ogtt_glucose") <= 50,
    )
    def ogtt_glucose_looks_like_mmol_per_l(cls) -> pl.Expr:
        """Nobody with such a value is given glucose to drink."""
        return pl.col("ogtt_glucose") <= HIGHEST_LIKELY_GLUCOSE

    @rule(
        "fasting_glucose",
        zh="所填血糖、糖化血红蛋白均未达到糖尿病诊断标准，请核实",
        source="WHO 1999 糖尿病诊断标准；WHO 2011 糖化血红蛋白",
        severity="query",
        channel="county",
        when=within("icd10", "E10-E14"),
    )
    def glucose_supports_the_diagnosis(cls) -> pl.Expr:
        """Treated patients have lower values: a question, never a fault."""
        limits = {
            "fasting_glucose": FASTING,
            "random_glucose": RANDOM,
            "ogtt_glucose": RANDOM,
            "hba1c": HBA1C,
        }
        # A value out of all range has a finding of its own and shows nothing.
        reached = [
            pl.when(pl.col(name).is_between(0, 50)).then(pl.col(name) >= limit)
            for name, limit in limits.items()
        ]
        any_filled = pl.any_horizontal([part.is_not_null() for part in reached])
        shown = pl.any_horizontal([part.fill_null(False) for part in reached])
        return pl.when(any_filled).then(shown)

    @rule(
        "height_cm",
        zh="身高与体重推算的体质指数不在12～60之间，请核实",
        source=OWN,
        severity="warning",
        channel="county",
        when=pl.col("weight_kg").is_between(1, 200) & pl.col("height_cm").is_between(40, 240),
    )
    def body_mass_index_is_likely(cls) -> pl.Expr:
        """Weight and height exchanged, or height in metres, come out here."""
        metres = pl.col("height_cm") / 100
        return (pl.col("weight_kg") / (metres * metres)).is_between(*LIKELY_INDEX)

    @rule(
        "total_cholesterol",
        zh="总胆固醇数值偏低，单位应为mg/dL，请核实是否误用mmol/L",
        source=OWN,
        severity="warning",
        channel="county",
        jurisdiction="33",
        when=pl.col("total_cholesterol") > 0,
    )
    def total_cholesterol_looks_like_mg_per_dl(cls) -> pl.Expr:
        """The unit is the province's; most laboratories report mmol/L."""
        return pl.col("total_cholesterol") >= LOWEST_LIKELY_CHOLESTEROL

    @rule(
        "hdl_cholesterol",
        zh="高、低密度脂蛋白胆固醇或甘油三酯数值偏低，单位应为mg/dL，请核实是否误用mmol/L",
        source=OWN,
        severity="query",
        channel="county",
        jurisdiction="33",
        when=~(pl.col("total_cholesterol") < LOWEST_LIKELY_CHOLESTEROL).fill_null(False),
    )
    def other_lipids_look_like_mg_per_dl(cls) -> pl.Expr:
        """Where total cholesterol shows the slip, its own rule says so once for the card."""
        shown = [
            pl.when(pl.col(name) > 0).then(pl.col(name) >= lowest)
            for name, lowest in LOWEST_LIKELY_LIPIDS.items()
        ]
        return pl.all_horizontal(shown)

    @rule(
        "hba1c",
        zh="糖化血红蛋白数值偏高，单位应为%，请核实是否误用mmol/mol",
        source=OWN,
        severity="query",
        channel="county",
        when=pl.col("hba1c") <= 100,
    )
    def hba1c_looks_like_percent(cls) -> pl.Expr:
        """Above 100 the range speaks."""
        return pl.col("hba1c") <= HIGHEST_LIKELY_HBA1C

    @rule(
        "complications",
        zh="并发症同时选择了“无”和其他项，请核实",
        source=OWN,
        severity="warning",
        dimension="conformance",
    )
    def no_complication_stands_alone(cls) -> pl.Expr:
        """Choice 6 says that there is none of the others."""
        return ~pl.col("complications").str.contains(r"(?:^|,)6,|,6(?:,|$)")

    @rule(
        "symptoms",
        zh="临床表现同时选择了“无临床症状”和其他项，请核实",
        source=OWN,
        severity="warning",
        dimension="conformance",
    )
    def no_symptom_stands_alone(cls) -> pl.Expr:
        """Choice 11 says that there is none of the others."""
        return ~pl.col("symptoms").str.contains(r"(?:^|,)11,|,11(?:,|$)")
