"""The audit rules of the Shanghai script, put right: which of our rules answers for each."""

import csv
from pathlib import Path

import pytest
from judge import rules_broken_by

from flows.check import check_files
from flows.home import REFERENCE
from flows.layout import Layouts
from flows.sheet_text import CONVERTERS
from validators.catalogue import catalogue
from validators.change import Change, changed
from validators.example_cause import NEWBORN
from validators.example_death import child, man, woman
from validators.example_kind import certificate, only
from validators.sound import SOUND

DATA = Path(__file__).parent / "data"
OLD = man(70)
#: Rule of the script -> our rule, a card with the fault, a near miss without it.
BY_AGE = "underlying_cause_is_likely_at_this_age"
CASES: list[tuple[str, str, Change, Change]] = [
    ("SH-age", "stated_age_agrees_with_dates", {"stated_age": "72", "age_unit": "岁"},
     {"stated_age": "73", "age_unit": "岁"}),
    ("SH-id", "id_number.missing", {"id_type": "1", "id_number": None},
     {"id_type": "9", "id_number": None}),
    ("a1", "age_is_under_120", man(120), man(119)),
    ("a3", "report_not_before_death", {"report_date": "2024-03-04"}, {"report_date": "2024-03-05"}),
    ("a4", "death_not_before_birth", {"birth_date": "2024-03-06", "id_type": "9"},
     {"birth_date": "2024-03-05", "id_type": "9"}),
    ("nuCCD", "tabulation_no_is_filled", {"tabulation_no": None}, {"tabulation_no": "31"}),
    ("under5", "is_under_five_agrees_with_age", child(4) | {"is_under_five": "否"},
     child(4) | {"is_under_five": "是"}),
    ("infant", "is_infant_agrees_with_age", NEWBORN | {"is_infant": "2"},
     NEWBORN | {"is_infant": "1"}),
    ("a8A", "schooling_of_the_impaired_is_lowest", {"is_impaired": "是", "education": "2"},
     {"is_impaired": "是", "education": "7"}),
    ("a8A", "education_under_10_is_lowest", child(4) | {"education": "6"}, child(4)),
    ("a9", "student_has_been_to_school", child(12) | {"schooling_text": "文盲或其他"},
     child(12) | {"schooling_text": "初中"}),
    ("a11-a41", "underlying_cause_matches_sex", OLD | only("C58"), woman(40, "2") | only("C58")),
    ("a44-a59", "underlying_cause_matches_sex", woman(60, None) | only("C61"), OLD | only("C61")),
    ("a63", "underlying_cause_is_usual_for_sex", OLD | only("C50.9"),
     woman(60, None) | only("C50.9")),
    ("a66", "education_under_10_is_lowest", child(5) | {"education": "5"}, child(5)),
    ("a67", "marital_status_under_20_is_unmarried", child(19) | {"marital_status": "2"},
     man(20) | {"marital_status": "2"}),
    ("a68", "maternal_cause_is_at_15_to_50", woman(51, "2") | only("O72.1"),
     woman(50, "2") | only("O72.1")),
    ("a69", "underlying_cause_is_not_inferred", only("C16.9") | {"diagnosis_basis": "6"},
     only("I21.9") | {"diagnosis_basis": "6"}),
    ("a70", "underlying_cause_is_acceptable", only("S06.9"), certificate("S06.9", "V03.1")),
    ("a70", "underlying_cause_is_not_cn_sh_audit_injury", certificate("T60.0", "Y18"),
     certificate("T60.0", "X68")),
    ("a71", "underlying_cause_is_not_cn_sh_audit_cvd", only("I70.9"), only("I70.2")),
    ("a72", "underlying_cause_is_not_cn_sh_audit_organ_failure", only("K72.9"), only("K70.3")),
    ("a73", "perinatal_cause_is_under_28_days",
     NEWBORN | only("P22.0") | {"birth_date": "2024-02-06"},
     NEWBORN | only("P22.0") | {"birth_date": "2024-02-07"}),
    ("a74", BY_AGE, child(14) | only("C34.9"), man(15) | only("C34.9")),
    ("a75", BY_AGE, child(19) | only("B65.9"), man(20) | only("B65.9")),
    ("a76", BY_AGE, man(29) | only("J44.9"), man(30) | only("J44.9")),
    ("a77", BY_AGE, man(49) | only("N40"), man(50) | only("N40")),
    ("a78", BY_AGE, child(4) | only("E11.9"), man(15) | only("E11.9")),
    ("a79", BY_AGE, man(61) | only("Q21.0"), man(60) | only("Q21.0")),
    ("a80", "infectious_disease_death_is_not_at_home", only("A16.2") | {"death_place": "3"},
     only("A16.2") | {"death_place": "1"}),
    ("a81", "is_under_five_agrees_with_age", OLD | {"is_under_five": "是"},
     OLD | {"is_under_five": "否"}),
    ("a81", "student_is_at_most_30", man(31) | {"occupation": "31"},
     man(30) | {"occupation": "31"}),
    ("a81", "unemployed_is_at_most_60", man(61) | {"occupation": "70"},
     man(60) | {"occupation": "70"}),
    ("a82", "underlying_cause_is_not_cn_sh_audit_unknown", certificate("J18.9", "R99"),
     certificate("J18.9", "R95.0")),
    ("a82", "underlying_cause_is_not_cn_symptom", certificate("J18.9", "R95.0"), only("J18.9")),
    ("gar", "underlying_cause_is_not_gbd2023_1", only("A41.9"), only("K25.4")),
]  # fmt: skip
#: Judged on several cards at once, when duplicates are resolved.
ELSEWHERE = {"SH-dup": "death.only_card_of_the_person"}
#: Outside Zhejiang the script's own ages hold.
OWN_AGES: list[tuple[str, Change, Change]] = [
    ("a68", woman(51, "2") | only("O72.1"), woman(50, "2") | only("O72.1")),
    ("a73", child(2) | only("P22.0"), NEWBORN | only("P22.0")),
    ("a74", child(14) | only("I63.9"), man(20) | only("I63.9")),
    ("a76", man(44) | only("J44.9"), man(45) | only("J44.9")),
    ("a77", man(49) | only("N40"), man(50) | only("N40")),
    ("a78", child(4) | only("E10.9"), child(5) | only("E10.9")),
    ("a79", man(41) | only("Q21.0"), man(40) | only("Q21.0")),
]
AGES = {
    "death.underlying_cause_is_usual_at_this_age",
    "death.underlying_cause_is_possible_at_this_age",
}


