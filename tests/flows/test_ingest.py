from __future__ import annotations

import gzip
import io
import time
import zipfile
from datetime import date

import polars as pl
import pytest
import xlsxwriter

from flows import inbox
from flows import ingest as ingest_module
from flows.ingest import ingest
from flows.load import Loader
from flows.quality import file_faults
from flows.store import opened
from tests.flows.conftest import DAY, DEATH_HEADER, death_file, death_line


def received(home, as_of: date = DAY):
    """Run the ingest; rows of state.sheet, and the rules of files that wait."""
    with opened(home) as store:
        waiting = ingest(store, as_of)
        sheets = store.connection.sql("select * from state.sheet order by order_no").pl()
    return sheets, [fault.rule_id for fault in waiting]


def only(home):
    sheets, waiting = received(home)
    assert sheets.height == 1
    assert waiting == []
    row = sheets.row(0, named=True)
    assert row["received_rows"] == row["loaded_rows"] + row["repeated_rows"] + row["rejected_rows"]
    return row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_encodings_and_delimiters_are_found(home, put, encoding, delimiter):
    text = death_file(death_line("a"), death_line("b")).replace(",", delimiter)
    put("死亡.csv", text, encoding)
    assert (only(home)["card_type"], only(home)["loaded_rows"]) == ("death", 2)


def test_titles_totals_and_notes_are_kept_but_not_received(home, put):
    lines = [
        "某县死亡报告卡导出",
        "",
        DEATH_HEADER,
        death_line("a"),
        "合计,1",
        "注：导出时间 2025-01-01",
    ]
    put("死亡.csv", "\n".join(lines))
    row = only(home)
    assert row["received_rows"] == 1
    with opened(home) as store:
        raw = store.read_raw(row["raw_file"])
    # The blank line has a number as well: row 4 is what a person sees as row 4.
    assert raw.select("source_row", "line_kind").rows() == [
        (1, "title"), (3, "header"), (4, "data"), (5, "total"), (6, "note")
    ]  # fmt: skip


def test_a_workbook_with_title_rows_and_a_blank_first_row_keeps_its_row_numbers(home, put):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("死亡卡")
    sheet.merge_range("A2:E2", "导出表")
    sheet.write_row(2, 0, DEATH_HEADER.split(","))
    sheet.write_row(3, 0, death_line("a").split(","))
    book.close()
    put("死亡.xlsx", stream.getvalue())
    row = only(home)
    with opened(home) as store:
        raw = store.read_raw(row["raw_file"])
    assert raw.filter(line_kind="data")["source_row"].to_list() == [4]
    assert (row["sheet"], row["loaded_rows"]) == ("死亡卡", 1)


def test_every_sheet_of_a_workbook_is_read_by_its_own_header(home, put):
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for name, lines in {
        "卡片": [DEATH_HEADER, death_line("a")],
        "机构": ["org_code,org_name,org_level,area_code", "330329001,合成医院,3,330329"],
    }.items():
        sheet = book.add_worksheet(name)
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line.split(","))
    book.close()
    put("两张表.xlsx", stream.getvalue())
    sheets, _ = received(home)
    assert sheets["card_type"].to_list() == ["death", "institution"]


def test_a_parquet_file_is_text_like_any_other(home, put):
    frame = pl.read_csv(io.StringIO(death_file(death_line("a"))))
    stream = io.BytesIO()
    frame.write_parquet(stream)
    put("死亡.parquet", stream.getvalue())
    assert only(home)["loaded_rows"] == 1


def test_a_file_seen_before_adds_nothing_under_any_name(home, put):
    put("a.csv", death_file(death_line("a")))
    received(home)
    put("b.csv", death_file(death_line("a")))
    sheets, _ = received(home)
    assert sheets["source_file"].to_list() == ["a.csv"]


def test_two_files_of_one_content_in_one_night_are_one(home, put):
    put("a.csv", death_file(death_line("a")))
    put("b.csv", death_file(death_line("a")))
    sheets, waiting = received(home)
    assert (sheets["source_file"].to_list(), waiting) == (["a.csv"], [])


