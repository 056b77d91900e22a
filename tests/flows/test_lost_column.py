"""An export without the column that decides what counts takes no card away unasked."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

from flows import night
from flows.cli import app
from flows.morning import summary
from flows.store import opened
from flows.tonight import Tonight
from tests.flows.conftest import DEATH_HEADER, death_file, death_line

DAY = date(2025, 1, 31)
CARDS = [death_line(f"d{number}") for number in range(30)]
SECOND = [death_line(f"d{number}", updated="2024-07-01 08:00:00") for number in range(30)]


def without(header: str, lines: list[str]) -> str:
    """A file that has no such column."""
    place = DEATH_HEADER.split(",").index(header)
    rows = [line.split(",") for line in (DEATH_HEADER, *lines)]
    return "".join(",".join(row[:place] + row[place + 1 :]) + "\n" for row in rows)


def emptied(header: str, lines: list[str]) -> str:
    """A file that has nothing in a column."""
    place = DEATH_HEADER.split(",").index(header)
    rows = [line.split(",") for line in lines]
    return death_file(*(",".join([*row[:place], "", *row[place + 1 :]]) for row in rows))


def ran(home, *steps: str) -> Tonight:
    home.settings.area = "330329"
    with opened(home) as store:
        tonight = Tonight(store, DAY)
        for step in ("receive", "assemble", *steps):
            night.STEPS[step](tonight)
    return tonight


def assembled(home) -> Tonight:
    return ran(home, "validate")


def told(home) -> list[str]:
    """The lines of the morning that are about files."""
    lines = summary(ran(home, "validate", "publish")).splitlines()
    return [line for line in lines if line.startswith(("待确认", "文件"))]


def official(tonight: Tonight) -> int:
    return tonight.frames["death"].filter(count_base="official").height


@pytest.mark.parametrize("made", [without, emptied])
@pytest.mark.parametrize(
    "header", ["审核标志", "死亡日期", "根本死因编码", "户口区县代码（浙江省）"]
)
def test_an_export_that_lost_a_deciding_column_waits_and_what_was_known_counts(
    home, put, made, header
):
    put("1.csv", death_file(*CARDS))
    put("2.csv", made(header, SECOND))
    tonight = assembled(home)
    assert official(tonight) == 30
    assert [(one.source_file, one.vanishing, one.known) for one in tonight.held] == [
        ("2.csv", 30, 30)
    ]
    said = f"缺少“{header}”的内容，先前有此内容的 30 张卡中 30 张将失去它，等待确认。"
    assert tonight.held[0].said == said
    found = tonight.findings.filter(source_file="2.csv")
    assert found["rule_id"].to_list() == ["file.held_for_lost_column"]


@pytest.mark.parametrize("said", ["NULL", "-", "无", "　", "某某"])
def test_a_column_of_what_says_nothing_is_as_good_as_none(home, put, said):
    put("1.csv", death_file(*CARDS))
    put("2.csv", death_file(*(line.replace(",330329,3,0", f",330329,{said},0") for line in SECOND)))
    tonight = assembled(home)
    assert (official(tonight), [one.lost for one in tonight.held]) == (30, [("audit_status",)])


def test_a_few_cells_that_stand_in_for_the_area_do_not_hide_that_the_column_is_lost(home, put):
    header = DEATH_HEADER + ",户口详细地址\n"
    put("1.csv", header + "".join(f"{line},\n" for line in CARDS))
    lines = [line.replace(",330329,", ",,") for line in SECOND]
    put("2.csv", header + f"{lines[0]},某村\n" + "".join(f"{x},\n" for x in lines[1:]))
    tonight = assembled(home)
    assert tonight.frames["death"]["area_code"].null_count() == 0
    assert [(one.lost, one.vanishing, one.known) for one in tonight.held] == [
        (("registered_county",), 30, 30)
    ]


def test_deleted_cards_do_not_come_back_by_a_lost_status(home, put):
    deleted = [line.replace(",3,0,", ",3,5,") for line in CARDS[:2]]
    put("1.csv", death_file(*deleted, *CARDS[2:]))
    put("2.csv", without("报告卡状态", SECOND[:3]))
    assert official(assembled(home)) == 28
    put("3.csv", without("报告卡状态", SECOND[2:]))  # of these none was deleted
    tonight = assembled(home)
    assert (official(tonight), [one.source_file for one in tonight.held]) == (28, ["2.csv"])


def test_a_file_of_other_content_under_its_name_is_another_export(home, put):
    put("1.csv", death_file(*CARDS))
    assert assembled(home).held == []
    put("1.csv", without("审核标志", SECOND))
    tonight = assembled(home)
    assert (official(tonight), [one.known for one in tonight.held]) == (30, [30])
    put("1.csv", death_file(*SECOND, death_line("d30")))
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (31, [])


@pytest.mark.parametrize("is_older", [True, False])
def test_an_older_version_that_comes_late_takes_nothing_away(home, put, is_older):
    newer, older = death_file(*SECOND), without("审核标志", [*CARDS, death_line("new")])
    put("1.csv", newer if is_older else older)
    put("2.csv", older if is_older else newer)
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (30, [])


def test_what_these_cards_never_had_they_cannot_lose(home, put):
    put("1.csv", death_file(CARDS[0], *(line.replace(",3,0,", ",,0,") for line in CARDS[1:])))
    put("2.csv", without("审核标志", SECOND[1:]))
    assert assembled(home).held == []


def test_many_new_cards_beside_them_do_not_hide_the_cards_that_lose_it(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("审核标志", [*SECOND, *(death_line(f"new{n}") for n in range(300))]))
    assert [(one.vanishing, one.known) for one in assembled(home).held] == [(30, 30)]


def test_a_few_corrected_cards_are_no_lost_column(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", emptied("审核标志", SECOND[:4]))
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (26, [])


def test_a_full_night_and_one_that_knows_what_was_held_say_the_same(home, put):
    for name, content in {"1.csv": death_file(*CARDS), "2.csv": without("审核标志", SECOND),
                          "3.csv": without("死亡日期", CARDS[:9])}.items():  # fmt: skip
        put(name, content)
        step_by_step = assembled(home)
    with opened(home) as store:
        full = Tonight(store, DAY, is_full=True)
        for step in ("receive", "assemble"):
            night.STEPS[step](full)
    assert full.held == step_by_step.held and len(full.held) == 2
    assert full.frames["death"].equals(step_by_step.frames["death"])


def test_a_column_that_nobody_needs_to_count_is_named_and_waits_for_nobody(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("性别", SECOND))
    assert assembled(home).held == []
    line = next(line for line in told(home) if line.startswith("文件：2.csv："))
    assert "“性别”整列为空" in line


def test_a_first_export_without_the_column_takes_nothing_away(home, put):
    put("1.csv", without("审核标志", CARDS))
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (0, [])
    assert any("“审核标志”整列为空" in line for line in told(home))


def test_the_morning_asks_about_an_export_that_waits_and_says_what_to_do(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("审核标志", SECOND))
    assert told(home)[0] == (
        "待确认：2.csv 缺少“审核标志”的内容，先前有此内容的 30 张卡中 30 张将失去它，等待确认。"
        "请核对导出；确属无误时用 zhikong receive --accept-lost-column 再放入"
    )


def test_cards_that_were_never_shown_may_come_without_it(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("审核标志", [death_line(f"new{number}") for number in range(200)]))
    put("3.csv", without("审核标志", [death_line(f"n{n}") for n in range(99)] + [SECOND[0]]))
    assert assembled(home).held == []  # of the third one card in a hundred loses it


def test_a_whole_export_sent_after_it_settles_it(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("审核标志", SECOND))
    put("3.csv", without("审核标志", [*SECOND, death_line("d30")]))
    assert [one.source_file for one in assembled(home).held] == ["3.csv"]  # it asks the same
    put("4.csv", death_file(*SECOND, death_line("d30")))
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (31, [])
    assert tonight.findings.filter(source_file="3.csv").is_empty()


def test_an_export_that_was_accepted_counts_and_later_ones_like_it_are_not_asked_about(home, put):
    put("1.csv", death_file(*CARDS))
    file = put("2.csv", without("审核标志", SECOND))
    assert assembled(home).held
    receive = ["receive", str(file), "--accept-lost-column", "--home", str(home.path)]
    assert CliRunner().invoke(app, receive).exit_code == 0
    put("3.csv", without("审核标志", [*SECOND, death_line("d30")]))
    tonight = assembled(home)
    assert (official(tonight), tonight.held) == (0, [])


def test_a_complete_export_that_lost_it_withdraws_nothing(home, put):
    put("1.csv", death_file(*CARDS))
    put("2.csv", without("死亡日期", SECOND[:29]))
    put("2.csv.scope.toml", 'card_type = "death"\ncomplete = true\n')
    tonight = assembled(home)
    assert tonight.frames["death"].filter("is_withdrawn").is_empty()
    assert [one.lost for one in tonight.held] == [("death_date",)]
    assert tonight.sheets_that_count["source_file"].to_list() == ["1.csv"]
    # That cards would vanish, too, is asked once the lost column is accepted.
    put("2.csv.scope.toml", 'card_type = "death"\ncomplete = true\naccept_lost_column = true\n')
    assert [(one.lost, one.vanishing, one.known) for one in assembled(home).held] == [((), 1, 30)]


def test_a_file_that_is_received_once_more_keeps_what_it_covers(home, put):
    file = put("1.csv", death_file(*CARDS))
    put("1.csv.scope.toml", 'card_type = "death"\ncomplete = true\nfrom = 2024-01-01\n')
    receive = ["receive", str(file), "--accept-withdrawal", "--home", str(home.path)]
    assert CliRunner().invoke(app, receive).exit_code == 0
    assert (home.inbox / "1.csv.scope.toml").read_text("utf-8").splitlines() == [
        'card_type = "death"',
        "complete = true",
        "from = 2024-01-01",
        "accept_withdrawal = true",
    ]


def test_a_scope_file_that_was_left_behind_says_nothing_of_another_file(home, tmp_path):
    (home.inbox / "1.csv.scope.toml").write_text("accept_withdrawal = true\n", "utf-8")
    file = tmp_path / "1.csv"
    file.write_text(death_file(*CARDS), "utf-8")
    receive = ["receive", str(file), "--complete", "--home", str(home.path)]
    assert CliRunner().invoke(app, receive).exit_code == 0
    assert (home.inbox / "1.csv.scope.toml").read_text("utf-8") == "complete = true\n"
