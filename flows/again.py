"""Content that came before and is exported anew: no new row, but it shows what still stands.

A complete export that says what an earlier one said, after another said something else, brings back
what that one withdrew; and where a source has nothing new, it says that there was nothing new.
"""

from __future__ import annotations

from datetime import date, datetime

from flows.sheet_record import Record
from flows.store import Store


def is_current(store: Store, name: str, digest: str) -> bool:
    """Whether what came last under a file's name is this content."""
    row = store.connection.execute(
        "select sha256 from state.sheet where split_part(source_file, '!', 1) = ?"
        " order by order_no desc limit 1",
        [name],
    ).fetchone()
    return row is not None and row[0] == digest


def shown_again(
    store: Store, digest: str, source_file: str, exported: datetime, as_of: date, order: int
) -> list[Record]:
    """Rows of `state.sheet` that show known content once more, from the raw file it has.

    Args:
        store: state.
        digest: of the file, or of the member of an archive.
        source_file: under which name it comes.
        exported: when; content that was shown as late as that is not shown once more.
        as_of: the night.
        order: the next order number.
    """
    rows = store.connection.execute(
        "select * from state.sheet where sha256 = ? and status = 'loaded' and received_rows > 0"
        " order by order_no",
        [digest],
    ).pl()
    if rows.is_empty() or any(last >= exported for last in rows["exported_at"]):
        return []
    first = rows.unique("sheet", keep="first", maintain_order=True)
    return [
        row
        | {
            "order_no": order + place,
            "source_file": source_file,
            "received_on": as_of,
            "exported_at": exported,
            "loaded_rows": 0,
            "repeated_rows": row["received_rows"] - row["rejected_rows"],
        }
        for place, row in enumerate(first.to_dicts())
    ]
