"""SMTP: one connection for many letters, and what an answer of the server means."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesParser
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from flows.home import Home, Settings, UserError
from flows.letters.lock import secret
from flows.letters.message import address


class ServerError(UserError):
    """The server cannot be used at all; no letter is to blame."""


@dataclass(frozen=True)
class Answer:
    """What became of one letter: `sent`, `later` or `failed`, with a class of reasons."""

    status: str
    reason: str = ""


class Mailer:
    """A connection that is opened when needed and opened anew when lost."""

    def __init__(self, settings: Settings, password: str | None) -> None:
        """Check the settings; nothing is opened yet.

        Raises:
            UserError: host or sender is missing, or a password would go out in clear.
        """
        sender = address(settings.smtp_from)
        if not settings.smtp_host or sender is None:
            raise UserError(
                "已打开邮件发送（mail），请在 settings.toml 写明 smtp_host 和 smtp_from。"
            )
        if settings.smtp_user and password is None:
            raise UserError(
                "请把邮箱密码放入 keys/smtp_password 或环境变量 ZHIKONG_SMTP_PASSWORD。"
            )
        if not (settings.smtp_user + (password or "")).isascii():
            raise UserError("smtp_user 和邮箱密码只能含英文字母、数字和半角符号。")
        if settings.smtp_user and settings.smtp_security == "none":
            raise UserError(
                "smtp_security 为 none 时不能登录：密码会以明文传送，请改为 starttls 或 ssl。"
            )
        self.settings, self.password, self.sender = settings, password, sender
        self.open: smtplib.SMTP | None = None

    @classmethod
    def of(cls, home: Home) -> Mailer:
        """The mailer of a home's settings."""
        return cls(home.settings, secret(home, "smtp_password"))

    def connect(self) -> smtplib.SMTP:
        """The open connection, or a new one.

        Raises:
            ServerError: not reachable, no TLS, or the log-in is refused.
        """
        if self.open is not None and self.open.sock is not None:
            return self.open
        given = self.settings
        try:
            context = ssl.create_default_context(
                cafile=str(given.smtp_ca_file) if given.smtp_ca_file else None
            )
            seconds = given.smtp_timeout_seconds
            if given.smtp_security == "ssl":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    given.smtp_host, given.smtp_port, timeout=seconds, context=context
                )
            else:
                server = smtplib.SMTP(given.smtp_host, given.smtp_port, timeout=seconds)
                if given.smtp_security == "starttls":
                    server.starttls(context=context)
            if given.smtp_user:
                server.login(given.smtp_user, self.password or "")
        except smtplib.SMTPAuthenticationError:
            raise ServerError("邮件服务器拒绝登录，请核对 smtp_user 和密码。") from None
        except ssl.SSLError:
            raise ServerError(
                "与邮件服务器的加密连接未能建立：请核对 smtp_security、端口和证书（smtp_ca_file）。"
            ) from None
        except (smtplib.SMTPException, OSError):
            raise ServerError(
                "无法连接邮件服务器，未发出的核实单留待下次，请核对 smtp_host 和 smtp_port。"
            ) from None
        self.open = server
        return server

    def send(self, file: Path, ident: str, now: datetime) -> Answer:
        """Send one letter.

        Args:
            file: the `.eml` of the outbox.
            ident: its Message-ID.
            now: the time of the Date header, with zone.

        Raises:
            ServerError: the server refuses our sender address, whatever the letter.
        """
        server = self.connect()
        if not file.exists():
            return Answer("failed", "file_missing")
        mail = BytesParser(policy=SMTP).parsebytes(file.read_bytes())
        to = address(str(mail["To"] or ""))
        if to is None:
            return Answer("failed", "no_address")
        for name, value in (
            ("From", self.sender),
            ("Date", format_datetime(now)),
            ("Message-ID", ident),
        ):
            del mail[name]
            mail[name] = value
        try:
            server.send_message(mail, self.sender, [to])
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            return _answer(code, "address_refused")
        except smtplib.SMTPSenderRefused as refused:
            if 400 <= refused.smtp_code < 500:
                return _answer(refused.smtp_code, "sender_refused")
            raise ServerError("邮件服务器拒绝发件地址，请核对 smtp_from。") from None
        except smtplib.SMTPResponseException as refused:
            return _answer(refused.smtp_code, "message_refused")
        except (smtplib.SMTPException, OSError):
            # Lost in the middle: it may have arrived, so it goes again under the same Message-ID.
            self.close()
            return Answer("later", "connection_lost")
        return Answer("sent")

    def close(self) -> None:
        """Let go of the connection."""
        if self.open is not None:
            try:
                self.open.quit()
            except (smtplib.SMTPException, OSError):
                self.open.close()  # it is gone already; there is nothing to say good-bye to
            self.open = None


def _answer(code: int, reason: str) -> Answer:
    if 400 <= code < 500:
        return Answer("later", "asked_to_wait")
    return Answer("failed", reason)
