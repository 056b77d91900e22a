"""One installation: its folder, its settings and its key (docs/manual.md)."""

from __future__ import annotations

import hmac
import os
import secrets
import subprocess
import tempfile
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from flows.durable import DRAFT, on_disk
from flows.toml_file import read_toml

REFERENCE = Path(__file__).resolve().parent.parent / "reference"
SQL = REFERENCE.parent / "sql"
TIME_ZONE = ZoneInfo("Asia/Shanghai")
KEY_SECONDS = 60  # a password store may ask its own agent first


class UserError(Exception):
    """The user's input or settings are wrong; the message says what to do (exit code 2)."""


class Settings(BaseSettings):
    """`settings.toml` of a home, overridden by environment variables `ZHIKONG_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="ZHIKONG_", extra="forbid")

    area: str | None = None  # 6-digit county the home belongs to; else what the populations name
    criteria: list[str] = ["zj-taishun-2013"]  # files under reference/criteria or <home>/criteria
    letter_mode: Literal["weekly", "nightly", "auto"] = "weekly"  # auto: weekly, nobody approves
    letter_weekday: int = Field(default=1, ge=1, le=7)  # 1: Monday; holidays: the next day
    letter_rows: int = Field(default=30, ge=1)  # most rows a unit is asked in seven days
    letter_export_days: int = 3  # an export older than this is not asked about
    letter_seen_days: int = 7  # nor is a card that no export has shown for so long
    letter_answer_days: int = 7  # working days a unit has for an answer
    letter_wait_days: int = 5  # working days a corrected card may take after the answer
    letter_remind_days: int = 10  # working days past the due day until the county is reminded
    letter_zero_report_day: int = 10  # from this day of the month the month before is asked about
    contact_zh: str = "县疾控中心慢病科"  # whom a hospital calls about a letter
    mail: bool = False  # letters go out by SMTP; else they lie in the outbox
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "ssl", "none"] = "starttls"
    smtp_user: str = ""  # the password: $ZHIKONG_SMTP_PASSWORD or keys/smtp_password
    smtp_from: str = ""
    smtp_ca_file: Path | None = None  # a certificate authority of one's own
    smtp_timeout_seconds: float = 30.0
    send_hours: str = Field(default="08:00-18:00", pattern=r"^\d\d:\d\d-\d\d:\d\d$")  # Beijing time
    send_on_holidays: bool = False
    send_per_minute: int = Field(default=30, ge=1)
    send_attempts: int = Field(default=6, ge=1)
    webhook: Literal["", "wecom", "dingtalk"] = ""  # counts only; address: keys/webhook_url
    vanish_limit_percent: float = 2.0  # more withdrawn cards than this in one export: asked about
    tumour_families_off: list[str] | None = None  # families of tumour rules; None: the default
    icdo_revision: Literal["3.1", "3.2"] | None = None  # None: both are accepted
    exchange_dialect: str = "zj-2019"  # how the province spells its messages
    submission: str = "zj-county"  # what is handed in, to whom and by when
    exchange_sender: str = ""  # our code in the header of a message
    exchange_wsdl: str = ""  # empty: messages are only written to files
    exchange_user: str = ""
    exchange_password: str = ""  # better as $ZHIKONG_EXCHANGE_PASSWORD than in the file
    new_rule_weeks: int = Field(default=4, ge=0)  # how long a new rule speaks to the county only
    key_command: list[str] = []  # program and arguments that print the key of raw and state
    encrypt_published: bool = False  # see docs/operations.md before turning it on
    keep_published: int = 7  # published files of earlier nights that `restore --published` can use
    #: Counties and cities that get a published file of their own: 330329, 3303 or 330300.
    publish_areas: list[Annotated[str, Field(pattern=r"^(\d{2}|\d{4}|\d{6})$")]] = []
    publish_by_county: bool = False  # every county of the home and its city does
    query_seconds: float = 60.0
    query_memory: str = "4GB"
    query_rows: int = Field(default=100_000, ge=1)  # most rows of an answer to `query`
    operator_email: str = ""  # who hears of a night that failed; with `mail`
    keep_logs: int = Field(default=60, ge=1)  # daily run logs kept under logs/
    engine: Literal["duckdb", "spark"] = "duckdb"  # where a night's heavy work is done
    spark_conf: dict[str, str] = {}  # Spark's own settings (`[spark_conf]`), see docs/spark.md
    spark_link_rows: int = Field(default=200_000, ge=0)  # fewer people are linked without Spark


class Home:
    """Paths of one installation under `path`; creates nothing until `prepare`."""

    def __init__(self, path: Path) -> None:
        """Point at a home folder, which need not exist yet."""
        self.path = path
        self.inbox = path / "inbox"
        self.raw = path / "raw"
        self.shelf = path / "shelf"  # typed and judged rows, encrypted; can be made again from raw
        self.state = path / "state.duckdb"
        self.published = path / "surveillance.duckdb"
        self.outbox = path / "outbox"
        self.reports = path / "reports"
        self.previous = path / "previous"
        self.frozen = path / "frozen"  # published files of named, closed years
        self.desk = path / "desk"  # locked work books with identities
        self.keys = path / "keys"
        self.logs = path / "logs"  # what the operator reads, see flows/runlog.py

    @classmethod
    def find(cls, given: Path | None) -> Home:
        """`--home`, else `$ZHIKONG_HOME`, else `./var`."""
        return cls(given or Path(os.environ.get("ZHIKONG_HOME") or "var"))

    def prepare(self) -> None:
        """Make the folders; those with identities are closed to other users."""
        self.path.mkdir(mode=0o750, parents=True, exist_ok=True)
        for folder in (self.inbox, self.outbox, self.reports):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        for folder in (self.raw, self.keys, self.shelf):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_mode & 0o077:  # made by hand, or copied
                folder.chmod(0o700)

    @property
    def raw_files(self) -> list[Path]:
        """The files of raw, but for those that are being written."""
        return [file for file in self.raw.glob("*") if file.suffix != DRAFT]

    @cached_property
    def settings(self) -> Settings:
        """Read `settings.toml`.

        Raises:
            UserError: an unknown name or a value of the wrong kind, with its name.
        """
        file = self.path / "settings.toml"

        try:
            given = read_toml(file) if file.exists() else {}
        except ValueError as error:
            raise UserError(f"{file} 无法使用：{error}，请改正。") from None

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
                return env_settings, InitSettingsSource(settings_cls, given)

        try:
            return FromFile()
        except ValidationError as error:
            wrong = "；".join(
                f"{'.'.join(str(part) for part in item['loc'])}：{item['msg']}"
                for item in error.errors(include_input=False, include_url=False)
            )
            raise UserError(f"{file} 的设置无法使用：{wrong}。请改正后重试。") from None

    @property
    def has_key(self) -> bool:
        """There is a key, or a program that is to give it; nothing is made or run."""
        given = os.environ.get("ZHIKONG_KEY") or self.settings.key_command
        return bool(given) or (self.keys / "key").exists()

    @cached_property
    def key(self) -> str:
        """The key of raw and state: 32 characters.

        `$ZHIKONG_KEY`, else what the setting `key_command` prints, else `keys/key` (made once).
        A key that is lost cannot be made again: everything under `raw/` and `state.duckdb`
        is then unreadable. Keep a copy away from the machine.
        """
        given = os.environ.get("ZHIKONG_KEY")
        if not given and self.settings.key_command:
            given = said_by(self.settings.key_command)
        file = self.keys / "key"
        if not given and not file.exists():
            if self.raw_files or self.state.exists():
                raise UserError(
                    f"找不到密钥 {file}，但原始库已加密。请把备份的密钥放回该位置，"
                    "或设置环境变量 ZHIKONG_KEY；没有密钥，已收到的数据无法读取。"
                )
            self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_key(file)
        key = given or file.read_text("ascii").strip()
        if len(key) != 32 or not key.isascii() or not key.isalnum():
            raise UserError(
                "密钥须为 32 位字母或数字（keys/key、ZHIKONG_KEY 或 key_command），请检查。"
            )
        return key

    @property
    def key_to_publish(self) -> str | None:
        """The key that published files are written with; None where they are plain."""
        return self.published_key if self.settings.encrypt_published else None

    @cached_property
    def published_key(self) -> str:
        """The key of encrypted published files; it opens nothing else.

        `$ZHIKONG_PUBLISHED_KEY`, else `keys/published_key`, else one derived from the home's key
        (HMAC-SHA256, first 128 bits in hex digits), from which nobody gets back to that.

        Raises:
            UserError: this machine has none of the three.
        """
        given, file = os.environ.get("ZHIKONG_PUBLISHED_KEY"), self.keys / "published_key"
        if given or file.exists():
            return (given or file.read_text("ascii")).strip()
        if not self.has_key:
            raise UserError(
                "发布库已加密：请向管理员取得发布库密钥（zhikong published-key），"
                "设置环境变量 ZHIKONG_PUBLISHED_KEY 后再读取。"
            )
        return hmac.new(self.key.encode(), b"zhikong published file", "sha256").hexdigest()[:32]


def _make_key(file: Path) -> None:
    """Make the key of a home: whole, and on the disk before anything is written with it."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)  # for its owner alone
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_hex(16))
        on_disk(draft)
        try:
            os.link(draft, file)
        except FileExistsError:
            pass  # somebody else was first, and both take that one
        except OSError:  # a file system without links
            draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def said_by(command: list[str]) -> str:
    """The key that a program prints, such as that of a password store or a key server.

    Raises:
        UserError: it cannot be run, fails or takes too long; what it printed is not repeated.
    """
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=KEY_SECONDS, check=True
        )
    except subprocess.CalledProcessError as error:
        text = f"退出码为 {error.returncode}"
    except subprocess.TimeoutExpired:
        text = f"超过 {KEY_SECONDS} 秒没有结束"
    except OSError as error:
        text = f"无法运行（{type(error).__name__}）"
    else:
        said = done.stdout.decode("ascii", "replace").strip()
        if said:
            return said
        text = "没有输出"
    raise UserError(f"密钥命令 {command[0]}（key_command）{text}，没有取得密钥；请检查该命令。")


def today() -> date:
    """The day in China, whatever the machine's own zone is."""
    return datetime.now(TIME_ZONE).date()
