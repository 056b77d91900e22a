"""A row of state.sheet, as it is before a sheet is looked at."""

from __future__ import annotations

from flows.read import Sheet

Record = dict[str, object]


def source_of(name: str, sheet: Sheet) -> str:
    """What a sheet's file is called: the file of the inbox, and the member of an archive."""
    return f"{name}!{sheet.member}" if sheet.member else name


def unread(name: str, sheet: Sheet, order: int) -> Record:
    """The row of a sheet of which nothing has been taken.

    Args:
        name: the file under the inbox.
        sheet: of that file.
        order: its order number.
    """
    return {
        "order_no": order, "sha256": sheet.sha256, "source_file": source_of(name, sheet),
        "sheet": sheet.name, "raw_file": None, "card_type": None, "layout": None,
        "received_rows": 0, "loaded_rows": 0, "repeated_rows": 0, "rejected_rows": 0,
        "status": "rejected", "reason": None, "rule_id": None,
    }  # fmt: skip


def raw_name(sheet: Sheet, order: int) -> str:
    """The file of raw in which the lines of a sheet are kept."""
    return f"{sheet.sha256[:32]}-{order}.raw"


def told(name: str, records: list[Record]) -> str:
    """A line on a file that was taken: its rows, and what of it was not.

    Args:
        name: the file under the inbox.
        records: of its sheets; none where all came before in another file.
    """
    if not records:
        return f"{name}：各表此前均已收到"
    parts = {"": "received_rows", "重复 ": "repeated_rows", "退回 ": "rejected_rows"}
    counts = {said: sum(int(str(row[name])) for row in records) for said, name in parts.items()}
    rows = "，".join(f"{said}{count} 行" for said, count in counts.items() if count)
    refused = [
        "：".join(str(part) for part in (_part(name, row), row["reason"]) if part)
        for row in records
        if row["reason"]
    ]
    return f"{name}：" + "；".join([*([rows] if rows else []), *refused])


def _part(name: str, row: Record) -> str:
    """Which member of an archive, or sheet of a workbook."""
    member = str(row["source_file"]).removeprefix(name).removeprefix("!")
    return "#".join(part for part in (member, str(row["sheet"] or "")) if part)
