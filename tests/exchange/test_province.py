"""What goes to the province: only what is final, only what is new, and it comes back as it went."""

from __future__ import annotations

import base64
import hashlib
import shutil
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import duckdb
import polars as pl
import pytest
from lxml import etree

from flows.assemble import assemble
from flows.desk.access import openings
from flows.exchange.card_text import card_texts
from flows.exchange.dialect import nodes, shipped
from flows.exchange.inbox import cells
from flows.exchange.ledger import tally
from flows.exchange.message import read
from flows.exchange.pack import build, mark_sent, missing, overview, pack_of
from flows.exchange.province import Export, export_province
from flows.exchange.service import DeliveryError, register_answer, send_folder
from flows.fields import CARDS
from flows.home import Home, UserError
from flows.plain import run_plain
from flows.sample import write_sample
from flows.sheet_text import sheets_of
from flows.store import opened
from flows.tonight import Tonight
from flows.typed import type_columns

NIGHT = date(2026, 1, 31)
YEAR = 2025
SPELLING = shipped()


def quiet(line: str) -> None:
    """Say nothing."""


def night(home: Home, *sources: Path, on: date = NIGHT) -> Home:
    home.prepare()
    for source in sources:
        shutil.copytree(source, home.inbox, dirs_exist_ok=True)
    run_plain(home, on, quiet)
    return home


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Export, Path]:
    """A synthetic county's night and its first export."""
    folder = tmp_path_factory.mktemp("county")
    write_sample(folder, year=YEAR, deaths=60, faults=0.02, seed=7, area="330329", preset=None)
    home = night(Home(tmp_path_factory.mktemp("home")), folder / "inbox")
    out = tmp_path_factory.mktemp("out")
    return home, export_province(home, YEAR, out), out


@pytest.fixture
def county(first: tuple[Home, Export, Path], tmp_path: Path) -> tuple[Home, Path]:
    """A copy of the county after its first export, to change."""
    shutil.copytree(first[0].path, tmp_path / "home")
    shutil.copytree(first[2], tmp_path / "out")
    return Home(tmp_path / "home"), tmp_path / "out"


def frames(home: Home) -> dict[str, pl.DataFrame]:
    with opened(home) as store:
        tonight = Tonight(store, NIGHT, is_whole=True)
        tonight.sheets = sheets_of(store, NIGHT)
        assemble(tonight)
        return tonight.frames


def test_only_finally_audited_standing_cards_go_out(first: tuple[Home, Export, Path]) -> None:
    home, made, _ = first
    sent = {
        record.key for file in made.files for record in read(file.read_bytes(), SPELLING).records
    }
    final = {
        card_id
        for name in CARDS
        for card_id in frames(home)[name].filter(
            (pl.col("audit_status") == "3")
            & (pl.col("year") == YEAR)
            & ~pl.col("is_withdrawn")
            & ~pl.col("card_status").fill_null("0").is_in(["3", "4", "5"])
            & ~pl.col("is_made_id")
        )["card_id"]
    }
    assert sent == final


def test_typed_cards_come_back_as_they_went(first: tuple[Home, Export, Path]) -> None:
    for name, cards in frames(first[0]).items():
        if name not in CARDS:
            continue
        texts = card_texts(cards, name, SPELLING)
        fields = {node: field for field, node in nodes(name).items()}
        again, unreadable = type_columns(texts.rename(fields), name)
        assert unreadable.is_empty()
        for field in fields.values():
            expected = cards[field]
            if field == "behaviour":
                continue
            assert again[field].equals(expected), f"{name}.{field}"


def test_messages_in_the_inbox_load_like_any_file(
    first: tuple[Home, Export, Path], tmp_path: Path
) -> None:
    made = first[1]
    home = night(Home(tmp_path), made.files[0].parent)
    with duckdb.connect(str(home.published), read_only=True) as published:
        rows = dict(
            published.execute(
                "select card_type, loaded_rows from quality.batch where source_file like '%.xml'"
            ).fetchall()
        )
        messages = published.execute(
            "select sum(message_card_count), sum(keyed_count) from quality.interfacing"
        ).fetchone()
    counts = {
        file.name.split("-")[0]: len(read(file.read_bytes(), SPELLING).records)
        for file in made.files
    }
    assert rows == counts
    chronic = sum(count for name, count in counts.items() if name != "death")
    assert messages is not None and messages[0] == messages[1] <= chronic


def test_the_reconciliation_adds_up(first: tuple[Home, Export, Path]) -> None:
    made = first[1]
    table = pl.read_csv(made.reconciliation)
    sent = sum(len(read(file.read_bytes(), SPELLING).records) for file in made.files)
    assert table["add_count"].sum() == sent
    assert (table["final_count"] <= table["card_count"]).all()


