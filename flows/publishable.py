"""What of typed rows may be published: codes, dates and measures, never what somebody wrote.

Fields that identify a person or quote free text are left out (`published` in field.csv).

A comma too many moves the cells of a row: a name then stands where a code is expected. The rules
judge it as it came, and say so; published it is null.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from flows.canonical import code_lists
from flows.fields import CARDS, Field, fields, unpublished

#: Kinds whose rows are about people.
OF_PEOPLE = (*CARDS, "tumour_death", "survey_case")
#: Codes of places (GB/T 2260, with those of towns and villages), abroad and unknown among them. A
#: telephone number has eleven digits, or begins with 0.
AREA = r"^(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]|9[019])(\d{2}|\d{4}|\d{7}|\d{10})?$"
#: A length of time as doctors write it.
SPAN = (
    r"^[0-9.+\-~约余多近数几半零一二三四五六七八九十百两个年月周星期天日小时分钟秒不详未知即刻"
    r"hdymHDYM ]+$"
)
LONG_NUMBER = r"\d{5}"
#: Of an institution or area; beside it what looks like one and is a person's: a telephone number,
#: and an ID number of 18 or 15 characters, which has a birthday in it (GB 11643-1999).
CODE = r"^[0-9A-Za-z-]*[0-9][0-9A-Za-z-]*$"
TELEPHONE = r"^(1\d{10}|0[0-9-]+|\d{7,8})$"
ID = r"^\d{6}((18|19|20)\d\d|\d\d)(0[1-9]|1[0-2])([0-2]\d|3[01])\d{3}[0-9Xx]?$"
#: What names of institutions hold, and what those of areas end in.
INSTITUTION = (
    r"院|所|站|中心|室|诊|局|公司|大学|疾控|卫生|保健|"
    r"(省|市|区|县|旗|盟|州|镇|乡|街道|兵团|农场|林场)$"
)
#: No measure on a card is so large; a telephone number is.
LARGEST = 99_999
NATIONS = (
    "中国", "中华人民共和国", "中国香港", "中国澳门", "中国台湾", "香港", "澳门", "台湾", "美国",
    "英国", "法国", "德国", "日本", "韩国", "朝鲜", "越南", "老挝", "缅甸", "泰国", "俄罗斯",
    "蒙古", "意大利", "西班牙", "葡萄牙", "荷兰", "加拿大", "澳大利亚", "新西兰", "新加坡",
    "马来西亚", "菲律宾", "印度尼西亚", "印度", "尼泊尔", "巴基斯坦", "孟加拉国", "哈萨克斯坦",
    "巴西", "南非", "尼日利亚", "其他", "不详",
)  # fmt: skip
UNITS = ("岁", "年", "月", "周", "天", "日", "小时", "时", "分钟", "分")
YES_NO = ("0", "1", "2", "是", "否")
#: Fields of free text that are published, and what they may say.
WORDS: dict[str, tuple[str, ...]] = {
    "age_unit": (*UNITS, *"0123456789"),
    "is_infant": YES_NO,
    "is_under_five": YES_NO,
}
#: Where an institution is named: the column that has it where the home knows it.
KNOWN_AS = {"report_org": "org_code", "managing_org": "managing_org_code"}


def publishable(rows: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Typed rows without what identifies, and null wherever a field holds what it cannot mean.

    Args:
        rows: some columns of a kind, as typed and placed; columns that are no field stay as they
            are, and of kinds whose rows are not about people all that is published.
        card_type: a kind of `field.csv`.
    """
    rows = rows.drop(unpublished(card_type), strict=False)
    if card_type not in OF_PEOPLE:
        return rows
    made, ways = {}, {}
    for name, field in fields(card_type).items():
        if name not in rows.columns or not rows.height:
            continue
        if field.data_type == "org" and KNOWN_AS.get(name) in rows.columns:
            made[name] = pl.when(pl.col(KNOWN_AS[name]).is_not_null()).then(pl.col(name))
        elif field.data_type in ("number", "integer") and card_type in CARDS:
            made[name] = pl.when(pl.col(name).abs() <= LARGEST).then(pl.col(name))
        elif (fits := _fits(field)) is not None:
            ways[name] = fits
    # Few values are distinct, and hardly ever is one of them strange.
    distinct = rows.select(pl.col(list(ways)).drop_nulls().unique().implode())
    for name, fits in ways.items():
        strange = distinct[name].explode().to_frame().filter(~fits)[name]
        if strange.len():
            made[name] = pl.when(~pl.col(name).is_in(strange.implode())).then(pl.col(name))
    return rows.with_columns(**made)


@cache
def _fits(field: Field) -> pl.Expr | None:
    """Whether a text is a value of a field; None: whatever it says may be published."""
    own = pl.col(field.name)
    match field.data_type:
        case "multi_code":
            return own.str.split(",").list.eval(pl.element().is_in(_codes(field))).list.all()
        case "code":
            return own.is_in(_codes(field))
        case "area" | "town":
            return own.str.contains(AREA)
        case "text" if field.name in WORDS:
            return own.is_in(WORDS[field.name])
        case "text" if "interval" in field.name:
            return own.str.contains(SPAN) & ~own.str.contains(LONG_NUMBER)
        case "text" if field.name == "tabulation_no":
            return own.str.contains(r"^[A-Z]?\d{1,4}([.-]\d{1,3})?$")
        case "text" if field.name == "nationality":
            return own.is_in(NATIONS) | own.str.contains(r"^(\d{1,3}|[A-Z]{2,3})$")
    return None


def _codes(field: Field) -> list[str]:
    return sorted(set(code_lists()[field.code_list].values()))


def names_a_place(value: pl.Expr) -> pl.Expr:
    """Whether a text is the code or the name of an institution or area, and not of a person."""
    is_code = value.str.contains(CODE) & ~value.str.contains(TELEPHONE) & ~value.str.contains(ID)
    is_name = value.str.contains(INSTITUTION) & ~value.str.contains(LONG_NUMBER)
    return is_code | is_name
