"""A name, a number or an address in the wrong column stays out of everything that is published."""

from __future__ import annotations

import os
from datetime import date

import duckdb
import polars as pl
import pytest

from flows.fields import CARDS, fields
from flows.home import Home
from flows.plain import run_plain
from flows.publishable import names_a_place, publishable
from tests.trust.leak import scan

WRITTEN = ("欧阳小丽", "13900001234", "330329194601011118", "示例村201号东头第三家")
NIGHT = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("card_type", "field", "given", "published"),
    [
        ("death", "sex", ["1", "小丽", None], ["1", None, None]),
        ("tumour", "diagnosis_basis", ["5,7", "7", "7,小丽"], ["5,7", "7", None]),
        (
            "death",
            "registered_town",
            ["330329100", "330329", "999999", "33", "13900001234", "057712345678", "罗阳镇某号"],
            ["330329100", "330329", "999999", "33", None, None, None],
        ),
        ("death", "interval_a", ["3年", "约2个月", "16天", "张三", "13900001234"],
         ["3年", "约2个月", "16天", None, None]),
        ("death", "nationality", ["中国", "156", "CHN", "小丽"], ["中国", "156", "CHN", None]),
        ("death", "tabulation_no", ["65", "A12.3", "13900001234"], ["65", "A12.3", None]),
        ("death", "age_unit", ["岁", "小丽"], ["岁", None]),
    ],
)  # fmt: skip
def test_what_a_field_cannot_mean_is_null(
    card_type: str, field: str, given: list[str | None], published: list[str | None]
) -> None:
    rows = pl.DataFrame({field: given}, schema={field: pl.String})
    assert publishable(rows, card_type)[field].to_list() == published


def test_a_measure_is_no_telephone_number() -> None:
    rows = pl.DataFrame({"stated_age": [81.0, 13900001234.0, None]})
    assert publishable(rows, "death")["stated_age"].to_list() == [81.0, None, None]


def test_an_institution_is_published_where_the_home_knows_it() -> None:
    rows = pl.DataFrame({"report_org": ["X1", "小丽"], "org_code": ["X1", None]})
    assert publishable(rows, "death")["report_org"].to_list() == ["X1", None]


def test_only_what_may_be_a_place_is_told_of_what_no_dictionary_knows() -> None:
    given = ["某县人民医院", "罗阳镇", "X33032901", "330329", *WRITTEN, "0577-12345678"]
    rows = pl.DataFrame({"value": given})
    assert rows.filter(names_a_place(pl.col("value")))["value"].to_list() == given[:4]


def planted(home: Home) -> int:
    """Files with every one of WRITTEN in every field in turn; the number of cards."""
    cards = 0
    for card_type in CARDS:
        known = fields(card_type)
        rows = []
        for name in known:
            for number, text in enumerate(WRITTEN):
                row = dict.fromkeys(known, "")
                row["card_id"] = f"{card_type}-{name}-{number}"
                if name != "card_id":
                    row[name] = text
                rows.append(row)
        labels = {name: field.label_zh for name, field in known.items()}
        pl.DataFrame(rows).rename(labels).write_csv(home.inbox / f"{card_type}.csv")
        os.utime(home.inbox / f"{card_type}.csv", (1_769_000_000, 1_769_000_000))
        cards += len(rows)
    return cards


def test_nothing_that_was_written_into_any_column_is_published(home: Home) -> None:
    cards = planted(home)
    run_plain(home, NIGHT, lambda line: None)
    with duckdb.connect(str(home.published), read_only=True) as published:
        loaded = published.execute("select sum(loaded_rows) from quality.batch").fetchall()
        assert loaded == [(cards,)]
    found = scan([home.published, home.reports], set(WRITTEN))
    assert found.places > 80  # every table, and the pages
    assert found.hits == []


def test_a_card_whose_number_is_its_person_s_is_published_under_another(home: Home) -> None:
    number = WRITTEN[2]
    for day, sex in (("01", "男"), ("02", "女")):  # the second file corrects the card of the first
        file = home.inbox / f"{day}.csv"
        file.write_text(
            "报告卡ID,死者姓名,性别,证件号码,死亡日期,最后修改时间\n"
            f"{number},甲,{sex},{number},2025-03-01,2025-04-{day}\n"
            f"C7,乙,{sex},330329195001010011,2025-03-01,2025-04-{day}\n",
            "utf-8",
        )
        os.utime(file, (1_769_000_000 + int(day), 1_769_000_000 + int(day)))
    run_plain(home, NIGHT, lambda line: None)
    with duckdb.connect(str(home.published), read_only=True) as published:
        cards = dict(published.execute("select card_id, sex from card.death").fetchall())
    made = [name for name in cards if name.startswith("id-")]
    assert len(made) == 1
    assert cards == {"C7": "2", made[0]: "2"}
    assert number not in made[0]
