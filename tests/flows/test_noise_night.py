"""A demoted rule through a whole night: channel, assignee, the rule's row, the morning's line."""

from __future__ import annotations

from datetime import date

import duckdb

from flows.plain import run_plain
from flows.store import opened
from tests.flows.conftest import death_file, death_line

FIRST, SECOND = date(2025, 1, 10), date(2025, 1, 17)


def quiet(line: str) -> None:
    pass


def test_after_ten_confirmed_answers_hospitals_hear_no_more_of_the_rule(home, put):
    put("1.csv", death_file(death_line("a", birth="2024-06-02")))  # died the day before birth
    run_plain(home, FIRST, quiet)
    query = "select rule_id from quality.finding where channel = 'hospital' and field = ?"
    with duckdb.connect(str(home.published), read_only=True) as published:
        ((rule,),) = published.execute(query, ["death_date"]).fetchall()
    with opened(home) as store:
        for number in range(10):
            store.connection.execute(
                "insert into state.answer (finding_id, card_type, card_id, rule_id, org_code,"
                " answer, answered_on) values (?, 'death', ?, ?, 'H1', 'confirmed', ?)",
                [f"f{number}", f"other{number}", rule, FIRST],
            )
    morning = run_plain(home, SECOND, quiet)
    with duckdb.connect(str(home.published), read_only=True) as published:
        found = published.execute(
            "select f.channel, r.channel, r.demoted_on, f.first_found_on from quality.finding f"
            " join quality.rule r using (rule_id) where rule_id = ?",
            [rule],
        ).fetchall()
    assert found == [("county", "county", FIRST, FIRST)]
    assert f"规则 {rule} 自 2025-01-10 起只由县级核实：已反馈10条，其中核实无误10条" in morning
