"""What a letter may say, and what must never get into one."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from email import message_from_bytes
from email.policy import default

import openpyxl
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.home import Home
from flows.letters import mark, wording
from flows.letters.lock import locked, unlocked, write_locked
from flows.letters.message import address, message
from flows.letters.rows import ROW
from flows.letters.workbook import workbook
from tests.letters.conftest import returned, short_night, sql
from tests.letters.many import SHOWN, content
from validators.catalogue import catalogue

FORBIDDEN = ("错误", "不合格", "瞒报", "造假", "批评", "排名", "名次", "还差", "再报", "补足")
#: Causes that a letter asks about without naming them.
SENSITIVE = ("自杀", "自伤", "他杀", "艾滋", "梅毒", "淋病", "吸毒")
EVIL = '=HYPERLINK("http://x.example","y")'


def test_no_sentence_of_a_letter_blames_ranks_or_names_a_sensitive_cause():
    rules = catalogue().filter(pl.col("channel") == "hospital")
    sentence = "letter_zh" if "letter_zh" in rules.columns else "message_zh"
    texts = [value for value in vars(wording).values() if isinstance(value, str)]
    for table in (wording.STANDING, wording.TRACEBACK, wording.PROBLEM, wording.CARD_ZH):
        texts += table.values()
    texts += rules[sentence].to_list()
    assert len(texts) > 400
    assert [text for text in texts for word in (*FORBIDDEN, *SENSITIVE) if word in text] == []


def evil_rows(**changes: str) -> pl.DataFrame:
    values = {
        "org_code": "H1", "list": "finding", "item": "f1", "card_type": "death",
        "card_id": EVIL, "rule_id": "r", "field": "sex", "message_zh": "性别未填写，请核实",
        "standing": "new", "first_on": date(2025, 3, 3), "order": 0, "row_no": 1, "waiting": 0,
        "visit_no": "+1-1", "sex": "男", "age_years": 70, "month": "2025-02", "label_zh": "性别",
    }  # fmt: skip
    return pl.DataFrame([values | changes], schema={**ROW, **SHOWN})


def test_text_of_a_card_never_becomes_a_formula_or_a_link(home: Home):
    data = workbook(content(home, 1, "H1", rows=evil_rows(), org_name="@SUM(A1)"))
    sheet = openpyxl.load_workbook(io.BytesIO(data))["待核实"]
    assert (sheet["C5"].value, sheet["C5"].data_type) == (EVIL, "s")
    assert (sheet["D5"].value, sheet["D5"].data_type) == ("+1-1", "s")
    assert sheet["C5"].hyperlink is None
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        cells = b"".join(book.read(name) for name in book.namelist() if "worksheets/" in name)
    assert b"<f>" not in cells


def test_a_letter_can_be_filled_in_filtered_and_printed(home: Home):
    book = openpyxl.load_workbook(
        io.BytesIO(workbook(content(home, 1, "H1", rows=evil_rows(), contact_zh="0577-1")))
    )
    sheet = book["待核实"]
    assert sheet["A1"].value == "慢性病监测待核实单（第1期，数据截至3月3日）"
    assert "规则也可能不适用" in sheet["A2"].value
    assert "在报告系统中订正后，反馈选“已订正”即可" in sheet["A2"].value
    assert "0577-1" in sheet["A2"].value
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("D5", "A4:N5")
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"已订正,核实无误,无法核实"', "M5")
    assert book["zhikong"].sheet_state == "hidden"
    assert book["zhikong"]["A1"].value == mark.written(home.key, 1, "H1")
    assert sheet.print_title_rows == "$4:$4"


def test_a_letter_without_questions_asks_for_no_answer(home: Home):
    book = openpyxl.load_workbook(io.BytesIO(workbook(content(home, 1, "H1"))))
    said = [cell.value for row in book["本期概况"].iter_rows() for cell in row if cell.value]
    assert "本期没有需要贵单位核实的内容，无需反馈。" in said
    assert not [text for text in said if "本期请核实" in text or "前反馈" in text]


@given(st.text(max_size=60))
def test_an_address_is_one_plain_address_or_none(text):
    found = address(text)
    assert found is None or (found.count("@") == 1 and not set(found) & set("\r\n,;<> "))


@pytest.mark.parametrize(
    "to", ["a@x.example\r\nBcc: b@y.example", "a@x.example,b@y.example", "<a@x.example>", "a@x", ""]
)
def test_no_address_and_no_name_smuggles_a_header_in(home, to):
    assert address(to) is None
    named = content(home, 1, "H1", org_name="一院\r\nBcc: b@y.example")
    mail = message_from_bytes(message(named, b"", "H1.xlsx", None, "<1@x>"), policy=default)
    assert mail["Bcc"] is None
    assert mail["To"] == "undisclosed-recipients:;"


def test_the_body_of_a_mail_holds_counts_only(home):
    rows = evil_rows(card_id="S1", visit_no="Z99")
    raw = message(content(home, 1, "H1", rows=rows), b"", "H1.xlsx", None, "<1@x>")
    body = message_from_bytes(raw, policy=default).get_body()
    assert body is not None
    text = body.get_content()
    assert "性别未填写，请核实：1 条" in text
    assert not [secret for secret in ("S1", "Z99") if secret in text]


@given(st.integers(1, 999999), st.text(min_size=1, max_size=80))
def test_a_mark_is_read_back_and_no_other_home_can_write_it(issue, org_code):
    units = mark.plain_units([org_code, "H1"])
    text = f"识别码（请勿删改）：{mark.written('k' * 32, issue, org_code)}"
    found = mark.found(text)
    assert found is not None
    assert mark.read("k" * 32, found, units) == (issue, org_code)
    assert mark.read("x" * 32, found, units) is None


def test_a_password_locks_the_sheet_and_the_same_sheet_is_not_locked_anew(tmp_path):
    data, file = workbook_of(tmp_path), tmp_path / "letter.xlsx"
    write_locked(file, data, "geheim")
    first = file.read_bytes()
    assert "EncryptedPackage".encode("utf-16-le") in first
    assert unlocked(first, "geheim") == data
    assert unlocked(first, "other") is None
    write_locked(file, data, "geheim")
    assert file.read_bytes() == first


def workbook_of(tmp_path) -> bytes:
    place = Home(tmp_path / "home")
    place.prepare()
    return workbook(content(place, 1, "H1", rows=evil_rows()))


def test_a_locked_sheet_comes_back_locked_and_is_read(issued, put):
    (issued.keys / "letter_password").write_text("geheim", "utf-8")
    letter = (issued.outbox / "issue-001" / "H1.xlsx").read_bytes()
    answers = {"a 根本死因编码": ("核实无误", "")}
    put("reply.xlsx", locked(returned(letter, answers), "geheim"))
    short_night(issued, date(2025, 3, 4))
    assert sql(issued, "select card_id, answer from state.answer") == [("a", "confirmed")]