def test_a_second_export_sends_nothing_again(county: tuple[Home, Path], tmp_path: Path) -> None:
    assert export_province(county[0], YEAR, tmp_path / "second").files == []
    every = export_province(county[0], YEAR, tmp_path / "third", every=True)
    # Nothing was answered: a message that was lost goes once more as it was.
    assert operations(every) == {"add"}


def operations(made: Export) -> set[str]:
    return {r.operation for f in made.files for r in read(f.read_bytes(), SPELLING).records}


def test_what_the_platform_wants_once_more_is_still_new_to_it(
    county: tuple[Home, Path], tmp_path: Path
) -> None:
    home, out = county
    answers = {"901": "add", "200": "modify"}
    for place, (code, operation) in enumerate(answers.items()):
        send_folder(home, out, lambda *_, code=code: RESPONSE.format(code).encode())
        made = export_province(home, YEAR, tmp_path / str(place), every=True)
        assert operations(made) == {operation}
        out = tmp_path / str(place)
    assert export_province(home, YEAR, tmp_path / "last").unanswered > 0


def test_messages_never_lie_beside_those_of_another_export(county: tuple[Home, Path]) -> None:
    with pytest.raises(UserError, match="中已有报文"):
        export_province(county[0], YEAR, county[1], every=True)


def test_a_corrected_card_is_modified_and_a_deleted_one_deleted(
    county: tuple[Home, Path], tmp_path: Path
) -> None:
    home, out = county
    file = sorted(out.glob("diabetes-upload-*.xml"))[0]
    one, two = read(file.read_bytes(), SPELLING).records[:2]
    text = file.read_text("utf-8")
    head, records = text.split("<Body>")[0], text.split("<data ")
    changed = {"oper": "<data ", one.key: "", two.key: ""}
    for piece in records[1:]:
        for record in (one, two):
            if f"<ROWKEY>{record.key}<" in piece:
                changed[record.key] = piece.split("</data>")[0] + "</data>"
    body = "".join(
        "<data " + changed[record.key].replace(record.values["LASTMT"], "2026-02-01 08:00:00")
        for record in (one, two)
    )
    body = body.replace("<VC_BGKZT>0<", "<VC_BGKZT>5<", 2)
    body = body.replace("<VC_BGKZT>5<", "<VC_BGKZT>0<", 1)  # the first is only corrected
    (home.inbox / "corrected.xml").write_text(f"{head}<Body>{body}</Body></Request>", "utf-8")
    night(home, on=date(2026, 2, 2))
    made = export_province(home, YEAR, tmp_path / "second")
    operations = {
        record.key: record.operation
        for name in made.files
        for record in read(name.read_bytes(), SPELLING).records
    }
    assert operations == {one.key: "modify", two.key: "delete"}


RESPONSE = "<Response><Body><CODE>{}</CODE><MESSAGE/></Body></Response>"


def test_a_refused_message_waits_and_an_accepted_one_is_done(county: tuple[Home, Path]) -> None:
    home, out = county
    asked: list[str] = []

    def platform(operation: str, request: bytes) -> bytes:
        asked.append(operation)
        if len(asked) == 1:
            raise DeliveryError("ConnectTimeout")
        return RESPONSE.format("901" if len(asked) == 2 else "200").encode()

    files = len(list(out.glob("*.xml")))
    assert [sent.status for sent in send_folder(home, out, platform)] == [
        "unreachable",
        "again",
        *["accepted"] * (files - 2),
    ]
    assert [sent.status for sent in send_folder(home, out, platform)] == ["accepted"] * 2
    assert send_folder(home, out, platform) == []
    with opened(home) as store:
        totals = tally(store).select("card_count", "accepted_count").sum()
    assert totals["card_count"][0] == totals["accepted_count"][0]


def test_single_cards_the_platform_names_are_kept_apart(
    county: tuple[Home, Path], tmp_path: Path
) -> None:
    home, out = county
    file = sorted(out.glob("*.xml"))[0]
    key = read(file.read_bytes(), SPELLING).records[0].key
    response = tmp_path / "response.xml"
    response.write_text(
        "<Response><Body><CODE>200</CODE>"
        f"<data><ROWKEY>{key}</ROWKEY><CODE>902</CODE></data></Body></Response>"
    )
    said = register_answer(home, file, response)
    assert (said.code.code, said.cards[key].code) == ("200", "902")
    again = export_province(home, YEAR, tmp_path / "again")
    keys = [r.key for f in again.files for r in read(f.read_bytes(), SPELLING).records]
    assert keys == [key]


def test_an_unknown_code_or_a_strange_message_changes_nothing(
    county: tuple[Home, Path], tmp_path: Path
) -> None:
    home, out = county
    tried = send_folder(home, out, lambda *_: RESPONSE.format("777").encode())
    assert {sent.status for sent in tried} == {"unreadable"}
    strange = tmp_path / "strange"
    strange.mkdir()
    text = sorted(out.glob("*.xml"))[0].read_text("utf-8")
    (strange / "a.xml").write_text(text.replace("<MESSAGEID>", "<MESSAGEID>0"), "utf-8")
    with pytest.raises(UserError, match=r"a\.xml 不是本系统导出的报文"):
        send_folder(home, strange, lambda *_: b"")


