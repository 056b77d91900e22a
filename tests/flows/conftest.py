"""A home with files in its inbox, and the night's steps on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from flows.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ZHIKONG_KEY", raising=False)
    monkeypatch.delenv("ZHIKONG_HOME", raising=False)
    place = Home(tmp_path / "home")
    place.prepare()
    return place


@pytest.fixture
def put(home: Home) -> Callable[..., Path]:
    """Write a file into the inbox: text (in an encoding) or bytes."""

    def write(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        file = home.inbox / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return file

    return write


DAY = date(2025, 1, 31)

#: Few but enough columns to be taken for a death card.
DEATH_HEADER = (
    "报告卡ID,姓名,性别,出生日期,死亡日期,根本死因编码,户口区县代码（浙江省）,审核标志,"
    "报告卡状态,最后修改时间"
)


def death_line(card_id: str, **changes: str) -> str:
    values = {
        "name": "合成甲",
        "sex": "1",
        "birth": "1950-01-01",
        "death": "2024-06-01",
        "cause": "I21.9",
        "county": "330329",
        "audit": "3",
        "status": "0",
        "updated": "2024-06-10 08:00:00",
    }
    return ",".join([card_id, *(values | changes).values()])


def death_file(*lines: str) -> str:
    return "\n".join([DEATH_HEADER, *lines]) + "\n"
