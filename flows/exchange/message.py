"""A message of the provincial platform <-> bytes; what cannot be trusted is refused."""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field

from lxml import etree

from flows.exchange.dialect import Dialect
from flows.home import UserError

#: Characters XML 1.0 cannot carry (XML 1.0, section 2.2).
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NODE = re.compile(r"[A-Z_][A-Z0-9_]*")
MEMBER = "body.xml"
MOST_BYTES = 256 << 20  # of a message, packed or not
LEAD = 1 << 16  # a document type stands before the root
WITH_DOCTYPE = "报文带有文档类型声明（DOCTYPE），为安全起见不读取；请去掉后重发。"
MADE_ON = (1980, 1, 1, 0, 0, 0)  # the same message is the same bytes


class MessageError(UserError):
    """The message cannot be read or written; the text says where and what to do, no values."""


@dataclass(frozen=True)
class Record:
    """One card of a message; values by node, none of them empty."""

    operation: str  # add, modify, delete
    key: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """A request: its operation, its table, its header's other nodes and its records."""

    operation: str
    table: str
    header: dict[str, str]
    records: list[Record]


def write(message: Message, dialect: Dialect, *, packed: bool = False) -> bytes:
    """A message as UTF-8 XML.

    Args:
        message: what to send.
        dialect: names of the nodes.
        packed: the body as Base64 of a zip.

    Raises:
        MessageError: a text holds a character XML cannot carry, or a node's name is none.
    """
    names = dialect.elements
    root = etree.Element(names["root"])
    header = etree.SubElement(root, names["header"])
    facts = {
        dialect.header["operation"]: message.operation,
        dialect.header["table"]: message.table,
        **message.header,
    }
    for node, text in facts.items():
        etree.SubElement(header, node).text = _sound(text, node, 0)
    body = etree.Element(names["body"])
    for place, record in enumerate(message.records, 1):
        element = etree.SubElement(body, names["record"])
        element.set(names["operation_attribute"], record.operation)
        etree.SubElement(element, names["key"]).text = _sound(record.key, names["key"], place)
        for node, text in record.values.items():
            if not NODE.fullmatch(node):
                raise MessageError(f"第 {place} 条记录有不能作为节点名的 {node!r}。")
            etree.SubElement(element, node).text = _sound(text, node, place)
    if packed:
        holder = etree.Element(names["body"])
        holder.set(names["packed_attribute"], names["packed_value"])
        holder.text = base64.b64encode(_zipped(etree.tostring(body, encoding="UTF-8"))).decode()
        body = holder
    root.append(body)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def read(data: bytes, dialect: Dialect) -> Message:
    """Read a request.

    Raises:
        MessageError: not XML, another encoding than declared, a document type or entities, a body
            that unpacks to too much, an unknown operation, table or `oper`, a record without key.
    """
    names = dialect.elements
    root = parse(data)
    if root.tag != names["root"]:
        raise MessageError(f"报文的根节点应为 {names['root']}，请核对是否为上传报文。")
    header, body = root.find(names["header"]), root.find(names["body"])
    if header is None or body is None:
        raise MessageError(f"报文缺少 {names['header']} 或 {names['body']} 节点。")
    facts = {str(node.tag): node.text or "" for node in header if isinstance(node.tag, str)}
    operation = facts.pop(dialect.header["operation"], "")
    if operation not in dialect.operations:
        known = "、".join(dialect.operations)
        raise MessageError(f"报文头的 {dialect.header['operation']} 应为 {known} 之一。")
    table = facts.pop(dialect.header["table"], "").upper()
    if dialect.operations[operation] and dialect.card_type(table) is None:
        known = "、".join(dialect.tables.values())
        raise MessageError(f"报文头的 {dialect.header['table']} 应为 {known} 之一。")
    if body.get(names["packed_attribute"]) == names["packed_value"]:
        body = parse(_unzipped(body.text or ""))
    allowed = dialect.operations[operation]
    records = [
        _record(element, place, allowed, dialect)
        for place, element in enumerate(body.findall(names["record"]), 1)
    ]
    return Message(operation, table, facts, records)


def parse(data: bytes) -> etree._Element:
    """XML without document type, entities, network; anything else is refused."""
    if len(data) > MOST_BYTES:
        raise MessageError("报文过大，请分批发送。")
    # Before the parser meets an entity; UTF-16 has a zero beside every letter.
    if b"<!DOCTYPE" in data[:LEAD].replace(b"\0", b"").upper():
        raise MessageError(WITH_DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True, strip_cdata=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        place = getattr(error, "lineno", None)
        where = f"（第 {place} 行附近）" if place else ""
        raise MessageError(
            f"不是完整的 XML，或实际编码与声明不符{where}；请由平台重新导出，或改为 UTF-8。"
        ) from None
    if root.getroottree().docinfo.doctype:
        raise MessageError(WITH_DOCTYPE)
    return root


def _record(
    element: etree._Element, place: int, allowed: tuple[str, ...], dialect: Dialect
) -> Record:
    names = dialect.elements
    operation = element.get(names["operation_attribute"], "")
    if operation not in allowed:
        raise MessageError(
            f"第 {place} 条记录的 {names['operation_attribute']} 应为 {'、'.join(allowed)} 之一。"
        )
    values: dict[str, str] = {}
    for node in element:
        if not isinstance(node.tag, str):
            continue
        if len(node):
            raise MessageError(f"第 {place} 条记录的节点内还有节点，无法读取。")
        name = node.tag.upper()
        if name in values and node.text:
            raise MessageError(f"第 {place} 条记录的节点 {name} 出现两次。")
        if node.text:
            values[name] = node.text
    key = values.pop(names["key"], "")
    if not key.strip():
        raise MessageError(f"第 {place} 条记录没有 {names['key']}。")
    return Record(operation, key, values)


def _sound(text: str, node: str, place: int) -> str:
    if FORBIDDEN.search(text):
        where = f"第 {place} 条记录" if place else "报文头"
        raise MessageError(f"{where}的 {node} 含有 XML 不能表示的控制字符，请先订正该卡。")
    return text


def _zipped(data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(MEMBER, MADE_ON), data, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _unzipped(text: str) -> bytes:
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            members = archive.infolist()
            if len(members) != 1 or members[0].file_size > MOST_BYTES:
                raise MessageError("压缩的报文体应只有一个文件，且不能过大。")
            with archive.open(members[0]) as stream:
                return stream.read(members[0].file_size + 1)  # a size that lies floods nothing
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError):
        raise MessageError("压缩的报文体无法解开，可能传输不完整，请重发。") from None
