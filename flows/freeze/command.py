"""`zhikong freeze`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


def freeze(
    year: Annotated[int | None, typer.Option("--year", help="要冻结的数据年，须已结束")] = None,
    name: Annotated[str | None, typer.Option("--name", help="冻结的名称，如 2024年度")] = None,
    by: Annotated[str | None, typer.Option("--by", help="由谁冻结")] = None,
    diff: Annotated[
        str | None, typer.Option("--diff", help="列出该冻结之后追补、订正、撤下的卡数")
    ] = None,
    list_all: Annotated[bool, typer.Option("--list", help="列出已有的冻结，并核对文件")] = False,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """给已结束的年度命名冻结：卡片版本、规则、人口、评分；其后到的为追补。"""
    from flows.home import Home, UserError

    place = Home.find(home)
    if sum((year is not None, diff is not None, list_all)) != 1:
        raise UserError(
            "请给出 --year Y --name 名称 --by 姓名，或 --diff 名称，或 --list，三者之一。"
        )
    if list_all:
        from flows.freeze.listing import listed

        show(listed(place), form)
        return
    if diff is not None:
        from flows.freeze import frozen
        from flows.freeze.listing import difference

        if form is Form.text:
            typer.echo(frozen(place, diff).citation_zh)
        table = difference(place, diff, readable=form is Form.text)
        if form is Form.text and table.is_empty():
            typer.echo("冻结之后没有追补、订正或撤下的卡片。")
            return
        show(table, form)
        return
    from flows.freeze.record import freeze as make

    if name is None or by is None or year is None:
        raise UserError("冻结须写明 --year、--name 和 --by。")
    made = make(place, year, name, by)
    typer.echo(f"已冻结：{made.citation_zh}，{made.card_count} 张卡，考核标准 {made.criteria}")
    typer.echo(f"未定事项：{made.provisional_zh}。" if made.provisional_zh else "没有未定事项。")
