"""Letters over a real SMTP server: well, refusing, slow, greylisting, dropping; and killed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from aiosmtpd.controller import Controller

from flows.home import Home, UserError
from flows.letters import delivery, mark, outbox
from flows.letters.delivery import Report, send
from flows.store import opened
from tests.letters.conftest import sql
from tests.letters.killed import WORKING_HOUR
from tests.letters.many import issue_of
from tests.letters.server import PASSWORD, USER, Postbox, certificate, port_of, start

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def server(postbox: Postbox, pair: tuple[Path, Path]) -> Iterator[Controller]:
    controller = start(postbox, *pair)
    yield controller
    controller.stop()


@pytest.fixture
def mailing(home: Home, server: Controller, pair: tuple[Path, Path]) -> Home:
    settings(home, port_of(server), pair[0])
    return home


def settings(place: Home, port: int, authority: Path, more: str = "") -> None:
    (place.path / "settings.toml").write_text(
        f'mail = true\nsmtp_host = "localhost"\nsmtp_port = {port}\nsmtp_user = "{USER}"\n'
        f'smtp_from = "cdc@example.org"\nsmtp_ca_file = "{authority}"\n'
        f"smtp_timeout_seconds = 1\n{more}",
        "utf-8",
    )
    (place.keys / "smtp_password").write_text(PASSWORD, "utf-8")


def sent(place: Home, moment: datetime = WORKING_HOUR) -> Report:
    with opened(Home(place.path)) as store:
        return send(store, now=lambda: moment, sleep=lambda seconds: None)


def states(place: Home) -> dict[str, tuple[str, int, str | None]]:
    rows = sql(place, "select org_code, status, attempts, reason from state.letter_outbox")
    return {row[0]: row[1:] for row in rows}  # type: ignore[misc,index]


def test_a_letter_arrives_with_its_sheet_under_its_message_id(mailing, postbox):
    issue_of(mailing, {"H1": "h1@example.org"})
    assert sent(mailing).counts == {"sent": 1, "later": 0, "failed": 0}
    ((address, data),) = postbox.arrived
    mail = message_from_bytes(data, policy=default)
    assert (address, mail["From"], mail["To"]) == (
        "h1@example.org", "cdc@example.org", "h1@example.org",
    )  # fmt: skip
    assert mail["Message-ID"] == mark.message_id(mailing.key, 1, "H1")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["H1.xlsx"]
    assert states(mailing) == {"H1": ("sent", 1, None)}
    assert sent(mailing).counts["sent"] == 0
    with opened(mailing) as store:
        outbox.send_again(store, None, "H1")
    sent(mailing)
    assert len(set(postbox.idents)) == 1 and len(postbox.idents) == 2


def test_one_bad_address_never_stops_the_others(mailing, postbox):
    postbox.to = lambda address: "550 no such user" if address[0] == "b" else "250 OK"
    issue_of(mailing, {"H1": "bad@example.org", "H2": "good@example.org", "H3": "x@example.org"})
    assert sent(mailing).counts == {"sent": 2, "later": 0, "failed": 1}
    assert states(mailing)["H1"] == ("failed", 1, "address_refused")
    postbox.to = lambda address: "250 OK"
    with opened(mailing) as store:
        assert outbox.send_again(store, None, None) == 1
    sent(mailing)
    assert sorted(address for address, _ in postbox.arrived)[0] == "bad@example.org"


def test_a_greylisting_server_is_asked_again_after_a_while(mailing, postbox):
    postbox.to = lambda address: "450 greylisted, come back"
    issue_of(mailing, {"H1": "h1@example.org"})
    assert sent(mailing).counts == {"sent": 0, "later": 1, "failed": 0}
    postbox.to = lambda address: "250 OK"
    assert sent(mailing, WORKING_HOUR + timedelta(minutes=4)).counts["sent"] == 0
    assert sent(mailing, WORKING_HOUR + timedelta(minutes=6)).counts["sent"] == 1
    assert states(mailing) == {"H1": ("sent", 2, None)}


def test_after_the_last_attempt_a_letter_has_failed_and_says_why(mailing, postbox):
    postbox.to = lambda address: "451 try later"
    issue_of(mailing, {"H1": "h1@example.org"})
    for days in range(10):
        sent(mailing, WORKING_HOUR + timedelta(days=days))
    assert states(mailing) == {"H1": ("failed", 6, "asked_to_wait")}


def test_a_server_that_drops_the_line_costs_one_letter_a_retry_and_not_the_rest(mailing, postbox):
    dropped = set()

    def drop(server, address):
        if address not in dropped and address == "h2@example.org":
            dropped.add(address)
            server.transport.close()
        return "250 OK"

    postbox.data = drop
    issue_of(mailing, {f"H{number}": f"h{number}@example.org" for number in range(1, 5)})
    assert sent(mailing).counts == {"sent": 3, "later": 1, "failed": 0}
    assert states(mailing)["H2"] == ("prepared", 1, "connection_lost")
    assert sent(mailing, WORKING_HOUR + timedelta(minutes=6)).counts["sent"] == 1
    # It had arrived before the line broke: the same Message-ID tells the two apart from others.
    assert len(postbox.idents) == 5
    assert len(set(postbox.idents)) == 4


def test_a_slow_server_is_left_after_the_timeout_and_tried_later(mailing, postbox):
    postbox.slow = 1.5
    issue_of(mailing, {"H1": "h1@example.org"})
    assert sent(mailing).counts == {"sent": 0, "later": 1, "failed": 0}
    assert states(mailing) == {"H1": ("prepared", 1, "connection_lost")}


def test_a_server_that_is_not_there_blames_no_letter(home, pair):
    settings(home, 9, pair[0])
    issue_of(home, {"H1": "h1@example.org"})
    report = sent(home)
    assert "无法连接邮件服务器" in report.notes[0]
    assert states(home) == {"H1": ("prepared", 0, None)}


def test_a_wrong_password_or_a_foreign_certificate_is_the_settings_fault(mailing, server, tmp_path):
    issue_of(mailing, {"H1": "h1@example.org"})
    (mailing.keys / "smtp_password").write_text("falsch", "utf-8")
    assert "拒绝登录" in sent(mailing).notes[0]
    (tmp_path / "other").mkdir()
    settings(mailing, port_of(server), certificate(tmp_path / "other")[0])
    assert "加密连接未能建立" in sent(mailing).notes[0]
    assert states(mailing) == {"H1": ("prepared", 0, None)}


def test_a_password_never_goes_out_in_clear(mailing):
    text = (mailing.path / "settings.toml").read_text("utf-8")
    (mailing.path / "settings.toml").write_text(text + 'smtp_security = "none"\n', "utf-8")
    issue_of(mailing, {"H1": "h1@example.org"})
    with pytest.raises(UserError, match="明文"):
        sent(mailing)


@pytest.mark.parametrize(
    "moment",
    [
        WORKING_HOUR.replace(hour=7),
        WORKING_HOUR.replace(hour=18),
        WORKING_HOUR.replace(day=8),  # a Saturday
        WORKING_HOUR.replace(month=5, day=1),  # 劳动节, a Thursday
    ],
)
def test_nights_and_days_off_are_quiet(mailing, postbox, moment):
    issue_of(mailing, {"H1": "h1@example.org"})
    assert "不是发送时间" in sent(mailing, moment).notes[0]
    assert postbox.arrived == []


def test_letters_go_at_the_pace_of_the_settings(mailing):
    issue_of(mailing, {f"H{number}": f"h{number}@example.org" for number in range(3)})
    pauses: list[float] = []
    with opened(mailing) as store:
        send(store, now=lambda: WORKING_HOUR, sleep=pauses.append)
    assert pauses == [2.0, 2.0]  # 30 a minute


#: Where each run is killed: step and letter.
DEATHS = [
    ("connected", 1), ("before_sending", 20), ("after_sending", 30), ("after_accepted", 40),
    ("before_sent", 30), ("after_sent", 30), ("after_accepted", 1),
]  # fmt: skip


@pytest.mark.slow
def test_killed_at_every_step_of_200_letters_every_unit_has_one_letter(mailing, postbox):
    issue_of(mailing, {f"H{number:03}": f"h{number:03}@example.org" for number in range(200)})
    for step, nth in [*DEATHS, ("none", 0)]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.letters.killed", mailing.path, step, str(nth)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == (0 if step == "none" else -9), done.stderr[-500:]
    assert set(postbox.idents) == {
        mark.message_id(mailing.key, 1, f"H{number:03}") for number in range(200)
    }
    assert {address for address, _ in postbox.arrived} == {
        f"h{number:03}@example.org" for number in range(200)
    }
    # Only a letter that was taken and not yet written down as sent comes twice: one a death there.
    deaths = [step for step, _ in DEATHS]
    at_risk = deaths.count("after_accepted") + deaths.count("before_sent")
    assert len(postbox.idents) == 200 + at_risk
    assert {status for status, _, _ in states(mailing).values()} == {"sent"}


class Group(BaseHTTPRequestHandler):
    """A group's service that takes texts after a first refusal."""

    texts: ClassVar[list[str]] = []
    refuse: ClassVar[bool] = True

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"errcode": 45009 if Group.refuse else 0}
        if not Group.refuse:
            Group.texts.append(body["text"]["content"])
        Group.refuse = False
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def test_the_group_hears_counts_only_and_once(mailing, postbox):
    issue_of(mailing, {"H1": "h1@example.org", "H2": "h2@example.org"})
    text = (mailing.path / "settings.toml").read_text("utf-8")
    (mailing.path / "settings.toml").write_text(text + 'webhook = "dingtalk"\n', "utf-8")
    service = HTTPServer(("localhost", 0), Group)
    Thread(target=service.serve_forever, daemon=True).start()
    (mailing.keys / "webhook_url").write_text(f"http://localhost:{service.server_port}/?t=1")
    (mailing.keys / "webhook_secret").write_text("geheim")
    try:
        assert sent(mailing).notes == ["群通知未发出，留待下次。"]
        for minutes in (6, 60):
            assert sent(mailing, WORKING_HOUR + timedelta(minutes=minutes)).notes == []
    finally:
        service.shutdown()
        service.server_close()
    assert Group.texts == [
        "慢性病监测待核实单（第1期，数据截至3月3日）：已发给 2 家单位，共 8 条请核实。"
        "明细见各单位邮箱，谢谢配合。"
    ]


def test_the_clock_is_beijing_time():
    assert delivery.beijing_now().utcoffset() == timedelta(hours=8)
