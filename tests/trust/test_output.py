"""Text of cards and files stays text in everything that people open."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from lxml import etree

from flows.brief.period import read_period
from flows.brief.write import write_brief
from flows.desk.access import Who
from flows.desk.book import write as write_desk
from flows.form import Form, show
from flows.home import Home
from flows.letters.lock import unlocked
from flows.plain import run_plain
from flows.printable import escaped_json, not_a_formula, printable
from flows.published import finding_rows
from flows.report.build import write_report
from tests.trust.nasty import NASTY, TOKEN, nasty_home
from tests.trust.picture import KEY

PASSWORD = "eightchars"
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, str, Path]:
    """The home after a night, what the night said, and the folder all this happened in."""
    folder = tmp_path_factory.mktemp("nasty")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHIKONG_KEY", KEY)
        home = nasty_home(folder)
        text = run_plain(home, date(2026, 1, 31), said.append)
        write_report(home, 2025)
        write_brief(home, read_period(None, "2025Q2"))
        write_desk(home, Who("甲", "演练"), PASSWORD)
    return home, "\n".join([*said, text]), folder


class Active(HTMLParser):
    """Tags, attributes and addresses that a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "form", "base"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on"):
                self.found.append(f"{tag} {name}")
            if name in ("href", "src", "action") and TOKEN in (value or ""):
                self.found.append(f"{tag} {name}={value}")


def packed_parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def active_cells(data: bytes) -> list[str]:
    """Formulas, links and external parts of a workbook or document that carry a payload."""
    found = []
    for name, part in packed_parts(data).items():
        if not name.endswith((".xml", ".rels")):
            continue
        root = etree.fromstring(part)
        for node in root.iter():
            kind = etree.QName(node).localname
            text = "".join(node.itertext()) + " ".join(str(value) for value in node.attrib.values())
            active = kind in ("f", "hyperlink", "instrText", "fldSimple", "definedName")
            external = kind == "Relationship" and node.get("TargetMode") == "External"
            if (active or external) and TOKEN in text:
                found.append(f"{name}: {kind}")
    return found


def test_every_payload_came_in(night: tuple[Home, str, Path]) -> None:
    home, _, _ = night
    with duckdb.connect(str(home.published), read_only=True) as published:
        (units,) = published.execute(
            "select count(*) from reference.institution where contains(org_name, ?)", [TOKEN]
        ).fetchone() or (0,)
        (unknown,) = published.execute(
            "select count(*) from quality.unresolved_value where contains(value, ?)", [TOKEN]
        ).fetchone() or (0,)
    assert units > len(NASTY) and unknown + units > len(NASTY)


def test_pages_hold_no_markup_of_others(night: tuple[Home, str, Path]) -> None:
    pages = sorted(night[0].reports.rglob("*.html"))
    assert any(TOKEN in page.read_text("utf-8") for page in pages)
    for page in pages:
        reader = Active()
        reader.feed(page.read_text("utf-8"))
        assert reader.found == [], page.name


def test_workbooks_and_documents_hold_no_formula_or_link_of_others(
    night: tuple[Home, str, Path],
) -> None:
    home, _, _ = night
    files = [*home.outbox.rglob("*.xlsx"), *home.reports.rglob("*.docx")]
    assert len(files) > 10
    seen = 0
    for file in sorted(files):
        data = file.read_bytes()
        assert active_cells(data) == [], file.name
        seen += any(TOKEN.encode() in part for part in packed_parts(data).values())
    assert seen > 10
    for file in home.desk.glob("*.xlsx"):
        data = unlocked(file.read_bytes(), PASSWORD)
        assert data is not None and active_cells(data) == []


def test_a_mail_has_our_headers_and_one_plain_receiver(night: tuple[Home, str, Path]) -> None:
    mails = sorted(night[0].outbox.rglob("*.eml"))
    assert len(mails) > 10
    for file in mails:
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        assert set(mail.keys()) == {
            "Subject", "To", "Date", "Message-ID", "MIME-Version", "Content-Type"
        }  # fmt: skip
        assert TOKEN not in str(mail["To"]) and not CONTROL.search(str(mail["Subject"]))
        for part in mail.walk():
            assert not CONTROL.search(part.get_filename() or "")
            assert not re.search(r"[/\\]", part.get_filename() or "")


def test_no_code_or_name_of_a_file_leads_out_of_its_folder(night: tuple[Home, str, Path]) -> None:
    home, _, folder = night
    assert sorted(path.name for path in folder.iterdir()) == ["home", "sample"]
    known = {
        "inbox", "raw", "keys", "outbox", "reports", "desk", "logs", "state.duckdb",
        "surveillance.duckdb", "shelf", ".lock",
    }  # fmt: skip
    assert {path.name for path in home.path.iterdir()} <= known
    plain = re.compile(r"[0-9A-Za-z_.-]+")
    written = [*home.outbox.rglob("*"), *home.reports.rglob("*"), *home.raw.rglob("*")]
    assert [path.name for path in written if not plain.fullmatch(path.name)] == []


def test_the_log_and_the_summary_are_lines_of_ours(night: tuple[Home, str, Path]) -> None:
    home, said, _ = night
    assert TOKEN in said and not CONTROL.search(said)
    for log in home.logs.iterdir():
        text = log.read_text("utf-8")
        assert TOKEN in text and not CONTROL.search(text)
        for line in text.splitlines():
            assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \d+ ", line), line


@pytest.mark.parametrize("form", list(Form))
def test_a_printed_table_moves_no_cursor_and_works_nothing_out(
    night: tuple[Home, str, Path], form: Form, capsys: pytest.CaptureFixture[str]
) -> None:
    show(finding_rows(night[0].path, None, None, False), form)
    shown = capsys.readouterr().out
    assert TOKEN in shown and not CONTROL.search(shown)
    if form is Form.csv:
        assert not re.search(r'(?:^|,)"?[=@](?!,)', shown, re.M)


def test_a_table_for_the_orchestrator_holds_no_text_of_files(
    night: tuple[Home, str, Path],
) -> None:
    with duckdb.connect(str(night[0].published), read_only=True) as published:
        text = str(published.execute("select * from score.item").fetchall())
    assert TOKEN not in text


@pytest.mark.parametrize("payload", NASTY)
def test_a_payload_is_one_visible_line_and_json_reads_back(payload: str) -> None:
    import json

    assert not CONTROL.search(printable(payload)) and len(printable(payload)) <= 2001
    assert json.loads(escaped_json(json.dumps([payload], ensure_ascii=False))) == [payload]
    assert not re.match(r"[=@+\t\r\n]", not_a_formula(payload))


@pytest.mark.parametrize("number", ["-1.5", "+3", "-5%", "2025-01-01", "合成", ""])
def test_numbers_and_words_of_a_csv_stay_as_they_are(number: str) -> None:
    assert not_a_formula(number) == number
