"""`zhikong`: thin calls of the steps; what is heavy is imported where it is needed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.form import CountyOption, Form, FormOption, HomeOption, show

app = typer.Typer(
    name="zhikong",
    help="慢性病与死因监测数据质量控制。",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class CardType(StrEnum):
    """The four cards."""

    death = "death"
    tumour = "tumour"
    cardio = "cardio"
    diabetes = "diabetes"


class Engine(StrEnum):
    """Where the heavy work of a night is done."""

    duckdb = "duckdb"
    spark = "spark"


AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="按这一天运行")
]


@app.command()
def night(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    prefect: Annotated[bool, typer.Option(help="是否经由 Prefect 运行")] = True,
    full: Annotated[bool, typer.Option("--full", help="不用以前的结果，从原始库重算")] = False,
    engine: Annotated[
        Engine | None,
        typer.Option(help="由本机（duckdb）或 Spark 计算，结果相同；默认按 settings.toml"),
    ] = None,
) -> None:
    """夜间流程：收文件、核对、计算、评分、发布、拟写核实单。"""
    gc.disable()  # what is imported stays: to look for garbage in it takes a fifth of the time
    from flows.home import Home, today

    run: Callable[..., str]
    if prefect:
        from flows.nightly import run_flow as run
    else:
        from flows.plain import run_plain as run
    gc.enable()
    place, day = Home.find(home), as_of.date() if as_of else today()
    typer.echo(run(place, day, engine=engine, is_full=full))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="要核对的文件")],
    card: Annotated[CardType | None, typer.Option("--card", help="卡片类型，默认看表头")] = None,
    form: FormOption = Form.text,
) -> None:
    """提交之前核对文件；有发现时退出码为 1。"""
    from flows.check import check_files

    found = check_files(files, card.value if card else None)
    show(found, form)
    if form is Form.text:
        typer.echo(f"{len(files)} 个文件，{found.height} 条发现")
    raise typer.Exit(1 if found.height else 0)


@app.command()
def findings(
    org: Annotated[str | None, typer.Option("--org", help="机构编码")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="规则编号")] = None,
    only_open: Annotated[bool, typer.Option("--open", help="只列未解决的")] = False,
    county: CountyOption = None,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """列出发现（不含身份信息）。"""
    from flows.county.wanted import of_county
    from flows.home import Home
    from flows.published import finding_rows

    show(finding_rows(of_county(Home.find(home), county), org, rule, only_open), form)


@app.command()
def rules(form: FormOption = Form.text) -> None:
    """规则目录。"""
    from validators.catalogue import catalogue

    show(catalogue(), form)


@app.command()
def indicators(form: FormOption = Form.text) -> None:
    """口径对照表：每个指标的分子、分母、人口、日期、卡片、来源。"""
    from flows.home import SQL
    from flows.indicators import definitions

    show(definitions(SQL), form)


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="一条 SELECT")],
    county: CountyOption = None,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """在发布库上执行只读 SQL；SQL 不能读写文件、不能联网。"""
    from flows.county.wanted import of_county
    from flows.home import Home
    from flows.sandbox import run_query

    show(run_query(of_county(Home.find(home), county), sql), form)


@app.command()
def receive(
    file: Annotated[Path, typer.Argument(help="要放入收件目录的文件")],
    card_type: Annotated[CardType | None, typer.Option(help="卡片类型")] = None,
    basis: Annotated[
        str | None, typer.Option(help="reporting（默认）、registered 或 residence")
    ] = None,
    area_code: Annotated[str | None, typer.Option(help="导出的地区")] = None,
    date_field: Annotated[str | None, typer.Option(help="时间范围所依据的字段")] = None,
    first: Annotated[str | None, typer.Option("--from", help="起始日期")] = None,
    last: Annotated[str | None, typer.Option("--to", help="终止日期")] = None,
    complete: Annotated[bool | None, typer.Option(help="是否为该范围的完整导出")] = None,
    exported_at: Annotated[str | None, typer.Option(help="导出时间")] = None,
    accept_withdrawal: Annotated[bool | None, typer.Option(help="确认撤下消失的卡片")] = None,
    accept_lost_column: Annotated[
        bool | None, typer.Option(help="确认卡片失去先前有的内容（日期、编码、审核等）")
    ] = None,
    home: HomeOption = None,
) -> None:
    """把文件放入收件目录，并写明导出覆盖的范围。"""
    from flows.scope import receive_file

    scope = {
        "card_type": card_type.value if card_type else None,
        "basis": basis,
        "area_code": area_code,
        "date_field": date_field,
        "from": first,
        "to": last,
        "complete": complete,
        "exported_at": exported_at,
        "accept_withdrawal": accept_withdrawal,
        "accept_lost_column": accept_lost_column,
    }
    typer.echo(f"已放入 {receive_file(home, file, scope)}")


@app.command()
def review(
    card: Annotated[str, typer.Argument(help="卡片编号")],
    rule: Annotated[str, typer.Argument(help="规则编号")],
    by: Annotated[str, typer.Option("--by", help="由谁核实")],
    card_type: Annotated[CardType, typer.Option("--card", help="卡片类型")],
    home: HomeOption = None,
) -> None:
    """登记某卡某规则“核实无误”；该卡有改动之前不再提示（下一次夜间流程生效）。"""
    from flows.review import record_review

    record_review(home, card_type.value, card, rule, by)
    typer.echo(f"已登记：{card} 对 {rule} 核实无误")


@app.command()
def serve(
    home: HomeOption = None,
    cron: Annotated[str, typer.Option(help="定时表达式（北京时间）")] = "0 2 * * *",
) -> None:
    """在 Prefect 服务器上登记并执行每晚的流程。"""
    from flows.home import Home
    from flows.nightly import serve_nightly

    serve_nightly(Home.find(home), cron)


def _add_other_commands() -> None:
    """Commands whose options live beside what they do; their modules import little."""
    from flows.brief.command import brief
    from flows.dashboard.command import dashboard
    from flows.desk.command import desk
    from flows.evidence.command import evidence
    from flows.exchange.command import exchange, pack
    from flows.freeze.command import freeze
    from flows.letters.command import letters
    from flows.linkage.command import link, pair
    from flows.recheck.command import recheck
    from flows.report.command import report as write_report
    from flows.sample.command import sample
    from flows.scorecard.command import score
    from flows.spot.command import spot
    from flows.start.command import start
    from flows.stat import stat
    from flows.survey_design.command import survey
    from flows.tasks.command import tasks
    from flows.trace.command import history
    from flows.tumour.command import export, traceback
    from flows.units.command import units
    from flows.upkeep import backup, doctor, published_key, restore

    app.command("sample")(sample)
    app.command("stat")(stat)
    app.add_typer(survey, name="survey")
    app.command("report")(write_report)
    app.command("brief")(brief)
    app.command("letters")(letters)
    app.command("export")(export)
    app.command("traceback")(traceback)
    app.add_typer(recheck, name="recheck")
    app.command("link")(link)
    app.command("pair")(pair)
    app.command("tasks")(tasks)
    app.command("dashboard")(dashboard)
    app.add_typer(exchange, name="exchange")
    app.add_typer(pack, name="pack")
    app.command("units")(units)
    app.command("start")(start)
    app.command("doctor")(doctor)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("published-key")(published_key)
    app.command("score")(score)
    app.command("freeze")(freeze)
    app.command("desk")(desk)
    app.command("spot")(spot)
    app.command("evidence")(evidence)
    app.command("history")(history)


_add_other_commands()


def main() -> None:
    """Run a command; the user's mistakes give 2 and a sentence, ours give 3 and a trace."""
    from flows.modes import closed_to_others, without_dumps

    without_dumps()
    try:
        with closed_to_others():
            app()
    except SystemExit:
        raise
    except Exception as error:
        from flows.home import UserError
        from flows.printable import printable_lines
        from flows.trouble import trouble

        mended = error if isinstance(error, UserError) else trouble(error)
        if mended is not None:
            typer.echo(printable_lines(str(mended)), err=True)
            sys.exit(2)
        from flows.fault import report

        report(error)
        sys.exit(3)
    finally:
        gc.freeze()  # the process ends: to look for garbage once more takes half a second
