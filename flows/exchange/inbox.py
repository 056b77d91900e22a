"""A message that lies in the inbox -> rows of text like any other file's."""

from __future__ import annotations

import polars as pl

from flows.exchange.dialect import Dialect, nodes
from flows.exchange.message import MessageError, Record, read
from flows.text import UnreadableFileError

DELETED = "5"  # 报告卡状态：删除卡


def cells(data: bytes, dialect: Dialect) -> pl.DataFrame:
    """The records of a message below a row of headers.

    Args:
        data: an `upload` or `delete` request.
        dialect: names of the nodes.

    Returns:
        Text columns column_0, ...: row 0 the headers (every node of that card's table, for a node
        that a record leaves out is an empty value, not a column the file lacks), then one row a
        record in the message's order. A deletion is the card with card status 5.

    Raises:
        UnreadableFileError: the message is refused as a whole; the text says where and why.
    """
    try:
        message = read(data, dialect)
    except MessageError as error:
        raise UnreadableFileError("file.unreadable", str(error)) from None
    card_type = dialect.card_type(message.table)
    if not dialect.operations[message.operation] or card_type is None:
        raise UnreadableFileError(
            "file.unreadable", f"这是 {message.operation} 查询报文，没有卡片，不需放入收件目录。"
        )
    known = nodes(card_type)
    # A node that is new to us keeps its column: it stays in raw and is pointed out.
    others = {name for record in message.records for name in record.values}
    header = list(dict.fromkeys([*known.values(), *sorted(others)]))
    changed = dialect.elements["changed"]
    if changed not in header:
        header.append(changed)
    rows = [_row(record, header, known) for record in message.records]
    schema = [f"column_{place}" for place in range(len(header))]
    return pl.DataFrame([header, *rows], schema=dict.fromkeys(schema, pl.String), orient="row")


def _row(record: Record, header: list[str], known: dict[str, str]) -> list[str | None]:
    values = dict(record.values)
    values.setdefault(known["card_id"], record.key)
    if record.operation == "delete":
        values[known["card_status"]] = DELETED
    return [values.get(name) for name in header]