@pytest.mark.parametrize(("ahead_bytes", "most"), [(0, 2), (1 << 20, 6)])
def test_while_a_file_is_settled_the_next_large_one_is_read_or_several_small_ones(
    home, put, monkeypatch, ahead_bytes, most
):
    monkeypatch.setattr(ingest_module, "AHEAD_BYTES", ahead_bytes)
    begun: list[str] = []
    ahead: list[int] = []

    def opened(*given):
        begun.append(given[1].name)
        return read(*given)

    def load(*given):
        while len(begun) < min(len(ahead) + most, 6):
            assert time.monotonic() < late  # they are begun by themselves
        ahead.append(len(begun) - len(ahead))
        wrote(*given)

    late = time.monotonic() + 30

    read, wrote = ingest_module.open_file, Loader.load
    monkeypatch.setattr(ingest_module, "open_file", opened)
    monkeypatch.setattr(Loader, "load", load)
    for number in range(6):
        put(f"{number}.csv", death_file(death_line(f"card-{number}")))
    sheets, _ = received(home)
    assert sheets["source_file"].to_list() == [f"{number}.csv" for number in range(6)]
    assert len(ahead) == 6 and max(ahead) == most


def test_repeats_within_a_file_are_counted_from_the_second_on(home, put):
    a, b = death_line("a"), death_line("b")
    put("a.csv", death_file(a, b, a, a))
    row = only(home)
    assert (row["loaded_rows"], row["repeated_rows"]) == (2, 2)
    with opened(home) as store:
        raw = store.read_raw(row["raw_file"]).filter(pl.col("line_kind") != "header")
    assert raw["line_kind"].to_list() == ["data", "data", "repeated", "repeated"]
    assert raw["occurrence"].to_list() == [0, 0, 1, 2]


def test_a_row_loaded_before_is_repeated_whatever_the_order_of_columns(home, put):
    put("a.csv", death_file(death_line("a"), death_line("b")))
    turned = [
        ",".join(reversed(line.split(",")))
        for line in (DEATH_HEADER, death_line("b"), death_line("c"))
    ]
    put("b.csv", "\n".join(turned))
    sheets, _ = received(home)
    assert sheets["loaded_rows"].to_list() == [2, 1]
    assert sheets["repeated_rows"].to_list() == [0, 1]


def test_exact_repeats_of_a_registry_count_within_a_file_and_not_between_files(home, put):
    header = "areacode,registr,sex,birthda,inciden,topo,morp,beha,grad,basi,icd10,deathda"
    line = "330329,9000001,2,1956-03-02,2021-12-10,C50.9,8500,3,9,7,C50.9,"
    put("FB.csv", "\n".join([header, line, line]))
    put("later/FB.csv", "\n".join([header, line, line.replace("9000001", "9000002")]))
    sheets, _ = received(home)
    assert sheets["loaded_rows"].to_list() == [2, 1]
    assert sheets["repeated_rows"].to_list() == [0, 1]


def test_a_zip_loads_each_member_and_names_a_bad_one(home, put):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("一月/死亡.csv", death_file(death_line("a")))
        archive.writestr("坏.xlsx", b"not a workbook")
    put("包.zip", stream.getvalue())
    sheets, _ = received(home)
    assert dict(zip(sheets["source_file"], sheets["rule_id"], strict=True)) == {
        "包.zip!一月/死亡.csv": None, "包.zip!坏.xlsx": "file.unreadable"
    }  # fmt: skip


def test_names_of_a_chinese_windows_zip_are_read(home, put):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("死亡.csv".encode("gb18030").decode("cp437"))
        info.flag_bits &= ~0x800
        archive.writestr(info, death_file(death_line("a")))
    data = stream.getvalue()
    # zipfile marks the name as UTF-8 when it writes; a Windows zip has GBK bytes and no mark.
    name, utf8 = "死亡.csv".encode("gb18030"), info.filename.encode()
    if len(name) == len(utf8):
        data = data.replace(utf8, name)
    put("包.zip", data)
    assert only(home)["loaded_rows"] == 1


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (60 << 20))
    return stream.getvalue()


def with_member(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, death_file(death_line("a")))
    return stream.getvalue()


