"""What `zhikong link` does with two files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from flows.home import Home, UserError
from flows.linkage.explain import waterfall
from flows.linkage.learning import shares_zh
from flows.linkage.pairs import match, model_and_sides
from flows.linkage.two_files import read_both


@dataclass(frozen=True)
class Linked:
    """The pairs (row numbers only) and what to tell the user beside them."""

    pairs: pl.DataFrame
    notes: list[str]


def linked(file_a: Path, file_b: Path, threshold: float, every: bool, home: Home) -> Linked:
    """Match two files.

    Raises:
        UserError: a list cannot be used.
    """
    left, right, notes = read_both(file_a, file_b, home)
    found = match(left, right, threshold, every=every, learn=True)
    notes.append(f"{file_a.name} {left.height} 行，{file_b.name} {right.height} 行")
    assert found.model is not None
    notes.append(shares_zh(found.model))
    if found.left_out:
        notes.append(f"有些取值（如同一姓名）的人太多，其中 {found.left_out} 对没有按该取值比较")
    if found.pairs.is_empty():
        notes.append(
            f"没有找到概率达到 {threshold:g} 的配对：两份名单可能没有相同的人，"
            "也请核对列是否取错、地区和年份是否对应"
        )
    return Linked(found.pairs, notes)


def explained(file_a: Path, file_b: Path, rows: str, home: Home) -> pl.DataFrame:
    """The waterfall of one pair of rows; names no value of either.

    Raises:
        UserError: the rows are not two numbers, or there are no such rows.
    """
    numbers = re.fullmatch(r"\s*(\d+)\s*[,，]\s*(\d+)\s*", rows)
    if not numbers:
        raise UserError("--explain 后面写两个行号，如 --explain 12,345（表头不计，从 1 起）。")
    left, right, _ = read_both(file_a, file_b, home)
    chosen = []
    model, *sides = model_and_sides(left, right, learn=True)
    for file, side, number in zip((file_a, file_b), sides, numbers.groups(), strict=True):
        person = side.filter(pl.col("row") == int(number))
        if person.is_empty():
            raise UserError(f"{file.name} 没有第 {number} 行（共 {side.height} 行，表头不计）。")
        chosen.append(person)
    return waterfall(chosen[0], chosen[1], model)
