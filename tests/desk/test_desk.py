from __future__ import annotations

import stat

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.desk.access import Who, openings
from flows.desk.book import mark, write
from flows.desk.returned import read_back
from flows.desk.workbook import workbook
from flows.home import UserError
from flows.letters.lock import unlocked
from flows.store import opened
from tests.evidence.county import DAY, PASSWORD, filled, pages_of, rows, state

WHO = Who("合成甲", "每日核对")


def cells(file, page: str) -> list[dict[str, object]]:
    sheet = pages_of(file)[page]
    titles = [cell.value for cell in sheet[3]]
    lines = sheet.iter_rows(min_row=4, values_only=True)
    return [dict(zip(titles, line, strict=True)) for line in lines if line[1] is not None]


def test_names_stand_beside_the_lists_behind_a_password(home):
    made = write(home, WHO, PASSWORD)
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert unlocked(made.file.read_bytes(), "another-password") is None
    (pair,) = cells(made.file, "疑似重复")
    assert (pair["卡片编号甲"], pair["卡片编号乙"]) == ("a1", "a2")
    assert (pair["姓名甲"], pair["姓名乙"]) == ("合成赵一", "合成赵一")
    assert (pair["证件号码甲"], pair["证件号码乙"]) == (
        "330329195001020015", "330329195001020051",
    )  # fmt: skip
    (task,) = cells(made.file, "今日待办")
    assert (task["任务"], task["卡片编号"], task["电话"]) == ("区县审核", "e1", "13800000000")


def test_text_of_cards_never_becomes_a_formula(home):
    sheet = pages_of(write(home, WHO, PASSWORD).file)["今日待办"]
    (name,) = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert name.data_type == "s"


def test_every_opening_is_written_down_with_who_why_and_how_many(home):
    made = write(home, WHO, PASSWORD)
    write(home, WHO, PASSWORD, org="H2")
    log = openings(home).select("command", "opened_by", "reason", "org_code", "card_count")
    assert log.rows()[1] == ("desk", "合成甲", "每日核对", None, made.card_count)
    assert log.rows()[0][3] == "H2"
    assert made.card_count == 6


@pytest.mark.parametrize(("by", "reason"), [(None, "核对"), ("合成甲", " "), ("", "")])
def test_nobody_opens_identities_without_name_and_reason(by, reason):
    with pytest.raises(UserError, match="--by 姓名 和 --reason"):
        Who.named(by, reason)


def test_a_hand_over_holds_one_units_cards_only(home):
    file = write(home, WHO, PASSWORD, org="H2").file
    book = pages_of(file)
    text = {str(cell.value) for sheet in book.worksheets for row in sheet.iter_rows()
            for cell in row if cell.value is not None}  # fmt: skip
    assert {"a2", "d1", "e1"} <= text
    assert not {"a1", "b1", "c1"} & text
    assert not {"合成钱二", "合成孙三", "330329195001020015"} & text
    with pytest.raises(UserError, match="机构名录中没有 H9"):
        write(home, WHO, PASSWORD, org="H9")


def test_a_decision_works_in_the_next_night_and_the_pair_is_not_asked_again(later):
    assert rows(later, "select * from quality.duplicate_candidate") == []
    people = rows(later, "select count(distinct person_id) from card.death"
                  " where card_id in ('a1', 'a2')")  # fmt: skip
    assert people == [(1,)]
    reviewed = state(later, "select card_id, rule_id, decided_by from state.review")
    assert reviewed == [("d1", "death.underlying_cause_is_specific", "合成甲")]
    still = rows(later, "select resolved_on is null from quality.finding where card_id = 'd1'"
                 " and rule_id = 'death.underlying_cause_is_specific'")  # fmt: skip
    assert still == [(False,)]


def test_the_same_file_again_changes_nothing(home, tmp_path):
    book = write(home, WHO, PASSWORD).file
    trace = ("死亡未匹配发病", _row(book, "死亡未匹配发病", "c1"), "决定")
    cells = {("疑似重复", 4, "决定"): "不是同一人", trace: "追溯找到"}
    back = filled(book, cells, tmp_path / "back.xlsx")
    first = read_back(home, back, PASSWORD, "合成甲")
    again = read_back(home, back, PASSWORD, "合成乙")
    assert (first.count, first.repeated, first.wrong) == (2, 0, [])
    assert (again.count, again.repeated, again.wrong) == (0, 2, [])
    assert state(home, "select card_id_a, card_id_b, decision, decided_by"
                 " from state.pair_decision") == [("a1", "a2", "different", "合成甲")]  # fmt: skip
    assert state(home, "select card_id, decision from state.traceback") == [("c1", "found")]


