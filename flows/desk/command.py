"""`zhikong desk`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show

if TYPE_CHECKING:
    from flows.home import Home

ByOption = Annotated[str | None, typer.Option("--by", help="姓名，登记在案")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="事由，登记在案")]


def desk(
    by: ByOption = None,
    reason: ReasonOption = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="写入的 .xlsx 文件，默认在 <home>/desk/")
    ] = None,
    org: Annotated[
        str | None, typer.Option("--for", help="移交：只含该机构报告或承办的卡片")
    ] = None,
    password_file: Annotated[
        Path | None,
        typer.Option(
            "--password-file", help="口令文件；否则 $ZHIKONG_DESK_PASSWORD，再否则当面输入"
        ),
    ] = None,
    read: Annotated[Path | None, typer.Option("--read", help="读回已填写决定的工作簿")] = None,
    show_log: Annotated[bool, typer.Option("--log", help="列出每次打开身份信息的登记")] = False,
    form: FormOption = Form.text,
    home: HomeOption = None,
) -> None:
    """县级工作簿（加密 .xlsx，含身份信息）：待办、疑似重复、未匹配、漏报、户籍；读回决定。"""
    from flows.home import Home, UserError

    place = Home.find(home)
    if show_log:
        from flows.desk.access import openings

        show(openings(place), form)
        return
    if read is not None:
        from flows.desk.returned import read_back

        if by is None:
            raise UserError("读回决定须用 --by 写明由谁决定。")
        found = read_back(place, read, _password(place, password_file, is_new=False), by)
        counts = "、".join(f"{page} {count}" for page, count in found.taken.items()) or "0"
        typer.echo(f"已登记决定：{counts}；此前已登记 {found.repeated} 条。下一次夜间流程生效。")
        for line in found.wrong:
            typer.echo(f"未采用：{line}", err=True)
        raise typer.Exit(2 if found.wrong else 0)
    from flows.desk.access import Who
    from flows.desk.book import write

    who = Who.named(by, reason)
    made = write(place, who, _password(place, password_file, is_new=True), output, org)
    typer.echo("、".join(f"{page} {count}" for page, count in made.row_counts.items()))
    typer.echo(f"已写出 {made.file}（加密，涉及 {made.card_count} 张卡，已登记）")


def _password(place: Home, file: Path | None, *, is_new: bool) -> str:
    """From the file, `$ZHIKONG_DESK_PASSWORD`, `keys/desk_password`, else typed unseen."""
    import sys

    from flows.home import UserError
    from flows.letters.lock import secret

    if file is not None:
        if not file.is_file():
            raise UserError(f"找不到口令文件 {file}。")
        return file.read_text("utf-8").strip()
    if given := secret(place, "desk_password"):
        return given
    if not sys.stdin.isatty():
        raise UserError("请用 --password-file 或环境变量 ZHIKONG_DESK_PASSWORD 给出口令。")
    typed: str = typer.prompt("工作簿口令", hide_input=True, confirmation_prompt=is_new, err=True)
    return typed
