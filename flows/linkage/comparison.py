"""What is compared of two people, level by level, and what each level is worth.

Fellegi and Sunter, J Am Stat Assoc 1969;64:1183. m is how often two records of one person agree at
a level, u how often two records of different people do; the weight of a level is log2(m/u). The
shares are fixed and ours; a large list corrects m (`learning`), and its own frequencies correct u.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Level(NamedTuple):
    """One way to agree; `term` is the column whose frequencies stand for u."""

    condition: str
    zh: str
    m: float
    u: float
    term: str = ""


class Comparison(NamedTuple):
    """One thing compared: levels best first, what is left disagrees."""

    zh: str
    column: str
    levels: tuple[Level, ...]


EQUAL = "{0}_l = {0}_r"
ONE_STEP = "damerau_levenshtein({0}_l, {0}_r) <= 1"
#: Names that become one when a character is left out of either, or of both. (The edit distances of
#: DuckDB count bytes, and one Chinese character is three.)
NEAR = "list_has_any(near_l, near_r)"
LONGER = "greatest(length(name_l), length(name_r)) >= 3"
#: `买买提` beside `买买提·艾力`.
PART_MISSING = (
    "starts_with(name_l, name_r || '·') or ends_with(name_l, '·' || name_r)"
    " or starts_with(name_r, name_l || '·') or ends_with(name_r, '·' || name_l)"
)
NOT_BOTH_SOUND = "not (is_id_sound_l and is_id_sound_r)"
#: A mistyped number fails its check digit, so two sound numbers that differ are two people's. A
#: number of 15 digits has none; its last three must then agree, as neighbours of one birthday
#: differ in those only.
MISTYPED = (
    f"{NOT_BOTH_SOUND} and"
    " if(is_id_short_l or is_id_short_r,"
    " right(id_body_l, 3) = right(id_body_r, 3) and damerau_levenshtein(id_body_l, id_body_r) <= 1,"
    " damerau_levenshtein(id_number_l, id_number_r) <= 1)"
)
#: Two sound numbers of one county and birthday are two people: no slip makes one of the other. The
#: birth date has been counted by then, so u is that of people with one birthday, not of all.
NEIGHBOURS = "is_id_sound_l and is_id_sound_r and left(id_body_l, 14) = left(id_body_r, 14)"
#: Conditions that no pair of two sound numbers meets.
BOTH_SOUND_NEVER = (MISTYPED, NOT_BOTH_SOUND)
SWAPPED = "birth_year_l = birth_year_r and left(birth_day_l, 2) = right(birth_day_r, 2) and right(birth_day_l, 2) = left(birth_day_r, 2)"  # noqa: E501
#: One date is mistyped; the ID number beside it is not.
OF_ID = "birth_of_id_l = birth_text_r or birth_of_id_r = birth_text_l"
DAYS = "abs(date_diff('day', strptime(birth_text_l, '%Y%m%d'), strptime(birth_text_r, '%Y%m%d')))"
NEXT_YEAR = "birth_day_l = birth_day_r and abs(birth_year_l::int - birth_year_r::int) = 1"
EVENT_DAYS = "abs(date_diff('day', event_date_l, event_date_r)) <= {}"

COMPARISONS: dict[str, Comparison] = {
    "name": Comparison(
        "姓名",
        "name",
        (
            Level(EQUAL.format("name"), "相同", 0.915, 3e-4, "name"),
            Level(EQUAL.format("sound"), "同音", 0.04, 5e-4, "sound"),
            Level(EQUAL.format("sounds"), "字序不同", 0.005, 2e-4),
            Level(PART_MISSING, "缺一部分", 0.003, 1e-4),
            Level(f"{LONGER} and {NEAR}", "差一字", 0.03, 2e-3),
            Level(NEAR, "两字中差一字", 0.004, 3e-3),
        ),
    ),
    "birth_date": Comparison(
        "出生日期",
        "birth_year",
        (
            Level(EQUAL.format("birth_text"), "相同", 0.90, 5e-5, "birth_text"),
            Level(OF_ID, "与对方证件号中的生日相同", 0.01, 5e-5),
            Level(SWAPPED, "月日颠倒", 0.01, 5e-5),
            Level(ONE_STEP.format("birth_text"), "差一位", 0.035, 1e-3),
            Level(NEXT_YEAR, "差一年", 0.01, 8e-5),
            Level(
                "(birth_text_l is null or birth_text_r is null) and birth_year_l = birth_year_r",
                "只知年份，相同", 0.01, 1.5e-4,
            ),
            Level(
                f"birth_year_l = birth_year_r and {DAYS} between 18 and 52",
                "同年差18至52天（公历农历）", 0.012, 2.5e-3,
            ),
            Level(EQUAL.format("birth_year"), "同年", 0.01, 1.2e-2),
        ),
    ),
    "sex": Comparison("性别", "sex", (Level(EQUAL.format("sex"), "相同", 0.99, 0.5),)),
    "id_number": Comparison(
        "身份证号",
        "id_number",
        (
            Level(EQUAL.format("id_number"), "相同", 0.96, 1e-6),
            Level(MISTYPED, "差一位或相邻两位颠倒，且校验位不符", 0.03, 1e-6),
            Level(NEIGHBOURS, "不同且均有效，只有顺序码不同", 2e-6, 0.3),
            Level(NOT_BOTH_SOUND, "不同，但有号码校验位不符", 0.006, 0.03),
        ),
    ),
    "town": Comparison(
        "乡镇",
        "town",
        (
            Level(EQUAL.format("town"), "相同", 0.85, 0.06),
            Level(EQUAL.format("county"), "同县区", 0.10, 0.60),
        ),
    ),
    "org": Comparison("机构", "org", (Level(EQUAL.format("org"), "相同", 0.5, 0.1),)),
    "event_date": Comparison(
        "事件日期",
        "event_date",
        (
            Level(EQUAL.format("event_date"), "相同", 0.70, 2e-3),
            Level(EVENT_DAYS.format(7), "相差7天以内", 0.15, 1.2e-2),
            Level(EVENT_DAYS.format(31), "相差31天以内", 0.07, 4e-2),
        ),
    ),
}  # fmt: skip
ELSE_ZH = "不同"
#: Columns whose frequencies stand for u, with the frequency of a value nobody has seen.
TERMS = {"name": 3e-4, "sound": 5e-4, "birth_text": 5e-5}


def settings_of(name: str, m: list[float], u: list[float]) -> dict[str, Any]:
    """One comparison as splink reads it.

    Args:
        name: a key of COMPARISONS.
        m: share of each level among pairs of one person, the last one of no agreement.
        u: the same among pairs of different people.
    """
    comparison = COMPARISONS[name]
    column = comparison.column
    rows: list[dict[str, Any]] = [
        {
            "sql_condition": f"{column}_l is null or {column}_r is null",
            "label_for_charts": "unknown",
            "is_null_level": True,
        }
    ]
    conditions = [(level.condition, level.term) for level in comparison.levels]
    for (condition, term), share, chance in zip([*conditions, ("ELSE", "")], m, u, strict=True):
        row = {
            "sql_condition": condition,
            "label_for_charts": condition,
            "m_probability": share,
            "u_probability": chance,
        }
        if term:
            row |= {
                "tf_adjustment_column": term,
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        rows.append(row)
    return {"output_column_name": name, "comparison_levels": rows}
