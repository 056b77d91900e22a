"""Card -> finding -> letter -> returned sheet or corrected card -> closed."""

from __future__ import annotations

from datetime import date

import openpyxl
import polars as pl
import pytest

from flows.home import UserError
from flows.letters.issue import approve, folder
from flows.store import opened
from tests.letters.conftest import (
    FIRST,
    approved,
    card,
    cards,
    returned,
    rows_of,
    short_night,
    sql,
)

CAUSE = "根本死因编码"
NEXT_DAY, DUE, AFTER_DUE = date(2025, 3, 4), date(2025, 3, 12), date(2025, 3, 13)


def still_open(tonight):
    return tonight.findings.filter(pl.col("resolved_on").is_null(), channel="hospital")


def test_every_answer_closes_the_loop_in_its_own_way(issued, put):
    place = folder(issued, 1, is_draft=False)
    assert [row[0] for row in rows_of(place / "H1.xlsx")] == ["a", "b", "c"]
    answers = {
        f"a {CAUSE}": ("核实无误", "病案已核"),
        f"b {CAUSE}": ("无法核实", ""),
        f"c {CAUSE}": (" 已订正 ", ""),
    }
    put("回复 一院.xlsx", returned((place / "H1.xlsx").read_bytes(), answers))

    # The answers are taken; nothing new: no letter.
    tonight = short_night(issued, NEXT_DAY)
    assert tonight.letters.letters == []
    assert sql(issued, "select card_id, answer from state.answer order by card_id") == [
        ("a", "confirmed"), ("b", "unverifiable"), ("c", "corrected"),
    ]  # fmt: skip
    assert sql(issued, "select card_id from state.review") == [("a",)]
    open_cards = still_open(tonight)["card_id"]
    assert sorted(open_cards) == ["b", "c", "d"]
    # A second look at the same night and the same file changes nothing.
    before = sql(issued, "from state.letter_reply") + sql(issued, "from state.answer")
    short_night(issued, NEXT_DAY)
    assert sql(issued, "from state.letter_reply") + sql(issued, "from state.answer") == before

    # The corrected card has not come after five working days, and the other unit has not answered.
    tonight = short_night(issued, AFTER_DUE)
    draft = folder(issued, 2, is_draft=True)
    assert rows_of(draft / "H1.xlsx") == [("c", "已反馈订正，尚未收到订正后的卡片")]
    assert rows_of(draft / "H2.xlsx") == [("d", "请于此日前反馈的日期已过，再次提请")]
    assert any("尚未收到订正后的卡片" in line for line in tonight.letter_lines)

    # It comes; a new card is wrong: the unit is thanked once, beside what is new.
    put("2.csv", cards(card("c", cause="C61", updated="2025-03-13 09:00:00"), card("e")))
    short_night(issued, date(2025, 3, 17))
    place = approved(issued, date(2025, 3, 17))
    assert rows_of(place / "H1.xlsx") == [("e", "本期新增")]
    thanks = openpyxl.load_workbook(place / "H1.xlsx")["已订正，谢谢"]
    assert [(row[1], row[4]) for row in thanks.iter_rows(min_row=4, values_only=True)] == [
        ("a", "核实无误"), ("c", "已订正"),
    ]  # fmt: skip
    put("3.csv", cards(card("f")))
    short_night(issued, date(2025, 3, 24))
    book = openpyxl.load_workbook(folder(issued, 3, is_draft=True) / "H1.xlsx")
    assert "已订正，谢谢" not in book.sheetnames


def test_the_batch_of_a_returned_sheet_adds_up(issued, put):
    from flows.quality import batches

    letter = (folder(issued, 1, is_draft=False) / "H1.xlsx").read_bytes()
    put("a.xlsx", returned(letter, {f"a {CAUSE}": ("核实无误", "")}))
    answers = {f"a {CAUSE}": ("核实无误", ""), f"b {CAUSE}": ("不知道", ""), f"c {CAUSE}": ("", "")}
    put("b.xlsx", returned(letter, answers))
    short_night(issued, NEXT_DAY)
    with opened(issued) as store:
        frame = batches(store, NEXT_DAY, [])
    counts = frame.filter(card_type="letter").select(
        "source_file", "received_rows", "loaded_rows", "repeated_rows", "rejected_rows"
    )
    assert counts.rows() == [("a.xlsx", 1, 1, 0, 0), ("b.xlsx", 2, 0, 1, 1)]


