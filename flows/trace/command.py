"""`zhikong history`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


class Residency(StrEnum):
    """Whose numerator and denominator."""

    registered = "registered"
    resident = "resident"


def history(
    indicator: Annotated[str, typer.Option("--indicator", help="指标，见 zhikong indicators")],
    area: Annotated[str, typer.Option("--area", help="县或乡镇编码")],
    year: Annotated[int, typer.Option("--year", help="数据年（整年）")],
    residency: Annotated[
        Residency | None, typer.Option("--residency", help="人口口径，默认两种都列；分解时为户籍")
    ] = None,
    org: Annotated[str | None, typer.Option("--org", help="机构编码，默认整个地区")] = None,
    before: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="与这一夜相比（默认最早的一夜）"),
    ] = None,
    after: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="默认最近一夜")
    ] = None,
    cards: Annotated[bool, typer.Option("--cards", help="列出报告卡编号")] = False,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """某指标各夜公布的值；给出 --from 或 --to 时，说明两夜之间为何不同。"""
    from datetime import date

    from flows.home import Home
    from flows.trace.explain import Key
    from flows.trace.show import (
        explained,
        flat,
        parts_table,
        residency_of,
        sentences,
        values_of,
    )

    place = Home.find(home)
    asked = residency.value if residency else None
    key = Key(indicator, area, year, asked, org)
    values = values_of(place, key, both_residencies=asked is None)
    if before is None and after is None:
        if cards:
            raise typer.BadParameter("--cards 须与 --from 或 --to 同用")
        show(values, form)
        return
    key = Key(indicator, area, year, residency_of(values, asked), org)
    first, last = values["night_from"].min(), date.max
    assert isinstance(first, date)
    found = explained(
        place, key, before.date() if before else first, after.date() if after else last
    )
    if form is not Form.text:
        show(flat(found, with_cards=cards), form)
        return
    for line in sentences(found):
        typer.echo(line)
    table = parts_table(found, with_cards=cards).drop("kind")
    names = {
        "kind_zh": "分子的变化", "added_count": "计入", "removed_count": "移出",
        "difference": "差", "card_ids": "报告卡",
    }  # fmt: skip
    show(table.rename({name: zh for name, zh in names.items() if name in table.columns}), form)
