"""Is this installation fit for tonight? Each check says what it saw and what to do."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

import chinese_calendar
import duckdb
import polars as pl

from flows.criteria import read_criteria
from flows.home import REFERENCE, TIME_ZONE, Home, UserError, today
from flows.lock import BusyError
from flows.population import GROUPS
from flows.publish import criteria_files
from flows.published import open_any
from flows.published_file import is_encrypted
from flows.reference_check import faults
from flows.state_schema import STATE_VERSION
from flows.store import Store, connect, opened

OK, LOOK, BAD = "ok", "look", "bad"
STATE_ZH = {OK: "正常", LOOK: "请留意", BAD: "须处理"}
LEAST_FREE = 2 << 30  # bytes, beside ten times what raw holds
LATE_HOURS = 36  # a night is missed when the last good one is older
WAIT_SECONDS = 5


@dataclass(frozen=True)
class Sight:
    """One thing looked at."""

    check: str
    state: str
    seen_zh: str
    do_zh: str = ""


def examine(home: Home, day: date | None = None) -> pl.DataFrame:
    """Look at everything a night needs.

    Args:
        home: the installation; it need not exist yet.
        day: today, in China.

    Returns:
        check, state (`ok`, `look`, `bad`), seen_zh, do_zh: one row a check; no identities.
    """
    day = day or today()
    rows: list[Sight] = []
    for look in (_python, _packages, _extension, _settings, _key, _space, _reference, _criteria,
                 _holidays, _mail, _alert, _state, _published):  # fmt: skip
        rows += _contained(look, home, day)
    return pl.DataFrame([vars(row) for row in rows], schema=list(Sight.__annotations__))


def is_fit(sights: pl.DataFrame) -> bool:
    """Nothing must be done before the next night."""
    return BAD not in sights["state"].to_list()


Look = Callable[[Home, date], Iterator[Sight]]


def _contained(look: Look, home: Home, day: date) -> list[Sight]:
    """A check that the settings or files themselves break says so and does not hide the others."""
    name = look.__name__.strip("_")
    try:
        return list(look(home, day))
    except UserError as error:
        return [Sight(name, BAD, str(error))]


def _python(home: Home, day: date) -> Iterator[Sight]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    fit = sys.version_info >= (3, 11)
    yield Sight(
        "python", OK if fit else BAD, version, "" if fit else "请安装 Python 3.11 或更新版本。"
    )


def _packages(home: Home, day: date) -> Iterator[Sight]:
    lock = REFERENCE.parent / "requirements.lock"
    if not lock.exists():
        yield Sight("packages", LOOK, "没有 requirements.lock，无法核对依赖版本。")
        return
    pinned: dict[str, set[str]] = {}  # a package may have one pin a Python version
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text(), re.M):
        pinned.setdefault(name, set()).add(version)
    wrong = []
    for name, versions in pinned.items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another platform, or of an extra that is not installed
        if installed not in versions:
            wrong.append(f"{name} {installed}（应为 {'、'.join(sorted(versions))}）")
    if wrong:
        yield Sight("packages", LOOK, "、".join(wrong), "请重新安装：make setup。")
    else:
        yield Sight("packages", OK, "与 requirements.lock 一致")


def _extension(home: Home, day: date) -> Iterator[Sight]:
    try:
        connect().close()
        yield Sight("encryption", OK, f"DuckDB {duckdb.__version__}，加密扩展可用")
    except (duckdb.Error, StopIteration) as error:
        kind = type(error).__name__
        yield Sight("encryption", BAD, f"加密扩展无法加载（{kind}）", "请重新安装：make setup。")


def _settings(home: Home, day: date) -> Iterator[Sight]:
    area = home.settings.area
    if area:
        yield Sight("settings", OK, f"本地区 {area}")
    else:
        yield Sight(
            "settings", LOOK, "settings.toml 未写明 area", "有多个县的资料时须写明本县编码。"
        )


def _key(home: Home, day: date) -> Iterator[Sight]:
    file = home.keys / "key"
    if not home.has_key and not home.state.exists():
        yield Sight("key", LOOK, "还没有密钥", "第一次运行时生成；请随即抄存一份到另一处。")
        return
    assert home.key
    if os.environ.get("ZHIKONG_KEY") or home.settings.key_command:
        by = "环境变量 ZHIKONG_KEY" if os.environ.get("ZHIKONG_KEY") else "命令 key_command"
        yield Sight("key", OK, f"由{by}给出")
        if not file.exists():
            return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 and sys.platform != "win32":
        yield Sight("key", BAD, f"{file} 其他用户可读（{mode:o}）", f"请执行 chmod 600 {file}。")
    else:
        yield Sight("key", OK, "只有本用户可读", "密钥丢失后数据无法读取：请确认另存有一份。")


def _space(home: Home, day: date) -> Iterator[Sight]:
    place = home.path if home.path.exists() else home.path.absolute().parent
    free = shutil.disk_usage(place).free
    raw = sum(file.stat().st_size for file in home.raw_files)
    needed = LEAST_FREE + 10 * raw
    seen = f"剩余 {free / 2**30:.1f} GiB"
    enough = free >= needed
    yield Sight("space", OK if enough else BAD, seen,
                "" if enough else f"请腾出空间，至少需要 {needed / 2**30:.1f} GiB。")  # fmt: skip


def _reference(home: Home, day: date) -> Iterator[Sight]:
    found = faults()
    for fault in found:
        yield Sight("reference", BAD, str(fault), "请按提示改正该行。")
    if not found:
        yield Sight("reference", OK, "参考表的键、编码和有效期没有问题")


def _criteria(home: Home, day: date) -> Iterator[Sight]:
    for file in criteria_files(home):
        read_criteria(file)
        yield Sight("criteria", OK, f"{file.stem}：可用")


def _holidays(home: Home, day: date) -> Iterator[Sight]:
    last = max(chinese_calendar.holidays).year
    if last > day.year or (last == day.year and day.month < 11):
        yield Sight("holidays", OK, f"节假日已知到 {last} 年")
    else:
        yield Sight("holidays", LOOK, f"节假日只知道到 {last} 年",
                    "之后的工作日按周一至周五计；公布后请升级 chinesecalendar。")  # fmt: skip


def _mail(home: Home, day: date) -> Iterator[Sight]:
    host = getattr(home.settings, "smtp_host", "")
    if not host:
        yield Sight("mail", OK, "未设置邮件，核实单只写入 outbox")
        return
    port = int(getattr(home.settings, "smtp_port", 25))
    try:
        socket.create_connection((host, port), WAIT_SECONDS).close()
        yield Sight("mail", OK, f"{host}:{port} 可以连接")
    except OSError as error:
        kind = type(error).__name__
        yield Sight("mail", BAD, f"{host}:{port} 无法连接（{kind}）", "请核对邮件服务器和网络。")


def _alert(home: Home, day: date) -> Iterator[Sight]:
    given = home.settings
    if given.webhook or (given.mail and given.operator_email):
        yield Sight("alert", OK, "夜间流程失败时会提醒操作人")
    else:
        yield Sight("alert", LOOK, "夜间流程失败时只写入 logs/",
                    "请设置 operator_email（须打开 mail）或 webhook。")  # fmt: skip


def _state(home: Home, day: date) -> Iterator[Sight]:
    if not home.state.exists():
        yield Sight("state", LOOK, "还没有运行过夜间流程", "请先运行 zhikong night。")
        return
    try:
        with opened(home) as store:
            yield Sight("state", OK, f"可以打开，版本 {STATE_VERSION}")
            yield from _last_night(store, day)
    except BusyError as error:
        yield Sight("state", LOOK, str(error))


def _last_night(store: Store, day: date) -> Iterator[Sight]:
    row = store.connection.execute(
        "select max(night), max(ended_at) from state.run where status = 'done'"
    ).fetchone()
    night, ended = row if row else (None, None)
    if night is None:
        yield Sight("night", BAD, "还没有成功的夜间流程", "请运行 zhikong night 并查看提示。")
        return
    if night > day:
        yield Sight("clock", BAD, f"上次夜间流程的日期 {night} 晚于今天 {day}",
                    "系统时钟可能被拨回，或用了将来的 --as-of；请核对。")  # fmt: skip
    hours = (datetime.now(TIME_ZONE).replace(tzinfo=None) - ended).total_seconds() / 3600
    if hours > LATE_HOURS:
        yield Sight("night", BAD, f"上次成功是 {ended:%Y-%m-%d %H:%M}，已过 {hours:.0f} 小时",
                    "夜间流程没有按时运行；请查看定时任务和 zhikong night 的提示。")  # fmt: skip
    else:
        yield Sight("night", OK, f"上次成功是 {ended:%Y-%m-%d %H:%M}")
    failed = store.connection.execute(
        "select count(*) from state.run where status <> 'done' and started_at > ?", [ended]
    ).fetchone()
    if failed and failed[0]:
        yield Sight("night", BAD, f"此后有 {failed[0]} 次未完成", "请重新运行 zhikong night。")


def _published(home: Home, day: date) -> Iterator[Sight]:
    if not home.published.exists():
        yield Sight("published", LOOK, "还没有发布库", "请先运行 zhikong night。")
        return
    encrypted = is_encrypted(home.published)
    with open_any(home, home.published) as connection:
        years = connection.execute(
            "select year, min(cells) from (select year, area_code,"
            " count(distinct (sex, age_group)) as cells from reference.population"
            " where residency = 'registered' and length(area_code) = 6 group by all)"
            " group by year order by year"
        ).fetchall()
        areas = connection.execute("select count(*) from reference.institution").fetchone()
        held = connection.execute(
            "select distinct source_file from quality.finding "
            "where rule_id like 'file.held_for%' and resolved_on is null order by source_file"
        ).fetchall()
    if encrypted == home.settings.encrypt_published:
        yield Sight("published", OK, "已加密，可以打开" if encrypted else "可以打开（未加密）")
    else:
        yield Sight("published", LOOK, f"发布库{'已' if encrypted else '未'}加密，与设置不同",
                    "下一次夜间流程后按 encrypt_published 生效。")  # fmt: skip
    if held:
        yield Sight("held", LOOK, f"{len(held)} 个导出等待确认，未采用：{held[0][0]}",
                    "请看夜间流程的“待确认”行：重新导出，或确认后再放入。")  # fmt: skip
    known = [int(year) for year, cells in years if cells == 2 * len(GROUPS)]
    partial = [int(year) for year, cells in years if int(year) not in known]
    wanted = day.year - 1
    gaps = [year + 1 for year, after in pairwise(known) if after > year + 1]
    if wanted in partial:
        yield Sight("population", BAD, f"{wanted} 年户籍人口不全",
                    "男女各年龄组都有人口才有率；请补全 population 表。")  # fmt: skip
    elif wanted not in known:
        yield Sight("population", BAD, f"没有 {wanted} 年户籍人口",
                    "没有人口就没有率；请放入 population 表。")  # fmt: skip
    elif gaps:
        yield Sight("population", LOOK, f"缺 {gaps[0]} 年等年份的户籍人口")
    else:
        yield Sight("population", OK, f"户籍人口 {known[0]}–{known[-1]} 年")
    count = areas[0] if areas else 0
    yield Sight("institution", OK if count else BAD, f"机构 {count} 个",
                "" if count else "请放入 institution 表，否则无法按机构核对。")  # fmt: skip
