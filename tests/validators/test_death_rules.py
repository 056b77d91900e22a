"""Chain and maternal rows of the fact tables, one faulty and one sound certificate each."""

import csv
from pathlib import Path

import pytest
from judge import rules_broken_by

from validators.change import Change, changed
from validators.example_cause import NEWBORN
from validators.example_death import child, man, woman
from validators.example_kind import certificate, only
from validators.sound import SOUND

TABLES = Path(__file__).parents[3] / "shared" / "rules" / "mortality"
SEQUENCE, DOUBTFUL = "causal_sequence_is_possible", "causal_sequence_is_likely"
LINKED = "underlying_cause_follows_linkage"


def due_to(effect: str, cause: str) -> Change:
    """A certificate with one cause of another; a line above both takes the direct cause."""
    return certificate("J81", effect, cause)


TIMED = certificate("K92.2", "K25.4")
#: Row of implausible_chain.csv -> rule, certificate with the fault, certificate without it.
CHAIN: list[tuple[str, str, Change, Change]] = [
    ("SEQ01", SEQUENCE, due_to("A16.9", "J44.9"), due_to("A41.9", "J44.9")),
    ("SEQ01", SEQUENCE, due_to("B02.9", "J44.9"), due_to("B02.9", "E11.9")),
    ("SEQ01", SEQUENCE, due_to("A16.9", "I10"), due_to("A16.9", "C34.9")),
    ("SEQ02", SEQUENCE, due_to("C34.9", "J44.9"), due_to("C34.9", "B20.0")),
    ("SEQ02", SEQUENCE, due_to("C22.0", "J44.9"), due_to("C22.0", "B18.1")),
    ("SEQ02", SEQUENCE, due_to("C16.9", "J44.9"), due_to("C78.7", "C16.9")),
    ("SEQ03", SEQUENCE, due_to("D66", "I10"), due_to("D68.4", "K70.3")),
    ("SEQ04", SEQUENCE, due_to("E11.9", "K80.2"), due_to("E11.9", "K86.1")),
    ("SEQ05", SEQUENCE, due_to("I05.9", "J44.9"), due_to("I05.9", "A38")),
    ("SEQ06", SEQUENCE, due_to("I10", "C34.9"), due_to("I10", "C64")),
    ("SEQ07", SEQUENCE, due_to("I20.0", "C34.9"), due_to("I20.0", "I10")),
    ("SEQ08", SEQUENCE, due_to("I25.1", "C34.9"), due_to("I25.1", "I10")),
    ("SEQ09", SEQUENCE, due_to("I63.9", "K29.7"), due_to("I61.9", "K70.3")),
    ("SEQ10", SEQUENCE, due_to("I63.0", "I05.9"), due_to("I63.4", "I05.9")),
    ("SEQ11", SEQUENCE, due_to("I63.3", "I33.0"), due_to("I63.4", "I33.0")),
    ("SEQ12", SEQUENCE, due_to("I70.9", "C34.9"), due_to("I70.9", "E11.9")),
    ("SEQ13", SEQUENCE, due_to("J10.0", "J44.9"), due_to("J18.9", "J10.0")),
    ("SEQ14", SEQUENCE, due_to("Q21.0", "J44.9"), due_to("Q21.0", "Q90.9")),
    ("SEQ15", SEQUENCE, due_to("X70", "F32.9"), due_to("T71", "X70")),
    ("SEQ16", SEQUENCE, due_to("W19", "I10"), due_to("W19", "G40.9")),
    ("SEQ16", SEQUENCE, due_to("W79", "J44.9"), due_to("W79", "I69.4")),
    ("SEQ17", "intervals_grow_from_a_to_d", TIMED | {"interval_a": "2天"},
     TIMED | {"interval_a": "24小时"}),
    ("SEQ18", SEQUENCE, due_to("I50.9", "I46.9"), certificate("I46.9", "I50.9")),
    ("SEQ19", DOUBTFUL, due_to("K92.2", "J96.9"), due_to("I50.9", "J96.9")),
    ("SEQ20", "chain_starts_with_a_disease",
     certificate("J18.9", "K25.4", "R40.2", underlying="K25.4"), certificate("R40.2", "K25.4")),
    ("SEQ21", DOUBTFUL, due_to("S72.0", "J44.9"), due_to("S72.0", "W19")),
    ("SEQ22", "external_cause_is_below_injury",
     certificate("J18.9", "W19", "S72.0", underlying="W19"), certificate("J18.9", "S72.0", "W19")),
    ("SEQ23", "injury_has_an_external_cause", certificate("K92.2", "K25.4", other="S72.0"),
     certificate("J18.9", "S72.0", "W19")),
    ("SEQ24", "external_cause_has_an_injury", certificate("J18.9", "W19"),
     certificate("J18.9", "Y86")),
    ("SEQ25", "chain_repeats_no_code", certificate("K25.4", "K25.4"), TIMED),
    ("SEQ26", "chain_has_no_gap", certificate("K92.2", None, "K25.4"),
     certificate("K92.2", "K65.0", "K25.4")),
    ("SEQ27", "cause_a.missing", certificate(None, "K25.4"), TIMED),
    ("SEQ28", "underlying_cause_is_on_the_certificate",
     certificate("K92.2", "K25.4", underlying="I61.9"),
     certificate("K92.2", "K25.4", underlying="K25.9")),
    ("SEQ29", "underlying_cause_is_not_only_the_direct_cause",
     certificate("K25.4", "K29.7", underlying="K25.4"), only("K25.4")),
    ("SEQ37", LINKED, certificate("C22.0", "K74.6"),
     certificate("C22.0", "K74.6", underlying="C22.0")),
    ("SEQ38", "underlying_cause_is_specific", certificate("J18.9", "C78.0"),
     certificate("C78.0", "C34.9")),
]  # fmt: skip
#: Rows that are accepted: the sequence finds nothing; where the linkage was missed, a query.
ACCEPTED: list[tuple[str, Change, Change | None]] = [
    ("SEQ30", certificate("I21.9", "I10", underlying="I21.9"), certificate("I21.9", "I10")),
    ("SEQ31", certificate("I61.9", "I10", underlying="I61.9"), certificate("I61.9", "I10")),
    ("SEQ32", certificate("N18.9", "I10", underlying="I12.0"), certificate("N18.9", "I10")),
    ("SEQ33", certificate("I50.9", "I10", underlying="I11.0"), certificate("I50.9", "I10")),
    ("SEQ34", certificate("J18.9", "J44.9"), None),
    ("SEQ35", certificate("N18.9", "E11.2"), certificate("N18.9", "E11.9")),
    ("SEQ36", certificate("K74.6", "B18.1"), None),
]


