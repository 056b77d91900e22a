"""A frame as a plain text table; Chinese characters take two columns."""

from __future__ import annotations

import polars as pl

from flows.printable import printable


def as_text(frame: pl.DataFrame) -> str:
    """Render all rows; numbers to four significant places behind the point."""
    from rich.cells import cell_len

    rows = [[_text(value) for value in row] for row in frame.rows()]
    widths = [
        max([cell_len(name), *(cell_len(row[i]) for row in rows)])
        for i, name in enumerate(frame.columns)
    ]

    def line(cells: list[str]) -> str:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)
        )
        return "  ".join(padded).rstrip()

    rule = "  ".join("─" * width for width in widths)
    return "\n".join([line(frame.columns), rule, *(line(row) for row in rows)])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return printable(str(value))
