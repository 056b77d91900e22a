"""Finally audited cards -> messages for the province, and the file to reconcile with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import polars as pl

from flows.assemble import as_last_night
from flows.cards import Kind
from flows.desk import access
from flows.exchange import ledger
from flows.exchange.card_text import card_texts, partly_known_dates
from flows.exchange.dialect import Dialect, dialect_of, nodes
from flows.exchange.message import FORBIDDEN, Message, Record, write
from flows.fields import CARDS
from flows.home import Home, UserError
from flows.store import Store, opened

FINAL = "3"  # 终审通过：only this state may be uploaded by a platform
#: Withdrawn, misdiagnosed, duplicate or deleted.
IS_GONE = pl.col("is_withdrawn") | pl.col("card_status").fill_null("0").is_in(["3", "4", "5"])
RECONCILIATION = "reconciliation.csv"
LEFT_OUT = "left_out.csv"
LINE = ["card_type", "card_id", "org_code", "version_time", "operation", "year"]
LEFT_OUT_SCHEMA = {
    "card_type": pl.String, "card_id": pl.String, "field": pl.String, "reason_zh": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class Export:
    """What was written."""

    files: list[Path]
    reconciliation: Path
    left_out: int
    unanswered: int = 0  # cards of the year sent before, of which the platform has said nothing


def export_province(
    home: Home, year: int, folder: Path, *, every: bool = False, packed: bool = False
) -> Export:
    """Write upload and delete messages of a year's cards.

    Args:
        home: the installation; its last night must have run.
        year: of the event.
        folder: made if need be, closed to other users: the messages hold identities.
        every: all finally audited cards, not only what the province does not hold yet.
        packed: bodies as Base64 of a zip.

    Returns:
        The messages (at most the dialect's number of records each), `reconciliation.csv` (per card
        type, institution and month: finally audited, sent before, in this export, left out) and the
        number of lines of `left_out.csv` (card, field and reason, no values).

    Raises:
        UserError: no night yet, or the folder holds messages.
    """
    spelling = dialect_of(home)
    if any(folder.glob("*.xml")):
        raise UserError(f"{folder} 中已有报文，请换一个空目录：旧报文会与新的对账表混在一起。")
    with opened(home) as store:
        tonight = as_last_night(store, whole=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = ledger.standing(store)
        unanswered = 0
        files: list[Path] = []
        lines, left_out = [], [pl.DataFrame(schema=LEFT_OUT_SCHEMA)]
        for card_type in CARDS:
            cards = tonight.frames[card_type].filter(pl.col("year") == year)
            held = before.filter(pl.col("card_type") == card_type)
            due = _due(cards, held, card_type, every=every)
            silent = held.filter(pl.col("status") == "prepared")
            silent = silent.join(cards, on="card_id", how="semi")
            unanswered += silent.join(due, on="card_id", how="anti").height
            due, cannot = _sendable(due, card_type, spelling)
            access.log_export(store, "export --to province", due.height, folder)
            files += _messages(
                store, due, card_type, spelling, folder, tonight.as_of, packed=packed
            )
            lines.append(_line_states(cards, due, card_type))
            unread = _unread(tonight.kinds[card_type], due)
            left_out += [cannot, _partial(cards, card_type), unread]
    missing = pl.concat(left_out).sort("card_type", "card_id", "field")
    _write(folder / LEFT_OUT, missing)
    target = folder / RECONCILIATION
    _write(target, _reconciliation(pl.concat(lines)))
    return Export(files, target, missing.height, unanswered)


def _due(cards: pl.DataFrame, held: pl.DataFrame, card_type: str, *, every: bool) -> pl.DataFrame:
    """Cards that the province has not in this version, each with its operation.

    What was not answered is taken for delivered, until everything is to be sent once more: a card
    that was never accepted then goes as a new one.
    """
    known = held.select(
        "card_id", "accepted_operation", sent_version="version_time", sent_operation="operation",
        sent_status="status",
    )  # fmt: skip
    state = cards.join(known, on="card_id", how="left", maintain_order="left").with_columns(
        card_type=pl.lit(card_type)
    )
    adds = ["add", "modify"]
    accepted = pl.col("accepted_operation").is_in(adds).fill_null(False)
    unanswered = pl.col("sent_operation").is_in(adds) & pl.col("sent_status").eq("prepared")
    there = accepted | unanswered.fill_null(False)
    final = (pl.col("audit_status") == FINAL) & ~IS_GONE
    newer = pl.col("version_time") > pl.col("sent_version")
    again = pl.col("sent_status").eq("again").fill_null(False)
    operation = (
        pl.when(there & IS_GONE)
        .then(pl.lit("delete"))
        .when(final & (~there | (~accepted & ~newer & pl.lit(every))))
        .then(pl.lit("add"))
        .when(final & there & (newer | again | pl.lit(every)))
        .then(pl.lit("modify"))
    )
    return (
        state.with_columns(operation=operation)
        .filter(pl.col("operation").is_not_null())
        .sort("operation", "card_id")
    )


def _sendable(
    due: pl.DataFrame, card_type: str, spelling: Dialect
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cards whose id and texts a message can carry, and the others with the reason."""
    made = due.filter(pl.col("is_made_id")).select(
        card_type=pl.lit(card_type),
        card_id="card_id",
        field=pl.lit("card_id"),
        reason_zh=pl.lit("卡片没有上传主键，不能上传，请先在报告系统补录。"),
    )
    texts = card_texts(due, card_type, spelling)
    fields = {node: name for name, node in nodes(card_type).items()}
    bad = [
        due.filter(texts[node].str.contains(FORBIDDEN.pattern).fill_null(False)).select(
            card_type=pl.lit(card_type),
            card_id="card_id",
            field=pl.lit(fields[node]),
            reason_zh=pl.lit("内容含有报文不能表示的控制字符，请先订正该卡。"),
        )
        for node in texts.columns
    ]
    cannot = pl.concat([pl.DataFrame(schema=LEFT_OUT_SCHEMA), made, *bad])
    return due.join(cannot, on="card_id", how="anti"), cannot


