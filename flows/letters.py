"""Open findings of a hospital -> a work sheet it can answer: 慢性病监测待核实单."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from email.message import EmailMessage
from pathlib import Path

import polars as pl
import xlsxwriter

from flows.fields import CARDS, EVENT_DATE, fields
from flows.home import TIME_ZONE
from flows.workday import after_working_days

MOST_ROWS = 30  # a unit reads one page; the rest waits its turn, worst first
ANSWER_DAYS = 7  # working days
CARD_ZH = {"death": "死亡卡", "tumour": "肿瘤卡", "cardio": "心脑血管卡", "diabetes": "糖尿病卡"}
SEVERITY_ORDER = {"error": 0, "warning": 1, "query": 2}
COLUMNS = ["序号", "卡片类型", "卡片编号", "住院号/门诊号", "性别", "年龄", "月份", "字段",
           "请核实的内容", "首次提示", "请于此日前", "反馈", "说明"]  # fmt: skip
WIDTHS = [6, 12, 26, 18, 6, 6, 10, 20, 56, 12, 12, 14, 24]
ANSWERS = ["已订正", "核实无误", "无法核实"]
INTRO = (
    "以下卡片经程序核对，有内容需要贵单位核实。规则也可能不适用于个别病例：核实无误的请选“核实无误”，"
    "已订正的卡片无需再做处理。请在“反馈”列选择后将本表发回。"
)


@dataclass(frozen=True)
class Letter:
    """One unit's letter as it lies in the outbox."""

    org_code: str
    finding_count: int
    sheet: Path
    message: Path


def write_letters(
    outbox: Path,
    findings: pl.DataFrame,
    rules: pl.DataFrame,
    cards: dict[str, pl.DataFrame],
    institutions: pl.DataFrame,
    as_of: date,
    contact_zh: str,
) -> list[Letter]:
    """Write one draft letter per unit with open findings of the hospital channel.

    Args:
        outbox: the folder of the letters; this night's go into `<outbox>/<as_of>`.
        findings: `quality.finding`.
        rules: the catalogue with message_zh.
        cards: typed cards (the letter's own columns are taken from here, names never).
        institutions: typed `institution`.
        as_of: the night.
        contact_zh: whom to call.
    """
    rows = _rows(findings, rules, cards, as_of)
    names = dict(institutions.select("org_code", "org_name").iter_rows())
    mails = dict(institutions.select("org_code", "email").iter_rows())
    folder = outbox / as_of.isoformat()
    if folder.exists():  # a draft of the same night is made again as a whole
        for old in folder.iterdir():
            old.unlink()
    letters = []
    for (org_code,), own in rows.group_by("org_code", maintain_order=True):
        org = str(org_code)
        folder.mkdir(parents=True, exist_ok=True)
        stem = re.sub(r"[^0-9A-Za-z_-]", "_", org)
        sheet, message = folder / f"{stem}.xlsx", folder / f"{stem}.eml"
        title = f"慢性病监测待核实单（{names.get(org) or org}，数据截至{as_of:%Y年%m月%d日}）"
        _write_sheet(sheet, title, own, contact_zh, as_of)
        _write_message(message, sheet, title, own, mails.get(org) or "", as_of, org)
        letters.append(Letter(org, own.height, sheet, message))
    return letters


def _rows(
    findings: pl.DataFrame, rules: pl.DataFrame, cards: dict[str, pl.DataFrame], as_of: date
) -> pl.DataFrame:
    """Letter rows: what may be shown of each card, worst and oldest first."""
    shown = pl.concat([_shown(cards[card_type], card_type) for card_type in CARDS])
    labels = pl.DataFrame(
        [(card, f.name, f.label_zh) for card in CARDS for f in fields(card).values()],
        schema=["card_type", "field", "label_zh"],
        orient="row",
    )
    return (
        findings.filter(
            pl.col("resolved_on").is_null()
            & (pl.col("channel") == "hospital")
            & pl.col("org_code").is_not_null()
        )
        .join(rules.select("rule_id", "message_zh"), on="rule_id")
        .join(shown, on=["card_type", "card_id"])
        .join(labels, on=["card_type", "field"], how="left")
        .with_columns(order=pl.col("severity").replace_strict(SEVERITY_ORDER, return_dtype=pl.Int8))
        .sort("org_code", "order", "first_found_on", "card_type", "card_id", "rule_id")
    )


