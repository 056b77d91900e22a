"""The last step of a night: the pages, and beside them how long the night took."""

from __future__ import annotations

import shutil
from contextlib import nullcontext

from flows.county.wanted import of_county
from flows.tonight import Tonight

RUN = "last_night.txt"


def present(tonight: Tonight) -> None:
    """Published file -> `reports/`, a county's own file -> `reports/<area>/`.

    The pages hold nothing but the published file, so that the same night gives the same bytes;
    the times of the run, which differ, stand in a text file of their own.
    """
    # Charts and templates are not needed by any other step.
    from flows.dashboard.page import KEPT, write_pages
    from flows.figures.press import Press

    counties = [
        of_county(tonight.home, area)
        for area in tonight.written_counties
        if not area.endswith("00")  # a city's pages would be those of its first county
    ]
    with nullcontext(tonight.press) if tonight.press else Press() as press:
        for home in (tonight.home, *counties):
            if tonight.is_full:
                shutil.rmtree(home.reports / KEPT, ignore_errors=True)
            write_pages(home, press)
    row = tonight.store.connection.execute(
        "select night, started_at, ended_at, file_count, row_count, rejected_count from state.run"
        " where status = 'done' order by ended_at desc limit 1"
    ).fetchone()
    if row is None:
        return
    as_of, started, finished, files, received, rejected = row
    lines = [
        f"数据截至 {as_of}",
        f"开始 {started:%Y-%m-%d %H:%M:%S}，发布并记录 {finished:%Y-%m-%d %H:%M:%S}，"
        f"用时 {(finished - started).total_seconds():.0f} 秒",
        f"表 {files} 张，收到 {received} 行，退回 {rejected} 行（累计）",
    ]
    draft = tonight.home.reports / f"{RUN}.draft"
    draft.write_text("\n".join(lines) + "\n", "utf-8")
    draft.replace(tonight.home.reports / RUN)
