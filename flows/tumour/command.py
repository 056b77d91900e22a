"""`zhikong export` and `zhikong traceback`: cheap to import, heavy work only when they run."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


class Receiver(StrEnum):
    """Who gets the submission."""

    province = "province"
    ncc = "ncc"


def export(
    to: Annotated[Receiver, typer.Option("--to", help="province 或 ncc（国家癌症中心）")],
    year: Annotated[int, typer.Option("--year", help="数据年")],
    output: Annotated[Path, typer.Option("-o", "--output", help="写入的目录")],
    anyway: Annotated[
        bool, typer.Option("--anyway", help="仍有错误级发现或追溯未定时也导出")
    ] = False,
    every: Annotated[
        bool, typer.Option("--all", help="province：全部终审卡，不只是新增和改动的")
    ] = False,
    packed: Annotated[
        bool, typer.Option("--packed", help="province：报文体压缩并转 Base64")
    ] = False,
    freeze: Annotated[
        str | None, typer.Option("--freeze", help="引用这一冻结；此后卡片有变动则停止")
    ] = None,
    home: HomeOption = None,
) -> None:
    """导出上报文件：只含终审的卡片；ncc 有未解决的错误级发现时列出并停止。"""
    from flows.home import Home

    if freeze is not None:
        from flows.freeze.cite import cite

        typer.echo(f"已写出 {cite(Home.find(home), freeze, year, output)}")
    if to is Receiver.province:
        from flows.exchange.province import export_province

        made = export_province(Home.find(home), year, output, every=every, packed=packed)
        for file in (*made.files, made.reconciliation):
            typer.echo(f"已写出 {file}")
        if made.unanswered:
            typer.echo(
                f"{made.unanswered} 张卡此前已导出，省平台尚未答复，本次未再导出；"
                "如未送达，请加 --all 重新导出"
            )
        if made.left_out:
            typer.echo(f"{made.left_out} 项未能上传，见 {output / 'left_out.csv'}")
        return
    from flows.tumour.submission import export_ncc

    for file in export_ncc(Home.find(home), year, output, anyway=anyway):
        typer.echo(f"已写出 {file}")


def traceback(
    show_list: Annotated[bool, typer.Option("--list", help="列出追溯名单（不含身份信息）")] = False,
    decision: Annotated[
        tuple[str, str] | None,
        typer.Option("--set", help="卡片编号和结果：found（找到）或 nothing（无果）"),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", help="由谁决定")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="只列 open、found 或 closed_nothing")
    ] = None,
    org: Annotated[str | None, typer.Option("--org", help="只列该机构")] = None,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """死亡补发病追溯：列出名单，或登记追溯结果（下一次夜间流程生效）。"""
    from flows.home import Home, UserError
    from flows.tumour.decide import decide, listed

    place = Home.find(home)
    if decision is not None:
        if show_list or not by:
            raise UserError("--set 须与 --by 同用，且不与 --list 同用。")
        typer.echo(decide(place, *decision, by))
        return
    show(listed(place, state, org), form)
