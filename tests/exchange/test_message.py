"""Messages of the platform: what is written is what is read; what cannot be trusted is refused."""

from __future__ import annotations

import base64
import io
import random
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.exchange.dialect import nodes, shipped
from flows.exchange.inbox import cells
from flows.exchange.message import Message, MessageError, Record, read, write

SPELLING = shipped()
CARDS_A_MESSAGE = 200
#: What breaks naive writers: markup, quotes, line ends, blanks, rare characters, CDATA ends.
PIECES = ["<", ">", "&", "]]>", '"', "'", "\r\n", "\n", "\t", " ", "，", "䶮", "𠮷", "·", "&amp;",
          "<![CDATA[", "李", "A41.9", "2024-02-29 00:00:00", "6,7", "\u00a0", "�"]  # fmt: skip


def random_message(seed: int) -> Message:
    draw = random.Random(seed)
    card_type = draw.choice(sorted(SPELLING.tables))
    names = [node for node in nodes(card_type).values() if node != SPELLING.elements["key"]]
    records = []
    for number in range(CARDS_A_MESSAGE):
        some = draw.sample(names, draw.randint(0, 9))
        values = {name: "".join(draw.choices(PIECES, k=draw.randint(1, 6))) for name in some}
        records.append(Record(draw.choice(["add", "modify"]), f"K{seed}-{number}", values))
    return Message("upload", SPELLING.tables[card_type], {"MESSAGEID": str(seed)}, records)


@given(seed=st.integers(0, 10**9), packed=st.booleans())
@settings(max_examples=50, deadline=None)
def test_reading_undoes_writing_for_ten_thousand_random_cards(seed: int, packed: bool) -> None:
    message = random_message(seed)
    assert read(write(message, SPELLING, packed=packed), SPELLING) == message


def test_the_same_message_is_the_same_bytes() -> None:
    assert write(random_message(3), SPELLING, packed=True) == write(
        random_message(3), SPELLING, packed=True
    )


def xml(body: str, table: str = "ZJMB_SW_BGK", operation: str = "upload", lead: str = "") -> bytes:
    head = f"<FUNCTION>{operation}</FUNCTION><TABLENAME>{table}</TABLENAME>"
    return f"{lead}<Request><Header>{head}</Header><Body>{body}</Body></Request>".encode()


ONE = '<data oper="add"><ROWKEY>k1</ROWKEY><VC_XB>1</VC_XB></data>'
BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in ["ab", "bc", "cd", "de", "ef", "fg"])
    + "]>"
)
FILE_ENTITY = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (xml(ONE.replace("1</VC", "&g;</VC"), lead=BOMB), "DOCTYPE"),
        (xml(ONE.replace("1</VC", "&x;</VC"), lead=FILE_ENTITY), "DOCTYPE"),
        (xml(ONE, lead='<!DOCTYPE r SYSTEM "other.dtd">'), "DOCTYPE"),
        (xml(ONE)[:-9], "不是完整的 XML"),
        (b'<?xml version="1.0" encoding="UTF-8"?>' + xml(ONE.replace("k1", "肝")).decode()
         .encode("gb18030"), "编码与声明不符"),
        (b'<?xml version="1.0" encoding="no-such"?>' + xml(ONE), "编码与声明不符"),
        (xml(ONE.replace("add", "insert")), "第 1 条记录的 oper 应为 add、modify"),
        (xml(ONE.replace(' oper="add"', "")), "第 1 条记录的 oper"),
        (xml(ONE + ONE.replace("k1", " ")), "第 2 条记录没有 ROWKEY"),
        (xml(ONE, operation="drop"), "FUNCTION 应为"),
        (xml(ONE, table="OTHER"), "TABLENAME 应为"),
        (xml(ONE).replace(b"Request", b"Reply"), "根节点应为 Request"),
        (xml("").replace(b"<Body></Body>", b""), "缺少 Header 或 Body"),
        (xml(ONE.replace("<VC_XB>1", "<VC_XB><b>1</b>")), "节点内还有节点"),
        (xml(ONE.replace("</data>", "<vc_xb>2</vc_xb></data>")), "VC_XB 出现两次"),
        (b"", "不是完整的 XML"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_trusted_is_refused_with_the_place(data: bytes, said: str) -> None:
    with pytest.raises(MessageError, match=said):
        read(data, SPELLING)


def packed(body: bytes, members: int = 1) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(members):
            archive.writestr(f"{number}.xml", body)
    text = base64.b64encode(stream.getvalue()).decode()
    return xml("").replace(b"<Body>", b'<Body encoding="zip+base64">' + text.encode())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packed(b"<Body/>", members=2), "只有一个文件"),
        (packed(b" " * (300 << 20)), "不能过大"),
        (packed(b"<Body/>").replace(b"UEsD", b"!!!!"), "无法解开"),
        (packed(b"<Body/>").replace(b"UEsD", b"AAAA"), "无法解开"),
        (packed(BOMB.encode() + b"<Body>&g;</Body>"), "DOCTYPE"),
    ],
)
def test_a_packed_body_that_cannot_be_trusted_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(MessageError, match=said):
        read(data, SPELLING)


def test_gb18030_is_read_when_the_message_says_so() -> None:
    text = xml(ONE.replace("k1", "䶮1")).decode()
    data = f'<?xml version="1.0" encoding="GB18030"?>{text}'.encode("gb18030")
    assert read(data, SPELLING).records == [Record("add", "䶮1", {"VC_XB": "1"})]


def test_a_control_character_is_told_by_record_and_node_and_not_by_value() -> None:
    message = Message("upload", "ZJMB_SW_BGK", {}, [Record("add", "k", {"VC_XM": "合\x08成"})])
    with pytest.raises(MessageError, match="第 1 条记录的 VC_XM 含有") as refused:
        write(message, SPELLING)
    assert "成" not in str(refused.value).replace("合成", "")


def test_a_deletion_is_the_card_with_status_5() -> None:
    body = '<data oper="delete"><ROWKEY>k9</ROWKEY><LASTMT>2025-01-02 03:04:05</LASTMT></data>'
    header, row = cells(xml(body, operation="delete"), SPELLING).rows()
    found = {name: value for name, value in zip(header, row, strict=True) if value is not None}
    assert found == {"VC_BGKID": "k9", "VC_BGKLB": "5", "LASTMT": "2025-01-02 03:04:05"}
