"""`zhikong letters`: look at, approve, send and send again; cheap to import."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


def letters(
    draft: Annotated[bool, typer.Option("--draft", help="列出草稿（由夜间流程拟写）")] = False,
    approve: Annotated[bool, typer.Option("--approve", help="审核草稿，之后才能发出")] = False,
    send: Annotated[bool, typer.Option("--send", help="发出已审核、到时间的")] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="未能发出的（或 --org 指定的）再发")
    ] = False,
    issue: Annotated[int | None, typer.Option("--issue", help="期号，默认最近一期")] = None,
    by: Annotated[str, typer.Option("--by", help="由谁审核")] = "",
    org: Annotated[str | None, typer.Option("--org", help="只重发该机构")] = None,
    early: Annotated[bool, typer.Option("--early", help="早于计划日期审核")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只说明将要做什么")] = False,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """待核实单：列出各单位的状态；审核、发出、重发。"""
    from flows.home import Home, UserError, today
    from flows.letters import outbox
    from flows.letters.act import draft_lines, list_letters, plan, shown_letters
    from flows.letters.delivery import send as deliver
    from flows.letters.issue import approve as approve_issue
    from flows.store import opened

    if sum((draft, approve, send, resend)) > 1:
        raise UserError("--draft、--approve、--send、--resend 一次只用一个。")
    with opened(Home.find(home)) as store:
        if dry_run and (approve or send or resend):
            frame = plan(store, issue, org, "approve" if approve else "send" if send else "resend")
            show(shown_letters(frame, form), form)
            typer.echo(f"将处理 {frame.height} 份（试运行，未做任何改动）", err=True)
        elif approve:
            number = approve_issue(store, issue, by, today(), early=early)
            typer.echo(f"第{number}期已审核，用 zhikong letters --send 发出")
        elif send or resend:
            if resend:
                outbox.send_again(store, issue, org)
            report = deliver(store, issue)
            counts = report.counts
            typer.echo(
                f"已发出 {counts['sent']} 份，稍后再试 {counts['later']} 份，"
                f"未能发出 {counts['failed']} 份"
            )
            for note in report.notes:
                typer.echo(note)
        else:
            for line in draft_lines(store) if draft and form is Form.text else []:
                typer.echo(line)
            show(shown_letters(list_letters(store, issue, draft=draft), form), form)
