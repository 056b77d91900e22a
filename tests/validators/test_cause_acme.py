"""The NCHS decision tables as regression: no valid underlying cause is rejected, invalid ones are.

`data/acme_*.csv` are tables A and B of ACME 2020 (public domain).
"""

from pathlib import Path

from judge import AS_OF

from validators.catalogue import rules
from validators.cause_table import suggestions
from validators.change import Change, changed
from validators.example_cause import NEWBORN
from validators.example_death import man, woman
from validators.example_kind import only
from validators.finding import find
from validators.sound import SOUND, Card, typed_frame

DATA = Path(__file__).parent / "data"
ERRORS = {rule.rule_id for rule in rules("death") if rule.facts.severity == "error"}
#: Five characters: ACME's own subdivisions, no codes of WHO.
LONGEST = 5


def acme(table: str) -> list[str]:
    """Codes of a table, dotted; the file's first line is its heading."""
    lines = (DATA / f"{table}.csv").read_text(encoding="utf-8").split()
    codes = [line for line in lines if line[0].isalpha() and any(c.isdigit() for c in line)]
    return [code if len(code) == 3 else f"{code[:3]}.{code[3:]}" for code in codes]


def fitting(code: str) -> list[Change]:
    """People the cause may fit: a man and a woman of 30 years, a newborn, an infant."""
    infant: Change = NEWBORN | {"birth_date": "2024-01-01"}
    return [man(30) | {"sex": "1"}, woman(30, "2"), NEWBORN, infant]


def rejected(codes: list[str]) -> dict[str, set[str]]:
    """For each code the error-level rules that speak on the cause, whoever the person is."""
    cards: list[Card] = []
    for code in codes:
        cards += [changed(SOUND["death"], person | only(code)) for person in fitting(code)]
    frame, malformed = typed_frame("death", cards)
    report = find(frame, "death", as_of=AS_OF, province="", malformed=malformed)
    each = len(fitting(""))
    found: list[set[str]] = [set() for _ in cards]
    for row, rule_id, field in report.findings.iter_rows():
        if rule_id in ERRORS and field in ("underlying_cause", "cause_a"):
            found[row].add(rule_id)
    return {
        code: set.intersection(*found[i * each : (i + 1) * each]) for i, code in enumerate(codes)
    }


def test_no_code_that_acme_accepts_is_rejected() -> None:
    codes = acme("acme_valid_underlying")
    assert len(codes) == 8086
    assert {code: why for code, why in rejected(codes).items() if why} == {}


def test_codes_for_multiple_causes_only_are_caught() -> None:
    codes = [c for c in acme("acme_multiple_cause_only") if len(c.replace(".", "")) < LONGEST]
    assert len(codes) == 1341
    caught = rejected(codes)
    assert [code for code, why in caught.items() if not why] == []


def test_every_unacceptable_code_has_a_suggestion() -> None:
    found = suggestions()
    assert found["suggestion_zh"].null_count() == 0
    assert found["code"].is_unique().all()
    for code, said in (("I25.2", "改用I25.8"), ("S06.9", "改用外部原因编码（V01～Y89）")):
        assert found.filter(found["code"] == code)["suggestion_zh"].to_list() == [said]