def locked_workbook() -> bytes:
    """The container Excel makes of a workbook with a password, as far as it is looked at."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le")
    )


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("empty.csv", b"", "file.empty"),
        ("blank.csv", b"\r\n\r\n  \r\n", "file.empty"),
        ("header.csv", death_file().encode(), "file.empty"),
        ("other.csv", "货号,单价\n1,2\n".encode(), "file.unknown_card_type"),
        ("photo.csv", bytes(range(128, 256)) * 50, "file.unreadable"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "file.unreadable"),
        ("locked.xlsx", locked_workbook(), "file.password_protected"),
        ("text.xlsx", b"just text", "file.unreadable"),
        ("notes.docx", b"PK\x03\x04", "file.unreadable"),
        ("bomb.zip", bomb(), "file.unsafe_archive"),
        ("trick.zip", with_member("../../etc/死亡.csv"), "file.unsafe_archive"),
        ("trick2.zip", with_member("C:\\死亡.csv"), "file.unsafe_archive"),
        ("nested.zip", with_member("inner.zip"), "file.unreadable"),
    ],
)
def test_what_cannot_be_read_is_one_finding_and_the_other_files_load(
    home, put, name, content, rule
):
    put(name, content)
    put("z.csv", death_file(death_line("a")))
    sheets, waiting = received(home)
    assert waiting == []
    found = dict(
        zip(sheets["source_file"].str.split("!").list.first(), sheets["rule_id"], strict=True)
    )
    assert found == {name: rule, "z.csv": None}
    assert sheets["loaded_rows"].sum() == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.part", death_file(death_line("a")).encode()),
        ("a.zip", with_member("a.csv")[:-30]),
        ("a.parquet", b"PAR1" + b"\x00" * 40),
    ],
)
def test_a_file_still_being_written_is_tried_again(home, put, name, content):
    put(name, content)
    sheets, waiting = received(home)
    assert (sheets.height, waiting) == (0, ["file.still_being_written"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", with_member("a.csv")[:-30]),
        ("a.xlsx", with_member("a.csv")[:-30]),
        ("a.parquet", b"PAR1" + b"\x00" * 40),
    ],
)
def test_a_file_that_nobody_goes_on_writing_is_damaged_until_it_comes_whole(
    home, put, monkeypatch, name, content
):
    monkeypatch.setattr(inbox, "ABANDONED_SECONDS", -1)
    put(name, content)
    row = only(home)
    assert (row["rule_id"], row["status"]) == ("file.unreadable", "rejected")
    assert "请重新导出或传输" in row["reason"]


def test_a_file_that_grows_while_it_is_read_is_tried_again(home, put, monkeypatch):
    file = put("a.csv", death_file(death_line("a")))
    from flows import open_file as module

    def reading(path, known, spelling, digest):
        yield from ()
        file.write_text("longer than before" * 100)

    monkeypatch.setattr(module, "read", reading)
    sheets, waiting = received(home)
    assert (sheets.height, waiting) == (0, ["file.still_being_written"])


def test_half_a_last_row_is_rejected_and_kept_in_raw(home, put):
    whole = death_file(death_line("a"), death_line("b"))
    put("a.csv", whole[: -len(",330329,3,0,2024-06-10 08:00:00\n")])
    row = only(home)
    assert (row["loaded_rows"], row["rejected_rows"]) == (1, 1)


def test_a_row_with_more_cells_than_the_header_loses_none(home, put):
    put("a.csv", death_file(death_line("a") + ",多出,的", death_line("b")))
    with opened(home) as store:
        ingest(store, DAY)
        raw_file = store.connection.sql("select raw_file from state.sheet").fetchone()[0]
        raw = store.read_raw(raw_file)
    assert raw.filter(line_kind="data").row(0)[-2:] == ("多出", "的")
    assert raw.filter(line_kind="data").height == 2


def test_a_cell_of_ten_megabytes_and_three_hundred_columns_load(home, put):
    wide = ",".join([DEATH_HEADER, *(f"附加{i}" for i in range(300))])
    line = death_line("a", name="长" * 3_500_000) + "," * 300
    put("a.csv", f"{wide}\n{line}\n")
    assert only(home)["loaded_rows"] == 1


def test_duplicate_headers_take_the_first_filled_cell(home, put):
    text = f"{DEATH_HEADER},性别\n{death_line('a', sex='')},女\n"
    put("a.csv", text)
    from flows.sheet_text import read_kind, sheets_of

    with opened(home) as store:
        ingest(store, DAY)
        kind = read_kind(store, "death", sheets_of(store, DAY), set())
    assert kind.frame["sex"].to_list() == ["女"]
    assert ("file.repeated_column", "a.csv", "性别") in kind.notes


def test_raw_is_unreadable_without_the_key(home, put):
    put("a.csv", death_file(death_line("a", name="合成张三丰")))
    row = only(home)
    data = (home.raw / row["raw_file"]).read_bytes()
    assert "合成张三丰".encode() not in data
    assert "合成张三丰".encode() not in gzip.compress(data)
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(home.raw / row["raw_file"])
    assert (home.keys / "key").stat().st_mode & 0o777 == 0o600


def test_an_unusable_scope_file_is_named_and_the_file_waits(home, put):
    put("a.csv", death_file(death_line("a")))
    put("a.csv.scope.toml", "complet = true\n")
    sheets, waiting = received(home)
    assert (sheets.height, waiting) == (0, ["file.scope_unreadable"])


@pytest.mark.parametrize(
    ("extra", "loaded", "rule"),
    [("," * 9_000, 2, None), (",x" * 9_000, 0, "file.unreadable"),
     ("," * 70_000, 0, "file.unreadable")],
)  # fmt: skip
def test_a_line_of_a_thousand_separators_costs_neither_the_night_nor_the_file(
    home, put, extra, loaded, rule
):
    put("死亡.csv", death_file(death_line("a"), death_line("b") + extra))
    row = only(home)
    assert (row["loaded_rows"], row["rule_id"]) == (loaded, rule)
    assert rule is None or "多出了许多分隔符" in row["reason"]


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("good.csv", death_file(death_line("a"), death_line("a")), "2 行，重复 1 行"),
        ("odd.csv", "货号,单价\n1,2\n", "表头无法识别为任何一种卡片，请核对导出的表头。"),
        ("short.csv", death_file(death_line("a"), "b,仅两格").rstrip(), "2 行，退回 1 行"),
        ("head.csv", death_file(), "只有表头，没有数据行。"),
        ("nothing.csv", "", "文件是空的，没有任何内容，请重新导出。"),
    ],
)
def test_the_line_of_a_file_says_what_of_it_was_taken_and_why_not(home, put, name, content, line):
    put(name, content)
    lines: list[str] = []
    with opened(home) as store:
        ingest(store, DAY, lines.append)
    assert lines == [f"{name}：{line}"]


def test_a_file_that_is_put_right_under_its_name_has_no_fault_any_more(home, put):
    put("a.csv", "货号,单价\n1,2\n")
    put("b.csv", "货号,单价\n1,3\n")
    with opened(home) as store:
        ingest(store, DAY)
        said = [one.source_file for one in file_faults(store, DAY, {}, [])]
        put("a.csv", death_file(death_line("a")))
        ingest(store, date(2025, 2, 1))
        after = [one.source_file for one in file_faults(store, date(2025, 2, 1), {}, [])]
        back = [one.source_file for one in file_faults(store, DAY, {}, [])]
    assert (said, after, back) == (["a.csv", "b.csv"], ["b.csv"], ["a.csv", "b.csv"])


def test_a_zip_that_could_not_be_opened_and_comes_whole_has_no_fault_any_more(home, put):
    put("a.zip", b"PK\x05\x06" + bytes(18))
    with opened(home) as store:
        ingest(store, DAY)
        before = file_faults(store, DAY, {}, [])
        put("a.zip", with_member("m.csv"))
        ingest(store, DAY)
        assert (len(before), file_faults(store, DAY, {}, [])) == (1, [])


def test_the_line_of_a_zip_names_the_member_that_was_refused(home, put):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("m.csv", death_file(death_line("a")))
        archive.writestr("odd.csv", "货号,单价\n1,2\n")
    put("a.zip", target.getvalue())
    lines: list[str] = []
    with opened(home) as store:
        ingest(store, DAY, lines.append)
    assert lines == ["a.zip：1 行；odd.csv：表头无法识别为任何一种卡片，请核对导出的表头。"]
