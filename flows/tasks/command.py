"""`zhikong tasks`: what is due and overdue, by township and by institution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show

if TYPE_CHECKING:
    import polars as pl

STATE_ZH = {"due": "待办", "overdue": "逾期"}
HEADINGS = {
    "task_zh": "任务", "state": "状态", "due_on": "期限", "since_on": "起始", "card_type": "卡片",
    "card_id": "卡片编号", "assignee_org": "承办", "town_code": "乡镇",
}  # fmt: skip
TALLY_HEADINGS = {
    "area_code": "县", "town_code": "乡镇", "assignee_org": "承办", "task_zh": "任务",
    "due_count": "待办", "overdue_count": "逾期", "oldest_due_on": "最早期限",
}  # fmt: skip


def tasks(
    town: Annotated[str | None, typer.Option("--town", help="乡镇（9 位）或县（6 位）编码")] = None,
    org: Annotated[str | None, typer.Option("--org", help="承办机构编码")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列逾期的")] = False,
    tally: Annotated[bool, typer.Option("--tally", help="按乡镇、承办机构和任务汇总")] = False,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """待办任务：审核、属地确认、初访、户籍核实，期限与逾期（不含身份信息）。"""
    from flows.published import data_line

    rows = tally_rows(home, town, org, overdue) if tally else task_rows(home, town, org, overdue)
    if form is not Form.text:
        show(rows, form)
        return
    typer.echo(data_line(home))
    if rows.is_empty():
        typer.echo("没有符合条件的待办任务。")
        return
    show(_readable(rows, TALLY_HEADINGS if tally else HEADINGS), form)
    if not tally:
        late = (rows["state"] == "overdue").sum()
        typer.echo(f"共 {rows.height} 项，其中逾期 {late} 项")


def task_rows(home: object, town: str | None, org: str | None, overdue: bool) -> pl.DataFrame:
    """Rows of `quality.task`, those longest overdue first."""
    return _select(
        home,
        "select * from quality.task where {where} and (not ? or state = 'overdue')"
        " order by due_on nulls last, task_kind, card_type, card_id",
        town, org, overdue,
    )  # fmt: skip


def tally_rows(home: object, town: str | None, org: str | None, overdue: bool) -> pl.DataFrame:
    """Rows of `quality.task_tally`."""
    return _select(
        home,
        "select * from quality.task_tally where {where} and (not ? or overdue_count > 0)"
        " order by area_code, town_code nulls last, assignee_org, task_kind",
        town, org, overdue,
    )  # fmt: skip


def _select(
    home: object, sql: str, town: str | None, org: str | None, overdue: bool
) -> pl.DataFrame:
    from pathlib import Path

    from flows.home import Home, UserError
    from flows.published import open_published

    if town is not None and not (town.isdigit() and len(town) in (6, 9)):
        raise UserError(f"--town {town} 应为 9 位乡镇编码或 6 位县编码。")
    where = (
        "(? is null or town_code = ? or (length(?) = 6 and area_code = ?))"
        " and (? is null or assignee_org = ?)"
    )
    assert home is None or isinstance(home, Path)
    with open_published(Home.find(home)) as connection:
        return connection.execute(
            sql.format(where=where), [town, town, town, town, org, org, overdue]
        ).pl()


def _readable(rows: pl.DataFrame, headings: dict[str, str]) -> pl.DataFrame:
    import polars as pl

    if "state" in rows.columns:
        rows = rows.with_columns(pl.col("state").replace_strict(STATE_ZH))
    return rows.select(pl.col(name).alias(zh) for name, zh in headings.items())
