"""What is written to raw comes back as it was, or not at all."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import raw_file
from flows.raw_file import DamagedRawError
from flows.store import connect

KEY = "k" * 32
LINES = pl.DataFrame(
    {
        "source_row": [1, 2, 4],
        "line_kind": ["header", "data", "data"],
        "column_0": ["姓名", "王小明", None],
        "column_1": [None, "", "'\"\n"],
        "row_hash": pl.Series([2**64 - 1, 0, 1], dtype=pl.UInt64),
        "occurrence": pl.Series([0, 0, 1], dtype=pl.Int32),
    }
)

#: Columns as they come back: what is known of a line before its cells.
KNOWN_FIRST = ["source_row", "line_kind", "row_hash", "occurrence", "column_0", "column_1"]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.none() | st.text(max_size=9), max_size=7), min_size=1, max_size=4))
def test_any_texts_come_back_in_their_order(tmp_path: Path, texts: list[list[str | None]]) -> None:
    frames = [
        pl.DataFrame(
            {"source_row": range(len(part)), "column_0": part},
            schema={"source_row": pl.Int64, "column_0": pl.String},
        )
        for part in texts
    ]
    raw_file.write(frames, tmp_path / "1.raw", KEY)
    read = pl.concat(raw_file.pieces(tmp_path / "1.raw", KEY))
    assert read.equals(pl.concat(frames))


def test_a_sheet_comes_back_in_pieces_none_of_which_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_file, "LINES", 2)
    file = tmp_path / "1.raw"
    raw_file.write([LINES, LINES.clear(), LINES.reverse()], file, KEY)
    pieces = list(raw_file.pieces(file, KEY))
    assert [piece.height for piece in pieces] == [2, 1, 0, 2, 1]
    assert pl.concat(pieces).equals(pl.concat([LINES, LINES.reverse()]).select(KNOWN_FIRST))
    assert pieces[0].schema == LINES.select(KNOWN_FIRST).schema
    some = list(raw_file.pieces(file, KEY, ["line_kind", "row_hash"]))
    assert pl.concat(some).equals(pl.concat(pieces).select("line_kind", "row_hash"))
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]  # no draft is left


def parts(data: bytes) -> list[bytes]:
    """What a file begins with, and its messages."""
    found, place = [data[:8]], 8
    while place < len(data):
        end = place + 20 + int.from_bytes(data[place : place + 8], "little")
        found.append(data[place:end])
        place = end
    return found


def test_the_file_shows_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "1.raw"
    raw_file.write([LINES], file, KEY)
    shown = file.read_bytes()
    for word in ("王小明".encode(), b"column_0", b"line_kind", b"PAR1"):
        assert word not in shown
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(file)


def test_whoever_has_the_key_opens_it_as_the_decision_says(tmp_path: Path) -> None:
    file = tmp_path / "1.raw"
    raw_file.write([LINES], file, KEY)
    key = hmac.new(KEY.encode(), b"raw 1.raw", hashlib.sha256).digest()
    data, number, opened = file.read_bytes()[8:], 0, []
    while data:
        length, nonce = int.from_bytes(data[:8], "little"), data[8:20]
        place = f"{number}" if len(data) > 20 + length else f"{number} end"
        opened.append(AESGCM(key).decrypt(nonce, data[20 : 20 + length], place.encode()))
        data, number = data[20 + length :], number + 1
    known, cells, end = opened
    assert pl.read_parquet(known).hstack(pl.read_parquet(cells)).equals(LINES.select(KNOWN_FIRST))
    assert end == b""


@pytest.mark.parametrize("fault", ["changed", "cut", "shortened", "empty", "renamed", "other key"])
def test_a_file_that_is_not_as_it_was_written_is_refused(tmp_path: Path, fault: str) -> None:
    file, key = tmp_path / "1.raw", KEY
    raw_file.write([LINES] * 3, file, KEY)
    whole = file.read_bytes()
    places = [40, len(whole) // 3, len(whole) // 2, len(whole) - 40]
    match fault:
        case "changed":
            for place in places:
                file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
                with pytest.raises(DamagedRawError):
                    list(raw_file.pieces(file, key))
        case "cut":
            file.write_bytes(whole[:-1])
        case "shortened":
            file.write_bytes(b"".join(parts(whole)[:-1]))  # the last message is gone
        case "empty":
            file.write_bytes(b"")
        case "renamed":
            file = file.rename(tmp_path / "2.raw")
        case _:
            key = "x" * 32
    with pytest.raises(DamagedRawError):
        list(raw_file.pieces(file, key))


@pytest.mark.parametrize("order", [(1, 0, 2, 3, 4), (2, 3, 0, 1, 4), (0, 1, 4), (0, 1, 4, 2, 3)])
def test_messages_are_taken_in_their_order_only(tmp_path: Path, order: tuple[int, ...]) -> None:
    file = tmp_path / "1.raw"
    raw_file.write([LINES, LINES], file, KEY)
    magic, *messages = parts(file.read_bytes())
    file.write_bytes(magic + b"".join(messages[place] for place in order))
    for columns in (None, ["line_kind"]):
        with pytest.raises(DamagedRawError):
            list(raw_file.pieces(file, KEY, columns))


def test_a_message_of_another_file_is_not_taken(tmp_path: Path) -> None:
    files = [tmp_path / "1.raw", tmp_path / "2.raw"]
    for file in files:
        raw_file.write([LINES], file, KEY)
    (first, *mine), (_, *others) = (parts(file.read_bytes()) for file in files)
    files[0].write_bytes(first + others[0] + b"".join(mine[1:]))
    with pytest.raises(DamagedRawError):
        list(raw_file.pieces(files[0], KEY))


def test_a_file_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(raw_file.pieces(tmp_path / "1.raw", KEY))


def test_a_file_that_duckdb_wrote_is_still_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_file, "LINES", 2)
    file = tmp_path / "1.raw"
    with connect() as duckdb:
        duckdb.execute(f"pragma add_parquet_key('home', '{KEY}')")
        duckdb.register("lines", LINES.to_arrow())
        duckdb.execute(
            f"copy lines to '{file}' (format parquet, encryption_config {{footer_key: 'home'}})"
        )
    pieces = list(raw_file.pieces(file, KEY))
    assert [piece.height for piece in pieces] == [2, 1]
    assert pl.concat(pieces).equals(LINES)
    first = next(raw_file.pieces(file, KEY, ["row_hash"]))
    assert first["row_hash"].to_list() == [2**64 - 1, 0]
    with pytest.raises(DamagedRawError):
        list(raw_file.pieces(file, "x" * 32))
