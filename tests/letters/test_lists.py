"""Cases of lists that a unit is asked to look up."""

from __future__ import annotations

from datetime import date

import duckdb
import polars as pl

from flows.arrow import registered
from flows.letters.lists import missed_rows
from flows.letters.past import ITEM, REPLY, Past
from tests.letters.conftest import NO_INDICATORS
from tests.sql.model_tables import table

CASES = """
    case_id | source          | purpose          | org_code | state  | code | possible_card_id
    r 1     | hospital_record | hospital_review  | H1       | open   | I63  |
    r 2     | hospital_record | hospital_review  | H1       | open   | B22  |
    r 3     | 其他              | hospital_review  | H1       | open   | I63  |
    r 4     | hospital_record | hospital_review  | H1       | closed | I63  |
    r 5     | hospital_record | hospital_review  | H1       | open   | I63  | c1
    r 6     |                 | hospital_review  | H1       | open   | I63  |
    h 1     | police          | household_survey | H1       | open   | I63  |
    h 2     | village_doctor  | hospital_review  | H1       | open   | I63  |
"""


NOTHING = Past(
    pl.DataFrame(schema=ITEM | {"night": pl.Date}), pl.DataFrame(), pl.DataFrame(schema=REPLY)
)


def test_a_unit_is_asked_about_its_own_records_in_words_that_find_the_case() -> None:
    with duckdb.connect() as draft:
        draft.execute(NO_INDICATORS)
        draft.execute(
            "insert into reference.list_source values ('hospital_record', '出院病案', 1),"
            " ('police', '公安', 0), ('village_doctor', '村医', 0)"
        )
        age = pl.when(case_id="r 6").then(pl.lit("unknown")).otherwise(pl.lit("70-74"))
        cases = pl.DataFrame(table(CASES)).rename({"code": "icd10_category"})
        cases = cases.with_columns(
            case_key="case_id",
            card_type=pl.lit("cardio"),
            sex=pl.lit("1"),
            age_group=age,
            month=pl.lit("2025-02"),
        )
        with registered(draft, "cases", cases):
            draft.execute("insert into quality.missed_case by name select * from cases")
        asked = missed_rows(draft, NOTHING, date(2025, 3, 3))
    end = "未见相应心脑血管卡；请查阅病案，如已报告或不需报告请说明"
    assert dict(asked.select("card_id", "message_zh").iter_rows()) == {
        "r 1": f"漏报调查在“出院病案”中查到的该例（I63，男，70-74岁，2025-02）{end}",
        "r 2": f"漏报调查在“出院病案”中查到的该例（男，70-74岁，2025-02）{end}",  # HIV
        "r 6": f"漏报调查在“核对名单”中查到的该例（I63，男，2025-02）{end}",
        "r 3": f"漏报调查在“其他”中查到的该例（I63，男，70-74岁，2025-02）{end}",
    }
