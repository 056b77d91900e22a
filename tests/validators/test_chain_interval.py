"""Intervals between onset and death as doctors write them."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from validators.interval import HOUR, MINUTE, MONTH, WEEK, YEAR, longer, parse, parsed_column

READ: list[tuple[str, float | None, bool]] = [
    ("3天", 3, True), ("2 年", 2 * YEAR, True), ("不详", None, True), ("约半年", YEAR / 2, True),
    ("10min", 10 * MINUTE, True), ("10余年", 10 * YEAR, True), ("1-2年", 1.5 * YEAR, True),
    ("一年半", 1.5 * YEAR, True), ("3个月", 3 * MONTH, True), ("2小时30分", 2.5 * HOUR, True),
    ("十二天", 12, True), ("24h", 1, True), ("数年", None, True), ("半个月", MONTH / 2, True),
    ("1年2个月", YEAR + 2 * MONTH, True), ("二十年", 20 * YEAR, True), ("即刻", 0, True),
    ("1个半月", 1.5 * MONTH, True), ("近3年", 3 * YEAR, True), ("两周", 2 * WEEK, True),
    ("-3天", -3, True), ("３天", 3, True), ("自幼", None, True), ("1.5年", 1.5 * YEAR, True),
    ("3", None, False), ("生前", None, False), ("年", None, False), ("天3", None, False),
]  # fmt: skip


UNITS = [("分钟", MINUTE), ("小时", HOUR), ("天", 1), ("周", WEEK), ("个月", MONTH), ("年", YEAR)]


@pytest.mark.parametrize(("text", "days", "is_readable"), READ)
def test_an_interval_is_read(text: str, days: float | None, is_readable: bool) -> None:
    found = parse(text)
    assert found.is_readable is is_readable
    assert found.days == (None if days is None else pytest.approx(days))


@given(st.integers(0, 999), st.sampled_from(UNITS))
def test_number_and_unit_come_back(number: int, unit: tuple[str, float]) -> None:
    word, size = unit
    assert parse(f"{number}{word}") == (pytest.approx(number * size), size, True)


@given(st.text(max_size=12))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = parse(text)
    assert found.is_readable or found.days is None


@pytest.mark.parametrize(
    ("above", "below", "is_longer"),
    [
        ("2天", "1天", True), ("1天", "1天", False), ("30天", "1月", False), ("13月", "1年", False),
        ("1年", "6月", True), ("24小时", "1天", False), ("约半年", "5月", False),
        ("3年", "10天", True),
        ("不详", "1天", None), ("1天", None, None),
    ],
)  # fmt: skip
def test_only_a_certain_contradiction_counts(
    above: str, below: str | None, is_longer: bool | None
) -> None:
    frame = pl.DataFrame({"a": [above], "b": [below]}, schema={"a": pl.String, "b": pl.String})
    read = frame.with_columns(parsed_column("a"), parsed_column("b"))
    assert read.select(longer("a", "b")).item() is is_longer
