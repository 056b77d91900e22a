# ruff: noqa: N805 - pandera checks take cls
"""The course of a tumour: dates with unknown parts, follow-up, death, stage, proof, side, text."""

import polars as pl

from validators import tumour_code
from validators.expression import as_of, carried, filled, in_order, is_one_of, within
from validators.kind import OWN
from validators.rule import rule
from validators.table import exists
from validators.tumour_basis import (
    CLAIMS_PATHOLOGY,
    HISTOLOGY,
    MICROSCOPIC,
    SHOWS_PATHOLOGY,
    STATED,
    provincial,
)
from validators.tumour_icdo import TumourCodes
from validators.tumour_text import said

DATES = "IARC TR 42及CanReg5日期检查；本系统按已知的年、月比较"
NATIONAL = "T/CHIA 18-2021"
STAGE = "TNM分期通则；本系统"
WORDS = "本系统词表"


def known_parts_in_order(earlier: str, later: str) -> pl.Expr:
    """Return whether two dates can be in order, by year and month; null when both are whole.

    An unknown month or day is given the benefit of the doubt; a year outside all bounds has its
    own finding.
    """
    partly = pl.col(earlier).is_null() | pl.col(later).is_null()
    years = [pl.col(f"{name}_year") for name in (earlier, later)]
    months = [pl.col(f"{name}_month") for name in (earlier, later)]
    same_year = (years[0] == years[1]) & (months[0] <= months[1]).fill_null(True)
    credible = pl.all_horizontal([year.is_between(1900, as_of().dt.year()) for year in years])
    return pl.when(partly & credible).then((years[0] < years[1]) | same_year)