def _row(book, page: str, card_id: str) -> int:
    return 4 + [line["卡片编号"] for line in cells(book, page)].index(card_id)


def test_wrong_rows_are_named_without_a_persons_name_and_the_others_are_taken(home, tmp_path):
    book = write(home, WHO, PASSWORD).file
    diabetes = _row(book, "死亡未匹配发病", "b1")
    changes = {
        ("疑似重复", 4, "决定"): "同一人",
        ("死亡未匹配发病", diabetes, "决定"): "追溯无果",
        ("死亡未匹配发病", diabetes + 1, "决定"): "也许",
        ("县级核实", 4, "卡片编号"): "zz",
        ("县级核实", 4, "决定"): "核实无误",
    }
    found = read_back(home, filled(book, changes, tmp_path / "back.xlsx"), PASSWORD, "合成甲")
    assert found.taken == {"疑似重复": 1}
    assert [line.split("：")[0] for line in found.wrong] == [
        f"死亡未匹配发病 第 {diabetes} 行",
        f"死亡未匹配发病 第 {diabetes + 1} 行",
        "县级核实 第 4 行",
    ]  # fmt: skip
    assert "合成" not in "".join(found.wrong)


def test_what_was_decided_is_not_asked_again_also_where_a_rule_names_it(later):
    repeated = rows(later, "select card_id from quality.finding where resolved_on is null"
                    " and rule_id = 'death.only_card_of_the_person'")  # fmt: skip
    assert repeated == [("a2",)]  # the two are one person since they were decided on
    assert cells(write(later, WHO, PASSWORD).file, "疑似重复") == []


def test_a_death_that_was_traced_back_is_not_asked_about_again(home):
    def asked() -> list[object]:
        return [
            line["卡片编号"] for line in cells(write(home, WHO, PASSWORD).file, "死亡未匹配发病")
        ]

    assert "c1" in asked()
    with opened(home) as store:
        store.connection.execute(
            "insert into state.traceback values ('death', 'c1', 'nothing', '合成甲', now())"
        )
    assert "c1" not in asked()


def test_what_changed_since_the_book_was_written_is_not_taken_for_verified(home, tmp_path):
    book = write(home, WHO, PASSWORD).file
    verified = filled(book, {("县级核实", 4, "决定"): "核实无误"}, tmp_path / "back.xlsx")
    card = cells(book, "县级核实")[0]["卡片编号"]
    with opened(home) as store:  # that night it had another version than it has now
        store.connection.execute(
            "update state.card_trace set version_time = version_time - interval 1 day"
            " where card_id = ?",
            [card],
        )
    found = read_back(home, verified, PASSWORD, "合成甲")
    assert found.count == 0 and "在写出工作簿之后有改动" in found.wrong[0]
    assert state(home, "select card_id from state.review") == []


def test_a_strange_file_and_a_wrong_password_are_refused(home, tmp_path):
    book = write(home, WHO, PASSWORD).file
    with pytest.raises(UserError, match="不能用该口令打开"):
        read_back(home, book, "another-password", "合成甲")
    with pytest.raises(UserError, match="找不到文件"):
        read_back(home, tmp_path / "none.xlsx", PASSWORD, "合成甲")
    forged = tmp_path / "forged.xlsx"
    forged.write_bytes(workbook([], mark("0" * 32, DAY), DAY, "别处"))
    with pytest.raises(UserError, match="不是本机"):
        read_back(home, forged, PASSWORD, "合成甲")
    with pytest.raises(UserError, match="至少 8 位"):
        write(home, WHO, "short")


def test_the_password_is_never_an_argument(home, tmp_path, monkeypatch):
    monkeypatch.delenv("ZHIKONG_DESK_PASSWORD", raising=False)
    options = ["desk", "--home", str(home.path), "--by", "合成甲", "--reason", "核对"]
    shown = CliRunner().invoke(app, [*options, "--password", PASSWORD])
    assert shown.exit_code == 2
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n", "utf-8")
    shown = CliRunner().invoke(app, [*options, "--password-file", str(secret)])
    assert shown.exit_code == 0, shown.output
    assert "合成赵一" not in shown.output and PASSWORD not in shown.output
    assert "疑似重复 1" in shown.output