def test_rows_that_cannot_be_taken_are_told_to_the_sender_once(issued, put):
    place = folder(issued, 1, is_draft=False)
    letter, other = ((place / f"{unit}.xlsx").read_bytes() for unit in ("H1", "H2"))
    put("1 first.xlsx", returned(letter, {f"b {CAUSE}": ("核实无误", "")}))
    book = openpyxl.load_workbook(place / "H1.xlsx")
    page = book["待核实"]
    page["C5"], page["M5"] = "d", "核实无误"  # a row of another unit
    page["M6"] = "无法核实"  # not what was said before
    page["C7"], page["M7"] = "zzz", "已订正"  # no card of the letter
    book.save(issued.inbox / "2 second.xlsx")
    put("1b.csv", cards(card("d", "H2", cause="C61", updated="2025-03-03 12:00:00")))
    short_night(issued, NEXT_DAY)
    put("3 late.xlsx", returned(other, {f"d {CAUSE}": ("无法核实", "")}))
    short_night(issued, date(2025, 3, 5))
    draft = folder(issued, 2, is_draft=True)

    def told(unit: str) -> list[tuple[str, str]]:
        page = openpyxl.load_workbook(draft / f"{unit}.xlsx")["反馈未采用"]
        return [(row[3], row[4]) for row in page.iter_rows(min_row=4, values_only=True)]

    mine = dict(told("H1"))
    assert "不在发给贵单位的清单内" in mine["d"]
    assert "此前已反馈过其他结果" in mine["b"]
    assert "与发给贵单位的清单不一致" in mine["zzz"]
    assert told("H2") == [("d", "该条已不再提示，无需反馈")]
    assert sql(issued, "select card_id, answer from state.answer") == [("b", "confirmed")]
    with opened(issued) as store:
        approve(store, None, "张审核", date(2025, 3, 10), early=True)
    assert short_night(issued, date(2025, 3, 11)).letters.letters == []


def test_a_sheet_without_our_mark_or_with_a_forged_one_is_refused_whole(issued, put):
    place = folder(issued, 1, is_draft=False)
    book = openpyxl.load_workbook(place / "H1.xlsx")
    page = book["待核实"]
    page["M5"], mark = "核实无误", page["A3"].value
    del book["zhikong"]
    page["A3"] = mark.replace("H1", "H2")
    book.save(issued.inbox / "forged.xlsx")
    page["A3"] = ""
    for name in book.sheetnames[1:]:
        del book[name]
    book.save(issued.inbox / "copied.xlsx")
    tonight = short_night(issued, NEXT_DAY)
    found = tonight.findings.filter(rule_id="file.letter_not_recognised")
    assert sorted(found["source_file"]) == ["copied.xlsx", "forged.xlsx"]
    assert sql(issued, "select count(*) from state.answer") == [(0,)]


def test_a_copied_sheet_is_known_by_its_visible_mark_and_sorted_rows_by_their_numbers(issued, put):
    place = folder(issued, 1, is_draft=False)
    book = openpyxl.load_workbook(place / "H1.xlsx")
    page = book["待核实"]
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=5, max_row=7)]
    rows[0][12], rows[2][12] = "核实无误", "无法核实"
    for number, row in enumerate(reversed(rows), 5):
        for place_in_row, value in enumerate(row, 1):
            page.cell(number, place_in_row).value = value
        page.cell(number, 1).value = int(row[0])  # Excel likes to make numbers of digits
    for name in book.sheetnames[1:]:
        del book[name]
    book.save(issued.inbox / "sorted.xlsx")
    short_night(issued, NEXT_DAY)
    assert sql(issued, "select card_id, answer from state.answer order by card_id") == [
        ("a", "confirmed"), ("c", "unverifiable"),
    ]  # fmt: skip


def test_a_draft_is_approved_by_a_named_person_and_not_before_its_day(county, put):
    short_night(county, FIRST)
    with opened(county) as store:
        with pytest.raises(UserError, match="--by"):
            approve(store, None, " ", FIRST, early=False)
    approved(county, FIRST)
    put("2.csv", cards(card("e")))
    tonight = short_night(county, NEXT_DAY)
    assert tonight.letters.planned_on == date(2025, 3, 10)
    with opened(county) as store:
        with pytest.raises(UserError, match="计划于 2025-03-10"):
            approve(store, None, "张审核", NEXT_DAY, early=False)
        with pytest.raises(UserError, match="没有待审核的草稿"):
            approve(store, 7, "张审核", NEXT_DAY, early=False)


