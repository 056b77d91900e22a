"""A county with a planted fault of every rule, through the night: all found, nothing else said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from flows.home import Home
from flows.night import STEPS
from flows.published import finding_rows
from flows.sample import write_sample
from flows.sample.truth import compare
from flows.store import opened
from flows.tonight import Tonight
from validators.sensitive import cause_groups

FINDINGS = {"card_type": "death", "severity": "error", "channel": "hospital"}


def found(*rows: tuple[str | None, str]) -> pl.DataFrame:
    schema = ["card_id", "rule_id"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(pl.lit(value).alias(name) for name, value in FINDINGS.items())


TRUTH = pl.DataFrame(
    [("death", "D1", "death.a", "death.b;death.c"), ("death", "D2", "death.a", None),
     ("death", "", "death.card_id.missing", "")],
    schema=["card", "card_id", "rule_id", "implies"], orient="row",
)  # fmt: skip


def test_what_is_planted_or_implied_is_explained_and_what_is_missed_is_named():
    made = compare(found(("D1", "death.a"), ("D1", "death.b"), ("D3", "death.a")), TRUTH)
    assert made.missed.rows() == [("death.a", 2, 1), ("death.card_id.missing", 1, 0)]
    assert made.unexplained["card_id"].to_list() == ["D3"]


def test_a_card_without_an_id_is_counted_by_its_rule():
    nameless = "death.card_id.missing"
    right = found(("D1", "death.a"), ("D2", "death.a"), ("made-1", nameless))
    assert compare(right, TRUTH).missed.is_empty()
    assert compare(right, TRUTH).unexplained.is_empty()
    two = pl.concat([right, found(("made-2", nameless))])
    made = compare(two, TRUTH)
    assert made.unexplained.height == 1
    assert made.precision(two) == 0.75


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("county")


@pytest.fixture(scope="module")
def night(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Findings on cards, and the faults planted."""
    write_sample(folder, deaths=120, faults=0.3, seed=5)
    with opened(Home(folder)) as store:
        tonight = Tonight(store, date(2026, 1, 31))
        for step in list(STEPS.values())[:4]:
            step(tonight)
    assert tonight.broken == []
    truth = pl.read_csv(folder / "truth.csv", infer_schema=False)
    return tonight.findings.filter(pl.col("card_type") != "file"), truth


def test_the_night_finds_every_planted_fault(night: tuple[pl.DataFrame, pl.DataFrame]):
    findings, truth = night
    made = compare(findings, truth)
    assert made.recall.height > 200
    assert made.missed.rows() == []


def test_no_error_is_found_that_was_not_planted(night: tuple[pl.DataFrame, pl.DataFrame]):
    findings, truth = night
    made = compare(findings, truth)
    wrong = made.unexplained.filter(pl.col("severity") == "error")
    assert wrong["rule_id"].to_list() == []
    assert made.precision(findings) == 1.0


def test_no_published_table_names_a_sensitive_cause_in_a_town(
    folder: Path, night: tuple[pl.DataFrame, pl.DataFrame]
):
    areas, causes = {"area_code", "town_code"}, ("cause_group", "group_code", "measure")
    looked_at = []
    with duckdb.connect(str(Home(folder).published), read_only=True) as published:
        tables = published.sql(
            "select table_schema || '.' || table_name as table_name, list(column_name) as columns"
            " from information_schema.columns where table_schema in ('indicator', 'quality')"
            " group by all order by all"
        ).fetchall()
        for table, columns in tables:
            for area in areas & set(columns):
                for cause in (name for name in causes if name in columns):
                    looked_at.append(table)
                    shown = published.sql(
                        f"select distinct {cause} from {table} where length({area}) = 9"
                    ).fetchall()
                    assert {code for (code,) in shown} & set(cause_groups()) == set(), table
    assert {"indicator.cause_of_death", "indicator.share_shift"} <= set(looked_at)


def test_letters_and_pages_find_their_sentences_and_suggestions(
    folder: Path, night: tuple[pl.DataFrame, pl.DataFrame]
):
    with duckdb.connect(str(Home(folder).published), read_only=True) as published:
        neutral = published.sql(
            "select letter_zh from quality.rule where is_sensitive and channel = 'hospital'"
        ).fetchall()
        assert neutral == [("请对照原始病历核实根本死因编码",)]
        (heart,) = published.sql(
            "select suggestion_zh, letter_zh from reference.cause_suggestion where code = 'I46.9'"
        ).fetchall()
        assert heart == ("请追问导致该状态的原发疾病",) * 2
    rows = finding_rows(folder, None, "death.underlying_cause_is_specific", False)
    assert rows.height > 0 and rows["suggestion_zh"].null_count() == 0