class TumourCourse(TumourCodes):
    """What dates, states and texts say about each other and about the codes."""

    @rule(
        "diagnosis_date",
        zh="按已知的年、月，首次诊断日期早于出生日期，请核实",
        source=DATES,
        channel="county",
        family="dates",
    )
    def diagnosis_year_not_before_birth(cls) -> pl.Expr:
        """Only where a part is unknown: whole dates have their own rule."""
        return known_parts_in_order("birth_date", "diagnosis_date")

    @rule(
        "death_date",
        zh="按已知的年、月，死亡日期早于首次诊断日期，请核实",
        source=DATES,
        channel="county",
        family="dates",
    )
    def death_year_not_before_diagnosis(cls) -> pl.Expr:
        """Only where a part is unknown: whole dates have their own rule."""
        return known_parts_in_order("diagnosis_date", "death_date")

    @rule(
        "last_contact_date",
        zh="{label}早于首次诊断日期，请核实",
        source=DATES,
        channel="county",
        family="dates",
    )
    def last_contact_not_before_diagnosis(cls) -> pl.Expr:
        """Compared with as much of the diagnosis as is known."""
        contact = pl.col("last_contact_date")
        credible = contact.dt.year().is_between(1900, as_of().dt.year()) & (contact <= as_of())
        year, month = pl.col("diagnosis_date_year"), pl.col("diagnosis_date_month")
        same_year = (year == contact.dt.year()) & (month <= contact.dt.month()).fill_null(True)
        by_parts = (year < contact.dt.year()) | same_year
        partly = pl.when(credible & pl.col("diagnosis_date").is_null()).then(by_parts)
        return pl.coalesce(in_order("diagnosis_date", "last_contact_date"), partly)

    @rule(
        "last_contact_date",
        zh="{label}晚于死亡日期，请核实",
        source=NATIONAL,
        severity="warning",
        channel="county",
        family="dates",
    )
    def last_contact_not_after_death(cls) -> pl.Expr:
        """Nobody is followed up beyond death."""
        return in_order("last_contact_date", "death_date")

    @rule(
        "last_contact_date",
        zh="存活者最后接触日期与首次诊断日期相同",
        source="NORDCAN预处理：随访时间为0",
        severity="query",
        channel="statistic",
        family="follow_up",
        when=is_one_of("vital_status", "1"),
    )
    def follow_up_lasts_at_least_a_day(cls) -> pl.Expr:
        """Counted only: such a case was never followed up."""
        return pl.col("last_contact_date") != pl.col("diagnosis_date")

    @rule(
        "diagnosis_date",
        zh="仅有死亡证明的病例，发病日期应为死亡日期，请核实",
        source=f"{NATIONAL} 3.1.4；ENCR",
        channel="county",
        family="dates",
        when=is_one_of("diagnosis_basis_national", "0") & carried("death_date", "diagnosis_date"),
    )
    def certificate_only_case_begins_at_death(cls) -> pl.Expr:
        """National basis 0; a case without a known death cannot be one.

        Silent where death comes before diagnosis, which has its own finding.
        """
        same = pl.col("diagnosis_date") == pl.col("death_date")
        before = ~in_order("diagnosis_date", "death_date").fill_null(True)
        return pl.when(filled("diagnosis_date")).then(same.fill_null(False) | before)

    @rule(
        "death_date",
        zh="最后接触状态为死亡，死亡日期未填写，请核实",
        source=NATIONAL,
        severity="warning",
        channel="county",
        dimension="completeness",
        family="follow_up",
        when=is_one_of("vital_status", "2")
        & carried("death_date")
        & pl.col("card_status").ne_missing("7"),
    )
    def dead_patient_has_a_death_date(cls) -> pl.Expr:
        """A card whose own state is death is asked by another rule."""
        return filled("death_date")

    @rule(
        "vital_status",
        zh="已有死亡日期，最后接触状态为存活，请核实",
        source=NATIONAL,
        severity="warning",
        channel="county",
        family="follow_up",
        when=filled("death_date") & filled("vital_status"),
    )
    def dead_patient_is_not_alive(cls) -> pl.Expr:
        """Lost to follow-up before death was learnt of is possible."""
        return pl.col("vital_status") != "1"

    @rule(
        "death_cause_class",
        zh="死亡原因分类与死亡ICD-10不一致，请核实",
        source=NATIONAL,
        severity="warning",
        channel="county",
        family="follow_up",
        when=exists("death_icd10") & is_one_of("death_cause_class", "1", "2"),
    )
    def death_cause_class_agrees_with_death_icd10(cls) -> pl.Expr:
        """Class 1 is a tumour of any behaviour; class 2 is anything but a malignant one."""
        tumour = within("death_icd10", "C00-C97 D00-D48")
        malignant = within("death_icd10", "C00-C97")
        return pl.when(pl.col("death_cause_class") == "1").then(tumour).otherwise(~malignant)

    @rule(
        "stage",
        zh="已有远处转移（M1），诊断时期别不是IV期，请核实",
        source=STAGE,
        severity="query",
        channel="county",
        family="stage",
        when=is_one_of("stage_m", "1")
        & is_one_of("stage", "1", "2", "3", "4")
        & ~within("icd10", "C58 C62 C73").fill_null(False),
    )
    def distant_spread_is_stage_iv(cls) -> pl.Expr:
        """Thyroid, testis and placenta are staged otherwise; stage 5 is `cannot be told`."""
        return pl.col("stage") == "4"

    @rule(
        "stage",
        zh="原位癌不应有浸润、淋巴结或远处转移的分期，请核实",
        source=STAGE,
        severity="query",
        channel="county",
        family="stage",
        when=is_one_of("behaviour", "2"),
    )
    def in_situ_has_no_spread(cls) -> pl.Expr:
        """T may be Tis, TX or none; N and M zero or unknown; the stage 0-I or none."""
        spread = [
            is_one_of("stage_t", "1", "2", "3", "4"),
            is_one_of("stage_n", "1", "2", "3", "4"),
            is_one_of("stage_m", "1"),
            is_one_of("stage", "2", "3", "4"),
        ]
        return ~pl.any_horizontal([part.fill_null(False) for part in spread])

    @rule(
        "stage_t",
        zh="分期为原位（Tis），行为编码不是原位",
        source=STAGE,
        severity="query",
        channel="statistic",
        family="stage",
        when=is_one_of("behaviour", "0", "1", "2", "3") & is_one_of("stage_t", "6"),
    )
    def t_in_situ_has_behaviour_2(cls) -> pl.Expr:
        """Counted only."""
        return pl.col("behaviour") == "2"

    @rule(
        "stage_t",
        zh="淋巴造血系统肿瘤不用T分期",
        source=STAGE,
        severity="query",
        channel="statistic",
        family="stage",
        when=pl.col("morphology").is_between(pl.lit("9590"), pl.lit("9999")),
    )
    def blood_tumour_has_no_t(cls) -> pl.Expr:
        """Counted only."""
        return ~is_one_of("stage_t", "1", "2", "3", "4")

    @rule(
        "laterality",
        zh="该部位不是成对器官，一般不填左或右",
        source="SEER成对部位清单",
        severity="query",
        channel="statistic",
        family="laterality",
        when=is_one_of("laterality", "1", "2", "3"),
    )
    def side_is_of_a_paired_site(cls) -> pl.Expr:
        """Counted only: the lobes of a liver are often written so."""
        return tumour_code.said("code_paired")

    @rule(
        "diagnosis_basis",
        zh="诊断依据选“不详”时一般不与其他依据同选，请核实",
        source=OWN,
        severity="query",
        channel="county",
        family="basis",
        when=provincial("is_unknown"),
    )
    def unknown_basis_stands_alone(cls) -> pl.Expr:
        """The province's list, several choices."""
        return pl.col("diagnosis_basis") == "9"

    @rule(
        "diagnosis_basis_national",
        zh="国家诊断依据与省诊断依据中最高的一项不一致，请核实",
        source="T/CHIA 18-2021 表4；本系统对照",
        severity="query",
        channel="county",
        family="basis",
        when=filled("diagnosis_basis"),
    )
    def both_bases_agree(cls) -> pl.Expr:
        """Each list is read as itself; a supplementary card's own basis says nothing."""
        known = is_one_of("diagnosis_basis_national", "0", "1", "2", "4", "5", "6", "7", "9")
        same = pl.col("diagnosis_basis_national") == provincial("national")
        return pl.when(known).then(same)

    @rule(
        "pathology_no",
        zh="死亡补发病例的诊断依据含病理，未见病理号或病理学类型，请补充或核实诊断依据",
        source=OWN,
        severity="query",
        channel="county",
        dimension="completeness",
        family="basis",
        when=CLAIMS_PATHOLOGY,
    )
    def supplementary_card_shows_its_pathology(cls) -> pl.Expr:
        """Until it does the case is not taken for microscopically verified."""
        return SHOWS_PATHOLOGY

    @rule(
        "diagnosis_basis",
        zh="已填写病理结果，诊断依据未含细胞学或病理，请核实",
        source=OWN,
        severity="query",
        channel="county",
        family="basis",
        when=STATED & filled("diagnosis_basis"),
    )
    def pathology_is_among_the_bases(cls) -> pl.Expr:
        """A text such as `未做病理` is no result."""
        return MICROSCOPIC | ~said("text_is_pathology").fill_null(False)

    @rule(
        "morphology",
        zh="有组织学依据而形态学类型不明确",
        source="IARC登记质量指标：形态学不明比例",
        severity="query",
        channel="statistic",
        family="basis",
        when=HISTOLOGY,
    )
    def histology_gives_a_morphology(cls) -> pl.Expr:
        """Counted only; 8000 to 8005 say no more than `tumour`."""
        return ~pl.col("morphology").is_between(pl.lit("8000"), pl.lit("8005"))

    @rule(
        "site_text",
        zh="诊断部位文字与部位编码不一致，请核实",
        source=WORDS,
        severity="query",
        channel="county",
        family="text",
    )
    def site_text_agrees_with_code(cls) -> pl.Expr:
        """ICD-O-3 site, else the site that the ICD-10 code names."""
        return said("text_site")

    @rule(
        "pathology_text",
        zh="病理学类型文字与形态学编码不一致，请核实",
        source=WORDS,
        severity="query",
        channel="county",
        family="text",
    )
    def pathology_text_agrees_with_morphology(cls) -> pl.Expr:
        """Judged by the words that the text holds."""
        return said("text_pathology")