def test_auto_approves_on_its_day_and_the_same_night_again_changes_nothing(county, put):
    (county.path / "settings.toml").write_text('letter_mode = "auto"\n', "utf-8")
    first = short_night(county, FIRST)
    assert first.letters.approved_by == "auto"
    state = sql(county, "from state.letter_outbox") + sql(county, "from state.letter_item")
    files = {file: file.read_bytes() for file in county.outbox.rglob("*.*")}
    assert len(files) == 4
    short_night(county, FIRST)
    assert sql(county, "from state.letter_outbox") + sql(county, "from state.letter_item") == state
    assert {file: file.read_bytes() for file in county.outbox.rglob("*.*")} == files


def test_old_exports_are_not_asked_about_and_the_summary_says_so(county, put):
    put("1.csv.scope.toml", "exported_at = 2025-02-27T08:00:00\n")
    tonight = short_night(county, FIRST)
    assert tonight.letters.letters == []
    assert any("死亡卡的导出截至 2025-02-27" in line for line in tonight.letter_lines)
    put("2.csv", cards(card("e")))
    put("2.csv.scope.toml", "exported_at = 2025-03-03T08:00:00\n")
    short_night(county, date(2025, 3, 7))
    draft = folder(county, 1, is_draft=True)
    # Four days after the newest export: three are allowed.
    assert not draft.exists()


def test_cards_no_export_has_shown_for_a_week_are_not_asked_about(county, put):
    put("1.csv.scope.toml", "exported_at = 2025-02-27T08:00:00\n")
    put("2.csv", cards(card("e")))
    put("2.csv.scope.toml", "exported_at = 2025-03-05T08:00:00\n")
    short_night(county, date(2025, 3, 7))
    assert [row[0] for row in rows_of(folder(county, 1, is_draft=True) / "H1.xlsx")] == ["e"]


def test_at_most_thirty_rows_a_week_worst_first(home, put):
    from tests.letters.conftest import UNITS

    put("units.csv", UNITS)
    put("1.csv", cards(*(card(f"k{number:02}") for number in range(40))))
    (home.path / "settings.toml").write_text('letter_mode = "nightly"\n', "utf-8")
    short_night(home, FIRST)
    place = approved(home, FIRST)
    book = openpyxl.load_workbook(place / "H1.xlsx")
    asked = [row for name in ("待核实", "死亡补发追溯") if name in book.sheetnames
             for row in rows_of(place / "H1.xlsx", name)]  # fmt: skip
    assert len(asked) == 30
    assert "另有" in book["待核实"]["A3"].value
    assert short_night(home, NEXT_DAY).letters.letters == []
    short_night(home, date(2025, 3, 10))
    again = rows_of(folder(home, 2, is_draft=True) / "H1.xlsx")
    assert {why for _, why in again} == {"本期新增"}
    assert len(again) == 10
    assert not {card for card, _ in again} & {card for card, _ in asked}


def test_a_cancer_death_without_a_case_is_to_be_traced_back_on_a_sheet_of_its_own(issued, put):
    put("2.csv", cards(card("t", sex="2", cause="C34.9")))
    short_night(issued, NEXT_DAY)
    letter = folder(issued, 2, is_draft=True) / "H1.xlsx"
    assert "待核实" not in openpyxl.load_workbook(letter).sheetnames  # nothing stands on it
    assert rows_of(letter, "死亡补发追溯") == [("t", "本期新增")]
    place = approved(issued, NEXT_DAY, early=True)
    put(
        "r.xlsx",
        returned((place / "H1.xlsx").read_bytes(), {"t": ("已查到", "病案号")}, "死亡补发追溯"),
    )
    tonight = short_night(issued, date(2025, 3, 20))
    assert any("1 行追溯或名单核对结果" in line for line in tonight.letter_lines)
    assert rows_of_all(folder(issued, 3, is_draft=True)) == {"a", "b", "c", "d"}


def rows_of_all(place):
    return {row[0] for file in place.glob("*.xlsx") for row in rows_of(file)}
