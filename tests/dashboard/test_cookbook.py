"""The queries of the cookbook run in the sandbox and give what the page says."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.cookbook import filled, queries
from flows.home import Home
from flows.sandbox import run_query

DOCS = Path(__file__).parents[2] / "docs"


def test_the_cookbook_shows_what_its_queries_give(county: Home) -> None:
    text = (DOCS / "cookbook.md").read_text("utf-8")
    assert len(queries(text)) == 20

    def run(sql: str) -> pl.DataFrame:
        rows = run_query(county.path, sql)
        assert rows.height, sql
        return rows

    assert filled(text, run) == text


def test_a_changed_output_is_seen() -> None:
    page = "```sql\nselect 1\n```\n\n```text\n2\n```\n"
    assert filled(page, lambda sql: pl.DataFrame({"a": [1]})) != page


def test_the_notebook_is_sound_python() -> None:
    text = (DOCS / "notebook.py").read_text("utf-8")
    compile(text, "notebook.py", "exec")
    assert "marimo" in text
