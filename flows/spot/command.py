"""`zhikong spot`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, refuse_input, show


class Card(StrEnum):
    """A card type."""

    death = "death"
    tumour = "tumour"
    cardio = "cardio"
    diabetes = "diabetes"


def spot(
    names: Annotated[Path, typer.Argument(help="考核组的名单（csv 或 xlsx，须有表头）")],
    by: Annotated[str | None, typer.Option("--by", help="姓名，登记在案")] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="事由，登记在案")] = None,
    card: Annotated[
        Card | None, typer.Option("--card", help="哪种卡算已报告；默认看名单有无死亡日期")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="含姓名的结果（.xlsx 或 .csv，仅本人可读）"),
    ] = None,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """抽查名单：逐行查是否已报告、哪张卡、是否及时、审核状态（屏幕上只有行号）。"""
    import polars as pl

    from flows.desk.access import Who
    from flows.home import Home
    from flows.letters.wording import CARD_ZH
    from flows.spot.answer import answer, readable, write
    from flows.spot.match import LOOK, NONE, REPORTED

    who = Who.named(by, reason)
    if output is not None:
        refuse_input(output, names)
    found = answer(Home.find(home), names, who, card.value if card else None)
    if output is not None:
        write(found, output)
    if form is not Form.text:
        show(found.rows, form)
        return
    show(readable(found), form)
    for note in found.notes:
        typer.echo(note, err=True)
    best = found.rows.group_by("row").agg(
        pl.col("result").sort_by(pl.col("result").replace_strict({REPORTED: 0, LOOK: 1, NONE: 2}))
        .first()
    )["result"]  # fmt: skip
    counts = "，".join(f"{text} {(best == text).sum()} 人" for text in (REPORTED, LOOK, NONE))
    kinds = "、".join(CARD_ZH[kind] for kind in found.card_types)
    typer.echo(f"名单 {found.listed.text.height} 行，查 {kinds}：{counts}。已登记。")
    if output is not None:
        typer.echo(f"已写出 {output}（含姓名，仅本人可读）")