def test_sending_is_off_by_default(county: tuple[Home, Path]) -> None:
    with pytest.raises(UserError, match="没有设置接口地址"):
        send_folder(*county)


WSDL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
  xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
  xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t">
 <types><x:schema targetNamespace="urn:t">
  <x:element name="upload"><x:complexType><x:sequence><x:element name="request" type="x:string"/>
   </x:sequence></x:complexType></x:element>
  <x:element name="uploadAnswer"><x:complexType><x:sequence>
   <x:element name="return" type="x:string"/></x:sequence></x:complexType></x:element>
 </x:schema></types>
 <message name="in"><part name="p" element="t:upload"/></message>
 <message name="out"><part name="p" element="t:uploadAnswer"/></message>
 <portType name="P"><operation name="upload"><input message="t:in"/><output message="t:out"/>
 </operation></portType>
 <binding name="B" type="t:P">
  <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
  <operation name="upload"><soap:operation soapAction="upload"/>
   <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output>
  </operation></binding>
 <service name="S"><port name="P" binding="t:B"><soap:address location="{address}"/></port>
 </service>
</definitions>"""


class Platform(BaseHTTPRequestHandler):
    """A platform that checks the digest and takes every message."""

    def do_GET(self) -> None:
        host, port = self.server.server_address[:2]
        self._say(WSDL.format(address=f"http://{host}:{port}/").encode())

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        root = etree.fromstring(data)

        def text(name: str) -> str:
            return str(root.xpath(f"//*[local-name()='{name}']/text()")[0])

        digest = hashlib.sha1(
            base64.b64decode(text("Nonce")) + text("Created").encode() + b"secret"
        ).digest()
        known = text("Password") == base64.b64encode(digest).decode()
        read(text("request").encode(), SPELLING)
        said = RESPONSE.format("200" if known and text("Username") == "county" else "903")
        said = said.replace("<", "&lt;")
        self._say(
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<t:uploadAnswer xmlns:t="urn:t"><return>{said}</return></t:uploadAnswer>'
            "</s:Body></s:Envelope>".encode()
        )

    def _say(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/?wsdl"
    server.shutdown()


@pytest.mark.parametrize(("password", "status"), [("secret", "accepted"), ("other", "again")])
def test_a_web_service_with_a_digest_takes_the_messages(
    county: tuple[Home, Path], address: str, password: str, status: str
) -> None:
    home, out = county
    lines = {"wsdl": address, "user": "county", "password": password}
    (home.path / "settings.toml").write_text(
        "".join(f'exchange_{name} = "{value}"\n' for name, value in lines.items())
    )
    assert {sent.status for sent in send_folder(Home(home.path), out)} == {status}


def test_a_pack_says_what_it_lacks_and_keeps_what_was_built_and_sent(
    county: tuple[Home, Path], tmp_path: Path
) -> None:
    home = county[0]
    pack = pack_of(home, "province-annual")
    assert pack.due(YEAR) == date(2026, 1, 31)
    lacking = missing(home, pack, YEAR)
    assert "尚未终审的卡" in lacking["state_zh"].to_list()
    with pytest.raises(UserError, match="尚缺"):
        build(home, pack, YEAR, tmp_path / "pack", "合成员")
    files = build(home, pack, YEAR, tmp_path / "pack", "合成员", anyway=True)
    assert mark_sent(home, pack, YEAR, "合成员", "回执1") == len(files)
    row = overview(home, YEAR).filter(pl.col("pack") == "province-annual").to_dicts()[0]
    assert row["receipt_no"] == "回执1" and row["sent_at"] >= row["built_at"]


def test_an_absent_node_is_an_empty_value_and_no_lost_column() -> None:
    message = (
        "<Request><Header><FUNCTION>upload</FUNCTION><TABLENAME>ZJJK_TNB_BGK</TABLENAME></Header>"
        '<Body><data oper="add"><ROWKEY>k1</ROWKEY><NEW_NODE>x</NEW_NODE></data></Body></Request>'
    )
    header, row = cells(message.encode(), SPELLING).rows()
    assert set(nodes("diabetes").values()) < set(header) and "NEW_NODE" in header
    assert [value for value in row if value] == ["k1", "x"]


def test_names_that_left_the_store_are_written_down_before_they_do(
    first: tuple[Home, Export, Path],
) -> None:
    home, made, folder = first
    logged = openings(home).filter(pl.col("file_name") == folder.name)
    assert set(logged["command"]) == {"export --to province"} and all(logged["opened_by"])
    records = sum(len(read(file.read_bytes(), SPELLING).records) for file in made.files)
    assert logged["card_count"].sum() == records > 0