def judged(changes: list[Change], province: str = "33") -> list[set[str]]:
    cards = [changed(SOUND["death"], change) for change in changes]
    return rules_broken_by("death", cards, province)


def test_every_row_of_the_chain_finds_its_fault_and_leaves_the_sound_one() -> None:
    broken = judged([change for _, _, *pair in CHAIN for change in pair])
    wrong = [
        (row, rule)
        for (row, rule, _, _), fault, sound in zip(CHAIN, broken[::2], broken[1::2], strict=True)
        if f"death.{rule}" not in fault or f"death.{rule}" in sound
    ]
    assert wrong == []


def test_an_accepted_sequence_is_no_fault_and_a_missed_linkage_is_a_query() -> None:
    for row, accepted, missed in ACCEPTED:
        broken = judged([accepted] if missed is None else [accepted, missed])
        assert not broken[0] & {f"death.{SEQUENCE}", f"death.{DOUBTFUL}", f"death.{LINKED}"}, row
        if missed is not None:
            assert f"death.{LINKED}" in broken[1], row


PREGNANT, NOT = woman(30, "1"), woman(30, "2")
MATCH = "underlying_cause_matches_birth"
#: Row of maternal_perinatal.csv -> rule, card with the fault, card without it.
BIRTH: list[tuple[str, str, Change, Change]] = [
    ("MAT01", "underlying_cause_matches_sex", man(40) | only("M83.0"), NOT | only("M83.0")),
    ("MAT02", "maternal_cause_is_at_15_to_50", woman(60, "2") | only("O72.1"),
     PREGNANT | only("O72.1")),
    ("MAT03", "death_in_pregnancy_has_a_maternal_cause", PREGNANT | only("K25.4"),
     PREGNANT | certificate("S06.9", "V03.1")),
    ("MAT04", "maternal_cause_has_a_pregnancy", NOT | only("O72.1"), NOT | only("O96")),
    ("MAT05", MATCH, NOT | only("O96") | {"days_since_delivery": "42"},
     NOT | only("O96") | {"days_since_delivery": "43"}),
    ("MAT06", MATCH, NOT | only("O97") | {"days_since_delivery": "364"},
     NOT | only("O97") | {"days_since_delivery": "365"}),
    ("MAT07", "underlying_cause_needs_no_inquiry", PREGNANT | only("O95"),
     PREGNANT | only("O72.1")),
    ("MAT08", "underlying_cause_is_acceptable", PREGNANT | only("O80.0"),
     PREGNANT | only("O75.9")),
    ("MAT09", "underlying_cause_is_acceptable", PREGNANT | only("O08.1"),
     PREGNANT | only("O06.9")),
    ("MAT10", "vague_cause_of_a_woman_is_checked_for_pregnancy",
     NOT | certificate("J18.9", "I26.9"), woman(50, "2") | certificate("J18.9", "I26.9")),
    ("MAT11", "infection_in_pregnancy_is_coded_to_o98", PREGNANT | only("B20.0"),
     NOT | only("B20.0")),
    ("PER01", "underlying_cause_is_specific", NEWBORN | certificate("J18.9", "R09.0"),
     NEWBORN | certificate("J18.9", "R95.0")),
    ("PER02", "neonatal_cause_is_perinatal", NEWBORN | only("J18.9"),
     child(1) | only("J18.9")),
    ("PER03", MATCH, NEWBORN | only("P07.0") | {"birth_weight_g": "1000"},
     NEWBORN | only("P07.0") | {"birth_weight_g": "999"}),
    ("PER04", MATCH, NEWBORN | only("P07.1") | {"birth_weight_g": "2500"},
     NEWBORN | only("P07.1") | {"birth_weight_g": "2499"}),
    ("PER05", MATCH, NEWBORN | only("P07.2") | {"gestation_weeks": "28"},
     NEWBORN | only("P07.2") | {"gestation_weeks": "27"}),
    ("PER06", MATCH, NEWBORN | only("P07.3") | {"gestation_weeks": "37"},
     NEWBORN | only("P07.3") | {"gestation_weeks": "36"}),
    ("PER07", MATCH, NEWBORN | only("P08.0") | {"birth_weight_g": "4499"},
     NEWBORN | only("P08.0") | {"birth_weight_g": "4500"}),
    ("PER08", MATCH, NEWBORN | only("P08.2") | {"gestation_weeks": "41"},
     NEWBORN | only("P08.2") | {"gestation_weeks": "42"}),
    ("PER09", "birth_weight_is_plausible", {"birth_weight_g": "299"}, {"birth_weight_g": "300"}),
    ("PER10", "gestation_is_plausible", {"gestation_weeks": "45"}, {"gestation_weeks": "44"}),
    ("PER11", "birth_weight_suits_gestation", {"birth_weight_g": "900", "gestation_weeks": "40"},
     {"birth_weight_g": "2000", "gestation_weeks": "40"}),
    ("PER12", "underlying_cause_needs_no_inquiry", NEWBORN | only("P02.1"),
     NEWBORN | only("P21.0")),
    ("PER13", "is_under_five_agrees_with_age", child(5) | {"is_under_five": "1"},
     child(4) | {"is_under_five": "1"}),
    ("PER14", "is_infant_agrees_with_age", NEWBORN | {"is_infant": "2"},
     child(1) | {"is_infant": "2"}),
    ("PER15", "underlying_cause_is_acceptable", NEWBORN | only("P95"), NEWBORN | only("P96.9")),
    ("PER17", "malformation_is_on_the_certificate", {"malformation_icd10": "Q21.0"},
     only("Q21.0") | {"malformation_icd10": "Q21.0"}),
]  # fmt: skip
NOT_A_CARD = {
    "PER16": "information only",
    "PER18": "an area and year, no card",
}