def _partial(cards: pl.DataFrame, card_type: str) -> pl.DataFrame:
    final = cards.filter(pl.col("audit_status") == FINAL)
    return partly_known_dates(final).select(
        card_type=pl.lit(card_type),
        card_id="card_id",
        field="field",
        reason_zh=pl.lit("日期只知道年或年月，报文不能表示，该项未上传。"),
    )


def _unread(kind: Kind, due: pl.DataFrame) -> pl.DataFrame:
    """Values that could not be read: the message goes without them, and the county is told."""
    ids = kind.frame.select("card_id").with_row_index("row_index")
    return (
        kind.malformed.join(ids, on="row_index")
        .join(due, on="card_id", how="semi")
        .select(
            card_type=pl.lit(kind.card_type),
            card_id="card_id",
            field="field",
            reason_zh=pl.lit("内容不是该项的规定取值，该项未上传，请先订正该卡。"),
        )
    )


def _messages(
    store: Store,
    due: pl.DataFrame,
    card_type: str,
    spelling: Dialect,
    folder: Path,
    as_of: date,
    *,
    packed: bool,
) -> list[Path]:
    files = []
    for name, kinds in spelling.operations.items():
        if not kinds:
            continue
        own = due.filter(pl.col("operation").is_in(kinds))
        for place, part in enumerate(own.iter_slices(spelling.most_records), 1):
            message_id = _message_id(part)
            records = _records(part, card_type, spelling)
            message = Message(
                name,
                spelling.tables[card_type],
                {
                    spelling.header["message_id"]: message_id,
                    spelling.header["sender"]: store.home.settings.exchange_sender,
                    spelling.header["sent_at"]: f"{datetime.combine(as_of, time()):%Y-%m-%d %X}",
                    spelling.header["record_count"]: str(len(records)),
                },
                records,
            )
            file = folder / f"{card_type}-{name}-{place:03d}.xml"
            file.write_bytes(write(message, spelling, packed=packed))
            file.chmod(0o600)
            ledger.prepare(store, part.select(LINE), message_id, as_of)
            files.append(file)
    return files


def _message_id(part: pl.DataFrame) -> str:
    """The same cards in the same versions are the same message: sent twice, it can be told."""
    content = part.select("card_type", "card_id", "version_time", "operation").write_csv()
    return hashlib.blake2b(content.encode(), digest_size=12).hexdigest()


def _records(part: pl.DataFrame, card_type: str, spelling: Dialect) -> list[Record]:
    changed = spelling.elements["changed"]
    texts = card_texts(part, card_type, spelling).with_columns(
        pl.col(changed).fill_null(part["version_time"].dt.to_string("%Y-%m-%d %H:%M:%S"))
    )
    records = []
    for operation, key, values in zip(
        part["operation"], part["card_id"], texts.iter_rows(named=True), strict=True
    ):
        if operation == "delete":
            values = {changed: values[changed]}
        records.append(
            Record(operation, key, {node: text for node, text in values.items() if text})
        )
    return records


def _line_states(cards: pl.DataFrame, due: pl.DataFrame, card_type: str) -> pl.DataFrame:
    sent = due.select("card_id", "operation")
    return cards.join(sent, on="card_id", how="left").select(
        card_type=pl.lit(card_type),
        org_code="org_code",
        month=pl.col("event_date").dt.to_string("%Y-%m"),
        is_final=(pl.col("audit_status") == FINAL).fill_null(False) & ~IS_GONE,
        operation="operation",
    )


def _reconciliation(lines: pl.DataFrame) -> pl.DataFrame:
    """对账: what should be there and what this export says, by card type, institution, month."""

    def number_of(kind: str) -> pl.Expr:
        return (pl.col("operation") == kind).sum().alias(f"{kind}_count")

    return (
        lines.group_by("card_type", "org_code", "month")
        .agg(
            card_count=pl.len(),
            final_count=pl.col("is_final").sum(),
            add_count=number_of("add"),
            modify_count=number_of("modify"),
            delete_count=number_of("delete"),
        )
        .sort("card_type", "org_code", "month", nulls_last=True)
    )


def _write(file: Path, table: pl.DataFrame) -> None:
    file.write_text(table.write_csv(), encoding="utf-8-sig")
    file.chmod(0o600)
