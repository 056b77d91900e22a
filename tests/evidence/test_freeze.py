from __future__ import annotations

import pytest
from docx import Document

from flows.freeze import frozen
from flows.freeze.cite import cite
from flows.freeze.listing import difference, listed
from flows.freeze.record import freeze
from flows.home import UserError
from flows.report.build import write_report
from tests.evidence.county import rows


def test_what_came_later_is_counted_against_the_freeze_without_identities(later):
    found = rows(
        later,
        "select change, org_code, month, card_count, counted_before, counted_after"
        " from quality.since_freeze order by all",
    )
    assert found == [
        ("added", "H1", "2024-06", 1, 0, 1),
        # b1 came again with another cause; a1 and a2 became one person and one event.
        ("corrected", "H1", "2024-06", 1, 1, 1),
        ("corrected", "H2", "2024-06", 1, 1, 0),
        ("removed", "H1", "2024-06", 1, 1, 0),
    ]
    assert difference(later, "2024年度", readable=True)["变化"].unique().sort().to_list() == [
        "撤下", "订正", "追补",
    ]  # fmt: skip


def test_the_frozen_score_stays_as_it_was(later):
    query = "select numerator from score.criterion where year = 2025 and item_no = 18 and criterion_no = 1"  # noqa: E501
    named = frozen(later, "2024年度")
    assert (rows(named.home, query), rows(later, query)) == ([(5.0,)], [(4.0,)])
    assert (named.year, str(named.as_of), named.frozen_by) == (2024, "2025-06-02", "合成审核人")
    assert "1 张卡尚未终审" in named.provisional_zh
    assert listed(later)["file_state"].to_list() == ["完好"]


def test_a_frozen_file_that_was_touched_is_told(home):
    made = freeze(home, 2024, "甲", "合成人")
    made.home.published.chmod(0o640)
    with made.home.published.open("ab") as stream:
        stream.write(b"x")
    assert listed(home)["file_state"].to_list() == ["已改动"]


@pytest.mark.parametrize(
    ("year", "name", "by", "says"),
    [
        (2025, "乙", "合成人", "尚未结束"),
        (2019, "乙", "合成人", "没有 2019 年的卡片"),
        (2024, "甲/乙", "合成人", "只能用汉字"),
        (2024, "乙", " ", "--by"),
    ],
)
def test_a_running_year_and_half_an_order_are_refused(home, year, name, by, says):
    with pytest.raises(UserError, match=says):
        freeze(home, year, name, by)


def test_a_name_is_given_once(home):
    freeze(home, 2024, "甲", "合成人")
    with pytest.raises(UserError, match="已有名为 甲"):
        freeze(home, 2024, "甲", "合成人")
    with pytest.raises(UserError, match="已有：甲"):
        frozen(home, "../甲")


def test_an_export_cites_a_freeze_only_while_the_cards_are_still_those(home, later, tmp_path):
    freeze(home, 2024, "甲", "合成人")
    assert "冻结“甲”（2024 年，数据截至" in cite(home, "甲", 2024, tmp_path).read_text("utf-8")
    with pytest.raises(UserError, match="是 2024 年的"):
        cite(home, "甲", 2023, tmp_path)
    with pytest.raises(UserError, match="之后已有 4 张卡追补、订正或撤下"):
        cite(later, "2024年度", 2024, tmp_path)


def test_a_report_of_a_freeze_names_it_and_has_its_numbers(later, tmp_path):
    named = frozen(later, "2024年度")
    file = write_report(named.home, 2024, output=tmp_path / "r.docx", citation=named.citation_zh)
    document = Document(str(file))
    assert "冻结“2024年度”" in document.sections[0].header.paragraphs[0].text
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "死亡 5 人" in text or "死亡5人" in text
