"""Cards by institution and month of entry, beside the same months of earlier years."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from flows.fields import CARDS
from flows.letters.wording import CARD_ZH

MONTHS = 13
EARLIER_YEARS = 3
#: Below this expectation a month by itself says nothing; quality.silence then looks at longer ones.
LEAST_EXPECTED = 3.0
FEW, MANY = 0.5, 1.5
#: Class of a cell -> its sign (beside the colour) and its meaning.
CLASSES = {
    "none": ("●", "往年有报告、本月无卡无零报告"),
    "zero": ("零", "零报告"),
    "few": ("▽", "少于往年同月均数的一半"),
    "usual": ("", "与往年相近"),
    "many": ("△", "多于往年同月均数的一倍半"),
    "thin": ("", "往年太少，不作比较"),
    "off": ("", "不报告此卡或尚无资料"),
}


def monthly(published: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Card type -> months (YYYY-MM, oldest first) and rows by institution.

    A row has org_code, org_name, cells ({count, expected, kind}) and what quality.silence says of
    the institution. The last month is the last whole one that the data cover.
    """
    return {card: made for card in CARDS if (made := _monthly(published, card))}


def _monthly(published: duckdb.DuckDBPyConnection, card_type: str) -> dict[str, Any] | None:
    silence = published.execute(
        "select org_code, text_zh, is_alarm, time_window, observed, expected, window_to"
        " from quality.silence where card_type = ? order by org_code",
        [card_type],
    ).pl()
    if silence.is_empty():
        return None
    end = silence["window_to"].max()
    counts = published.execute(
        "select org_code, datediff('month', created_time, ?::timestamp) as ago,"
        f" count(*) as card_count from card.{card_type} where count_base <> 'none' group by all",
        [end],
    ).pl()
    zero = published.execute(
        "select org_code, datediff('month', (month || '-01')::date, ?::date) as ago"
        " from reference.monthly_report where card_type = ? and event_count = 0",
        [end, card_type],
    ).pl()
    months = published.execute(
        "select strftime(date_trunc('month', ?::date) - to_months(ago), '%Y-%m')"
        f" from (select unnest(range({MONTHS - 1}, -1, -1)) as ago)",
        [end],
    ).fetchall()
    names = published.execute(
        "select distinct on (org_code) org_code, org_name from reference.institution"
        " order by org_code"
    ).pl()
    known = {(org, ago): n for org, ago, n in counts.iter_rows()}
    oldest = dict(counts.group_by("org_code").agg(pl.col("ago").max()).iter_rows())
    zeros = set(zero.iter_rows())
    rows = []
    for row in silence.join(names, on="org_code", how="left").sort("org_code").to_dicts():
        org = row["org_code"]
        row["cells"] = [_cell(org, ago, known, oldest, zeros) for ago in range(MONTHS - 1, -1, -1)]
        rows.append(row)
    return {"card_zh": CARD_ZH[card_type], "months": [name for (name,) in months], "rows": rows}


def _cell(
    org: str,
    ago: int,
    known: dict[tuple[str, int], int],
    oldest: dict[str, int],
    zeros: set[tuple[str, int]],
) -> dict[str, Any]:
    """One institution's month: its count, what earlier years let expect, and the class."""
    count = known.get((org, ago), 0)
    reaches = oldest.get(org)
    if reaches is None:
        return {"count": count, "expected": None, "kind": "off"}
    earlier = [ago + 12 * n for n in range(1, EARLIER_YEARS + 1) if ago + 12 * n <= reaches]
    expected = (
        sum(known.get((org, month), 0) for month in earlier) / len(earlier) if earlier else None
    )
    if count == 0 and (org, ago) in zeros:
        kind = "zero"
    elif count == 0 and expected is not None and expected >= 1:
        kind = "none"
    elif expected is None or expected < LEAST_EXPECTED:
        kind = "thin"
    elif count < FEW * expected:
        kind = "few"
    elif count > MANY * expected:
        kind = "many"
    else:
        kind = "usual"
    return {"count": count, "expected": expected, "kind": kind}


def of_org(made: dict[str, dict[str, Any]], org_code: str) -> list[dict[str, Any]]:
    """The rows of one institution, one a card type."""
    return [
        {"card_zh": table["card_zh"], "months": table["months"], "row": row}
        for table in made.values()
        for row in table["rows"]
        if row["org_code"] == org_code
    ]
