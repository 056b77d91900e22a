"""The annual report read back: whole, numbered, Chinese, and agreeing with the published tables."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import duckdb
import polars as pl
import pytest
from docx.document import Document

from flows.home import Home, UserError
from flows.report.build import write_report
from flows.report.facts import read_facts
from flows.report.inspection import inspect
from flows.report.small import bands, events
from flows.units.file import remarks
from tests.report.conftest import COUNTY, EMPTY_COUNTY
from tests.report.reading import (
    UNSUITABLE,
    alt_texts,
    captions,
    english_left,
    has_total,
    percentages,
    text_of,
    titled,
    wrong_totals,
)
from tests.report.reading import cells as cells_of


def test_all_ten_elements_are_there(report_file: Path) -> None:
    assert [found.number for found in inspect(report_file) if found.is_present] == list(
        range(1, 11)
    )


def test_tables_and_figures_are_numbered_without_a_gap(report: Document) -> None:
    for kind, count in (("表", len(report.tables)), ("图", len(report.inline_shapes))):
        assert captions(report, kind) == list(range(1, count + 1))
    assert len(report.tables) > 25
    assert len(report.inline_shapes) >= 3


def test_every_figure_speaks_to_a_screen_reader(report: Document) -> None:
    assert all(len(text) > 10 for text in alt_texts(report))


def test_every_percentage_lies_between_0_and_100(report: Document) -> None:
    found = percentages(report)
    assert len(found) > 100
    assert [number for number in found if not 0 <= number <= 100] == []


def test_no_english_is_left(report: Document) -> None:
    assert english_left(text_of(report)) == set()


def test_no_word_judges_without_a_number_or_asks_for_more_cases(report: Document) -> None:
    assert [word for word in UNSUITABLE if word in text_of(report)] == []


def test_totals_are_the_sums_of_their_parts(report: Document) -> None:
    tables = [cells_of(table) for table in report.tables]
    with_total = [rows for rows in tables if has_total(rows)]
    assert len(with_total) >= 10
    # Cause groups stand under their chapters and would be added twice.
    flat = [rows for rows in with_total if not any(row[0].startswith("　") for row in rows)]
    assert [(rows[0], wrong) for rows in flat if (wrong := wrong_totals(rows))] == []


def test_the_numbers_are_those_of_the_published_file(county: Home, report: Document) -> None:
    with duckdb.connect(str(county.published), read_only=True) as connection:
        ((deaths, rate),) = connection.execute(
            "select numerator, value from indicator.summary where area_code = ? and year = 2025"
            " and residency = 'registered' and indicator = 'crude_death_rate_per_1000'",
            [COUNTY],
        ).fetchall()
    assert f"居民死亡{deaths:.0f}人，粗死亡率{rate:.2f}‰" in text_of(report)
    assert titled(report, "各乡镇死亡")[-1][2] == f"{deaths:.0f}"


def test_no_cell_under_5_is_shown_by_town_cause_or_site(report: Document) -> None:
    for words, columns in (
        ("各乡镇死亡", (2, 4, 6, 8, 10)),
        ("三大类死因", (1, 3, 5)),
        ("死因分类死亡数", (1, 2, 3)),
        ("恶性肿瘤各部位发病（合计）", (1, 5)),
        ("分性别年龄死亡数", (1, 3, 5)),
    ):
        rows = [row for row in titled(report, words)[1:] if row[0] != "乡镇不详"]
        shown = [row[column] for row in rows for column in columns]
        assert not {"1", "2", "3", "4"} & set(shown), words
        assert "＊" in shown, words


def test_towns_show_no_cause_by_name(report: Document) -> None:
    text = "".join("".join(row) for row in titled(report, "各乡镇死亡"))
    assert not re.search("自杀|艾滋|梅毒|流产|妊娠|孕产", text)


def test_units_and_rates_of_the_text_agree(report_file: Path) -> None:
    assert remarks(report_file).rows() == []


def test_the_same_night_gives_the_same_bytes(
    county: Home, report_file: Path, tmp_path: Path
) -> None:
    again = write_report(county, 2025, output=tmp_path / "again.docx")
    assert again.read_bytes() == report_file.read_bytes()


def test_an_internal_report_hides_nothing_and_says_so(county: Home, tmp_path: Path) -> None:
    file = write_report(county, 2025, output=tmp_path / "internal.docx", internal=True)
    document = docx.Document(str(file))
    assert "＊" not in text_of(document)
    assert "内部资料" in document.sections[0].header.paragraphs[0].text
    rows = titled(document, "死因分类死亡数")
    groups = [row for row in rows[1:-1] if row[0].startswith("　")]
    chapters = [row for row in rows[1:-1] if not row[0].startswith("　")]
    assert sum(int(row[1]) for row in chapters) == int(rows[-1][1])
    assert sum(int(row[1]) for row in groups) <= int(rows[-1][1])


def test_a_county_without_data_gets_sentences_and_no_empty_table_or_chart(
    empty_file: Path,
) -> None:
    document = docx.Document(str(empty_file))
    assert len(document.inline_shapes) == 0
    assert [rows for rows in map(cells_of, document.tables) if len(rows) < 2] == []
    text = text_of(document)
    for sentence in (
        "没有2025年户籍人口资料",
        "本库没有2025年户籍居民的终审死亡卡",
        "本库没有2025年户籍居民的终审肿瘤卡",
        "没有2025年脑卒中的终审卡片或相应人口",
        "生存率暂不具备计算条件",
    ):
        assert sentence in text
    missing = [found.name_zh for found in inspect(empty_file) if not found.is_present]
    assert missing == ["监测结果"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"year": 2026}, "2026 年尚未结束"),
        ({"year": 2025, "area": "999999"}, "不是县区编码"),
        ({"year": 2025, "area": "330300"}, "不是县区编码"),
    ],
)
def test_what_cannot_be_reported_is_said(
    county: Home, options: dict[str, object], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        write_report(county, **options)


def test_a_home_without_a_night_is_told_to_run_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="zhikong night"):
        write_report(Home(tmp_path), 2025, area=EMPTY_COUNTY)


def test_band_totals_and_ages_that_are_shown_never_leave_one_hidden_cell(
    county: Home, report: Document
) -> None:
    facts = read_facts(county, 2025, COUNTY)
    ages = events(facts, "death", internal=False).views
    totals = bands(facts, internal=False).views["band"].filter(~pl.col("is_suppressed"))
    assert totals.height  # some are shown beside the ages
    for band in totals["band"]:
        for view in ("age", "age_sex"):
            own = ages[view].filter(band=band)
            unsure = own.filter("is_suppressed").height
            assert unsure != 1, (band, view)
        # Nor does what is left of the band over two cells leave them no choice.
        hidden = ages["age"].filter(pl.col("is_suppressed") & (pl.col("band") == band))
        left = (
            totals.filter(band=band)["count"][0]
            - ages["age"].filter(~pl.col("is_suppressed") & (pl.col("band") == band))["count"].sum()
        )
        assert not hidden.height or left > hidden.height, band


def test_expectancies_below_a_hidden_age_are_not_printed(county: Home, report: Document) -> None:
    facts = read_facts(county, 2025, COUNTY)
    counts = events(facts, "death", internal=False).views["age_sex"]
    starts = dict(facts["age_group"].select("age_group", "age_from").iter_rows())
    for sex, zh in (("1", "男"), ("2", "女")):
        hidden = counts.filter(pl.col("is_suppressed") & (pl.col("sex") == sex))["age_group"]
        last = max(int(starts[age]) for age in hidden)
        printed = [int(row[0]) for row in titled(report, f"简略寿命表（{zh}）")[1:]]
        assert printed[0] == 0 and all(age > last for age in printed[1:])
