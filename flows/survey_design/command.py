"""`zhikong survey`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show
from flows.survey_design.option import (
    AreaOption,
    CutoffOption,
    OutOption,
    SeedOption,
    YearOption,
    day_of,
)
from flows.survey_design.review_command import due, hospital_review

survey = typer.Typer(
    help="漏报调查：方案和抽样、调查表、分析和报告、医院漏报检查、下次调查时间。",
    no_args_is_help=True,
    rich_markup_mode=None,
)
PlanOption = Annotated[Path, typer.Option("--plan", help="方案所在目录")]


class Card(StrEnum):
    """What a survey looks for."""

    death = "death"
    tumour = "tumour"
    cardio = "cardio"
    diabetes = "diabetes"


class Residency(StrEnum):
    """Whose population the sample is of."""

    registered = "registered"
    resident = "resident"


CardOption = Annotated[
    list[Card] | None, typer.Option("--card", help="调查的事件，可重复；第一个定样本量")
]
ResidencyOption = Annotated[Residency, typer.Option("--residency", help="户籍或常住人口")]


@survey.command("plan")
def plan_survey(
    output: OutOption,
    year: Annotated[int | None, typer.Option("--year", help="调查的事件年份")] = None,
    frame: Annotated[
        Path | None, typer.Option("--frame", help="填好的村（居）抽样框，继续 -o 目录中的方案")
    ] = None,
    years: Annotated[int, typer.Option("--years", help="回顾的年数，到 --year 为止")] = 1,
    card: CardOption = None,
    expected: Annotated[
        float | None, typer.Option("--expected", help="预期漏报率（%），默认取最近一次调查")
    ] = None,
    precision: Annotated[float, typer.Option("--precision", help="允许误差（百分点）")] = 3.0,
    level: Annotated[float, typer.Option("--level", help="置信水平")] = 0.95,
    deff: Annotated[float, typer.Option("--deff", help="设计效应")] = 2.0,
    response: Annotated[float, typer.Option("--response", help="应答率（%）")] = 95.0,
    towns: Annotated[int | None, typer.Option("--towns", help="乡镇数，默认 10")] = None,
    villages: Annotated[int, typer.Option("--villages", help="每个乡镇的村（居）数")] = 4,
    households: Annotated[
        int | None, typer.Option("--households", min=0, help="每村户数，0 为全部，默认按样本量")
    ] = None,
    seed: SeedOption = None,
    cutoff: CutoffOption = None,
    residency: ResidencyOption = Residency.registered,
    area: AreaOption = None,
    home: HomeOption = None,
) -> None:
    """抽取乡镇、村（居）和住户，写出方案（plan.docx）、样本和权重。"""
    from flows.home import Home, UserError
    from flows.survey_design import plan as planning
    from flows.survey_design.announce import written
    from flows.survey_design.plan_file import PLAN, read_plan
    from flows.survey_design.towns import read_towns

    if frame is not None:
        known = read_plan(output)
        if year is not None and year != known.year:
            raise UserError(f"--year 与 {output / PLAN} 的 {known.year} 不同；继续方案时不用给出。")
        drawn = planning.continue_plan(known, read_towns(output, known), frame)
    else:
        if year is None:
            raise UserError("请用 --year 给出调查的事件年份，或用 --frame 继续已有的方案。")
        if (output / PLAN).exists():
            raise UserError(
                f"{output} 中已有方案；请换一个目录，或用 --frame 继续。抽样方案确定后不应重抽。"
            )
        wishes = planning.Wishes(
            year, years, tuple(one.value for one in card or [Card.death]), expected, precision,
            level, deff, response, towns, villages, households,
            seed=seed, cutoff=day_of(cutoff), residency=residency.value,
        )  # fmt: skip
        drawn = planning.plan_survey(Home.find(home), area, wishes)
    for line in written(drawn, output):
        typer.echo(line)


@survey.command("import-plan")
def import_given(
    file: Annotated[Path, typer.Argument(help="上级下达的样本（.csv 或 .xlsx，每行一个村居）")],
    output: OutOption,
    year: YearOption,
    forms: Annotated[
        list[Path] | None, typer.Option("--form", help="上级下达的调查表，原样保存，可重复")
    ] = None,
    card: CardOption = None,
    cutoff: CutoffOption = None,
    residency: ResidencyOption = Residency.registered,
    area: AreaOption = None,
    home: HomeOption = None,
) -> None:
    """把省里给的样本和权重转成本系统的方案（plan.toml、sample.csv）。"""
    from flows.home import Home, UserError
    from flows.survey_design.announce import written
    from flows.survey_design.given import copy_forms, import_plan
    from flows.survey_design.plan_file import PLAN

    if (output / PLAN).exists():
        raise UserError(f"{output} 中已有方案，请换一个目录。")
    cards = tuple(one.value for one in card or [Card.death])
    drawn = import_plan(Home.find(home), file, area, year, day_of(cutoff), cards, residency.value)
    for line in written(drawn, output):
        typer.echo(line)
    if forms:
        copy_forms(forms, output)


@survey.command("sheet")
def sheets(plan: PlanOption) -> None:
    """写出各村的调查表（.xlsx）、可打印的登记表和质控检查表（.docx）。"""
    from flows.survey_design.evidence import HINT_ZH, ON_TIME, propose
    from flows.survey_design.form_book import write_forms
    from flows.survey_design.form_document import write_printed_forms
    from flows.survey_design.plan_file import read_plan, read_sample

    known, sample = read_plan(plan), read_sample(plan)
    books = write_forms(known, sample, plan)
    printed = write_printed_forms(known, sample, plan)
    typer.echo(f"已写出 {len(books)} 个村（居）的调查表：{plan / 'forms'}")
    for file in printed:
        typer.echo(f"已写出 {file}")
    evidence = propose(
        plan, "sheet", known.made_on.year, known.area_code,
        [(ON_TIME, f"{known.year}年漏报调查登记表和质控检查表", None)],
    )  # fmt: skip
    typer.echo(HINT_ZH.format(file=evidence.name))


@survey.command("analyse")
def analyse_forms(
    plan: PlanOption,
    files: Annotated[list[Path], typer.Argument(help="交回的调查表（.xlsx）")],
    output: OutOption,
    receive: Annotated[
        bool, typer.Option("--receive", help="同时把病例名单（含个人信息）放入收件目录")
    ] = False,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """核对、比对、加权估计，写出调查报告（草稿）；报告和各表不含个人信息。"""
    from flows.home import Home
    from flows.survey_design.analyse import analyse, put_into_inbox, write_tables
    from flows.survey_design.evidence import COMPLETED, HINT_ZH, ON_TIME, REPORT, propose
    from flows.survey_design.plan_file import read_plan, read_sample
    from flows.survey_design.report import headline, provisional_zh, write_report

    place = Home.find(home)
    known = read_plan(plan)
    result = analyse(place, known, read_sample(plan), files)
    output.mkdir(parents=True, exist_ok=True)
    write_tables(result, output)
    report = write_report(result, output)
    done = result.completion
    evidence = propose(output, "analyse", result.as_of.year, known.area_code, [
        (ON_TIME, f"{known.year}年漏报调查过程性资料（方案、登记表、质控检查表、报告）", None),
        (COMPLETED, f"完成情况：村（居）{done.villages[0]}/{done.villages[1]}，"
                    f"户 {done.households[0]}/{done.households[1]}", output / "completion.csv"),
        (REPORT, f"{known.area_name}{known.year}年居民病伤漏报调查报告", report),
    ])  # fmt: skip
    if form is Form.text:
        for row in result.estimates.filter(result.estimates["breakdown"] == "all").to_dicts():
            typer.echo(headline(row))
        typer.echo(
            f"完成：乡镇 {done.towns[0]}/{done.towns[1]}，村（居）{done.villages[0]}/"
            f"{done.villages[1]}，户 {done.households[0]}/{done.households[1]}；"
            f"核对提示 {result.messages.height} 条（messages.csv）"
        )
        if result.is_provisional:
            typer.echo(provisional_zh(result))
        typer.echo(f"已写出 {report}")
        typer.echo(HINT_ZH.format(file=evidence.name))
    else:
        show(result.estimates, form)
    if receive:
        target = put_into_inbox(place, result)
        typer.echo(f"病例名单已放入 {target}（含个人信息），下一次夜间流程生效", err=True)


survey.command("hospital")(hospital_review)
survey.command("status")(due)
