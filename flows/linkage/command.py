"""`zhikong link` and `zhikong pair`: cheap to import, heavy work only when they run."""

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
    survey_case = "survey_case"  # a listed row, named `<file>:<row>`


def link(
    list_a: Annotated[Path, typer.Argument(help="第一份名单")],
    list_b: Annotated[Path, typer.Argument(help="第二份名单")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="配对写入该 CSV 文件（只有行号）")
    ] = None,
    threshold: Annotated[float, typer.Option(help="配对的最低概率", min=0.0, max=1.0)] = 0.5,
    every: Annotated[bool, typer.Option("--all", help="列出全部配对，不限一对一")] = False,
    explain: Annotated[
        str | None, typer.Option(help="解释一对：行号A,行号B（表头不计，从 1 起）")
    ] = None,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """连接两份名单：找出可能是同一人的行，给出概率（不输出身份信息）。"""
    from flows.home import Home
    from flows.linkage.run import explained, linked

    place = Home.find(home)
    if output is not None:
        refuse_input(output, list_a, list_b)
    if explain is not None:
        show(explained(list_a, list_b, explain, place), form)
        return
    found = linked(list_a, list_b, threshold, every, place)
    for note in found.notes:
        typer.echo(note, err=True)
    if output is None:
        show(found.pairs, form)
    else:
        found.pairs.write_csv(output)
        typer.echo(f"已写出 {output}：{found.pairs.height} 对")


def pair(
    card_a: Annotated[str, typer.Argument(help="第一张卡的编号")],
    card_b: Annotated[str, typer.Argument(help="第二张卡的编号")],
    type_a: Annotated[Card, typer.Option("--card-a", help="第一张卡的类型")],
    type_b: Annotated[Card, typer.Option("--card-b", help="第二张卡的类型")],
    by: Annotated[str, typer.Option("--by", help="由谁决定")],
    same: Annotated[bool, typer.Option("--same/--different", help="同一人，或不是同一人")] = ...,  # type: ignore[assignment]
    home: HomeOption = None,
) -> None:
    """登记两张卡是否同一人；不再询问这一对（下一次夜间流程生效）。"""
    from flows.home import Home
    from flows.linkage.decision import DIFFERENT, SAME, check_published, record

    place = Home.find(home)
    for card in ((type_a, card_a), (type_b, card_b)):
        check_published(place, card)
    decision = SAME if same else DIFFERENT
    record(place, (type_a.value, card_a), (type_b.value, card_b), decision, by)
    word = "是同一人" if same else "不是同一人"
    typer.echo(f"已登记：{card_a} 与 {card_b} {word}，下一次夜间流程生效")
