"""`reference/evidence_checklist.csv`: the materials that reviewers ask for."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from flows.home import REFERENCE

SYSTEM, PAPER, TEMPLATE = "system", "paper", "template"


@dataclass(frozen=True)
class Material:
    """One material; criterion_no is None where it serves the whole item."""

    item_no: int
    criterion_no: int | None
    material_zh: str
    kind: str
    table_name: str
    words: tuple[str, ...]
    how_zh: str
    source: str

    @property
    def number(self) -> str:
        """`17.1`, or `22` for a whole item."""
        return f"{self.item_no}.{self.criterion_no}" if self.criterion_no else str(self.item_no)

    def is_named_by(self, document: str | None) -> bool:
        """Whether an evidence row's document is this material."""
        return any(word in (document or "") for word in self.words)


def checklist(folder: Path = REFERENCE) -> list[Material]:
    """The materials in their order."""
    with (folder / "evidence_checklist.csv").open(encoding="utf-8", newline="") as stream:
        return [
            Material(
                int(row["item_no"]),
                int(row["criterion_no"]) if row["criterion_no"] else None,
                row["material_zh"],
                row["kind"],
                row["table_name"],
                tuple(word for word in row["words"].split(";") if word),
                row["how_zh"],
                row["source"],
            )
            for row in csv.DictReader(stream)
        ]
