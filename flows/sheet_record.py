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
