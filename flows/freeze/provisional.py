"""What is still open in a closed year: told when it is frozen, and cited with it."""

from __future__ import annotations

import duckdb

from flows.fields import CARDS

RECEIVED = " union all ".join(
    f"select count_base from card.{card} where year = $year" for card in CARDS
)
#: Question -> the sentence when the answer is not 0.
MATTERS = {
    "select count(*) from score.criterion where data_year = $year and is_final = 0":
        "{count} 条细则的评分为临时（终值日未到）",
    "select count(*) from score.criterion where data_year = $year and status = 'pending'":
        "{count} 条细则待佐证或待确认",
    f"select count(*) from ({RECEIVED}) where count_base = 'received'":
        "{count} 张卡尚未终审，未计入正式口径",
    "select count(*) from quality.traceback where year = $year and state = 'open'":
        "{count} 例死亡补发追溯未定",
    "select count(*) from quality.reconciliation where year = $year and difference <> 0":
        "{count} 项与省系统数未对账",
    "select count(*) from quality.finding where resolved_on is null and severity = 'error'"
    " and (card_type, card_id) in (select (card_type, card_id) from cards_of_year)":
        "{count} 条错误级发现未解决",
}  # fmt: skip
CARDS_OF_YEAR = " union all ".join(
    f"select '{card}' as card_type, card_id from card.{card} where year = $year" for card in CARDS
)


def provisional(connection: duckdb.DuckDBPyConnection, year: int) -> list[str]:
    """Sentences on what is not settled; empty where all is.

    Args:
        connection: a published file.
        year: the data year.
    """
    found = []
    for question, sentence in MATTERS.items():
        query = f"with cards_of_year as ({CARDS_OF_YEAR}) {question}"
        count = connection.execute(query, {"year": year}).fetchall()[0][0]
        if count:
            found.append(sentence.format(count=count))
    return found
