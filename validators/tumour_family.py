"""Families of tumour rules: what can be switched off, and what is off unless asked for.

A rule names its family; `find(..., without=...)` leaves families out.  Verdicts follow the rule
tables: what is invalid is an error, what is unlikely a warning, what needs a look a query.
"""

from collections.abc import Collection

#: Family -> what it judges, in the words of the Chinese settings page.
FAMILIES = {
    "sex_site": "性别与部位",
    "sex_morphology": "性别与形态学",
    "site_morphology": "部位与形态学（IARC TR 42 第2–71组）",
    "behaviour_site": "行为与部位",
    "behaviour_morphology": "行为与形态学",
    "grade_morphology": "分级与形态学",
    "basis_morphology": "诊断依据与形态学",
    "age_childhood": "年龄、部位与形态学：儿童",
    "age_adult": "年龄、部位与形态学：成人及一般",
    "icd10_conversion": "ICD-10与ICD-O-3换算",
    "dates": "日期的先后（含部分未知）",
    "follow_up": "最后接触状态、死亡与死因",
    "stage": "分期与TNM",
    "laterality": "侧位",
    "basis": "两套诊断依据及病理佐证",
    "text": "中文部位、病理文字与编码",
    "registrable": "登记范围",
}
#: The families of IARC's check program: what a registry compares us by.
IARC = (
    "sex_site",
    "sex_morphology",
    "site_morphology",
    "behaviour_site",
    "behaviour_morphology",
    "grade_morphology",
    "basis_morphology",
    "age_childhood",
    "age_adult",
)
#: Families that are off by default.  Grade rules make most of the noise of such checks in the
#: world (72 % of IARC's warnings on 1.3 million Italian cases): they are on, but only counted,
#: never a finding, so nothing need be off.
OFF_BY_DEFAULT: frozenset[str] = frozenset()


class UnknownFamilyError(ValueError):
    """A switch names a family that no rule belongs to."""


def switched_off(without: Collection[str] | None) -> frozenset[str]:
    """Return the families to leave out; None is the default.

    Raises:
        UnknownFamilyError: a name is not one of `FAMILIES`.
    """
    if without is None:
        return OFF_BY_DEFAULT
    strangers = sorted(set(without) - FAMILIES.keys())
    if strangers:
        known = ", ".join(FAMILIES)
        raise UnknownFamilyError(f"no family of rules {strangers}; there are {known}")
    return frozenset(without)
