"""`zhikong exchange` and `zhikong pack`: cheap to import, heavy work only when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show

exchange = typer.Typer(help="与省平台交换报文：发送、登记回应、查看状态。", no_args_is_help=True)
pack = typer.Typer(help="上报包：到期、缺什么、编制、登记已上报。", no_args_is_help=True)

YearOption = Annotated[int, typer.Option("--year", help="数据年")]
NameArgument = Annotated[str, typer.Argument(help="上报包名称，见 zhikong pack list")]


@exchange.command()
def send(
    folder: Annotated[Path, typer.Argument(help="zhikong export --to province 写出的目录")],
    home: HomeOption = None,
) -> None:
    """按 settings.toml 的接口地址发送目录中尚未被接收的报文；默认关闭。"""
    from flows.exchange.service import send_folder
    from flows.home import Home

    tried = send_folder(Home.find(home), folder)
    for sent in tried:
        typer.echo(f"{sent.file.name}：{STATUS_ZH[sent.status]}（{sent.code or '无代码'}）")
    typer.echo(f"共尝试 {len(tried)} 份报文")


STATUS_ZH = {
    "accepted": "平台已接收",
    "again": "平台暂未接收，下次再发",
    "refused": "平台未接收，请核对后重新导出",
    "unreachable": "没有送达，下次再发",
    "unreadable": "平台回应无法识别，请与平台核对",
}


@exchange.command()
def answer(
    request: Annotated[Path, typer.Argument(help="我方发出的报文文件")],
    response: Annotated[Path, typer.Argument(help="平台的回应文件")],
    home: HomeOption = None,
) -> None:
    """登记人工上传后平台给出的回应。"""
    from flows.exchange.service import register_answer
    from flows.home import Home

    said = register_answer(Home.find(home), request, response)
    typer.echo(f"已登记：{said.code.code} {said.code.meaning_zh}；单卡回应 {len(said.cards)} 条")


@exchange.command()
def state(home: HomeOption = None, form: FormOption = Form.text) -> None:
    """各报文的卡数、接收和待重发数（不含身份信息）。"""
    from flows.exchange.ledger import tally
    from flows.home import Home
    from flows.store import opened

    with opened(Home.find(home)) as store:
        show(tally(store), form)


@pack.command("list")
def list_packs(year: YearOption, home: HomeOption = None, form: FormOption = Form.text) -> None:
    """各上报包的到期日、还缺几项、何时编制、何时上报。"""
    from flows.exchange.pack import overview
    from flows.home import Home

    show(overview(Home.find(home), year), form)


@pack.command()
def check(
    name: NameArgument, year: YearOption, home: HomeOption = None, form: FormOption = Form.text
) -> None:
    """一个上报包还缺什么。"""
    from flows.exchange.pack import missing, pack_of
    from flows.home import Home

    place = Home.find(home)
    show(missing(place, pack_of(place, name), year), form)


@pack.command()
def build(
    name: NameArgument,
    year: YearOption,
    output: Annotated[Path, typer.Option("-o", "--output", help="写入的目录")],
    by: Annotated[str, typer.Option("--by", help="由谁编制")],
    anyway: Annotated[bool, typer.Option("--anyway", help="有缺项也编制")] = False,
    home: HomeOption = None,
) -> None:
    """编制上报包并留存文件名与校验值。"""
    from flows.exchange import pack as packs
    from flows.home import Home

    place = Home.find(home)
    chosen = packs.pack_of(place, name)
    for file in packs.build(place, chosen, year, output, by, anyway=anyway):
        typer.echo(f"已写出 {file}")


@pack.command()
def sent(
    name: NameArgument,
    year: YearOption,
    by: Annotated[str, typer.Option("--by", help="由谁上报")],
    receipt: Annotated[str | None, typer.Option("--receipt", help="回执号")] = None,
    home: HomeOption = None,
) -> None:
    """登记最近一次编制的文件已经上报。"""
    from flows.exchange.pack import mark_sent, pack_of
    from flows.home import Home

    place = Home.find(home)
    count = mark_sent(place, pack_of(place, name), year, by, receipt)
    typer.echo(f"已登记 {count} 个文件上报")
