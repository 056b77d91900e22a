"""Proposed `evidence` rows beside the outputs: done = 0 until a person issues the document."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from flows.fields import fields

ITEM_NO = 20
ON_TIME, PLAN, COMPLETED, REPORT = 1, 2, 3, 4
HINT_ZH = (
    "佐证材料登记草稿 {file}：签发后填写签发单位、文号、完成日期，把“完成”改为 1，"
    "再放入收件目录；未签发前第 20 条为待佐证。"
)


def propose(
    folder: Path,
    step: str,
    year: int,
    area_code: str,
    documents: list[tuple[int, str, Path | None]],
) -> Path:
    """Write `evidence_<step>.csv`.

    Args:
        folder: beside the outputs.
        step: plan, sheet, analyse or hospital.
        year: 评估年.
        area_code: county.
        documents: criterion of item 20, name of the document, and its file for the check sum.
            The sum is of the draft: who issues a changed file replaces it.

    Returns:
        The file, with the Chinese labels of `evidence` as its head.
    """
    names = fields("evidence")
    file = folder / f"evidence_{step}.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        table = csv.writer(stream)
        table.writerow([field.label_zh for field in names.values()])
        for criterion, document, made in documents:
            known = {
                "year": str(year),
                "area_code": area_code,
                "item_no": str(ITEM_NO),
                "criterion_no": str(criterion),
                "done": "0",
                "document": document,
                "sha256": hashlib.sha256(made.read_bytes()).hexdigest() if made else "",
            }
            table.writerow([known.get(name, "") for name in names])
    return file
