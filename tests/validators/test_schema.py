"""The schemas and reference/field.csv say the same; the catalogue reads well."""

import re
from pathlib import Path

import polars as pl
import pytest

from validators import reference
from validators.catalogue import CARD_TYPES, KINDS, as_markdown, catalogue, rules
from validators.declared import CARD_RULES, FILE_RULES

ROOT = Path(__file__).parents[2]
#: Words that blame: letters ask.
BLAMING = re.compile("错误|不合格|瞒报|造假|批评|违规|失职|必须|严禁")


@pytest.mark.parametrize("card_type", CARD_TYPES)
def test_schema_equals_field_csv(card_type: str) -> None:
    columns = CARD_TYPES[card_type].to_schema().columns
    declared = {
        name: {key: column.metadata[key] for key in ("requirement", "data_type", "code_list")}
        for name, column in columns.items()
    }
    rows = reference.fields(card_type)
    listed = {
        row["field"]: {
            "requirement": row["requirement"],
            "data_type": row["data_type"],
            "code_list": row["code_list"] or "",
        }
        for row in rows.iter_rows(named=True)
    }
    assert declared == listed


def test_every_card_type_of_field_csv_has_a_schema() -> None:
    assert set(CARD_TYPES) == set(reference.table("field")["card_type"])


@pytest.mark.parametrize("card_type", CARD_TYPES)
def test_every_required_field_has_a_completeness_rule(card_type: str) -> None:
    required = reference.fields(card_type).filter(pl.col("requirement") == "required")["field"]
    complete = {rule.field for rule in rules(card_type) if rule.facts.name == "missing"}
    assert set(required) <= complete


def test_every_rule_has_its_own_id_a_sentence_and_a_source() -> None:
    found = catalogue()
    assert found["rule_id"].is_unique().all()
    assert found.filter(pl.col("source") == "").is_empty()
    assert found["message_zh"].str.contains("[{}]").sum() == 0


def test_no_sentence_blames_and_every_finding_asks() -> None:
    found = catalogue()
    assert [m for m in found["message_zh"] if BLAMING.search(m)] == []
    asked = found.filter(pl.col("channel") != "statistic")["message_zh"]
    calm = asked.str.contains("请核实|请至少填写|请补充|请在终审前|请提供|下次再读")
    assert asked.filter(~calm).to_list() == []


def test_ids_derive_from_position() -> None:
    for card_type in CARD_TYPES:
        for rule in rules(card_type):
            name = rule.facts.name
            place = f"{card_type}.{rule.field}.{name}" if name in KINDS else f"{card_type}.{name}"
            assert rule.rule_id == place


def test_a_queried_or_counted_rule_never_reaches_a_hospital() -> None:
    doubtful = pl.col("severity") == "query"
    assert catalogue().filter(doubtful & (pl.col("channel") == "hospital")).is_empty()


def test_rules_judged_elsewhere_are_in_the_catalogue() -> None:
    declared = {rule.rule_id for rule in (*FILE_RULES, *CARD_RULES)}
    found = catalogue().filter(pl.col("rule_id").is_in(sorted(declared)))
    assert found.height == len(declared)
    assert set(found["channel"]) == {"county"}


def test_implied_rules_exist() -> None:
    ids = set(catalogue()["rule_id"])
    implied = {name for card_type in CARD_TYPES for r in rules(card_type) for name in r.implies}
    assert implied
    assert implied <= ids


def test_the_rules_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "rules.md").read_text(encoding="utf-8") == as_markdown()


@pytest.mark.parametrize("name", ["rule_sex_cause", "rule_age_cause", "rule_type_icd10"])
def test_every_code_in_a_rule_table_exists(name: str) -> None:
    known = set(reference.icd10_codes())
    for codes in reference.table(name)["codes"]:
        ends = [end for item in codes.split() for end in item.lstrip("=").split("-")]
        in_icd10 = [end for end in ends if not end.isdigit()]
        assert [end for end in in_icd10 if end not in known] == []


def test_every_rule_of_the_page_has_an_example_and_no_person_s_number() -> None:
    lines = [line for line in as_markdown().splitlines() if line.startswith("| `")]
    assert len(lines) == catalogue().height
    assert [line.split("|")[1] for line in lines if not line.split("|")[-2].strip()] == []
    assert not any(re.search(r"\d{15}", line.split("|")[-2]) for line in lines)
