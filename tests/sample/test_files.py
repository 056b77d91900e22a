"""The files: bytes that repeat, encodings and headers of real exports, labels of synthetic data."""

from __future__ import annotations

import zipfile
from pathlib import Path

import fastexcel
import polars as pl
import pytest

from flows.sample import write_sample
from flows.sample.error import SampleError
from flows.sample.style import FULL_WIDTH


def test_the_same_arguments_and_seed_give_the_same_bytes(folder: Path, tmp_path: Path):
    write_sample(tmp_path, deaths=120, seed=3)
    first = {file.name: file.read_bytes() for file in (folder / "inbox").iterdir()}
    second = {file.name: file.read_bytes() for file in (tmp_path / "inbox").iterdir()}
    assert first == second


def test_another_seed_gives_other_people(folder: Path, tmp_path: Path):
    write_sample(tmp_path, deaths=120, seed=4)
    name = "inbox/cardio_cards.csv"
    assert (folder / name).read_bytes() != (tmp_path / name).read_bytes()


def test_death_cards_are_gb18030_with_titles_above_and_a_total_below(folder: Path):
    lines = (folder / "inbox/death_cards.csv").read_bytes().decode("gb18030").splitlines()
    assert lines[0] == "泰顺县死亡报告卡导出（合成数据）"
    assert lines[2].startswith("报告卡ID,死者姓名,性别")
    assert lines[-1] == f"合计：{len(lines) - 4}条（合成数据）"


def test_cardio_cards_have_a_byte_order_mark_and_provincial_codes(folder: Path):
    data = (folder / "inbox/cardio_cards.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert {"VC_ID", "VC_HZXM", "DT_FBRQ"} <= set(
        data.decode("utf-8-sig").splitlines()[0].split(",")
    )


def test_tumour_cards_are_two_sheets_with_a_title_row(folder: Path):
    book = fastexcel.read_excel(folder / "inbox/tumour_cards.xlsx")
    assert book.sheet_names == ["2024年及以前", "2025"]
    first, second = (
        book.load_sheet(name, header_row=1, dtypes="string").to_polars()
        for name in book.sheet_names
    )
    assert first["ICDM"].str.contains(r"^\d{4}/\d$").all()
    assert second["ICDM"].str.contains(r"^\d{4}$").all()


def test_diabetes_cards_are_utf16_text_and_a_zip_of_earlier_years(folder: Path):
    text = (folder / "inbox/diabetes_cards.txt").read_bytes().decode("utf-16").splitlines()
    assert "合成数据" in text[0]
    assert text[1].split("\t")[0] == "上传主键"
    with zipfile.ZipFile(folder / "inbox/diabetes_earlier.zip") as archive:
        assert archive.namelist() == ["diabetes_2023.csv", "diabetes_2024.csv"]
        header = archive.read("diabetes_2023.csv").decode().splitlines()[0]
    assert header.startswith("card_id,icd10,diabetes_type")


def test_values_come_as_codes_as_labels_and_as_both(folder: Path):
    text = (folder / "inbox/death_cards.csv").read_bytes().decode("gb18030")
    rows = pl.read_csv(text.encode(), skip_rows=2, infer_schema=False)
    assert {"1", "男", "1.男"} <= set(rows["性别"].drop_nulls())
    dates = rows["死亡日期"].drop_nulls()
    assert dates.str.contains("年").any()
    assert dates.str.contains("/").any()
    assert rows["根本死因编码"].drop_nulls().str.contains(r"x00\d|\.\d00").any()


def test_wide_letters_are_the_full_width_ones():
    assert "C34.9".translate(FULL_WIDTH) == "Ｃ３４．９"


def test_readme_and_scopes_say_that_all_is_synthetic(folder: Path):
    assert "合成数据" in (folder / "README.md").read_text("utf-8").splitlines()[0]
    scopes = list((folder / "inbox").glob("*.scope.toml"))
    assert len(scopes) == 4
    assert all("合成数据" in scope.read_text("utf-8") for scope in scopes)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path):
    (tmp_path / "inbox").mkdir()
    real = tmp_path / "inbox/death_cards.csv"
    real.write_text("somebody's own export", "utf-8")
    with pytest.raises(SampleError, match="其他文件"):
        write_sample(tmp_path, deaths=60)
    assert real.read_text("utf-8") == "somebody's own export"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"preset": "nowhere"}, "可用：taishun、qianyang"),
        ({"preset": "qianyang", "area": "330329"}, "不能与 --area"),
        ({"area": "999999"}, "没有地区编码 999999"),
        ({"area": "110101"}, "没有 110101 的乡镇"),
        ({"deaths": 3}, "--deaths 3 不在"),
        ({"faults": 0.9}, "--faults 0.9 不在"),
        ({"year": 1066}, "--year 1066 不在"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, object], words: str, tmp_path: Path):
    with pytest.raises(SampleError, match=words):
        write_sample(tmp_path, **arguments)  # type: ignore[arg-type]


def test_any_county_with_towns_can_be_made(tmp_path: Path):
    write_sample(tmp_path, deaths=60, area="330326", years=1)
    assert "平阳县" in (tmp_path / "README.md").read_text("utf-8")
