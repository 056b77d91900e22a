"""Our own faults: where they happened, never what a card held."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from flows.home import UserError
from flows.trouble import trouble

T = TypeVar("T")
#: Only our own texts are known to hold no card values; polars, duckdb and Python quote them.
OURS = ("flows", "validators", "estimators")


class NightError(Exception):
    """A step failed; the text names step, kind of error and line, and no data."""


def contained(name: str, step: Callable[[T], None]) -> Callable[[T], None]:
    """Wrap a step so that no log, artifact or orchestrator database sees a card's values.

    Raises:
        UserError: as the step raised it, or what the machine lacks (`flows.trouble`).
        NightError: for anything else, without the original text where that may quote data.
    """

    def run(tonight: T) -> None:
        try:
            step(tonight)
        except UserError:
            raise
        except Exception as error:
            if mended := trouble(error):
                raise mended from None
            raise NightError(f"{name}: {described(error)}") from None

    return run


def described(error: BaseException) -> str:
    """Kind, place and, for our own errors, text."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(Path(frame.filename))] or frames[-1:]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    own = type(error).__module__.split(".")[0] in OURS
    text = f"：{error}" if own else "（原文可能含有卡片数据，未显示）"
    return f"{type(error).__name__} {place}{text}"


def _is_ours(file: Path) -> bool:
    root = Path(__file__).resolve().parent.parent
    return file.is_relative_to(root) and ".venv" not in file.parts


def report(error: BaseException) -> None:
    """Print what a maintainer needs, and say that the published file is untouched."""
    print(f"程序出错：{described(error)}", file=sys.stderr)
    for frame in traceback.extract_tb(error.__traceback__):
        print(f"  {frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
    print("请把以上内容发给维护人员；已发布的数据文件没有改动。", file=sys.stderr)
