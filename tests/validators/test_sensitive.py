"""Some causes are named in no letter: what is printed instead, and where suggestions come from."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validators import sensitive
from validators.catalogue import catalogue
from validators.suggestion import cause_suggestions, suggestion_for


def held(*codes: str | None) -> list[bool]:
    frame = pl.DataFrame({"code": codes}, schema={"code": pl.String})
    return frame.select(sensitive.is_sensitive(pl.col("code"))).to_series().to_list()


def test_the_four_ranges_and_nothing_beside_them():
    inside = ("A50", "A53.9", "B20.0", "B24", "O00.1", "O08.9", "X60", "X84.9")
    outside = ("A49.9", "A54.0", "B19.9", "B25", "O09", "O10.0", "X59.9", "X85", "Z21", None)
    assert held(*inside) == [True] * len(inside)
    assert held(*outside) == [False] * len(outside)


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("根本死因为艾滋病，请核实", True),
        ("疑似自杀，请核实", True),
        ("改用X45、X65、Y15或F10", True),
        ("按意图改用X40～X49、X60～X69", True),
        ("改用外部原因编码（V01～Y89）", False),
        ("孕产妇死亡，请核实", True),
        ("男性患者的ICD编码为妊娠期糖尿病（O24），请核实", False),
        ("根本死因与性别不符，请核实性别或死因", False),
    ],
)
def test_what_names_such_a_cause(sentence: str, named: bool):
    assert sensitive.names_one(sentence) is named


def test_no_letter_s_sentence_names_one_and_only_those_that_did_are_changed():
    rules = catalogue()
    changed = rules.filter("is_sensitive")
    assert changed.filter(pl.col("channel") == "hospital")["rule_id"].to_list() == [
        "death.maternal_cause_is_at_15_to_50"
    ]
    assert "death.infection_in_pregnancy_is_coded_to_o98" in changed["rule_id"].to_list()
    assert changed.filter(pl.col("letter_zh") == pl.col("message_zh")).is_empty()
    kept = rules.filter(~pl.col("is_sensitive"))
    assert kept["letter_zh"].equals(kept["message_zh"])
    # 妊娠情况 is a box of every card; its label names no cause.
    said = [text.replace("妊娠情况", "") for text in rules["letter_zh"]]
    assert not any(sensitive.names_one(text) for text in said)


def test_cause_groups_that_hold_nothing_else():
    assert sensitive.cause_groups() == ("108", "18", "76")


def test_a_letter_s_suggestion_is_for_the_cause_only_and_names_none():
    rows = pl.DataFrame(
        {"field": ["underlying_cause", "sex", "underlying_cause", "underlying_cause",
                   "underlying_cause", "underlying_cause"],
         "icd10": ["I46.9", "I46.9", "O08.1", "F10.0", "C16.9", None]}
    )  # fmt: skip
    assert suggestion_for(rows)["suggestion_zh"].to_list() == [
        "请追问导致该状态的原发疾病",
        None,
        sensitive.NEUTRAL_SUGGESTION,
        sensitive.NEUTRAL_SUGGESTION,
        None,
        None,
    ]
    said = cause_suggestions()
    assert said["code"].is_unique().all()
    assert not any(sensitive.names_one(text) for text in said["letter_zh"].unique())


@given(st.text(max_size=40))
def test_a_sentence_is_judged_alike_by_itself_and_in_a_letter(text: str):
    letter = sensitive.neutral_zh(text, "根本死因编码")
    assert letter == text or letter == "请对照原始病历核实根本死因编码"
    assert not sensitive.names_one(letter.replace("根本死因编码", ""))
