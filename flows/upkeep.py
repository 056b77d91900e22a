"""`doctor`, `backup`, `restore`, `published-key`: cheap to import, heavy only when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.form import Form, FormOption, HomeOption, show


def doctor(
    alert: Annotated[
        bool, typer.Option("--alert", help="有须处理的项时提醒操作人（每天早上定时运行）")
    ] = False,
    home: HomeOption = None,
    form: FormOption = Form.text,
) -> None:
    """检查本机安装能否运行今晚的流程；有须处理的项时退出码为 2。"""
    from flows.doctor import STATE_ZH, examine, is_fit
    from flows.home import Home

    place = Home.find(home)
    sights = examine(place)
    if form is Form.text:
        for row in sights.iter_rows(named=True):
            remedy = f" → {row['do_zh']}" if row["do_zh"] else ""
            typer.echo(f"[{STATE_ZH[row['state']]}] {row['check']}：{row['seen_zh']}{remedy}")
    else:
        show(sights, form)
    if alert and not is_fit(sights):
        from flows.alert import tell_operator

        # Names of checks only: what was seen may name files.
        checks = "、".join(sights.filter(state="bad")["check"].to_list())
        text = f"zhikong doctor 有须处理的项：{checks}。请在服务器上运行 zhikong doctor 查看。"
        for line in tell_operator(place, "质控系统需要处理", text):
            typer.echo(line, err=True)
    raise typer.Exit(0 if is_fit(sights) else 2)


def backup(
    into: Annotated[Path, typer.Argument(help="存放备份的目录，最好在另一块磁盘")],
    home: HomeOption = None,
) -> None:
    """备份原始库、状态库、收件和本机设置，并逐文件读回核对；不含密钥。"""
    from flows.backup import back_up
    from flows.home import Home

    made = back_up(Home.find(home), into)
    typer.echo(
        f"已备份到 {made.folder}：{made.file_count} 个文件，{made.sheet_count} 张表 "
        f"{made.row_count} 行已读回核对。密钥不在其中，请另行保存。"
    )


def published_key(home: HomeOption = None) -> None:
    """显示发布库的密钥，交给读取加密发布库的流行病学人员；它打不开原始库和备份。"""
    from flows.home import Home

    typer.echo(Home.find(home).published_key)


def restore(
    folder: Annotated[Path | None, typer.Argument(help="备份目录")] = None,
    published: Annotated[
        int | None, typer.Option("--published", help="改回第几个旧发布库，1 为最近一个")
    ] = None,
    list_published: Annotated[bool, typer.Option("--list", help="列出保留的旧发布库")] = False,
    home: HomeOption = None,
) -> None:
    """从备份恢复到空的安装目录；或把发布库改回以前的一个。"""
    from flows.home import Home, UserError

    place = Home.find(home)
    if sum((folder is not None, published is not None, list_published)) != 1:
        raise UserError("请给出备份目录，或 --published N，或 --list，三者之一。")
    if folder is not None:
        from flows.backup import restore as put_back_all

        made = put_back_all(folder, place)
        typer.echo(
            f"已恢复 {made.file_count} 个文件到 {place.path}；请运行 zhikong night 重新发布。"
        )
        return
    from flows.previous import kept, night_of, put_back

    if published is not None:
        from flows.county.files import publish_counties

        chosen = put_back(place, published)
        publish_counties(place, typer.echo)
        typer.echo(f"已改回 {chosen.name}（数据截至 {night_of(place, chosen)}）")
        return
    for number, file in enumerate(kept(place), 1):
        typer.echo(f"{number}  数据截至 {night_of(place, file)}  {file.name}")
