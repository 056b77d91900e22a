"""Layouts: which header of which export means which field (data files, no code per layout)."""

from __future__ import annotations

import csv
import re
import tomllib
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

CARD_TYPES = ("death", "tumour", "cardio", "diabetes")
GENERAL = "provincial"  # the pool of headers every ordinary export draws from
FEWEST_HEADERS = 3  # fewer known headers than this is not a table we know


@dataclass(frozen=True)
class Column:
    """One header of a sheet, mapped."""

    position: int
    field: str
    converter: str = ""
    value_map: str = ""


@dataclass(frozen=True)
class Mapping:
    """What a sheet turned out to be."""

    card_type: str
    layout: str
    header_row: int  # 0-based position of the header among the sheet's rows
    columns: tuple[Column, ...]
    unmapped: tuple[int, ...]
    constants: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> set[str]:
        """Fields the sheet has a column for."""
        return {column.field for column in self.columns}


@lru_cache(4096)  # one header is looked up for every layout and way to read a file
def header_key(text: str) -> str:
    """`*死者姓名（必填）` and `死者姓名` are one header; so are `vc_xm` and `VC_XM`."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"\((必填|选填|必录|\*)\)", "", text)
    return re.sub(r"[\s*:'\"“”]", "", text).upper()


class Layouts:
    """All layouts of `reference/layout` and of a home's own `layouts` folder."""

    def __init__(self, folders: tuple[Path, ...], field_file: Path) -> None:
        """Read the data files; our own field names are headers of every layout."""
        self.rows: dict[str, list[tuple[str, str, str, str, str]]] = defaultdict(list)
        self.facts: dict[str, dict[str, dict[str, str]]] = {}
        self.required: dict[str, set[str]] = defaultdict(set)
        self.carried: dict[str, set[str]] = defaultdict(set)
        self.unused: set[tuple[str, str]] = set()  # (set of layouts, header) known and not needed
        for row in _rows(field_file):
            self._add(row["field"], row["card_type"], row["field"], "own")
            if row["requirement"] == "required":
                self.required[row["card_type"]].add(row["field"])
        for folder in folders:
            for file in sorted(folder.glob("*.csv")):
                for row in _rows(file):
                    self._add(
                        row["header"],
                        row["card_type"],
                        row["field"],
                        file.stem,
                        row.get("converter") or "",
                        row.get("value_map") or "",
                    )
            for file in sorted(folder.glob("*.toml")):
                self.facts[file.stem] = tomllib.loads(file.read_text("utf-8"))

    def _add(
        self,
        header: str,
        card_type: str,
        name: str,
        layout: str,
        converter: str = "",
        vmap: str = "",
    ) -> None:
        if not name:  # a row without field: the header is known, its cells stay in raw
            self.unused.add((layout, header_key(header)))
            return
        self.rows[header_key(header)].append((card_type, name, layout, converter, vmap))
        self.carried[layout].add(f"{card_type}.{name}")

    def known_cells(self, rows: list[list[str]]) -> int:
        """The largest number of known headers in one row, 0 when too few to be a header."""
        best = max((sum(header_key(cell) in self.rows for cell in row) for row in rows), default=0)
        return best if best >= FEWEST_HEADERS else 0

    def recognise(self, rows: list[list[str]], name: str) -> Mapping | None:
        """Tell card type, layout and columns from the header.

        Args:
            rows: the first rows of a sheet.
            name: the sheet's name, or the file's stem: asked only where a layout's header fits two
                kinds of table (the national registry's FB and SW).

        Returns:
            None when no row holds enough known headers.
        """
        best: tuple[tuple[int, float], Mapping] | None = None
        for position, row in enumerate(rows):
            keys = [header_key(cell) for cell in row]
            for card_type, layout in self._candidates(keys):
                mapping = self._map(keys, card_type, layout, position)
                if not self._fits(mapping, name):
                    continue
                needed = self.required[card_type]
                share = len(mapping.fields & needed) / len(needed) if needed else 0.0
                rank = (len(mapping.columns), share)
                if best is None or rank > best[0]:
                    best = (rank, mapping)
        return best[1] if best else None

    def _candidates(self, keys: list[str]) -> set[tuple[str, str]]:
        found = {row[:3] for key in keys for row in self.rows.get(key, [])}
        return {(card_type, self._set_of(layout)) for card_type, _, layout in found}

    def _set_of(self, layout: str) -> str:
        """Files with facts of their own stand alone; all others are one pool of synonyms."""
        return layout if layout in self.facts else GENERAL

    def _map(self, keys: list[str], card_type: str, layout: str, position: int) -> Mapping:
        columns, unmapped = [], []
        for place, key in enumerate(keys):
            found = [
                row
                for row in self.rows.get(key, [])
                if row[0] == card_type and (row[2] == "own" or self._set_of(row[2]) == layout)
            ]
            if found:
                # The layout's own meaning goes before our field name of the same spelling.
                _, name, _, converter, value_map = min(found, key=lambda row: row[2] == "own")
                columns.append(Column(place, name, converter, value_map))
            elif key and (layout, key) not in self.unused:
                unmapped.append(place)
        constants = self.facts.get(layout, {}).get(card_type, {})
        return Mapping(card_type, layout, position, tuple(columns), tuple(unmapped), constants)

    def _fits(self, mapping: Mapping, name: str) -> bool:
        fields = mapping.fields
        needed = self.required[mapping.card_type]
        if len(fields) < min(FEWEST_HEADERS, len(needed) or FEWEST_HEADERS):
            return False
        by_name = self.facts.get(mapping.layout, {}).get("sheet", {})
        if by_name:
            wanted = by_name.get(name.upper())
            return len(fields) >= FEWEST_HEADERS and wanted in (None, mapping.card_type)
        # A small input must be nearly whole; a card must show enough of its own.
        if mapping.card_type in CARD_TYPES:
            return len(fields) >= 8 or len(fields & needed) >= 5
        return len(fields & needed) >= 0.7 * len(needed)


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def layouts(reference: Path, own: Path | None = None) -> Layouts:
    """The layouts in force for a home (cached: reading them costs some milliseconds)."""
    folders = [reference / "layout"]
    if own is not None and own.is_dir():
        folders.append(own)
    return Layouts(tuple(folders), reference / "field.csv")
