"""The brief: every unit by name, counts with their denominators, short enough for two pages."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pytest
from pypinyin import lazy_pinyin

from flows.brief.period import read_period
from flows.brief.write import SHARES, shown, write_brief
from flows.home import Home, UserError
from flows.linkage.spoken import pinyin
from flows.report.quality import in_pinyin_order
from tests.report.conftest import EMPTY_COUNTY
from tests.report.reading import UNSUITABLE, cells, english_left, percentages, text_of, wrong_totals


@pytest.fixture(scope="module")
def quarter(county: Home) -> Path:
    return write_brief(county, read_period(None, "2025Q4"))


def test_a_town_is_heard_as_a_phrase_though_names_of_people_are_not() -> None:
    assert pinyin("重庆") == "zhongqing"
    assert in_pinyin_order({"1": "丁桥卫生院", "2": "重庆医院"}) == ["2", "1"]


def test_units_stand_in_the_order_of_their_names_and_add_up(quarter: Path) -> None:
    document = docx.Document(str(quarter))
    rows = cells(document.tables[0])
    names = [row[0] for row in rows[1:-1]]
    assert names == sorted(names, key=lambda name: "".join(lazy_pinyin(name)))
    assert len(names) > 15
    assert wrong_totals(rows) == []
    for column in range(2, len(rows[0])):
        if rows[0][column] in SHARES:
            parts = [re.match(r"(\d+)/(\d+)", row[column]) for row in rows[1:]]
            counted = [(int(m[1]), int(m[2])) if m else (0, 0) for m in parts]
            *units, total = counted
            assert (sum(a for a, _ in units), sum(b for _, b in units)) == total


def test_it_is_short_polite_and_chinese(quarter: Path) -> None:
    document = docx.Document(str(quarter))
    text = text_of(document)
    assert len(document.tables) == 1
    assert len(document.paragraphs) < 40
    assert len("".join(paragraph.text for paragraph in document.paragraphs)) < 1800
    assert english_left(text) == set()
    assert [word for word in (*UNSUITABLE, "错误") if word in text] == []
    assert all(0 <= number <= 100 for number in percentages(document))
    assert "签发人" in text
    assert "草稿" in document.sections[0].header.paragraphs[0].text


def test_the_quarter_is_the_sum_of_its_months(county: Home, quarter: Path, tmp_path: Path) -> None:
    def reported(file: Path) -> int:
        return int(cells(docx.Document(str(file)).tables[0])[-1][1])

    months = [
        write_brief(county, read_period(month, None), output=tmp_path / f"{month}.docx")
        for month in ("2025-10", "2025-11", "2025-12")
    ]
    assert sum(map(reported, months)) == reported(quarter) > 0


def test_the_same_night_gives_the_same_bytes(county: Home, quarter: Path, tmp_path: Path) -> None:
    again = write_brief(county, read_period(None, "2025q4"), output=tmp_path / "again.docx")
    assert again.read_bytes() == quarter.read_bytes()


def test_a_county_without_cards_gets_sentences(county: Home, tmp_path: Path) -> None:
    file = write_brief(
        county, read_period("2025-12", None), area=EMPTY_COUNTY, output=tmp_path / "b.docx"
    )
    document = docx.Document(str(file))
    assert len(document.tables) == 0
    assert "2025年12月本库没有辖区机构录入的卡片" in text_of(document)


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(3, 19, "3/19"), (3, 20, "3/20（15.0%）"), (0, 0, "—")],
)
def test_a_share_of_few_is_shown_as_counts(part: int, whole: int, text: str) -> None:
    assert shown(part, whole) == text


@pytest.mark.parametrize(
    ("month", "quarter", "sentence"),
    [
        (None, None, "二者取一"),
        ("2025-12", "2025Q4", "二者取一"),
        ("2025-13", None, "YYYY-MM"),
        (None, "2025-4", "YYYYQn"),
    ],
)
def test_a_period_is_written_one_way(month: str | None, quarter: str | None, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_period(month, quarter)


def test_a_period_to_come_is_refused_and_a_running_one_says_so(
    county: Home, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="尚未开始"):
        write_brief(county, read_period("2026-02", None))
    file = write_brief(county, read_period("2026-01", None), output=tmp_path / "b.docx")
    assert "期间尚未结束" in text_of(docx.Document(str(file)))


def test_months_of_a_quarter() -> None:
    assert read_period(None, "2024Q1").months == ("2024-01", "2024-02", "2024-03")
