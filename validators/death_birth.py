"""Rules on mothers and newborns (maternal and perinatal cross-checks of death cards)."""

import polars as pl

from validators import reference
from validators.cause import fact
from validators.chain import MALFORMED_CODE, MATERNAL, has
from validators.expression import age, is_one_of, within
from validators.rule import Facts

WHO = "WHO ICD-10 第2卷 孕产妇死亡定义（妊娠或终止后42天内）"
OWN = "本系统"
SHANGHAI = "上海市死亡数据审核规则"
WOMAN = is_one_of("sex", "2")
MATERNAL_CODES = "O00-O99 A34 F53 M83.0"
HIV = "B20-B24"
#: Causes that may hide a death in pregnancy (maternal_perinatal MAT10).
HIDING = "I26 R57 D65 A40-A41 N17 I46 R99 Y34"
#: Words for yes and no in layouts that write the flag as text.
YES = ["1", "是", "Y", "y", "有"]
NO = ["2", "0", "否", "N", "n", "无"]


def on_pregnancy() -> list[Facts]:
    """Return the rules on the pregnancy box against the underlying cause."""
    fertile = WOMAN & age().is_between(10, 54)
    pregnant = fertile & is_one_of("pregnancy", "1")
    maternal = within("underlying_cause", MATERNAL_CODES)
    return [
        fact(
            "death_in_pregnancy_has_a_maternal_cause",
            "妊娠情况为“是”，根本死因不是产科原因或外部原因，请核实是否为孕产妇死亡",
            WHO + "（MAT03）",
            maternal | within("underlying_cause", "V01-Y89"),
            when=pregnant & ~within("underlying_cause", HIV),
        ),
        fact(
            "maternal_cause_has_a_pregnancy",
            "根本死因为产科原因，妊娠情况为“否”，请核实",
            OWN + "（MAT04）",
            ~is_one_of("pregnancy", "2"),
            # At other ages the age is the question.
            when=WOMAN & age().is_between(15, 50) & within("underlying_cause", "O00-O95 O98-O99"),
        ),
        fact(
            "vague_cause_of_a_woman_is_checked_for_pregnancy",
            "育龄妇女死因不明确，请核实死亡时是否处于妊娠期或终止后42天内",
            OWN + "（MAT10）",
            ~within("underlying_cause", HIDING),
            when=WOMAN & age().is_between(15, 49) & ~is_one_of("pregnancy", "1").fill_null(False),
        ),
        fact(
            "infection_in_pregnancy_is_coded_to_o98",
            "孕产妇死亡，根本死因宜按妊娠合并感染（O98）编码，请核实",
            WHO + "（MAT11）",
            ~(is_one_of("pregnancy", "1").fill_null(False) | has("derived_certificate", MATERNAL)),
            when=fertile & within("underlying_cause", HIV),
        ),
    ]


def on_birth_weight() -> list[Facts]:
    """Return the rules on birth weight, alone and against the weeks of gestation."""
    rows = reference.table("rule_cause_birth_weight")
    weeks = pl.col("gestation_weeks").floor().cast(pl.Int32)
    keys = rows["gestation_weeks"].cast(pl.Int32)
    low = weeks.replace_strict(keys, rows["weight_low_g"].cast(pl.Float64), default=None)
    high = weeks.replace_strict(keys, rows["weight_high_g"].cast(pl.Float64), default=None)
    weight = pl.col("birth_weight_g")
    plausible = weight.is_between(300, 6500)
    return [
        fact(
            "birth_weight_is_plausible",
            "出生体重不在300～6500克之间，请核实",
            OWN + "（PER09）",
            plausible,
            when=weight >= 0,
        ),
        fact(
            "birth_weight_suits_gestation",
            "出生体重与孕周相差较大，请核实",
            "本系统宽界限，未与标准核对（PER11；rule_cause_birth_weight.csv）",
            weight.is_between(low, high),
            when=plausible,
        ),
    ]


def on_gestation() -> list[Facts]:
    """Return the rule on the weeks of gestation."""
    weeks = pl.col("gestation_weeks")
    return [
        fact(
            "gestation_is_plausible",
            "孕周不在20～44周之间，请核实",
            OWN + "（PER10）",
            (weeks >= 20) & (weeks < 45),
            when=weeks >= 0,
        )
    ]


def on_malformation() -> list[Facts]:
    """Return the rule on a stated malformation without a code of one."""
    return [
        fact(
            "malformation_is_on_the_certificate",
            "填写了畸形ICD编码，死因诊断中没有先天异常，请核实",
            SHANGHAI + "（PER17）",
            has("derived_certificate", MALFORMED_CODE) | has("derived_underlying", MALFORMED_CODE),
            when=within("malformation_icd10", "Q00-Q99"),
        )
    ]


def _flag(field: str, limit: int, zh: str, source: str) -> Facts:
    said = pl.when(pl.col(field).is_in(YES)).then(True).when(pl.col(field).is_in(NO)).then(False)
    return fact(
        f"{field}_agrees_with_age",
        zh,
        source,
        said == (age() < limit),
        severity="error",
        channel="hospital",
    )


def on_infant_flag() -> list[Facts]:
    """Return the rule on the infant flag."""
    zh = "“是否婴幼儿”与死亡年龄不符，请核实"
    return [_flag("is_infant", 1, zh, SHANGHAI + "infant、a81（PER14）")]


def on_under_five_flag() -> list[Facts]:
    """Return the rule on the flag of children under five."""
    zh = "“是否五岁以下儿童”与死亡年龄不符，请核实"
    return [_flag("is_under_five", 5, zh, SHANGHAI + "under5、a81（PER13）")]
