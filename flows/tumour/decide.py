"""What a registrar says of a traced case, kept in the state for the nights to come."""

from __future__ import annotations

from datetime import datetime

import polars as pl

from flows.home import TIME_ZONE, Home, UserError
from flows.published import open_published
from flows.store import opened
from flows.tumour.traceback import FOUND, NOTHING

#: What is typed -> the state it gives.
RESULTS = {"found": FOUND, "nothing": NOTHING, NOTHING: NOTHING}


def listed(home: Home, state: str | None = None, org: str | None = None) -> pl.DataFrame:
    """The trace-back list as last published; it names nobody."""
    with open_published(home) as connection:
        return connection.execute(
            """
            select
                list, card_type, card_id, org_code, area_code, year, icd10_category, state,
                possible_card_id, decided_on
            from quality.traceback
            where (? is null or state = ?) and (? is null or org_code = ?)
            order by org_code, list, year, card_id
            """,
            [state, state, org, org],
        ).pl()


def decide(home: Home, card_id: str, result: str, by: str) -> str:
    """Keep the result of tracing one card back; returns the sentence for the user.

    Raises:
        UserError: the result is neither found nor nothing, or no card on the list has this id.
    """
    if result not in RESULTS:
        raise UserError("追溯结果只能是 found（找到）或 nothing（无果）。")
    with open_published(home) as connection:
        kinds = connection.execute(
            "select card_type from quality.traceback where card_id = ? order by card_type",
            [card_id],
        ).fetchall()
    if not kinds:
        raise UserError(f"追溯名单中没有卡片 {card_id}，请核对编号，或先运行 zhikong night。")
    now = datetime.now(TIME_ZONE).replace(tzinfo=None)
    with opened(home) as store:
        store.connection.executemany(
            "insert into state.traceback values (?, ?, ?, ?, ?)",
            [[kind, card_id, RESULTS[result], by, now] for (kind,) in kinds],
        )
    if RESULTS[result] == FOUND:
        return f"已登记：{card_id} 追溯结果为找到（DCI），下一次夜间流程后计入。"
    if kinds == [("death",)]:  # nobody has made a case of this death
        return (
            f"已登记：{card_id} 追溯无果，下一次夜间流程后不再询问。"
            "该死亡尚无肿瘤报告卡，不计入 DCO；如需计入，请按 DCO 补报肿瘤卡。"
        )
    return f"已登记：{card_id} 追溯结果为无果（DCO），下一次夜间流程后计入。"
