"""The platform's web service: one operation a message, WS-Security digest, nothing by default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from lxml import etree

from flows.exchange import ledger
from flows.exchange.dialect import Code, Dialect, dialect_of
from flows.exchange.message import MessageError, parse, read
from flows.home import TIME_ZONE, Home, Settings, UserError
from flows.store import Store, opened

SECONDS = 60  # a platform that does not answer is asked again another time


class DeliveryError(Exception):
    """A message did not get through; the text is the kind of error and nothing else."""


@dataclass(frozen=True)
class Answer:
    """What the platform said of a message, and of single cards where it named them."""

    code: Code
    cards: dict[str, Code] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """One message of a folder after it was tried."""

    file: Path
    status: str  # accepted, again, refused, unreachable, unreadable (an answer we cannot read)
    code: str | None


Call = Callable[[str, bytes], bytes]
"""Operation and request -> response; what the service offers, whoever carries it."""


def soap_call(settings: Settings) -> Call:
    """A SOAP client with a UsernameToken digest (OASIS Web Services Security, UsernameToken 1.1).

    Raises:
        UserError: sending is not switched on, or zeep is not installed.
    """
    if not settings.exchange_wsdl:
        raise UserError(
            "没有设置接口地址，报文只写成文件。要直接发送，请在 settings.toml 写明 "
            "exchange_wsdl、exchange_user，并用环境变量 ZHIKONG_EXCHANGE_PASSWORD 给出密码。"
        )
    try:
        from zeep import Client, Transport
        from zeep.exceptions import Error as ZeepError
        from zeep.wsse.username import UsernameToken
    except ImportError:
        raise UserError("直接发送需要另装 zeep：pip install zhikong[soap]。") from None
    user, secret = settings.exchange_user, settings.exchange_password
    token = UsernameToken(user, secret, use_digest=True)  # type: ignore[no-untyped-call]
    transport = Transport(  # type: ignore[no-untyped-call]
        timeout=SECONDS, operation_timeout=SECONDS
    )
    try:
        client = Client(  # type: ignore[no-untyped-call]
            settings.exchange_wsdl, wsse=token, transport=transport
        )
    except (ZeepError, OSError) as error:
        raise UserError(
            f"平台接口 {settings.exchange_wsdl} 无法使用（{type(error).__name__}），报文未发送。"
        ) from None

    def call(operation: str, request: bytes) -> bytes:
        try:
            said = getattr(client.service, operation)(request.decode("utf-8"))
        except (ZeepError, OSError) as error:  # requests' own errors are OSErrors
            # The text of a transport's error may repeat the request: only its kind is told.
            raise DeliveryError(type(error).__name__) from None
        return str(said).encode("utf-8")

    return call


def read_answer(data: bytes, dialect: Dialect) -> Answer:
    """Read a response: a code for the message and, where given, one for every card.

    Raises:
        MessageError: no response, or a code the dialect does not know.
    """
    names = dialect.elements
    root = parse(data)
    if root.tag != names["answer"]:
        raise MessageError(f"平台回应的根节点应为 {names['answer']}。")
    said = root.find(f".//{dialect.answer['code']}")
    cards = {}
    for element in root.iter(names["record"]):
        key, code = element.find(names["key"]), element.find(dialect.answer["code"])
        if key is not None and key.text and code is not None:
            cards[key.text] = _code(code, dialect)
    top = root.find(f"{names['header']}/{dialect.answer['code']}")
    if top is None:
        top = root.find(f"{names['body']}/{dialect.answer['code']}")
    if top is None:
        top = said
    if top is None:
        raise MessageError(f"平台回应没有 {dialect.answer['code']} 节点。")
    return Answer(_code(top, dialect), cards)


def _code(element: etree._Element, dialect: Dialect) -> Code:
    text = (element.text or "").strip()
    if text not in dialect.codes:
        known = "、".join(dialect.codes)
        raise MessageError(f"平台返回了未登记的代码；{dialect.name} 登记的是 {known}。")
    return dialect.codes[text]


def send_folder(home: Home, folder: Path, call: Call | None = None) -> list[Sent]:
    """Send the messages of a folder that the platform has not accepted yet.

    Args:
        home: the installation whose ledger knows the messages.
        folder: as `export_province` wrote it.
        call: carries one message; None: SOAP as the settings say.

    Returns:
        One line a message tried. One that cannot be delivered stands in the ledger as it was and
        is tried again next time; one the platform did not take for a passing reason likewise.

    Raises:
        UserError: the folder holds a message this installation did not write.
    """
    spelling = dialect_of(home)
    call = call or soap_call(home.settings)
    tried = []
    with opened(home) as store:
        known = ledger.known_messages(store)
        open_ones = {
            row["message_id"]
            for row in ledger.tally(store).iter_rows(named=True)
            if row["accepted_count"] + row["refused_count"] < row["card_count"]
        }
        for file in sorted(folder.glob("*.xml")):
            data = file.read_bytes()
            message = read(data, spelling)
            message_id = message.header.get(spelling.header["message_id"], "")
            if message_id not in known:
                raise UserError(f"{file.name} 不是本系统导出的报文，未发送。")
            if message_id not in open_ones:
                continue
            tried.append(_send(store, file, message.operation, message_id, data, call, spelling))
    return tried


def _send(
    store: Store,
    file: Path,
    operation: str,
    message_id: str,
    data: bytes,
    call: Call,
    spelling: Dialect,
) -> Sent:
    try:
        answer = read_answer(call(operation, data), spelling)
    except DeliveryError as error:
        return Sent(file, "unreachable", str(error))
    except MessageError:
        return Sent(file, "unreadable", None)
    now = datetime.now(TIME_ZONE).replace(tzinfo=None, microsecond=0)
    ledger.answer(store, message_id, answer.code, now, answer.cards)
    status = "accepted" if answer.code.accepted else "again" if answer.code.again else "refused"
    return Sent(file, status, answer.code.code)


def register_answer(home: Home, request: Path, response: Path) -> Answer:
    """Write down an answer that came by hand: the request's file and the response's.

    Raises:
        UserError: the request is none of ours; MessageError: the response cannot be read.
    """
    spelling = dialect_of(home)
    message = read(request.read_bytes(), spelling)
    message_id = message.header.get(spelling.header["message_id"], "")
    answer = read_answer(response.read_bytes(), spelling)
    with opened(home) as store:
        if message_id not in ledger.known_messages(store):
            raise UserError(f"{request.name} 不是本系统导出的报文。")
        now = datetime.now(TIME_ZONE).replace(tzinfo=None, microsecond=0)
        ledger.answer(store, message_id, answer.code, now, answer.cards)
    return answer
