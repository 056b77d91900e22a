from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path

import openpyxl
import pytest

from flows.evidence.build import BLANK, HAVE, MISSING, TO_FILL, UNISSUED, build
from flows.evidence.checklist import PAPER, SYSTEM, checklist
from flows.evidence.tables import METHOD_ZH, SAID, TABLES, method_zh, table
from flows.home import UserError
from flows.indicators import METHODS
from flows.published import open_published


def test_every_criterion_has_a_material_and_every_made_one_a_table():
    listed = checklist()
    assert {material.item_no for material in listed} == set(range(17, 23))
    made = {material.table_name for material in listed if material.kind == SYSTEM}
    assert made == set(TABLES) | {"report"}
    assert all(material.source and material.how_zh for material in listed)
    assert all(material.words for material in listed if material.kind == PAPER)


def test_the_index_says_what_is_there_to_be_filled_to_be_issued_and_missing(home):
    made = build(home, 2025, None)
    states = {entry.material.material_zh: entry.state for entry in made.entries}
    assert {name: states[name] for name in (
        "死亡卡审核情况表", "R编码核查记录", "漏报调查方案", "漏报调查报告", "公安人口证明",
        "慢性病报告培训签到", "DCN追溯表")} == {
        "死亡卡审核情况表": HAVE, "R编码核查记录": TO_FILL, "漏报调查方案": HAVE,
        "漏报调查报告": UNISSUED, "公安人口证明": MISSING, "慢性病报告培训签到": BLANK,
        "DCN追溯表": HAVE,
    }  # fmt: skip
    for entry in made.entries:
        if entry.file:
            data = (made.folder / entry.file).read_bytes()
            assert hashlib.sha256(data).hexdigest() == entry.sha256
    page = (made.folder / "目录.html").read_text("utf-8")
    assert "<script" not in page and "http" not in page
    assert page.count("<tr") == 1 + len(made.entries)


def test_card_numbers_and_no_names_stand_in_the_folder(home):
    folder = build(home, 2025, None).folder
    cells = [
        str(cell)
        for file in sorted(folder.rglob("*.xlsx"))
        for sheet in openpyxl.load_workbook(file).worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    ]
    assert "d1" in cells
    assert not [cell for cell in cells if "合成李四" in cell or "330329193807080017" in cell]


def test_proposed_rows_wait_for_a_persons_word_and_leave_registered_ones_out(home):
    folder = build(home, 2025, None).folder
    with (folder / "佐证登记_待填.csv").open(encoding="utf-8-sig", newline="") as stream:
        proposed = list(csv.DictReader(stream))
    assert {(row["完成"], row["签发单位"]) for row in proposed} == {("0", "")}
    assert not [row for row in proposed if row["材料"] == "漏报调查方案"]
    assert [row for row in proposed if row["材料"] == "公安人口证明"]


def test_the_same_night_gives_the_same_files(home):
    def contents(folder: Path) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    first = contents(build(home, 2025, None).folder)
    assert contents(build(home, 2025, None).folder) == first


def test_a_year_without_score_is_refused(home):
    with pytest.raises(UserError, match="没有 330329 2019 年的评分"):
        build(home, 2019, None)


@pytest.mark.parametrize(
    ("method", "zh"),
    [
        ("Wilson score", "Wilson 区间"),
        (
            "delta method on the log scale; survey_2024; bands below_65",
            "对数尺度 delta 法；2024年调查校正；按65岁以下、以上分段",
        ),
        ("exact conditional binomial; death_cards", "条件二项分布精确区间；死亡数来自死亡卡"),
    ],
)
def test_a_method_is_said_in_chinese(method: str, zh: str) -> None:
    assert method_zh(method) == zh


def test_every_method_and_card_of_a_table_is_said_in_chinese(county) -> None:
    assert not set(METHODS.values()) - set(METHOD_ZH)
    with open_published(county) as published:
        for name in TABLES:
            found = table(published, name, "330329", 2024, 2025)
            for column in set(SAID) & set(found.columns):
                text = "".join(found[column].drop_nulls().cast(str))
                words = set(re.findall("[A-Za-z_]+", text))
                assert words <= {"Wilson", "Garwood", "Chiang", "II", "delta"}, (name, column)
