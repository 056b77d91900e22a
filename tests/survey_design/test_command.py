"""`zhikong survey` from plan to report on one small invented county."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import docx
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home, UserError
from flows.survey_design.status import due_of
from tests.survey_design.conftest import COUNTY, fill_forms, fill_frame, person

RUN = CliRunner()


def call(home: Home, *arguments: str) -> str:
    result = RUN.invoke(app, ["survey", *arguments, "--home", str(home.path)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def words(file: Path) -> str:
    document = docx.Document(str(file))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.fixture(scope="session")
def plan(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plan with villages drawn and forms printed."""
    folder = tmp_path_factory.mktemp("plan") / "plan"
    call(
        home, "plan", "--year", "2024", "--expected", "10", "--precision", "5", "--towns", "4",
        "--villages", "3", "--households", "0", "-o", str(folder),
    )  # fmt: skip
    filled = fill_frame(folder / "village_frame.xlsx", folder / "filled.xlsx")
    call(home, "plan", "--frame", str(filled), "-o", str(folder))
    RUN.invoke(app, ["survey", "sheet", "--plan", str(folder)])
    return folder


@pytest.fixture(scope="session")
def report(home: Home, plan: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the analysis of the filled forms wrote."""
    folder = tmp_path_factory.mktemp("report")
    forms = fill_forms(plan, folder / "back")
    call(home, "analyse", "--plan", str(plan), "-o", str(folder / "out"), *map(str, forms))
    return folder / "out"


def test_plan_is_a_draft_with_its_justification_and_reproducible(home: Home, plan: Path) -> None:
    text = words(plan / "plan.docx")
    for part in ("一、背景与目的", "（一）样本量", "n₀", "设计效应", "五、质量控制", "签发日期"):
        assert part in text
    head = docx.Document(str(plan / "plan.docx")).sections[0].header.paragraphs[0].text
    assert head.startswith("草稿")
    again = plan.parent / "again"
    call(
        home, "plan", "--year", "2024", "--expected", "10", "--precision", "5", "--towns", "4",
        "--villages", "3", "--households", "0", "-o", str(again),
    )  # fmt: skip
    call(home, "plan", "--frame", str(plan / "filled.xlsx"), "-o", str(again))
    for name in ("plan.toml", "sample.csv", "plan.docx", "village_frame.xlsx"):
        assert (again / name).read_bytes() == (plan / name).read_bytes(), name


def test_plan_is_not_drawn_twice_in_one_folder(home: Home, plan: Path) -> None:
    with pytest.raises(UserError, match="不应重抽"):
        call(home, "plan", "--year", "2024", "-o", str(plan))
    with pytest.raises(UserError, match="不能再换抽样框"):
        call(home, "plan", "--frame", str(plan / "filled.xlsx"), "-o", str(plan))


def test_evidence_is_proposed_as_not_done(plan: Path, report: Path) -> None:
    rows = []
    for file in (plan / "evidence_plan.csv", report / "evidence_analyse.csv"):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows += list(csv.DictReader(stream))
    assert [(row["条目"], row["细则"], row["完成"]) for row in rows] == [
        ("20", "2", "0"), ("20", "1", "0"), ("20", "3", "0"), ("20", "4", "0"),
    ]  # fmt: skip
    assert all(row["签发单位"] == row["完成日期"] == "" for row in rows)


def test_form_lists_the_drawn_households_and_offers_choices(plan: Path) -> None:
    form = sorted((plan / "forms").glob("[0-9]*.xlsx"))[0]
    book = openpyxl.load_workbook(form)
    assert book.sheetnames == ["户登记", "病例登记", "质控检查"]
    houses = book["户登记"]
    sample = pl.read_csv(plan / "sample.csv", infer_schema=False)
    drawn = int(sample.filter(pl.col("cluster_no") == form.stem)["drawn_households"][0])
    assert houses.max_row - 3 == drawn
    lists = [v.formula1 for v in houses.data_validations.dataValidation]
    assert '"完成,拒访,多次不遇,空户或迁走"' in lists
    assert (plan / "forms" / "quality_checklist.docx").exists()


def test_estimate_equals_the_share_the_script_left_unreported(report: Path) -> None:
    rows = pl.read_csv(report / "estimates.csv").to_dicts()
    total = rows[0]
    assert (total["group_zh"], total["method"]) == ("合计", "logit, t")
    # every tenth death of a town has no card: 3 of 30; 18 of each drawn town were found, of which
    # numbers 0 and 10 are such
    assert (total["eligible"], total["missed"]) == (4 * 18, 4 * 2)
    assert total["ci_low_percent"] < total["value_percent"] < total["ci_high_percent"]
    assert total["value_percent"] == pytest.approx(
        100 * total["weighted_missed"] / total["weighted_eligible"]
    )
    strata = [row for row in rows if row["breakdown"] == "stratum"]
    assert sum(row["eligible"] for row in strata) == total["eligible"]
    small = [row for row in rows if row["eligible"] < 30]
    assert small
    assert all(row["value_percent"] is None and "不足 30 例" in row["note_zh"] for row in small)


def test_same_forms_give_the_same_bytes(home: Home, plan: Path, report: Path) -> None:
    forms = sorted((report.parent / "back").glob("*.xlsx"), reverse=True)
    call(home, "analyse", "--plan", str(plan), "-o", str(report.parent / "b"), *map(str, forms))
    for file in report.iterdir():
        assert (report.parent / "b" / file.name).read_bytes() == file.read_bytes(), file.name


def test_precision_that_takes_everybody_is_said(home: Home, tmp_path: Path) -> None:
    said = call(
        home, "plan", "--year", "2024", "--expected", "10", "--precision", "1", "-o", str(tmp_path)
    )
    assert "需要查到全县全部病例" in said
    assert "需要查到全县全部病例" in words(tmp_path / "plan.docx")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--year", "2024", "--precision", "0"], "样本量不能计算"),
        (["--year", "2024", "--villages", "1"], "至少为 2"),
        (["--year", "2024", "--cutoff", "2024-06-30"], "晚于事件年份"),
        (["--year", "2024", "--residency", "resident"], "分乡镇常住人口"),
        (["--year", "2024", "--card", "tumour"], "没有 2024 年前后的终审肿瘤卡"),
        (["--year", "2024", "--area", "330328"], "没有 330328"),
        (["--frame", "nowhere.xlsx"], "没有 plan.toml"),
        ([], "--year"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wishes_that_cannot_be_met_are_said(
    home: Home, tmp_path: Path, options: list[str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        call(home, "plan", *options, "-o", str(tmp_path))


@pytest.mark.parametrize(
    ("column", "text", "sentence"),
    [
        (3, "", "都要填写"),
        (5, "若干", "户数应为"),
        (1, "330329999", "不是抽中的乡镇"),
    ],
)
def test_fault_in_the_frame_names_its_row(
    home: Home, tmp_path: Path, column: int, text: str, sentence: str
) -> None:
    folder = tmp_path / "plan"
    call(home, "plan", "--year", "2024", "--towns", "4", "-o", str(folder))
    filled = fill_frame(folder / "village_frame.xlsx", tmp_path / "filled.xlsx")
    book = openpyxl.load_workbook(filled)
    book["村居抽样框"].cell(4, column).value = text
    book.save(filled)
    with pytest.raises(UserError, match=f"第 4 行.*{sentence}"):
        call(home, "plan", "--frame", str(filled), "-o", str(folder))


def test_outputs_name_nobody(report: Path) -> None:
    people = {person(town, number)["name"] for town in range(6) for number in range(30)}
    texts = [file.read_text("utf-8-sig") for file in report.glob("*.csv")]
    texts.append(words(report / "report.docx"))
    assert len(texts) == 6
    assert not [name for name in people if any(name in text for text in texts)]


def test_report_has_its_parts_and_says_it_is_a_draft(report: Path) -> None:
    text = words(report / "report.docx")
    for part in (
        "一、背景和目的", "二、对象和方法", "三、质量控制和完成情况", "四、结果",
        "五、漏报原因分析", "七、结论和建议", "完成率", "设计效应", "数据截至 2025-05-01",
    ):  # fmt: skip
        assert part in text
    head = docx.Document(str(report / "report.docx")).sections[0].header.paragraphs[0].text
    assert head.startswith("草稿")


def test_faults_are_told_by_row_and_left_out(home: Home, plan: Path, tmp_path: Path) -> None:
    forms = fill_forms(plan, tmp_path / "back")
    book = openpyxl.load_workbook(forms[0])
    houses, cases = book["户登记"], book["病例登记"]
    cases.cell(4, 2).value = "9999"  # a household that was not drawn
    cases.cell(5, 8).value = "2023-12-31"  # before the period
    cases.cell(6, 13).value = ""  # eligible or not: not said
    houses.cell(4, 5).value = "搬走"
    book.save(forms[0])
    call(home, "analyse", "--plan", str(plan), "-o", str(tmp_path / "out"), *map(str, forms))
    found = pl.read_csv(tmp_path / "out" / "messages.csv").filter(
        pl.col("source_file") == forms[0].name
    )
    told = set(found.select("sheet", "source_row", "field_zh").iter_rows())
    assert told >= {
        ("病例登记", 4, "户序号"), ("病例登记", 5, "事件日期"), ("病例登记", 6, "符合条件"),
        ("户登记", 4, "调查结果"),
    }  # fmt: skip
    rows = pl.read_csv(tmp_path / "out" / "estimates.csv")
    assert rows["eligible"][0] < 4 * 18


def test_nothing_filled_in_is_said(home: Home, plan: Path, tmp_path: Path) -> None:
    blank = sorted((plan / "forms").glob("[0-9]*.xlsx"))[0]
    with pytest.raises(UserError, match="没有一户填写了"):
        call(home, "analyse", "--plan", str(plan), "-o", str(tmp_path), str(blank))
    with pytest.raises(UserError, match="没有名为“户登记”的工作表"):
        call(
            home, "analyse", "--plan", str(plan), "-o", str(tmp_path),
            str(plan / "village_frame.xlsx"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"户数": "很多"}, "第 2 行：抽取户数|第 2 行：户数应为"),
        ({"权重": ""}, "第 2 行：权重应为"),
        ({"层": ""}, "第 2 行：层是空的"),
    ],
)
def test_given_sample_with_a_fault_is_refused_by_row(
    home: Home, tmp_path: Path, change: dict[str, str], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        call(
            home, "import-plan", str(given(tmp_path, change)), "--year", "2024",
            "-o", str(tmp_path / "plan"),
        )  # fmt: skip


def given(folder: Path, change: dict[str, str] | None = None) -> Path:
    rows = [
        {
            "层": "农村" if town > 1 else "城镇", "乡镇编码": f"33032910{town}",
            "乡镇名称": f"示例{town}镇", "村（居）编码": f"33032910{town}20{village}",
            "村（居）名称": f"{village}村", "户数": "90", "抽取户数": "90", "权重": "4.5",
        }
        for town in range(4)
        for village in range(2)
    ]  # fmt: skip
    rows[0] |= change or {}
    file = folder / "sample_given.csv"
    with file.open("w", encoding="gb18030", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return file


def test_given_sample_becomes_a_plan_that_can_be_printed(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    form = tmp_path / "form.docx"
    form.write_bytes(b"given")
    call(
        home, "import-plan", str(given(tmp_path)), "--year", "2024", "--form", str(form),
        "-o", str(folder),
    )  # fmt: skip
    assert (folder / "forms" / "form.docx").read_bytes() == b"given"
    assert "样本和权重由上级下达" in words(folder / "plan.docx")
    printed = RUN.invoke(app, ["survey", "sheet", "--plan", str(folder)])
    assert printed.exit_code == 0, printed.output
    assert len(list((folder / "forms").glob("*.xlsx"))) == 8


def test_hospital_review_has_targets_forms_and_takes_them_back(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = call(home, "hospital", "--year", "2024", "-o", str(tmp_path))
    assert "2 家医院" in said  # the health centre is of level 4
    targets = pl.read_csv(tmp_path / "targets.csv")
    deaths = targets.filter(pl.col("card_type") == "death", pl.col("org_code") == "H1")
    assert deaths["target"].sum() >= 10
    form = filled(tmp_path / "forms" / "H1.xlsx", "合成子")
    other = Home(tmp_path / "home")
    other.published.parent.mkdir()
    other.published.symlink_to(home.published)
    said = call(other, "hospital", "--year", "2024", "-o", str(tmp_path), "--collect", str(form))
    assert "1 例" in said
    (row,) = collected(other, "H1")
    assert (row["purpose"], row["card_type"], row["org_code"], row["eligible"]) == (
        "hospital_review", "death", "H1", "1",
    )  # fmt: skip
    # Another hospital's form is another file, and this one's cases stay.
    form = filled(tmp_path / "forms" / "H2.xlsx", "合成丑")
    call(other, "hospital", "--year", "2024", "-o", str(tmp_path), "--collect", str(form))
    names = [row["name"] for org in ("H1", "H2") for row in collected(other, org)]
    assert names == ["合成子", "合成丑"]


def test_what_is_collected_keeps_the_cutoff_day_of_the_plan(home: Home, tmp_path: Path) -> None:
    review = ["hospital", "--year", "2024", "-o", str(tmp_path)]
    call(home, *review, "--cutoff", "2024-12-31")
    form = filled(tmp_path / "forms" / "H1.xlsx", "合成子")
    other = Home(tmp_path / "home")
    other.published.parent.mkdir()
    other.published.symlink_to(home.published)
    call(other, *review, "--collect", str(form))
    assert collected(other, "H1")[0]["cutoff_date"] == "2024-12-31"
    with pytest.raises(UserError, match="截止日不能事后更改"):
        call(other, *review, "--collect", str(form), "--cutoff", "2025-03-31")
    (tmp_path / "review.toml").unlink()
    with pytest.raises(UserError, match="用 --cutoff 写明截止日"):
        call(other, *review, "--collect", str(form))


def filled(form: Path, name: str) -> Path:
    """A form with one death found."""
    book = openpyxl.load_workbook(form)
    sheet = book["核查登记"]
    texts = ["死亡", "院内死亡登记", name, "男", "1950-01-01", "", "2024-03-01", "I63.9", "是"]
    for column, text in enumerate(texts, 3):
        sheet.cell(4, column).value = text
    book.save(form)
    return form


def collected(home: Home, org: str) -> list[dict[str, str]]:
    """What the inbox holds of a hospital."""
    file = home.inbox / f"survey_H2024-{COUNTY}_{org}.csv"
    return pl.read_csv(file, infer_schema=False).to_dicts()


def test_survey_never_made_is_due_this_year(home: Home) -> None:
    said = call(home, "status", "--format", "csv")
    assert said.splitlines()[1] == f"{COUNTY},,,2025-12-31,没有登记过漏报调查"


@pytest.mark.parametrize(
    ("issued", "as_of", "due", "state"),
    [
        (date(2022, 6, 1), date(2023, 1, 31), date(2025, 12, 31), "在有效期内"),
        (date(2022, 6, 1), date(2025, 1, 31), date(2025, 12, 31), "本年应完成"),
        (date(2022, 6, 1), date(2026, 1, 31), date(2025, 12, 31), "已过期，请安排漏报调查"),
        (None, date(2026, 1, 31), date(2026, 12, 31), "已有调查名单，材料待签发"),
    ],
)
def test_survey_is_due_in_the_third_year_after_its_documents(
    issued: date | None, as_of: date, due: date, state: str
) -> None:
    assert due_of(2021, issued, 3, as_of) == (due, state)
