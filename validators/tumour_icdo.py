# ruff: noqa: N805 - pandera checks take cls
"""Tumour codes against each other: the checks of IARC's program, and ICD-10 against ICD-O-3.

The verdicts come from `tumour_code`; here they are said in words, with field, severity and reader.
"""

import polars as pl

from validators.card import IncidentCard
from validators.expression import filled
from validators.rule import rule
from validators.tumour_basis import MICROSCOPIC, STATED
from validators.tumour_code import said

IARC = "IARC TR 42检查规则；CanReg5"
CONVERSION = "ICD-O-3与ICD-10换算（IARC；含2010年更新前后两版）"
SCOPE = "T/CHIA 18-2021 登记范围"


class TumourCodes(IncidentCard):
    """What the codes of one tumour say about each other."""

    @rule(
        "topography",
        zh="ICD-O-3部位与性别不符，请核实性别或部位",
        source=IARC,
        family="sex_site",
    )
    def topography_matches_sex(cls) -> pl.Expr:
        """Silent where the ICD-10 code already contradicts the sex."""
        return said("code_sex_site")

    @rule(
        "morphology",
        zh="该性别少见此形态学类型，请核实",
        source=IARC,
        severity="warning",
        channel="county",
        family="sex_morphology",
    )
    def morphology_matches_sex(cls) -> pl.Expr:
        """Silent where the site already contradicts the sex."""
        return said("code_sex_morphology")

    @rule(
        "morphology",
        zh="形态学类型与部位的组合少见，请核实部位和形态学编码",
        source=IARC,
        severity="warning",
        channel="county",
        family="site_morphology",
    )
    def morphology_occurs_at_site(cls) -> pl.Expr:
        """63 families occur only at some sites, 7 never at some."""
        return said("code_site_morphology")

    @rule(
        "behaviour",
        zh="该部位一般没有原位癌，请核实行为编码",
        source=IARC,
        severity="warning",
        channel="county",
        family="behaviour_site",
    )
    def behaviour_is_possible_at_site(cls) -> pl.Expr:
        """Nothing grows in situ where there is no epithelium."""
        return said("code_behaviour_site")

    @rule(
        "behaviour",
        zh="该形态学类型少见此行为，请核实行为编码",
        source="WHO ICD-O-3；IARC TR 42检查规则",
        severity="warning",
        channel="county",
        family="behaviour_morphology",
    )
    def behaviour_is_usual_for_morphology(cls) -> pl.Expr:
        """The pair is in neither revision's list, though the coding rules allow it."""
        return said("code_behaviour_morphology")

    @rule(
        "grade",
        zh="分级与形态学类型或行为不一致",
        source=IARC,
        severity="warning",
        channel="statistic",
        family="grade_morphology",
    )
    def grade_matches_morphology(cls) -> pl.Expr:
        """Counted only: most of what such rules find everywhere is noise."""
        return said("code_grade_morphology")

    @rule(
        "morphology",
        zh="诊断未经显微镜检查时一般不能确定此形态学类型，请核实诊断依据或形态学编码",
        source=IARC,
        severity="warning",
        channel="county",
        family="basis_morphology",
        when=STATED,
    )
    def morphology_has_microscopic_proof(cls) -> pl.Expr:
        """Either list of bases may hold the proof; an unknown basis is not judged."""
        return MICROSCOPIC | said("code_known_without_microscope")

    @rule(
        "morphology",
        zh="该年龄少见此部位和形态学类型（儿童），请核实",
        source="IARC TR 42检查规则（儿童）",
        severity="warning",
        channel="county",
        family="age_childhood",
    )
    def tumour_is_likely_in_a_child(cls) -> pl.Expr:
        """Silent where the provincial list of ages already speaks."""
        return said("code_age_childhood") | ~said("code_age_by_province")

    @rule(
        "morphology",
        zh="该年龄少见此部位和形态学类型，请核实",
        source="IARC TR 42检查规则；CanReg5",
        severity="warning",
        channel="county",
        family="age_adult",
    )
    def tumour_is_likely_at_this_age(cls) -> pl.Expr:
        """Silent where the provincial list of ages already speaks."""
        return said("code_age_adult") | ~said("code_age_by_province")

    @rule(
        "morphology",
        zh="5岁以下恶性肿瘤的形态学类型不明确",
        source="IARC TR 42检查规则（儿童）",
        severity="query",
        channel="statistic",
        family="age_childhood",
    )
    def morphology_is_specified_in_a_small_child(cls) -> pl.Expr:
        """Counted only: leukaemia of unspecified type is not unusual at this age."""
        return said("code_age_unspecified") | ~said("code_age_by_province")

    @rule(
        "icd10",
        zh="ICD-10编码与由ICD-O-3换算的类目（前三位）不一致，请核实",
        source=CONVERSION,
        severity="query",
        channel="county",
        family="icd10_conversion",
    )
    def icd10_category_agrees_with_icdo3(cls) -> pl.Expr:
        """Either edition will do: registries still convert as before the update of 2010."""
        return said("code_icd10_category")

    @rule(
        "icd10",
        zh="ICD-10编码第四位与由ICD-O-3换算的不一致",
        source=CONVERSION,
        severity="query",
        channel="statistic",
        family="icd10_conversion",
    )
    def icd10_agrees_with_icdo3(cls) -> pl.Expr:
        """Judged where the category agrees and the code has its fourth character."""
        return said("code_icd10")

    @rule(
        "icd10",
        zh="该诊断不在肿瘤登记范围内",
        source=SCOPE,
        severity="query",
        channel="statistic",
        family="registrable",
    )
    def icd10_is_registrable(cls) -> pl.Expr:
        """Benign tumours outside the nervous system are not, nor is what is no tumour."""
        return said("code_registrable")

    @rule(
        "icd10",
        zh="原位癌等收集但不计入发病",
        source=SCOPE,
        severity="query",
        channel="statistic",
        family="registrable",
    )
    def tumour_counts_as_new_case(cls) -> pl.Expr:
        """Collected and not counted; what is not even collected is another rule's."""
        return said("code_counted")

    @rule(
        "behaviour",
        zh="行为编码为转移性或原发继发未定，登记应按原发肿瘤编码，请核实",
        source="WHO ICD-O-3；T/CHIA 18-2021",
        severity="query",
        channel="county",
        family="registrable",
        when=filled("behaviour"),
    )
    def behaviour_is_of_a_primary(cls) -> pl.Expr:
        """Behaviours 6 and 9 are for pathologists."""
        return ~pl.col("behaviour").is_in(["6", "9"])