def test_every_row_on_mothers_and_newborns_finds_its_fault() -> None:
    broken = judged([change for _, _, *pair in BIRTH for change in pair])
    wrong = [
        (row, rule)
        for (row, rule, _, _), fault, sound in zip(BIRTH, broken[::2], broken[1::2], strict=True)
        if f"death.{rule}" not in fault or f"death.{rule}" in sound
    ]
    assert wrong == []


def test_every_row_of_both_tables_is_exercised() -> None:
    if not TABLES.exists():
        pytest.skip("the fact tables are not beside this repository")
    listed = []
    for table in ("implausible_chain", "maternal_perinatal"):
        with (TABLES / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
            listed.append({row["rule_id"] for row in csv.DictReader(stream)})
    assert listed[0] == {row[0] for row in CHAIN} | {row[0] for row in ACCEPTED}
    assert listed[1] == {row[0] for row in BIRTH} | set(NOT_A_CARD)


NEAR_MISSES: list[Change] = [
    only("U07.1") | {"death_date": "2023-01-10", "birth_date": "1940-01-01"},
    {"birth_date": "2000-02-29", "death_date": "2024-02-29", "report_date": "2024-02-29"},
    {"birth_date": "1950-06", "id_number": None, "id_type": "9"},
    only("K25.4") | {"interval_a": "不详"},
    only("I46.1") | {"cause_b": "I21.9", "interval_b": "约半年", "underlying_cause": "I21.9"},
    certificate("K92.2", "K25.4") | {"interval_a": "30天", "interval_b": "1月"},
    man(60) | only("C50.9") | {"sex": "9"},
]


def test_near_misses_find_nothing_on_the_chain() -> None:
    asked = {
        f"death.{rule}"
        for rule in (
            SEQUENCE, DOUBTFUL, "intervals_grow_from_a_to_d", "intervals_are_within_life",
            "underlying_cause_is_on_the_certificate", "underlying_cause_is_acceptable",
            "underlying_cause_is_specific", "underlying_cause.not_in_icd10", "age_is_under_120",
            "terminal_state_is_not_alone", "underlying_cause_is_usual_for_sex",
        )
    }  # fmt: skip
    assert [broken & asked for broken in judged(NEAR_MISSES)] == [set() for _ in NEAR_MISSES]


WORDS: list[tuple[str, str, bool]] = [
    ("肺癌", "C34.9", True), ("肺癌", "J44.9", False), ("左肺恶性肿瘤", "C34.1", True),
    ("脑梗死后遗症", "I69.3", True), ("脑梗死", "I61.9", False), ("腹主动脉瘤破裂", "I71.3", True),
    ("自缢", "X70", True), ("自缢致窒息", "T71", True), ("自缢", "I46.9", False),
    ("车祸致颅脑损伤", "S06.9", True), ("车祸", "I61.9", False), ("老死", "R54", True),
    ("老死", "I25.9", False), ("心源性猝死", "I46.1", True), ("门静脉高血压", "K76.6", True),
    ("高血压", "I10", True), ("高血压", "E11.9", False), ("死因不明", "R99", True),
]  # fmt: skip


@pytest.mark.parametrize("agree", [True, False])
def test_words_of_the_list_agree_with_their_codes_only(agree: bool) -> None:
    pairs = [(text, code) for text, code, right in WORDS if right is agree]
    broken = judged([only(code) | {"cause_a_text": text} for text, code in pairs])
    found = ["death.words_agree_with_codes" not in rules for rules in broken]
    assert dict(zip(pairs, found, strict=True)) == dict.fromkeys(pairs, agree)
