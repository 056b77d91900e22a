"""A county whose files try to become something else: formulas, markup, headers, paths, commands."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import xlsxwriter

from flows.home import Home
from flows.sample import write_sample

#: Stands in every payload, so that a scan knows ours from the program's own text.
TOKEN = "ZKX"
FORMULAS = [f'=HYPERLINK("http://{TOKEN}.example","点此")', f"@SUM({TOKEN})", f"+1+{TOKEN}",
            f"-2+cmd|' /C {TOKEN}'!A0", f"\t={TOKEN}"]  # fmt: skip
MARKUP = [f"<script>{TOKEN}()</script>", f'"><img src=x onerror={TOKEN}()>',
          f"'--><svg/onload={TOKEN}()>", f"javascript:{TOKEN}()", f"]]><{TOKEN}/>",
          f"[a](http://{TOKEN}.example) ![b](http://{TOKEN}.example)"]  # fmt: skip
TEMPLATES = ["{{7*7}}" + TOKEN, "{% for x in [] %}" + TOKEN, "${7*7}" + TOKEN]
CONTROLS = [f"\x1b[31m{TOKEN}\x1b[0m\x1b]0;{TOKEN}\x07", f"甲\r\nBcc: {TOKEN}@example.org",
            f"\u202e{TOKEN}\u2066", f"\x00{TOKEN}\x9b31m"]  # fmt: skip
PATHS = [f"../../{TOKEN}", f"..\\..\\{TOKEN}", f"/etc/{TOKEN}", f"C:\\{TOKEN}", "NUL",
         "-rf", f"{TOKEN}/../..", "."]  # fmt: skip
LONG = [TOKEN + "长" * 5000, TOKEN + "a" * 300]
NASTY = [*FORMULAS, *MARKUP, *TEMPLATES, *CONTROLS, *PATHS, *LONG]


def nasty_home(folder: Path) -> Home:
    """A home whose inbox holds a sample county with every payload in every place a text can be."""
    write_sample(
        folder / "sample", year=2025, deaths=20, faults=0.05, seed=1, area="330329", preset=None
    )
    place = Home(folder / "home")
    place.prepare()
    shutil.copytree(folder / "sample" / "inbox", place.inbox, dirs_exist_ok=True)
    _institutions(place)
    _areas(place)
    _cards(place)
    _workbook(place)
    (place.inbox / "nasty.scope.toml").write_text("x = " + "[" * 200 + "]" * 200)
    return place


def _institutions(place: Home) -> None:
    """Names, aliases and addresses of the known units; units whose codes are the payloads."""
    file = place.inbox / "institution.csv"
    title, *lines = file.read_text("gb18030").splitlines()
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    for row, payload in zip(rows, NASTY * 3, strict=False):
        row["机构名称"] = f"{payload}{row['机构名称']}"
        row["别名"] = f"{row['别名']}；{payload}"
        row["邮箱"] = f"a@example.org{payload}"
    rows += [
        {
            **rows[0],
            "机构编码": payload,
            "机构名称": f"院{number}{payload}",
            "别名": "",
            "邮箱": payload,
        }
        for number, payload in enumerate(NASTY)
    ]
    _write(file, title, rows)


def _areas(place: Home) -> None:
    file = place.inbox / "area.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    for row, payload in zip((r for r in rows if r["level"] == "town"), NASTY, strict=False):
        row["area_name"] = f"{payload}{row['area_name']}"
    _write(file, "", rows)


def _cards(place: Home) -> None:
    """Death cards a rule objects to, with payloads in ids, units, places and an unknown column."""
    rows = [
        {
            "报告卡ID": f"{payload}{number}", "姓名": payload, "性别": "1",
            "出生日期": "1950-01-01", "死亡日期": "2025-06-01",
            "根本死因编码": "C53.9" if number % 2 else payload,
            "户口区县代码（浙江省）": "330329", "审核标志": "3", "报告卡状态": "0",
            "最后修改时间": "2025-06-10 08:00:00", "报卡单位": payload, "住院号": payload,
            f"未知列{payload}": payload,
        }
        for number, payload in enumerate(NASTY)
    ]  # fmt: skip
    columns = dict.fromkeys(name for row in rows for name in row)
    filled = [{name: row.get(name, "") for name in columns} for row in rows]
    names = (f'={TOKEN}+1.csv', f"<img src=x onerror={TOKEN}()>.csv", f"甲\nBcc: {TOKEN}.csv",
             f"\x1b[31m{TOKEN}.csv", "..csv")  # fmt: skip
    for number, name in enumerate(names):
        _write(place.inbox / name, "", [
            {**row, "报告卡ID": f"{row['报告卡ID']}-{number}"} for row in filled
        ])  # fmt: skip


def _workbook(place: Home) -> None:
    with xlsxwriter.Workbook(str(place.inbox / "sheets.xlsx"), {"strings_to_formulas": False}) as b:
        for name in (f"<b onload={TOKEN}>", f"={TOKEN}()", f"@{TOKEN}"):
            sheet = b.add_worksheet(name)
            sheet.write_row(0, 0, ["报告卡ID", "姓名", "性别", "死亡日期", "根本死因编码",
                                   "户口区县代码（浙江省）", "报卡单位"])  # fmt: skip
            sheet.write_row(1, 0, [f"S{name}", "合成", "1", "2025-06-02", "C53.9", "330329", name])


def _write(file: Path, title: str, rows: list[dict[str, str]]) -> None:
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_bytes(((title + "\n" if title else "") + target.getvalue()).encode("utf-8"))
