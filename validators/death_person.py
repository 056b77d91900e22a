"""Rules on the person and the certificate number of a death card."""

from dataclasses import replace
from datetime import date

import polars as pl

from validators.cause import SHANGHAI, fact
from validators.death_birth import YES
from validators.expression import age, filled, in_list, is_one_of
from validators.rule import Facts

#: From this day the certificate bears the number of the person's document.
FORM_2026 = date(2026, 7, 1)
#: A unified social credit code (GB 32100-2015), the year, and a serial number.
BY_ISSUER = r"^[0-9A-HJ-NP-RTUW-Y]{18}(?:19|20)[0-9]{2}[0-9]*$"
ILLITERATE = "文盲|不识字"
LOWEST_SCHOOL = "7"
STUDENT, UNEMPLOYED = "31", "70"


def on_certificate_no() -> list[Facts]:
    """Return the rule on the number of certificates of the 2026 form."""
    number = pl.col("certificate_no").str.to_uppercase()
    own = pl.col("id_number").str.to_uppercase()
    statement = (
        pl.when(filled("id_number")).then(number == own).otherwise(number.str.contains(BY_ISSUER))
    )
    facts = fact(
        "certificate_no_is_the_document_number",
        "死亡证编号与有效身份证件号码（无证件时为签发单位统一社会信用代码加年份流水号）不一致，请核实",
        "国卫规划发〔2026〕5号",
        statement,
        severity="warning",
        when=filled("certificate_no") & ~pl.col("excused_id_number"),
    )
    return [_since(facts, FORM_2026)]


def _since(facts: Facts, first: date) -> Facts:
    return replace(facts, valid_from=first)


def on_marital_status() -> list[Facts]:
    """Return the rule on marriage between 15 and 19; under 15 the edits speak."""
    return [
        fact(
            "marital_status_under_20_is_unmarried",
            "死者不满20岁，婚姻状况不是“未婚”，请核实",
            SHANGHAI + "a67",
            is_one_of("marital_status", "1"),
            when=age().is_between(15, 19) & in_list("marital_status", "marital_status"),
        )
    ]


def on_occupation() -> list[Facts]:
    """Return the rules on students over 30 and people out of work over 60."""
    return [
        fact(
            "student_is_at_most_30",
            "死者超过30岁，个人身份为“学生”，请核实",
            SHANGHAI + "a81",
            age() <= 30,
            when=is_one_of("occupation", STUDENT),
        ),
        fact(
            "unemployed_is_at_most_60",
            "死者超过60岁，个人身份为“无业人员”",
            SHANGHAI + "a81（农村常见，仅统计）",
            age() <= 60,
            channel="statistic",
            when=is_one_of("occupation", UNEMPLOYED),
        ),
    ]


def on_schooling() -> list[Facts]:
    """Return the rule on students who never went to school, in layouts that say so."""
    return [
        fact(
            "student_has_been_to_school",
            "个人身份为“学生”，文化程度为文盲，请核实",
            SHANGHAI + "a9",
            ~pl.col("schooling_text").str.contains(ILLITERATE),
            severity="error",
            when=is_one_of("occupation", STUDENT) & (age() >= 7),
        )
    ]


def on_impairment() -> list[Facts]:
    """Return the rule on schooling of the mentally impaired."""
    return [
        fact(
            "schooling_of_the_impaired_is_lowest",
            "“是否弱智”为是，文化程度高于初中，请核实",
            SHANGHAI + "a8A",
            is_one_of("education", LOWEST_SCHOOL),
            severity="error",
            when=pl.col("is_impaired").is_in(YES)
            & in_list("education", "education_death")
            & (age() >= 10),
        )
    ]


def tabulated(field: str) -> Facts:
    """Return the rule that an audited card has its tabulation number, by layouts that carry it."""
    return fact(
        "tabulation_no_is_filled",
        "统计分类号未填写",
        SHANGHAI + "nuCCD",
        filled(field),
        channel="statistic",
        when=~pl.col(f"excused_{field}"),
    )


def stated() -> list[Facts]:
    """Return the rule on the age that a layout states beside the dates."""
    years = pl.col("stated_age")
    days = pl.col("event_date").sub(pl.col("birth_date")).dt.total_days()
    by_unit = (
        pl.when(pl.col("age_unit") == "岁")
        .then((age() - years).abs() <= 0)
        .when(pl.col("age_unit") == "月")
        .then((days / 30.4375 - years - 0.5).abs() <= 1)
        .when(pl.col("age_unit") == "天")
        .then((days - years).abs() <= 1)
        .when(pl.col("age_unit") == "小时")
        .then(days <= years / 24 + 1)
    )
    return [
        fact(
            "stated_age_agrees_with_dates",
            "所填年龄与出生日期、死亡日期推算的年龄不一致，请核实",
            SHANGHAI + "SH-age",
            by_unit,
            severity="error",
            channel="hospital",
            when=age().is_not_null(),
        )
    ]


def old_age() -> Facts:
    """Return the rule on ages of 120 and more."""
    return fact(
        "age_is_under_120",
        "死亡年龄达到120岁，请核实出生日期和死亡日期",
        SHANGHAI + "a1；CoDEdit（rule_cause_age.csv）",
        age() < 120,
        severity="error",
        channel="hospital",
    )
