"""Cases of a survey -> a `survey_case` file of the inbox."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.fields import fields


def put_list(cases: pl.DataFrame, target: Path) -> None:
    """Write a list of cases into an inbox; it holds identities, and only its owner may read it.

    Args:
        cases: text of some fields of `survey_case`; the others are left empty.
        target: the file. While it is written it has a name that no night reads.
    """
    columns = [
        (pl.col(name) if name in cases.columns else pl.lit(None, pl.String)).alias(name)
        for name in fields("survey_case")
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + ".tmp")
    draft.touch(mode=0o600)
    draft.write_text(cases.select(columns).write_csv(), encoding="utf-8-sig")
    draft.replace(target)
