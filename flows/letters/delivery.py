"""Approved letters -> units: by mail or in the outbox, one after the other, at decent hours."""

from __future__ import annotations

import time as clock
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time

from flows.home import TIME_ZONE, Settings
from flows.letters import issue as issues
from flows.letters import mark, outbox, wording
from flows.letters.mail import Mailer, ServerError
from flows.letters.outbox import Waiting
from flows.store import Store
from flows.workday import is_working_day

MOST_LOST = 5  # connections lost one after the other: the server is not well, leave it alone


@dataclass
class Report:
    """What a run of sending did; no addresses."""

    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("sent", "later", "failed"), 0)
    )
    notes: list[str] = field(default_factory=list)


def beijing_now() -> datetime:
    """The time in China."""
    return datetime.now(TIME_ZONE)


def is_quiet(now: datetime, settings: Settings) -> bool:
    """Nights, and days off unless the settings say otherwise."""
    first, last = (time.fromisoformat(part) for part in settings.send_hours.split("-"))
    working = settings.send_on_holidays or is_working_day(now.date())
    return not (working and first <= now.time() < last)


def send(
    store: Store,
    issue: int | None = None,
    now: Callable[[], datetime] = beijing_now,
    sleep: Callable[[float], None] = clock.sleep,
) -> Report:
    """Send what is due; a letter that fails never stops the others.

    A letter is written down as `sending` before the server hears of it and as `sent` after the
    server took it: a crash between the two repeats it once, under the same Message-ID.

    Args:
        store: state; held alone, so no two runs send at once.
        issue: only this issue.
        now: the clock, with zone.
        sleep: pause, in seconds.
    """
    settings, report = store.home.settings, Report()
    waiting = outbox.due(store, _plain(now()), issue)
    numbers = sorted({letter.issue for letter in waiting})
    for number in numbers:
        issues.settle_folder(store.home, number)
    for letter in waiting:
        if letter.channel == "outbox":  # it lies where a person fetches it
            outbox.mark_sending(store, letter)
            outbox.mark_sent(store, letter, _plain(now()))
            report.counts["sent"] += 1
    mails = [letter for letter in waiting if letter.channel == "email"]
    if mails:
        _send_mails(store, mails, report, now, sleep)
    if settings.webhook:
        _tell_group(store, report, now)
    return report


def _send_mails(
    store: Store,
    mails: list[Waiting],
    report: Report,
    now: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> None:
    settings, mailer, lost = store.home.settings, Mailer.of(store.home), 0
    try:
        for place, letter in enumerate(mails):
            if is_quiet(now(), settings):
                report.notes.append(
                    f"现在不是发送时间（{settings.send_hours}，工作日），"
                    f"{len(mails) - place} 份留待下次。"
                )
                return
            if place:
                sleep(60 / settings.send_per_minute)
            if lost >= MOST_LOST:
                report.notes.append(f"连接多次中断，其余 {len(mails) - place} 份留待下次。")
                return
            mailer.connect()  # before the attempt is counted: a dead server is no letter's fault
            outbox.mark_sending(store, letter)
            place_of = issues.folder(store.home, letter.issue, is_draft=False)
            file = place_of / f"{mark.stem(letter.org_code)}.eml"
            answer = mailer.send(file, letter.message_id, now())
            lost = lost + 1 if answer.reason == "connection_lost" else 0
            report.counts[answer.status] += 1
            if answer.status == "sent":
                outbox.mark_sent(store, letter, _plain(now()))
            elif answer.status == "failed":
                outbox.mark_failed(store, letter, answer.reason)
            else:
                outbox.mark_later(
                    store, letter, _plain(now()), answer.reason, settings.send_attempts
                )
    except ServerError as error:
        report.notes.append(str(error))
    finally:
        mailer.close()


def _tell_group(store: Store, report: Report, now: Callable[[], datetime]) -> None:
    """One line an issue to the group, once all its letters have had their turn."""
    from flows.letters import webhook

    settings, execute = store.home.settings, store.connection.execute
    execute(
        """
        insert into state.letter_outbox
        select issue, '', 'webhook', '', 0, 0, 'prepared', 0, null, null, null
        from state.letter_issue where status = 'approved' and issue not in (
            select issue from state.letter_outbox where channel = 'webhook')
        """
    )
    for letter in outbox.due(store, _plain(now())):
        if letter.channel != "webhook" or is_quiet(now(), settings):
            continue
        row = execute(
            "select count(*), sum(row_count), count(*) filter (status in ('prepared', 'sending'))"
            " from state.letter_outbox where issue = ? and channel <> 'webhook'"
            " and status <> 'failed'",
            [letter.issue],
        ).fetchone()
        until = execute(
            "select data_until from state.letter_issue where issue = ?", [letter.issue]
        ).fetchone()
        if row is None or until is None or not row[0] or row[2]:
            continue
        title = wording.title(letter.issue, f"{until[0].month}月{until[0].day}日")
        text = wording.WEBHOOK.format(title=title, units=row[0], rows=int(row[1]))
        outbox.mark_sending(store, letter)
        if webhook.post(store.home, text, now()):
            outbox.mark_sent(store, letter, _plain(now()))
        else:
            outbox.mark_later(
                store, letter, _plain(now()), "group_not_reached", settings.send_attempts
            )
            report.notes.append("群通知未发出，留待下次。")


def _plain(moment: datetime) -> datetime:
    """Beijing time without zone, as state keeps it."""
    return moment.astimezone(TIME_ZONE).replace(tzinfo=None, microsecond=0)
