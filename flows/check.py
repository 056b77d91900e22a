"""`zhikong check`: judge files with no home, no database and no orchestrator."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows import history, quality
from flows.cards import Kind, build_kind, in_force
from flows.fields import CARDS, INPUTS
from flows.home import REFERENCE, UserError, today
from flows.ingest import FileFault
from flows.layout import Layouts, layouts
from flows.lines import mark_lines, recognised
from flows.place import Places
from flows.read import Sheet, read
from flows.sheet_text import Text, joined_text, read_sheet
from flows.text import STILL_WRITTEN, UnreadableFileError
from validators.catalogue import catalogue

COLUMNS = ["source_file", "source_row", "card_id", "rule_id", "field", "severity", "message_zh"]


def check_files(files: list[Path], card_type: str | None = None) -> pl.DataFrame:
    """Judge files as a hospital sees them before it submits.

    Args:
        files: paths of any kind the inbox takes.
        card_type: judge only this kind; by default every kind the headers show.

    Returns:
        One row a finding: source_file, source_row (as a person counts), card_id, rule_id, field,
        severity, message_zh; no values of cards.

    Raises:
        UserError: a file is not there.
    """
    table = layouts(REFERENCE)
    texts: dict[str, list[Text]] = {}
    faults: list[FileFault] = []
    for file in files:
        if not file.is_file():
            raise UserError(f"找不到文件 {file}。")
        for name, text in _texts(file, table, faults):
            texts.setdefault(name, []).append(text)
    wanted = [name for name in (*CARDS, *INPUTS) if card_type in (None, name)]
    kinds = _kinds({name: joined_text(texts[name]) for name in wanted if name in texts})
    if card_type and not kinds:
        faults += [FileFault("file.unknown_card_type", file.name, "") for file in files]
    return _findings(kinds, faults, table)


def _texts(file: Path, table: Layouts, faults: list[FileFault]) -> list[tuple[str, Text]]:
    found = []
    try:
        for number, sheet in enumerate(read(file, table.known_cells)):
            source = f"{file.name}!{sheet.member}" if sheet.member else file.name
            if sheet.fault is not None:
                faults.append(FileFault(sheet.fault.rule_id, source, str(sheet.fault)))
                continue
            made = _sheet_text(sheet, source, number, table)
            if made is None:
                faults.append(FileFault("file.unknown_card_type", source, ""))
            else:
                found.append(made)
                if sheet.is_cut:
                    last = sheet.cells.height
                    faults.append(FileFault("file.row_rejected", source, "", None, last))
    except UnreadableFileError as fault:
        # Nobody is still sending a file that is looked at here: what is not whole is damaged.
        is_part = fault.rule_id == STILL_WRITTEN
        rule = "file.unreadable" if is_part else fault.rule_id
        faults.append(FileFault(rule, file.name, str(fault)))
    return found


def _sheet_text(sheet: Sheet, source: str, number: int, table: Layouts) -> tuple[str, Text] | None:
    mapping = recognised(sheet, table, sheet.name or Path(source).stem)
    if mapping is None:
        return None
    marked = pl.concat(mark_lines(sheet, mapping))
    cells = [name for name in marked.columns if name.startswith("column_")]
    marked = marked.with_columns(row_hash=pl.struct(cells).hash(), occurrence=pl.lit(0, pl.Int32))
    info = {"source_file": source, "sheet": sheet.name, "order_no": number, "exported_at": None}
    return mapping.card_type, read_sheet(marked, info, table)


def _kinds(texts: dict[str, Text]) -> dict[str, Kind]:
    bare = {
        name: build_kind(texts.get(name) or joined_text([]), name, None)
        for name in ("area", "institution")
    }
    places = Places(in_force(bare["area"]), in_force(bare["institution"]), None)
    kinds = {}
    for name, text in texts.items():
        kind = bare[name] if name in bare else build_kind(text, name, places)
        kind.frame = kind.frame.with_columns(is_withdrawn=pl.lit(False))
        kinds[name] = kind
    return kinds


def _findings(kinds: dict[str, Kind], faults: list[FileFault], table: Layouts) -> pl.DataFrame:
    rules = catalogue()
    found = []
    for kind in kinds.values():
        ruling = quality.Ruling(today(), _province(kind), table)
        report = quality.validate_kind(kind, ruling)
        found.append(history.card_findings(kind, report.findings, rules))
        faults += quality.kind_faults(kind)
    found.append(history.file_findings(faults, rules))
    return (
        pl.concat(found)
        .join(rules.select("rule_id", "message_zh"), on="rule_id", how="left")
        .sort("source_file", "source_row", "rule_id", nulls_last=False)
        .select(COLUMNS)
    )


def _province(kind: Kind) -> str:
    """The province most of the cards belong to: rules of one province hold there only."""
    if "area_code" not in kind.frame.columns:
        return ""
    codes = kind.frame["area_code"].drop_nulls().str.slice(0, 2)
    return str(codes.mode().sort()[0]) if codes.len() else ""
