"""What `zhikong freeze --list` and `--diff` show."""

from __future__ import annotations

import duckdb
import polars as pl

from flows.freeze.record import find
from flows.freeze.since import CHANGE_ZH
from flows.home import Home
from flows.letters.wording import CARD_ZH
from flows.published import open_published
from flows.store import opened, sha256


def listed(home: Home) -> pl.DataFrame:
    """Every freeze with what is open in it, and whether its file is as it was."""
    with opened(home) as store:
        rows = store.connection.execute(
            "select freeze_name, year, as_of, frozen_on, frozen_by, card_count, rule_fingerprint,"
            " provisional_zh, sha256 from state.freeze order by frozen_on, freeze_name"
        ).pl()
    states = []
    for name, digest in rows.select("freeze_name", "sha256").iter_rows():
        file = home.frozen / f"{name}.duckdb"
        same = file.exists() and sha256(file) == digest
        states.append("完好" if same else "已改动" if file.exists() else "文件缺失")
    return rows.drop("sha256").with_columns(file_state=pl.Series(states, dtype=pl.String))


def difference(home: Home, name: str, *, readable: bool) -> pl.DataFrame:
    """Counts of what changed since, by card, change, unit and month.

    Args:
        home: the installation.
        name: of a freeze.
        readable: Chinese headings and names, for the terminal.
    """
    find(home, name)
    with open_published(home) as connection:
        try:
            table = connection.execute(
                "select since_freeze.*, org_name from quality.since_freeze"
                " left join (select org_code, any_value(org_name) as org_name"
                " from reference.institution group by org_code) using (org_code)"
                " where freeze_name = ?"
                " order by card_type, change, org_code, month",
                [name],
            ).pl()
        except duckdb.CatalogException:  # published before there were freezes: nothing came since
            return pl.DataFrame()
    if not readable:
        return table
    return table.select(
        pl.col("card_type").replace_strict(CARD_ZH, default=None).alias("卡片"),
        pl.col("change").replace_strict(CHANGE_ZH).alias("变化"),
        pl.coalesce("org_name", "org_code").alias("机构"),
        pl.col("month").alias("事件月份"),
        pl.col("card_count").alias("卡数"),
        pl.col("counted_before").alias("冻结时计数"),
        pl.col("counted_after").alias("现计数"),
    )
