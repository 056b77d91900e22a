"""`zhikong link` on files as people have them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home, UserError
from flows.linkage.run import explained, linked

RUNNER = CliRunner()
FIRST = """姓名,性别,出生日期,身份证号,乡镇
合成张伟,男,1950-01-02,330329195001020010,
合成李娜,女,1960年3月4日,,
买买提·艾力,1,1955/06/07,,
"""
SECOND = """名单
VC_XM,VC_XB,birth_date,证件号码
合成王芳,2,19700101,
买买提 • 艾力,1,19550607,
合成章伟,男,1950-01-02,330329195001020100
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ZHIKONG_HOME", str(tmp_path / "none"))

    def write(first: str | bytes = FIRST, second: str | bytes = SECOND) -> list[str]:
        paths = [tmp_path / "甲.csv", tmp_path / "乙.csv"]
        for path, content in zip(paths, (first, second), strict=True):
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [str(path) for path in paths]

    return write


def test_headers_are_codes_labels_or_field_names(files) -> None:
    shown = RUNNER.invoke(app, ["link", *files(), "--format", "json"])
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.stdout)
    assert [(row["row_a"], row["row_b"], row["keys"]) for row in found] == [
        (1, 3, "birth_date,sex"),
        (3, 2, "name,birth_date,sex"),
    ]
    assert "合成" not in shown.stdout + shown.stderr


def test_a_least_probability_of_1_asks_for_certain_pairs(files) -> None:
    again = FIRST + "合成赵敏,女,1971-01-01,,\n"
    shown = RUNNER.invoke(
        app, ["link", *files(FIRST, again), "--threshold", "1", "--format", "json"]
    )
    assert shown.exit_code == 0, shown.output
    # With an ID number; the others share a name and a day of birth, which is not certain.
    found = json.loads(shown.stdout)
    assert [(row["row_a"], row["row_b"], row["probability"]) for row in found] == [(1, 1, 1.0)]


def test_pairs_are_written_as_row_numbers_only(files, tmp_path: Path) -> None:
    target = tmp_path / "pairs.csv"
    shown = RUNNER.invoke(app, ["link", *files(FIRST.encode("gb18030")), "-o", str(target)])
    assert shown.exit_code == 0, shown.output
    found = pl.read_csv(target)
    assert found.columns == ["row_a", "row_b", "probability", "keys"]
    assert found.height == 2


def test_a_pair_is_explained_without_its_values(files) -> None:
    shown = RUNNER.invoke(app, ["link", *files(), "--explain", "1,3", "--format", "json"])
    assert shown.exit_code == 0, shown.output
    lines = {line["comparison"]: line["level"] for line in json.loads(shown.stdout)}
    assert lines["姓名"] == "同音"
    assert lines["身份证号"].startswith("差一位")
    assert lines["出生日期"] == "相同"
    weights = [line["weight_bits"] for line in json.loads(shown.stdout)]
    assert json.loads(shown.stdout)[-1]["total_bits"] == pytest.approx(sum(weights), abs=0.05)
    assert not any(text in shown.output for text in ("合成", "1950", "330329"))


def test_blank_lines_keep_their_numbers(files) -> None:
    first = FIRST.replace("合成李娜", ",,,,\n合成李娜")
    shown = RUNNER.invoke(app, ["link", *files(first), "--format", "json"])
    assert [row["row_a"] for row in json.loads(shown.stdout)] == [1, 4]


NOBODY = "姓名,出生日期\n合成完颜,1921-01-02\n合成耶律,1922-01-03\n"
BAD = {
    "empty": ("", "空"),
    "header only": ("姓名,出生日期\n", "没有数据行"),
    "no header": ("甲,乙\n1,2\n", "没有认出表头"),
    "names only": ("姓名\n合成甲\n合成乙\n", "身份证号"),
    "one name": ("姓名,出生日期\n合成甲,1950-01-02\n合成甲,1950-01-03\n", "姓名全部相同"),
    "dates as text": ("姓名,出生日期\n合成甲,民国五年\n合成乙,不详日\n", "2 / 2 行读不成日期"),
    "itself": (FIRST, "同一份名单"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_list_that_cannot_be_used_is_refused_with_a_sentence(files, case: str) -> None:
    content, sentence = BAD[case]
    place = files(second=content)
    with pytest.raises(UserError, match=sentence):
        linked(Path(place[0]), Path(place[1]), 0.5, False, Home.find(None))


def test_lists_without_a_common_person_say_so(files) -> None:
    shown = RUNNER.invoke(app, ["link", *files(second=NOBODY), "--format", "csv"])
    assert shown.exit_code == 0
    assert shown.stdout.strip() == "row_a,row_b,probability,keys"
    assert "没有找到概率达到 0.5 的配对" in shown.stderr


def test_a_few_unreadable_dates_are_told_and_left_out(files) -> None:
    rows = "".join(f"合成{name},19{place}0-01-02\n" for place, name in enumerate("甲乙丙丁戊己", 3))
    shown = RUNNER.invoke(
        app, ["link", *files(second=f"姓名,出生日期\n{rows}合成庚,不知\n合成辛,1933-2-3\n")]
    )
    assert shown.exit_code == 0, shown.output
    assert "乙.csv：1 行的出生日期读不成日期" in shown.stderr


@pytest.mark.parametrize("rows", ["1", "0,1", "1,99", "甲,乙"])
def test_rows_that_are_not_there_cannot_be_explained(files, rows: str) -> None:
    first, second = files()
    with pytest.raises(UserError, match="行"):
        explained(Path(first), Path(second), rows, Home.find(None))


@pytest.mark.parametrize("place", [0, 1])
def test_a_list_is_never_written_over(files, tmp_path: Path, place: int) -> None:
    lists = files()
    (tmp_path / "另一名.csv").symlink_to(lists[place])
    for output in (lists[place], str(tmp_path / "另一名.csv")):
        said = RUNNER.invoke(app, ["link", *lists, "-o", output])
        assert isinstance(said.exception, UserError) and "请换一个输出文件名" in str(said.exception)
    assert Path(lists[place]).read_text() == (FIRST, SECOND)[place]
