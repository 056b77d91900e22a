"""docs/cookbook.md: queries with the output they have on the sample county."""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

from flows.table import as_text

#: A query and the output under it; the output is made, never written by hand.
RECIPE = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n```text\n.*?```\n)?", re.DOTALL)
MOST_ROWS = 12


def queries(text: str) -> list[str]:
    """The queries of the page in their order."""
    return [recipe["sql"].strip() for recipe in RECIPE.finditer(text)]


def filled(text: str, run: Callable[[str], pl.DataFrame]) -> str:
    """The page with the output of each query under it, at most twelve rows."""

    def with_output(recipe: re.Match[str]) -> str:
        rows = run(recipe["sql"].strip())
        shown = as_text(rows.head(MOST_ROWS)).rstrip()
        if rows.height > MOST_ROWS:
            shown += f"\n（共 {rows.height} 行，只列前 {MOST_ROWS} 行）"
        return f"```sql\n{recipe['sql']}```\n\n```text\n{shown}\n```\n"

    return RECIPE.sub(with_output, text)
