"""The operator hears of a night that failed: by mail and in the group, without data."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage

from flows.home import TIME_ZONE, Home, UserError


def tell_operator(home: Home, subject: str, text: str) -> list[str]:
    """Tell whoever the settings name; a failure to tell hides nothing and stops nothing.

    Args:
        home: its settings `operator_email` (with `mail`) and `webhook` say how.
        subject: of the mail, one line of ours.
        text: counts, steps and what to do: nothing out of a card or a file.

    Returns:
        Lines for the run log: what was sent, and what could not be.
    """
    try:
        settings = home.settings
    except UserError:
        return ["提醒未发出：settings.toml 无法使用。"]
    said = []
    if settings.mail and settings.operator_email:
        said.append(_mail(home, subject, text))
    if settings.webhook:
        said.append(_group(home, f"{subject}\n{text}"))
    return said or ["没有设置提醒方式（operator_email 或 webhook），只写入本日志。"]


def _mail(home: Home, subject: str, text: str) -> str:
    import smtplib

    from flows.letters.mail import Mailer
    from flows.letters.message import address

    to = address(home.settings.operator_email)
    if to is None:
        return "提醒未发出：operator_email 不是有效的邮箱地址。"
    mail = EmailMessage()
    mail["Subject"], mail["To"] = subject, to
    mail.set_content(text + "\n", cte="base64")
    try:
        mailer = Mailer.of(home)
        mail["From"] = mailer.sender
        try:
            mailer.connect().send_message(mail, mailer.sender, [to])
        finally:
            mailer.close()
    except UserError as error:
        return f"提醒未发出：{error}"
    except (smtplib.SMTPException, OSError) as error:
        return f"提醒未发出：邮件服务器未接收（{type(error).__name__}）。"
    return "已发邮件提醒操作人。"


def _group(home: Home, text: str) -> str:
    from flows.letters import webhook

    try:
        taken = webhook.post(home, text, datetime.now(TIME_ZONE))
    except UserError as error:
        return f"群提醒未发出：{error}"
    return "已在群中提醒。" if taken else "群提醒未发出：群服务未接收。"
