"""`zhikong survey hospital` and `survey status`."""

from __future__ import annotations

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


def hospital_review(
    output: OutOption,
    year: YearOption,
    files: Annotated[
        list[Path] | None, typer.Argument(help="交回的核查表，与 --collect 同用")
    ] = None,
    collect_forms: Annotated[
        bool, typer.Option("--collect", help="把交回的核查表放入收件目录")
    ] = False,
    expected: Annotated[float, typer.Option("--expected", help="预期漏报率（%）")] = 3.0,
    precision: Annotated[float, typer.Option("--precision", help="允许误差（百分点）")] = 2.0,
    township: Annotated[bool, typer.Option("--township", help="包括乡镇卫生院")] = False,
    seed: SeedOption = None,
    cutoff: CutoffOption = None,
    area: AreaOption = None,
    home: HomeOption = None,
) -> None:
    """医院漏报检查：各院各类记录的应查数、核查表和方案。"""  # noqa: D415
    from dataclasses import replace

    from flows.home import Home, UserError
    from flows.survey_design.evidence import HINT_ZH, ON_TIME, propose
    from flows.survey_design.hospital import LEVELS, cutoff_of, plan_review, write_review
    from flows.survey_design.hospital_form import collect, write_review_forms, write_review_plan

    place = Home.find(home)
    levels = (*LEVELS, "4") if township else LEVELS
    review = plan_review(place, year, area, expected, precision, seed, day_of(cutoff), levels)
    if collect_forms:
        if not files:
            raise UserError("--collect 需要给出交回的核查表。")
        day = cutoff_of(output, review.survey_id, day_of(cutoff))
        for target, number in collect(place, replace(review, cutoff_date=day), files):
            typer.echo(f"{number} 例已放入 {target}（含个人信息），下一次夜间流程生效")
        return
    if files:
        raise UserError("给出核查表时请加 --collect。")
    output.mkdir(parents=True, exist_ok=True)
    review.targets.write_csv(output / "targets.csv", include_bom=True)
    write_review(review, output)
    document = write_review_plan(review, output)
    forms = write_review_forms(review, output)
    typer.echo(
        f"检查 {review.survey_id}：{len(forms)} 家医院，"
        f"应查 {int(review.targets['target'].sum())} 例"
    )
    typer.echo(f"已写出 {document} 和 {output / 'forms'}")
    title = f"{review.area_name}{year}年医院漏报检查方案"
    evidence = propose(
        output, "hospital", review.as_of.year, review.area_code, [(ON_TIME, title, document)]
    )
    typer.echo(HINT_ZH.format(file=evidence.name))


def due(form: FormOption = Form.text, home: HomeOption = None) -> None:
    """各县最近一次漏报调查，下次应在何时完成。"""  # noqa: D415
    from flows.home import Home
    from flows.survey_design.status import status

    show(status(Home.find(home)), form)
