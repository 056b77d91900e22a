"""One installation: its folder, its settings and its key (docs/manual.md)."""

from __future__ import annotations

import os
import secrets
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
SQL = REFERENCE.parent / "sql"
TIME_ZONE = ZoneInfo("Asia/Shanghai")


class UserError(Exception):
    """The user's input or settings are wrong; the message says what to do (exit code 2)."""


class Settings(BaseSettings):
    """`settings.toml` of a home, overridden by environment variables `ZHIKONG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="ZHIKONG_", extra="forbid")

    area: str | None = None  # 6-digit county the home belongs to; else what the populations name
    criteria: list[str] = ["zj-taishun-2013"]  # files under reference/criteria or <home>/criteria
    letter_mode: Literal["weekly", "nightly", "auto"] = "weekly"
    contact_zh: str = "县疾控中心慢病科"  # whom a hospital calls about a letter
    vanish_limit_percent: float = 2.0  # more withdrawn cards than this in one export: asked about
    tumour_families_off: list[str] | None = None  # families of tumour rules; None: the default
    icdo_revision: Literal["3.1", "3.2"] | None = None  # None: both are accepted
    query_seconds: float = 60.0
    query_memory: str = "4GB"


class Home:
    """Paths of one installation under `path`; creates nothing until `prepare`."""

    def __init__(self, path: Path) -> None:
        """Point at a home folder, which need not exist yet."""
        self.path = path
        self.inbox = path / "inbox"
        self.raw = path / "raw"
        self.state = path / "state.duckdb"
        self.published = path / "surveillance.duckdb"
        self.outbox = path / "outbox"
        self.reports = path / "reports"
        self.keys = path / "keys"

    @classmethod
    def find(cls, given: Path | None) -> Home:
        """`--home`, else `$ZHIKONG_HOME`, else `./var`."""
        return cls(given or Path(os.environ.get("ZHIKONG_HOME") or "var"))

    def prepare(self) -> None:
        """Make the folders; those with identities are closed to other users."""
        for folder in (self.inbox, self.outbox, self.reports):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.raw, self.keys):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @cached_property
    def settings(self) -> Settings:
        """Read `settings.toml`.

        Raises:
            UserError: an unknown name or a value of the wrong kind, with its name.
        """
        file = self.path / "settings.toml"

        class FromFile(Settings):
            @classmethod
            def settings_customise_sources(
                cls,
                settings_cls: type[BaseSettings],
                init_settings: PydanticBaseSettingsSource,
                env_settings: PydanticBaseSettingsSource,
                dotenv_settings: PydanticBaseSettingsSource,
                file_secret_settings: PydanticBaseSettingsSource,
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                return env_settings, TomlConfigSettingsSource(settings_cls, file)

        try:
            return FromFile()
        except ValidationError as error:
            wrong = "；".join(
                f"{'.'.join(str(part) for part in item['loc'])}：{item['msg']}"
                for item in error.errors(include_input=False, include_url=False)
            )
            raise UserError(f"{file} 的设置无法使用：{wrong}。请改正后重试。") from None
        except ValueError as error:
            raise UserError(f"{file} 不是有效的 TOML 文件：{error}") from None

    @cached_property
    def key(self) -> str:
        """The key of raw and state: 32 characters, `$ZHIKONG_KEY` else `keys/key` (made once).

        A key that is lost cannot be made again: everything under `raw/` and `state.duckdb`
        is then unreadable. Keep a copy away from the machine.
        """
        given = os.environ.get("ZHIKONG_KEY")
        file = self.keys / "key"
        if not given and not file.exists():
            if any(self.raw.glob("*.parquet")) or self.state.exists():
                raise UserError(
                    f"找不到密钥 {file}，但原始库已加密。请把备份的密钥放回该位置，"
                    "或设置环境变量 ZHIKONG_KEY；没有密钥，已收到的数据无法读取。"
                )
            self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_hex(16))
        key = given or file.read_text("ascii").strip()
        if len(key) != 32 or not key.isascii() or not key.isalnum():
            raise UserError("密钥须为 32 位字母或数字（keys/key 或 ZHIKONG_KEY），请检查。")
        return key


def today() -> date:
    """The day in China, whatever the machine's own zone is."""
    return datetime.now(TIME_ZONE).date()