def test_a_rule_of_the_script_has_a_rule_here() -> None:
    cards = [changed(SOUND["death"], change) for case in CASES for change in case[2:]]
    broken = rules_broken_by("death", cards)
    wrong = [
        (theirs, ours)
        for (theirs, ours, _, _), fault, sound in zip(CASES, broken[::2], broken[1::2], strict=True)
        if f"death.{ours}" not in fault or f"death.{ours}" in sound
    ]
    assert wrong == []


def test_the_ages_of_the_script_hold_where_no_province_has_its_own() -> None:
    cards = [changed(SOUND["death"], change) for case in OWN_AGES for change in case[1:]]
    broken = rules_broken_by("death", cards, province="31")
    wrong = [
        theirs
        for (theirs, _, _), fault, sound in zip(OWN_AGES, broken[::2], broken[1::2], strict=True)
        if not fault & AGES or sound & AGES
    ]
    assert wrong == []


def test_every_rule_of_the_script_is_answered_for() -> None:
    listed = Path(__file__).parents[3] / "shared/rules/mortality/cn_sh_audit_rules.csv"
    if not listed.exists():
        pytest.skip("the script's rule list is not beside this repository")
    with listed.open(encoding="utf-8") as file:
        theirs = {row["rule_id"] for row in csv.DictReader(file)}
    assert theirs == {case[0] for case in CASES} | set(ELSEWHERE)
    assert set(ELSEWHERE.values()) <= set(catalogue()["rule_id"])


def columns() -> list[str]:
    return (DATA / "shanghai_columns.txt").read_text(encoding="utf-8").splitlines()


def test_the_header_of_146_columns_is_known_as_its_own_layout() -> None:
    table = Layouts((REFERENCE / "layout",), REFERENCE / "field.csv")
    mapping = table.recognise([columns()], "export")
    assert len(columns()) == 146
    assert mapping is not None
    assert (mapping.card_type, mapping.layout) == ("death", "shanghai_death")
    assert len(mapping.columns) == 67
    assert {column.converter for column in mapping.columns} - {""} <= set(CONVERTERS)
    assert {"cause_a", "interval_d", "certificate_no", "stated_age"} <= mapping.fields


def test_a_provincial_header_is_still_provincial() -> None:
    table = Layouts((REFERENCE / "layout",), REFERENCE / "field.csv")
    header = [
        "VC_BGKID",
        "死者姓名",
        "性别",
        "民族",
        "出生日期",
        "死亡日期",
        "证件号码",
        "死亡地点",
        "诊断依据",
    ]
    mapping = table.recognise([header], "export")
    assert mapping is not None
    assert mapping.layout == "provincial"


def row(**cells: str) -> str:
    """One line of an export with invented people; cells by header, the rest empty."""
    return ",".join(cells.get(name, "") for name in columns())


def test_an_export_of_the_layout_is_judged_with_its_dates_of_onset(tmp_path: Path) -> None:
    person = {
        "报卡编号": "SH0001", "姓名": "虚构甲", "性别编码": "1", "婚姻状况编码": "20",
        "文化程度编码": "70", "文化程度": "初中", "出生日期": "1950-06-15",
        "死亡日期": "2024-03-05",
        "实足年龄": "73", "年龄单位": "周岁", "根本死因代码": "C169", "直接死亡原因编码a": "K92.2",
        "直接死亡原因编码b": "C16.900", "报告日期": "2024-03-06", "是否删除": "否",
    }  # fmt: skip
    sound = row(**person, 发病日期a="2024-03-03", 发病日期b="2023-03-05")
    turned = row(**person | {"报卡编号": "SH0002"}, 发病日期a="2022-03-03", 发病日期b="2023-03-05")
    aged = row(**person | {"报卡编号": "SH0003", "实足年龄": "70"}, 发病日期a="20240306")
    header = ",".join('"' + name.replace('"', '""') + '"' for name in columns())
    file = tmp_path / "export.csv"
    file.write_text("\n".join([header, sound, turned, aged]) + "\n", encoding="utf-8")
    found = check_files([file])
    asked = {
        "intervals_grow_from_a_to_d",
        "stated_age_agrees_with_dates",
        "onset_is_not_after_death",
    }
    said = [
        (card, rule.partition(".")[2])
        for card, rule in found.select("card_id", "rule_id").iter_rows()
        if rule.partition(".")[2] in asked
    ]
    assert sorted(said) == [
        ("SH0002", "intervals_grow_from_a_to_d"),
        ("SH0003", "onset_is_not_after_death"),
        ("SH0003", "stated_age_agrees_with_dates"),
    ]
    assert not found.filter(found["rule_id"] == "file.unknown_card_type").height
