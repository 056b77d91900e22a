"""`zhikong dashboard`: cheap to import, heavy work only when it runs."""

from __future__ import annotations

import typer

from flows.form import CountyOption, HomeOption


def dashboard(county: CountyOption = None, home: HomeOption = None) -> None:
    """重做看板：由发布库生成 reports/index.html 和各机构、各乡镇页面。"""
    from flows.county.wanted import of_county
    from flows.dashboard.page import write_pages
    from flows.home import Home

    files = write_pages(of_county(Home.find(home), county))
    size = sum(file.stat().st_size for file in files)
    typer.echo(f"已写出 {len(files)} 个页面，共 {size / 1e6:.1f} MB：{files[-1]}")
