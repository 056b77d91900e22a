"""Results of pure functions, kept from night to night: of the same rows nothing is made twice.

A result is named by the sum of all that it is made from: the rows, the program, the versions of
the libraries. So a kept one is what would be made, and there is nothing to bring up to date. What
a night did not ask for is forgotten at its end; a file that is missing or damaged costs the
making, no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from io import BytesIO

import polars as pl

from flows.shelf.files import Shelf
from flows.trace.fingerprint import program

LIBRARIES = ("duckdb", "numpy", "polars", "scipy")
#: A kept frame: the sum of what it is made from, and itself as Arrow's bytes.
RESULT = {"sum": pl.String, "frame": pl.Binary}


class Kept:
    """What the last night kept beside what tonight asked for; by itself it holds nothing."""

    def __init__(self, last: Mapping[str, bytes] | None = None) -> None:
        """``last``: results of an earlier night by their sums."""
        self.last = dict(last or {})
        self.asked: dict[str, bytes] = {}

    def by_part(
        self,
        what: str,
        given: Mapping[str, pl.DataFrame],
        by: Sequence[str],
        make: Callable[..., pl.DataFrame],
    ) -> pl.DataFrame:
        """``make(**given)``, made only of the parts of which no result is kept.

        Args:
            what: name of the result.
            given: the frames that it is made from, rows in any order. The first tells the parts;
                a frame without the columns ``by`` is read by every part.
            by: columns of the result that tell which part a row belongs to.
            make: reads nothing but these frames, whatever the order of their rows; what it makes
                of several parts is what it makes of each.

        Returns:
            Rows in no order.
        """
        parts = _sums(what, given, by)
        is_kept = pl.col("sum").is_in(list(self.last))
        kept = {one: self.last[one] for one in parts.filter(is_kept)["sum"]}
        new = parts.filter(~is_kept)
        found = [_frame(one) for one in kept.values()]
        if new.height or not found:
            made = make(**dict(_of_parts(given, new, by)))
            for row in new.iter_rows(named=True):
                own = [pl.col(name).eq_missing(pl.lit(row[name])) for name in by]
                kept[row["sum"]] = _bytes(made.filter(own))
            found.append(made)
        self.asked |= kept
        return pl.concat(found)

    def remember(self, shelf: Shelf) -> None:
        """Keep what was asked for, and forget all else."""
        if self.asked.keys() == self.last.keys():
            return
        rows = {"sum": list(self.asked), "frame": list(self.asked.values())}
        shelf.keep(pl.DataFrame(rows, schema=RESULT), "kept", _program())


def kept_of(shelf: Shelf) -> Kept:
    """What the last night kept on a shelf."""
    last = shelf.kept("kept", _program())
    return Kept() if last is None else Kept(dict(last.select(list(RESULT)).iter_rows()))


def _sums(what: str, given: Mapping[str, pl.DataFrame], by: Sequence[str]) -> pl.DataFrame:
    """The parts, each with the sum of what is made into its result."""
    first, *others = given.values()
    parts = first.select(by).unique(maintain_order=True)
    whole = hashlib.sha256(what.encode())
    told = []
    for frame in (first, *others):
        whole.update(repr(list(frame.schema.items())).encode())
        hashes = frame.select(hash=frame.hash_rows())
        if set(by) <= set(frame.columns):
            own = hashes.hstack(frame.select(by)).group_by(by).agg(pl.col("hash").sort())
            own = parts.join(own, on=by, how="left", nulls_equal=True, maintain_order="left")
            told.append(own["hash"])
        else:
            whole.update(hashes["hash"].sort().to_numpy().tobytes())
    sums = []
    for hashes_of_part in zip(*told, strict=True):
        digest = whole.copy()
        for rows in hashes_of_part:
            numbers = b"" if rows is None else rows.to_numpy().tobytes()
            digest.update(len(numbers).to_bytes(8, "big") + numbers)
        sums.append(digest.hexdigest())
    return parts.with_columns(sum=pl.Series(sums, dtype=pl.String))


def _of_parts(
    given: Mapping[str, pl.DataFrame], parts: pl.DataFrame, by: Sequence[str]
) -> Iterator[tuple[str, pl.DataFrame]]:
    for name, frame in given.items():
        if set(by) <= set(frame.columns):
            frame = frame.join(parts, on=by, how="semi", nulls_equal=True)
        yield name, frame


def _bytes(frame: pl.DataFrame) -> bytes:
    stream = BytesIO()
    frame.write_ipc(stream)
    return stream.getvalue()


def _frame(kept: bytes) -> pl.DataFrame:
    return pl.read_ipc(BytesIO(kept))


@cache
def _program() -> str:
    """What every result hangs on; the shelf itself hangs on the reference tables."""
    told = [program(), *(f"{name} {version(name)}" for name in LIBRARIES)]
    return hashlib.sha256(repr(told).encode()).hexdigest()[:24]
