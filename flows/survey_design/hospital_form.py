"""Forms of a hospital review, and its plan as a document; forms that came back -> `survey_case`."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.document import (
    add_blanks,
    add_contents,
    add_heading,
    add_items,
    add_table,
    add_text,
    new_document,
    save,
)
from flows.fields import fields
from flows.home import Home, UserError
from flows.letters.mark import stem
from flows.survey_design.case_list import put_list
from flows.survey_design.hospital import GROUP_ZH, LEAST, Review
from flows.survey_design.plan_file import CARD_ZH
from flows.survey_design.words import YES_NO
from flows.survey_design.workbook import Table, sheet_rows, write_book

SHEET, TARGET_SHEET = "核查登记", "应查数"
#: Columns of the form; they are the labels of `survey_case`, so that nothing is named twice.
FIELDS = ("card_type", "source", "name", "sex", "birth_date", "id_number", "event_date", "icd10",
          "eligible", "ineligible_reason", "verify_result")  # fmt: skip
WIDTHS = (12, 14, 10, 7, 12, 21, 12, 10, 9, 16, 18)
SURVEY_ID, ORG = "调查编号", "机构编码"


def _labels() -> dict[str, str]:
    known = fields("survey_case")
    return {known[name].label_zh: name for name in FIELDS}


def write_review_forms(review: Review, folder: Path) -> list[Path]:
    """Write one workbook a hospital under `forms/`: what to look at, and lines to fill in."""
    target = folder / "forms"
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = []
    columns: dict[str, float] = {SURVEY_ID: 16.0, ORG: 20.0}
    columns.update(zip(_labels(), WIDTHS, strict=True))
    for (org_code,), own in review.targets.group_by("org_code", maintain_order=True):
        title = f"{review.year}年医院漏报检查 {own['org_name'][0] or org_code}"
        lines = int(own["target"].sum())
        form = Table(
            SHEET, f"{title}：核查登记表",
            f"按“{TARGET_SHEET}”表从各类记录中抽取 {review.year} 年的病例，"
            "查到的不论是否已报告都登记；"
            "核查人员不先查看报告系统。同一病例在多种记录中查到的分别登记，汇总时合并。",
            columns, [[review.survey_id, str(org_code)]] * lines,
            choices={
                "卡片类型": list(CARD_ZH.values()), "性别": ["男", "女"], "符合条件": YES_NO,
                "来源": sorted(set(own["source_zh"])),
            },
            dates=["出生日期", "事件日期"],
        )  # fmt: skip
        targets = Table(
            TARGET_SHEET, f"{title}：应查数和抽取方法",
            "各类记录按时间排序，抽取间隔 = 记录总数 ÷ 应查数（不足 1 的全查）；第一份 = 间隔 ×"
            " 起点，"
            "进位取整，以后每隔一个间隔取一份。",
            {"病种": 12, "记录": 44, "应查数": 9, "起点": 9, "记录总数": 10, "实查数": 9},
            [
                [CARD_ZH[row["card_type"]], f"{row['source_zh']}：{row['records_zh']}",
                 str(row["target"]), f"{row['start']:.4f}"]
                for row in own.iter_rows(named=True)
            ],
        )  # fmt: skip
        file = target / f"{stem(str(org_code))}.xlsx"
        made.append(write_book(file, title, [form, targets], review.as_of))
    return made


def write_review_plan(review: Review, folder: Path) -> Path:
    """Write `hospital_plan.docx`."""
    document = new_document(f"{review.area_name}{review.year}年医院漏报检查方案")
    add_contents(document)
    add_heading(document, "一、目的")
    add_text(
        document,
        f"了解{review.area_name}医疗机构 {review.year} 年死因和慢性病报告的完整性。"
        f"截止日 {review.cutoff_date}：截止日（含）前的报告卡为已报告，"
        "其后建立的为已补报，不改变漏报率。",
    )
    add_heading(document, "二、样本量")
    for group, size in review.sizes.items():
        add_text(
            document,
            f"{GROUP_ZH[group]}：预期漏报率 {review.expected_percent:g}%，允许误差 "
            f"±{review.precision_percent:g} 个百分点，95%置信水平，n₀ = {size.simple:.1f}，"
            f"按报告数校正后应查 {size.required} 例；按各院报告数分配，"
            f"每院每病种不少于 {LEAST} 例。",
        )
    add_heading(document, "三、应查数")
    for card_type in review.targets["card_type"].unique(maintain_order=True):
        own = review.targets.filter(pl.col("card_type") == card_type)
        names = own["source_zh"].unique(maintain_order=True).to_list()
        rows = []
        for (_, name), part in own.group_by("org_code", "org_name", maintain_order=True):
            by_source = dict(part.select("source_zh", "target").iter_rows())
            rows.append([
                str(name or part["org_code"][0]), str(part["cards"][0]),
                *(str(by_source[source]) for source in names), str(int(part["target"].sum())),
            ])  # fmt: skip
        add_table(
            document, f"{CARD_ZH[card_type]}应查数",
            ["机构", f"{review.year}年报告数", *names, "合计"], rows,
            note_zh="各类记录的份额为本系统的建议值，可按医院实际调整。",
        )  # fmt: skip
    add_heading(document, "四、方法")
    add_items(document, [
        "由县疾控中心组织交叉检查，本院人员不检查本院。",
        f"各类记录按时间排序后等距抽取，起点由随机种子 {review.seed} 决定，列在各院的表中。",
        "查到的病例全部登记，由县疾控中心与报告卡统一比对；疑似的逐例核实。",
        "漏报率 = 截止日漏报的符合条件病例 ÷ 全部符合条件病例，附95%区间。",
    ])  # fmt: skip
    add_heading(document, "五、组织分工和签发")
    add_blanks(
        document,
        ["牵头单位", "检查人员", "检查日期", "审核人", "签发单位（盖章）", "文号", "签发日期"],
    )
    return save(document, folder / "hospital_plan.docx", review.as_of)


def collect(home: Home, review: Review, files: list[Path]) -> list[tuple[Path, int]]:
    """Put the filled lines of returned forms into the inbox, a `survey_case` file a hospital.

    A hospital's file takes the place of what was collected from it before.

    Args:
        home: its inbox takes the files, which are readable by their owner only.
        review: survey, year and cut-off date.
        files: returned workbooks.

    Returns:
        The files, and how many cases each has.

    Raises:
        UserError: no form of this review, or nothing filled in.
    """
    labels = _labels()
    told = [zh for zh, name in labels.items() if name in ("name", "id_number", "event_date")]
    codes = {zh: name for name, zh in CARD_ZH.items()}
    rows = []
    for file in sorted(files):
        for number, cells in sheet_rows(file, SHEET, [SURVEY_ID, ORG, *labels]):
            if not any(cells[zh] for zh in told):
                continue
            if cells[SURVEY_ID] != review.survey_id:
                raise UserError(
                    f"{file.name} 第 {number} 行：{SURVEY_ID}不是 {review.survey_id}，请核对表格。"
                )
            row = {name: cells[zh] for zh, name in labels.items()}
            row |= {
                "card_type": codes.get(row["card_type"], row["card_type"]),
                "survey_id": review.survey_id, "purpose": "hospital_review",
                "year": str(review.year), "cutoff_date": review.cutoff_date.isoformat(),
                "org_code": cells[ORG],
                "eligible": {"是": "1", "否": "0"}.get(row["eligible"], row["eligible"]),
            }  # fmt: skip
            rows.append(row)
    if not rows:
        raise UserError("交回的表中没有填写病例，未放入收件目录。")
    frame = pl.DataFrame(rows, infer_schema_length=None)
    made = []
    for (org_code,), own in frame.group_by("org_code", maintain_order=True):
        target = home.inbox / f"survey_{review.survey_id}_{stem(str(org_code))}.csv"
        put_list(own, target)
        made.append((target, own.height))
    return made
