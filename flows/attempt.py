"""A night from its first line in the log to its last, whoever orchestrates it."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime

import duckdb

from flows.alert import tell_operator
from flows.engine import engine_of
from flows.fault import NightError, contained
from flows.figures.press import Press
from flows.home import TIME_ZONE, Home, UserError
from flows.modes import closed_to_others, without_dumps
from flows.morning import summary
from flows.printable import printable, printable_lines
from flows.runlog import RunLog
from flows.store import opened
from flows.tonight import Tonight
from flows.trouble import trouble

KEY_MADE = (
    "已生成密钥 {file}：请立即抄存一份到另一处。密钥丢失后，原始库、状态库和所有备份都无法读取。"
)


class Attempt:
    """The night and what is said of it."""

    def __init__(self, tonight: Tonight, log: RunLog, first: str) -> None:
        """Start; `first` is said once, at the first night of a home."""
        self.tonight, self.log, self.first = tonight, log, first
        self.step = "open"

    def wrapped(self, name: str, step: Callable[[Tonight], None]) -> Callable[[Tonight], None]:
        """A step that logs its time and lets no card's value out in an error."""

        def run(tonight: Tonight) -> None:
            self.step, began = name, time.monotonic()
            contained(name, step)(tonight)
            self.log.say(f"步骤 {name} 完成，用时 {time.monotonic() - began:.0f} 秒")

        return run

    def finish(self) -> str:
        """The summary, also into the log."""
        text = printable_lines(summary(self.tonight))
        if self.first:
            text = f"{self.first}\n{text}"
        self.log.say(text)
        return text


@contextmanager
def attempt(
    home: Home,
    as_of: date,
    say: Callable[[str], None] = lambda line: None,
    *,
    engine: str | None = None,
    is_full: bool = False,
) -> Iterator[Attempt]:
    """Try a night; one that fails is written down, told to the operator and raised on.

    Args:
        home: the installation.
        as_of: the night.
        say: told one printable line a file or card type.
        engine: `duckdb` or `spark`; None for that of the settings.
        is_full: make everything again from raw.

    Raises:
        UserError: what the operator can mend: settings, files, disk, permissions, key.
        NightError: our fault, without data.
    """
    log, known = RunLog(home), (home.keys / "key").exists()
    doing: list[Attempt] = []

    def tell(line: str) -> None:
        log.say(line)
        say(printable(line))

    without_dumps()  # a worker of Prefect runs a night without our command
    with closed_to_others(), _imports_settled():
        try:
            log.say(f"开始：数据截至 {as_of}")
            with (
                engine_of(home, engine or home.settings.engine) as working,
                opened(home) as store,
                Press() as press,
            ):
                made = not known and (home.keys / "key").exists()
                first = KEY_MADE.format(file=home.keys / "key") if made else ""
                tonight = Tonight(store, as_of, tell, working, is_full, press)
                doing.append(Attempt(tonight, log, first))
                try:
                    yield doing[0]
                except BaseException as error:
                    _remember(doing[0], error)
                    raise
            log.say("结束：完成")
            log.forget()
        except (UserError, NightError) as error:
            _tell(home, log, as_of, doing[0].step if doing else "open", error)
            raise
        except Exception as error:
            mended = trouble(error) or NightError(f"open: {type(error).__name__}")
            _tell(home, log, as_of, doing[0].step if doing else "open", mended)
            if isinstance(mended, UserError):
                raise mended from None
            raise  # `main` describes it without data


@contextmanager
def _imports_settled() -> Iterator[None]:
    """What was imported stays all night: the garbage collector need not go through it each time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _remember(doing: Attempt, error: BaseException) -> None:
    """A row of `state.run`; where not even that can be written, the log has it."""
    tonight, execute = doing.tonight, doing.tonight.store.connection.execute
    note = f"{doing.step}：{type(error).__name__}"
    try:
        with suppress(duckdb.TransactionException):  # none was open
            execute("rollback")
        execute(
            "insert into state.run values (?, ?, ?, 'failed', null, null, null, ?)",
            [
                tonight.as_of, tonight.started.replace(tzinfo=None),
                datetime.now(TIME_ZONE).replace(tzinfo=None), note,
            ],
        )  # fmt: skip
    except duckdb.Error as other:
        with suppress(OSError):  # a full disk takes no line either
            doing.log.say(f"未能登记失败的运行（{type(other).__name__}）")


def _tell(home: Home, log: RunLog, as_of: date, step: str, error: Exception) -> None:
    """Into the log with its text; to the operator only where and what kind."""
    text = (
        f"数据截至 {as_of} 的夜间流程在步骤 {step} 未完成；已发布的数据文件仍是上一次的。\n"
        f"请在服务器上查看 logs/{log.file.name}，或运行 zhikong doctor。"
    )
    with suppress(OSError):
        log.say(f"未完成（步骤 {step}）：{error}")
    for line in tell_operator(home, "质控夜间流程未完成", text):
        with suppress(OSError):
            log.say(line)
