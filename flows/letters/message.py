"""The mail that carries a letter; its body holds counts only."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, time
from email.headerregistry import Address
from email.message import EmailMessage

from flows.home import TIME_ZONE
from flows.letters import wording
from flows.letters.workbook import Content
from flows.printable import printable

XLSX = "vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


def address(given: str | None) -> str | None:
    """One plain address, or None: nothing that could become another header or recipient."""
    text = (given or "").strip()
    if not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    try:
        return Address(username=local, domain=domain).addr_spec
    except ValueError:
        return None


def message(content: Content, sheet: bytes, file_name: str, to: str | None, ident: str) -> bytes:
    """The draft of the mail, the same bytes for the same content.

    Args:
        content: the letter.
        sheet: the workbook.
        file_name: of the attachment.
        to: a checked address, or None.
        ident: the Message-ID.
    """
    mail = EmailMessage()
    mail["Subject"] = printable(f"{content.title} {content.org_name}")
    mail["To"] = to or "undisclosed-recipients:;"
    mail["Date"] = datetime.combine(content.as_of, time(8), TIME_ZONE)
    mail["Message-ID"] = ident
    mail.set_content("\n".join(_body(content)) + "\n", cte="base64")
    mail.add_attachment(sheet, maintype="application", subtype=XLSX, filename=file_name)
    mail.set_boundary(f"=={ident.strip('<>').partition('@')[0]}==")  # no chance: the same bytes
    return bytes(mail)


def _body(content: Content) -> list[str]:
    counts = Counter(row["message_zh"] for row in content.asked)
    lines = [wording.INTRO, ""]
    lines += [f"{text}：{count} 条" for text, count in counts.items()]
    lines += (
        [f"零报告提醒：{content.zero_reports.height} 项"] if content.zero_reports.height else []
    )
    lines += [f"已订正：{content.corrected.height} 条，谢谢"] if content.corrected.height else []
    lines += [f"反馈未采用：{content.replies.height} 行"] if content.replies.height else []
    lines += ["", f"请于 {content.due_on} 前反馈。联系：{content.contact_zh}。", wording.MAIL_END]
    return lines
