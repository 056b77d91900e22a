"""What `zhikong spot` does with a list: opens the store, looks up, writes down, hands out."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

import polars as pl
import xlsxwriter

from flows.desk import access
from flows.desk.access import Who
from flows.desk.book import put_closed
from flows.desk.identity import identities
from flows.fields import CARDS
from flows.home import REFERENCE, Home, UserError
from flows.layout import layouts
from flows.letters.wording import CARD_ZH
from flows.linkage.read_list import PersonList, check_usable, read_list
from flows.published import open_published
from flows.spot.match import spot
from flows.store import opened
from flows.trace import interval

#: A list with one of these days is a list of deaths.
DEATH_DAYS = ("death_date", "cremation_date", "removal_date")
BY_ZH = {"id_number": "证件号码", "probability": "姓名等比对"}
#: How a card counts, as of `trace.card.STANDING`.
STANDING_ZH = {
    "withdrawn": "不计（省系统已撤卡）",
    "unusable": "不计（删除、重复、误诊或住外地）",
    "no_event": "不计（缺事件日期，或编码不在统计范围）",
    "repeat": "同一事件的另一张卡",
    "official": "计入",
    "received": "尚未终审",
}
LABEL = {"name": "姓名", "sex": "性别", "birth_date": "出生日期", "id_number": "证件号码",
         "county": "县", "town": "乡镇", "address": "地址", "org": "机构",
         "event_date": "名单事件日期", "death_date": "名单死亡日期", "cremation_date": "火化日期",
         "removal_date": "注销日期"}  # fmt: skip


@dataclass(frozen=True)
class Answered:
    """The answer by line, the list's own text, and remarks."""

    rows: pl.DataFrame  # spot.RESULT and audit_zh, counted_zh
    listed: PersonList
    card_types: tuple[str, ...]
    notes: list[str]


def answer(home: Home, file: Path, who: Who, card_type: str | None) -> Answered:
    """Look a list up.

    Args:
        home: the installation; what was last published.
        file: the assessor's list; header rule of every list of people.
        who: opens identities, and why.
        card_type: which card counts as a report; None: death for a list with days of death or
            cremation, else any.

    Raises:
        UserError: the list cannot be used.
    """
    listed = read_list(file, layouts(REFERENCE, home.path / "layouts"))
    check_usable(listed)
    if card_type is None and set(DEATH_DAYS) & set(listed.text.columns):
        card_type = "death"
    card_types = (card_type,) if card_type else CARDS
    with opened(home) as store, open_published(home) as published:
        row = published.execute("select as_of from reference.home").fetchone()
        assert row is not None
        sent_by = pl.concat(
            published.execute(
                f"select '{card}' as card_type, card_id, org_code from card.{card}"
            ).pl()
            for card in card_types
        )
        standing = interval.held_on(store.connection, interval.CARDS, row[0])
        orgs = published.execute("select org_code, org_name from reference.institution").pl()
        found = spot(listed.people, identities(store, row[0], card_types))
        access.log(store, "spot", who, found["card_id"].n_unique(), file.name)
    orgs = orgs.unique("org_code", keep="any")
    card = ["card_type", "card_id"]
    rows = (
        found.join(sent_by, on=card, how="left", maintain_order="left")
        .join(standing.select(*card, "standing"), on=card, how="left", maintain_order="left")
        .join(orgs, on="org_code", how="left", maintain_order="left")
    )
    audit = _labels("audit_status")
    rows = rows.with_columns(
        audit_zh=pl.col("audit_status").replace_strict(audit, default=pl.col("audit_status")),
        counted_zh=pl.col("standing").replace_strict(STANDING_ZH, default=None),
    )
    return Answered(rows, listed, card_types, listed.notes)


def _labels(code_list: str) -> dict[str, str]:
    table = pl.read_csv(REFERENCE / "code_list.csv", infer_schema=False)
    rows = table.filter(pl.col("code_list") == code_list)
    return dict(rows.select("code", "label_zh").iter_rows())


def readable(answered: Answered) -> pl.DataFrame:
    """The answer without identities, for the terminal."""
    return answered.rows.select(
        pl.col("row").alias("行"),
        pl.col("result").alias("结论"),
        pl.col("card_type").replace_strict(CARD_ZH, default=None).alias("卡片"),
        pl.col("card_id").alias("卡片编号"),
        pl.col("created_time").dt.date().cast(pl.String).alias("录入日期"),
        _timely_zh().alias("及时"),
        pl.col("audit_zh").alias("审核"),
        pl.col("counted_zh").alias("计数"),
        pl.col("matched_by").replace_strict(BY_ZH, default=None).alias("依据"),
        pl.col("probability").round(3).alias("概率"),
        pl.col("note_zh").alias("提示"),
    )


def _timely_zh() -> pl.Expr:
    return (
        pl.when(pl.col("card_id").is_not_null())
        .then(
            pl.when("is_timely")
            .then(pl.lit("是"))
            .when(~pl.col("is_timely"))
            .then(pl.lit("否"))
            .otherwise(pl.lit("无法判断"))
        )
        .otherwise(None)
    )


def with_names(answered: Answered) -> pl.DataFrame:
    """The answer beside the list's own text, and the unit of the card: for the file only."""
    text = answered.listed.text
    own = text.select(pl.col(name).alias(LABEL.get(name, name)) for name in text.columns)
    shown = readable(answered).with_columns(
        answered.rows.select(
            pl.col("event_date").cast(pl.String).alias("事件日期"),
            pl.coalesce("org_name", "org_code").alias("报告机构"),
        )
    )
    numbered = own.with_row_index("行", offset=1).cast({"行": pl.Int64})
    return numbered.join(shown, on="行", how="left", maintain_order="left")


def write(answered: Answered, file: Path) -> None:
    """Write the answer with the list's names; only its owner may read the file.

    Raises:
        UserError: neither .xlsx nor .csv.
    """
    table = with_names(answered)
    if file.suffix == ".csv":
        put_closed(file, b"\xef\xbb\xbf" + table.write_csv().encode())
    elif file.suffix == ".xlsx":
        put_closed(file, _workbook(table))
    else:
        raise UserError(f"{file.name}：请用 .xlsx 或 .csv 文件名。")


def _workbook(table: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": datetime.combine(datetime(2000, 1, 1), time())})
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
    cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"})
    sheet = book.add_worksheet("抽查结果")
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, name, head)
        longest = max([10, *(2 * len(str(value)) for value in table[name] if value is not None)])
        sheet.set_column(place, place, min(longest, 26))
    for number, row in enumerate(table.iter_rows(), 1):
        for place, value in enumerate(row):
            sheet.write_string(number, place, "" if value is None else str(value), cell)
    sheet.autofilter(0, 0, max(table.height, 1), table.width - 1)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    book.close()
    return target.getvalue()
