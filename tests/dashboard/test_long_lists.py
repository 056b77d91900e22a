"""A page names so many cards and no more; it says how many there are and where the others stand."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from flows.dashboard import page
from flows.figures.kept import Drawings
from flows.figures.press import Press


def test_a_page_names_the_first_cards_and_says_where_the_others_stand(
    published: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (org, count) = published.sql(
        "select coalesce(assignee_org, org_code) as unit, count(*) from quality.finding"
        " where resolved_on is null and channel = 'hospital' and unit is not null"
        " group by unit order by count(*) desc, unit limit 1"
    ).fetchall()[0]
    assert count > 2
    monkeypatch.setattr(page, "LISTED", 2)
    with Press() as press:
        text = dict(page.pages(published, Drawings(tmp_path, press)))[f"org/{org}.html"]
    cards = text.split("逐卡清单", 1)[1].split("</table>", 1)[0]
    assert len(re.findall("<tr><td><code>", cards)) == 2
    assert f"共 {count} 处" in text
    assert "只列前 2 处，其余见待核实单" in cards
