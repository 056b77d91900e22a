"""Returned sheets of a review -> one row a card, or a sentence that says where they are wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
import polars as pl
from openpyxl.utils.exceptions import InvalidFileException

from flows.canonical import Malformed, code_lists, icd10
from flows.home import UserError
from flows.recheck.sheet import BASIS, CARD_ID, ERRORS, FILLED, ICD, SHEET, rows_of

YES, NO = {"有", "是", "1", "√", "Y"}, {"无", "否", "0", "×", "N"}
#: Columns that must be there; notes and numbers of rows are not read.
NEEDED = (CARD_ID, *FILLED.values(), ICD, BASIS, ERRORS)
SCHEMA: dict[str, Any] = {
    "source_file": pl.String,
    "source_row": pl.Int64,
    "card_id": pl.String,
    **dict.fromkeys(FILLED, pl.Boolean),
    "icd10_category": pl.String,
    "diagnosis_basis": pl.String,
    "errors": pl.String,
}


def read_answers(files: list[Path], drawn: set[str]) -> pl.DataFrame:
    """The filled rows of all files: SCHEMA; a row with none of the records marked is left out.

    Args:
        files: returned workbooks.
        drawn: the card ids of the draw.

    Raises:
        UserError: a file is no workbook, lacks a column, names a card that was not drawn or one
            card twice, or holds a value nobody can read; the sentence names file, row and column.
    """
    rows = [row for file in files for row in _rows(file)]
    answers = []
    seen: dict[str, str] = {}
    for row in rows:
        place = f"{row['file']} 第 {row['row']} 行"
        card_id = row[CARD_ID]
        if card_id not in drawn:
            raise UserError(f"{place}：卡片编号不在本次抽样中，请核对抽样编号和卡片编号。")
        if card_id in seen:
            raise UserError(f"{place}：与 {seen[card_id]} 是同一张卡，请只保留一行。")
        seen[card_id] = place
        records = {name: _flag(row[zh], place, zh) for name, zh in FILLED.items()}
        if all(value is None for value in records.values()):
            continue
        if lacking := [FILLED[name] for name, value in records.items() if value is None]:
            raise UserError(f"{place}：{'、'.join(lacking)} 未填写，请填“有”或“无”。")
        answers.append(
            {
                "source_file": row["file"], "source_row": row["row"], "card_id": card_id, **records,
                "icd10_category": _icd(row[ICD], place),
                "diagnosis_basis": _codes(row[BASIS], _bases(), place, BASIS),
                "errors": _codes(row[ERRORS], _errors(), place, ERRORS),
            }
        )  # fmt: skip
    return pl.DataFrame(answers, schema=SCHEMA)


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except FileNotFoundError:
        raise UserError(f"找不到文件 {file}。") from None
    except (InvalidFileException, BadZipFile, KeyError, OSError):
        raise UserError(f"{file.name} 不是能读取的 .xlsx 文件，请交回原来的复核表。") from None
    try:
        if SHEET not in book.sheetnames:
            raise UserError(f"{file.name} 中没有名为“{SHEET}”的工作表，请交回原来的复核表。")
        lines = list(book[SHEET].iter_rows(values_only=True))
    finally:
        book.close()
    texts = [["" if cell is None else str(cell).strip() for cell in line] for line in lines]
    heads = [number for number, line in enumerate(texts) if CARD_ID in line]
    if not heads:
        raise UserError(f"{file.name} 中没有含“{CARD_ID}”的表头行，请交回原来的复核表。")
    head = texts[heads[0]]
    if lacking := [name for name in NEEDED if name not in head]:
        raise UserError(f"{file.name} 缺少列：{'、'.join(lacking)}，请交回原来的复核表。")
    places = {name: head.index(name) for name in NEEDED}
    found = []
    for number, line in enumerate(texts[heads[0] + 1 :], heads[0] + 2):
        cells = {name: line[at] if at < len(line) else "" for name, at in places.items()}
        if any(cells.values()):
            found.append({"file": file.name, "row": number, **cells})
    return found


def _flag(text: str, place: str, column: str) -> bool | None:
    if not text:
        return None
    if text.upper() in YES:
        return True
    if text.upper() in NO:
        return False
    raise UserError(f"{place}：{column} 只能填“有”或“无”。")


def _icd(text: str, place: str) -> str | None:
    if not text:
        return None
    code = icd10(text.upper())
    if isinstance(code, Malformed):
        raise UserError(f"{place}：{ICD} 不是 ICD-10 编码（如 C34.9），请核对。")
    return str(code)[:3]


def _codes(text: str, known: set[str], place: str, column: str) -> str | None:
    parts = [part for part in re.split(r"[\s,，、;；]+", text.removesuffix(".0")) if part]
    if unknown := [part for part in parts if part not in known]:
        raise UserError(
            f"{place}：{column} 中有 {len(unknown)} 个代码不在代码表内，"
            f"请填 {'、'.join(sorted(known, key=int))}。"
        )
    return ",".join(sorted(set(parts), key=int)) or None


def _bases() -> set[str]:
    return set(code_lists()["diagnosis_basis_tumour"].values())


def _errors() -> set[str]:
    return {row["code"] for row in rows_of("recheck_error.csv")}