def _shown(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    numbers = [name for name in ("inpatient_no", "outpatient_no") if name in frame.columns]
    return frame.select(
        pl.lit(card_type).alias("card_type"),
        "card_id",
        pl.coalesce(numbers).alias("visit_no"),
        sex=pl.col("sex").replace_strict({"1": "男", "2": "女"}, default=""),
        age_years="age_years",
        month=pl.col(EVENT_DATE[card_type]).dt.to_string("%Y-%m"),
    )


def _write_sheet(file: Path, title: str, rows: pl.DataFrame, contact_zh: str, as_of: date) -> None:
    due = after_working_days(as_of, ANSWER_DAYS)
    # A fixed date of making: the same night writes the same bytes.
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": title, "created": datetime.combine(as_of, time(8))})
    sheet = book.add_worksheet("待核实")
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, title, bold)
    sheet.merge_range(1, 0, 1, len(COLUMNS) - 1, f"{INTRO}联系：{contact_zh}。", wrap)
    sheet.set_row(1, 36)
    more = rows.height - MOST_ROWS
    if more > 0:
        note = f"本期列出 {MOST_ROWS} 条，另有 {more} 条将在以后各期列出。"
        sheet.write_string(2, 0, note)
    for place, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.write_string(3, place, name, head)
        sheet.set_column(place, place, width)
    for number, row in enumerate(rows.head(MOST_ROWS).iter_rows(named=True), 1):
        values = [
            str(number), CARD_ZH[row["card_type"]], row["card_id"], row["visit_no"] or "",
            row["sex"], "" if row["age_years"] is None else str(row["age_years"]),
            row["month"] or "", row["label_zh"] or row["field"] or "", row["message_zh"],
            row["first_found_on"].isoformat(), due.isoformat(), "", "",
        ]  # fmt: skip
        for place, value in enumerate(values):
            sheet.write_string(3 + number, place, value, cell)
    last = 3 + min(rows.height, MOST_ROWS)
    sheet.autofilter(3, 0, last, len(COLUMNS) - 1)
    sheet.freeze_panes(4, 3)
    answers = {"validate": "list", "source": ANSWERS, "error_message": "请从列表中选择。"}
    sheet.data_validation(4, COLUMNS.index("反馈"), last, COLUMNS.index("反馈"), answers)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    book.close()


def _write_message(
    file: Path, sheet: Path, title: str, rows: pl.DataFrame, to: str, as_of: date, org: str
) -> None:
    """The mail that carries the sheet; its body holds counts only."""
    message = EmailMessage()
    message["Subject"] = title
    message["To"] = re.sub(r"[\r\n]", "", to) or "undisclosed-recipients:;"
    message["Date"] = datetime.combine(as_of, time(8), TIME_ZONE)
    message["Message-ID"] = f"<{as_of.isoformat()}.{sheet.stem}@zhikong.invalid>"
    counts = rows.group_by("message_zh", maintain_order=True).len()
    lines = [f"{text}：{count} 条" for text, count in counts.iter_rows()]
    message.set_content("\n".join([INTRO, "", *lines, "", "详见附件。"]))
    message.add_attachment(
        sheet.read_bytes(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        filename=sheet.name,
    )
    message.set_boundary(
        f"=={as_of:%Y%m%d}-{sheet.stem}=="
    )  # no chance: the same night, the same bytes
    file.write_bytes(bytes(message))
