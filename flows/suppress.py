"""Hide small cells, and enough others that no total gives them back.

Primary: counts of 1 to 4. Secondary: what an adversary with all the shown cells and totals would
otherwise need only a subtraction (or a linear program) for. The result is audited as an adversary
would: of every primary cell another value must be possible given everything that is shown
(Fischetti & Salazar 2000, "Models and algorithms for the 2-dimensional cell suppression problem";
Hundepool et al. 2012, "Statistical Disclosure Control", chapter 4).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

LEAST = 5
KNOWN = "is_known"
Zeros = Literal["shown", "hidden"]
#: Rounds of two linear programs for all cells before the cells left are looked at one by one.
ROUNDS = 4
#: How far a cell may move in the search for another table; 1 is enough to prove a cell safe.
REACH = 8.0
MOVED = 1 - 1e-6
#: About as many cells are protected in one go: a linear program grows faster than its cells.
TOGETHER = 8_000


@dataclass(frozen=True)
class Sum:
    """One published equation: the last of ``cells`` is the sum of the others, its ``parts``."""

    cells: npt.NDArray[np.int64]

    @property
    def parts(self) -> npt.NDArray[np.int64]:
        """The cells that are added."""
        return self.cells[:-1]

    @property
    def total(self) -> int:
        """The cell they add up to."""
        return int(self.cells[-1])


def suppress(
    views: Mapping[str, pl.DataFrame],
    within: Sequence[str] = (),
    least: int = LEAST,
    zeros: Zeros = "shown",
) -> dict[str, pl.DataFrame]:
    """Suppress the cells of tables of the same people, consistently over all of them.

    ``views``: name -> one row a cell: its dimensions, ``count`` and perhaps ``is_known`` (shown
    elsewhere anyhow, so never hidden here); a view whose dimensions are some of another's holds its
    totals. A cell that is not listed counts nobody. ``within``:
    dimensions all views have and that no total adds up (area, year): each combination is protected
    by itself. ``zeros``: ``shown``, or ``hidden`` like any small count. Returns the views with
    ``count`` null where ``is_suppressed``. Raises ValueError when a total is not the sum of its
    parts: then nobody could say what the shown cells give away.
    """
    masks = {name: np.zeros(frame.height, bool) for name, frame in views.items()}
    for rows in _alike(views, within, least):
        own_views = {name: views[name][own] for name, own in rows.items()}
        for name, hidden in _suppress_one(own_views, least, zeros).items():
            masks[name][rows[name]] = hidden
    return {
        name: frame.with_columns(is_suppressed=pl.Series(masks[name])).with_columns(
            count=pl.when(~pl.col("is_suppressed")).then(pl.col("count"))
        )
        for name, frame in views.items()
    }


def _alike(
    views: Mapping[str, pl.DataFrame], within: Sequence[str], least: int
) -> Iterator[dict[str, npt.NDArray[np.int64]]]:
    """Rows of each view, of some combinations of ``within`` that are in the same views.

    No equation leads from one combination to another, so that a few can be protected in one go,
    which is faster than one by one. A view that does not hold a combination at all is no view of
    its people; a combination without small counts is not looked at beside one with some.
    """
    if not within:
        yield {name: np.arange(frame.height) for name, frame in views.items()}
        return
    every = pl.concat(
        [
            frame.select(
                *within,
                row=pl.int_range(pl.len(), dtype=pl.Int64),
                view=pl.lit(name),
                is_secret=pl.col("count").is_between(1, least - 1)
                & ~(pl.col(KNOWN) if KNOWN in frame.columns else pl.lit(False)),
            )
            for name, frame in views.items()
        ]
    )
    held = every.group_by(within, maintain_order=True).agg(
        views=pl.col("view").unique().sort(), cells=pl.len(), any_secret=pl.col("is_secret").any()
    )
    held = held.with_columns(portion=pl.col("cells").cum_sum() // TOGETHER)
    joined = every.join(held, on=within, nulls_equal=True, maintain_order="left")
    for part in joined.partition_by("views", "any_secret", "portion", maintain_order=True):
        yield {
            str(name): own["row"].to_numpy()
            for (name,), own in part.group_by("view", maintain_order=True)
        }


def _suppress_one(
    views: Mapping[str, pl.DataFrame], least: int, zeros: Zeros
) -> dict[str, npt.NDArray[np.bool_]]:
    starts, end = {}, 0
    for name, frame in views.items():
        starts[name] = end
        end += frame.height
    values = np.concatenate([frame["count"].to_numpy() for frame in views.values()])
    known = np.concatenate(
        [
            frame["is_known"].to_numpy() if KNOWN in frame.columns else np.zeros(frame.height, bool)
            for frame in views.values()
        ]
    )
    hidden = protect(values, _sums(views, starts, values), least, zeros, known)
    return {name: hidden[at : at + views[name].height] for name, at in starts.items()}


def _sums(
    views: Mapping[str, pl.DataFrame], starts: Mapping[str, int], values: npt.NDArray[np.int64]
) -> list[Sum]:
    """The equations between each view and the next coarser ones."""
    dimensions = {
        name: frozenset(frame.columns) - {"count", KNOWN} for name, frame in views.items()
    }
    numbered = {
        name: frame.select(
            *dimensions[name],
            everything=pl.lit(""),
            cell=pl.int_range(pl.len(), dtype=pl.Int64) + starts[name],
        )
        for name, frame in views.items()
    }
    found = []
    for fine, coarse in ((a, b) for a in views for b in views if dimensions[b] < dimensions[a]):
        if any(dimensions[coarse] < own < dimensions[fine] for own in dimensions.values()):
            continue
        keys = ["everything", *sorted(dimensions[coarse])]
        grouped = numbered[fine].group_by(keys, maintain_order=True).agg(parts="cell")
        joined = grouped.join(
            numbered[coarse], on=keys, how="full", nulls_equal=True, maintain_order="left"
        )
        if joined["cell"].null_count():
            raise ValueError(f"{coarse} is not the sum of {fine}")
        totals = joined["cell"].to_numpy()
        sizes = joined["parts"].list.len().fill_null(0).to_numpy()
        parts = joined["parts"].drop_nulls().explode().to_numpy()
        ends = np.cumsum(sizes, dtype=np.int64)
        added = np.concatenate([[0], np.cumsum(values[parts])])
        if (values[totals] != added[ends] - added[ends - sizes]).any():
            raise ValueError(f"{coarse} is not the sum of {fine}")
        cells = np.insert(parts, ends, totals)
        of_each = np.split(cells, (ends + np.arange(1, ends.size + 1))[:-1])
        found += [Sum(own) for own in of_each if own.size > 1]
    return found


def protect(
    values: npt.NDArray[np.int64],
    sums: Sequence[Sum],
    least: int = LEAST,
    zeros: Zeros = "shown",
    known: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.bool_]:
    """Which cells to hide; ``values``: whole counts from 0, (cells,); ``known``: never hidden.

    A cell that the known ones alone determine is hidden, but nothing can protect it. With zeros
    shown the adversary knows that a hidden cell is at least 1. Cells of 0 need no protection of
    their own: hidden, they only make the others harder to tell.
    """
    low = np.full(len(values), 1 if zeros == "shown" else 0)
    fixed = np.zeros(len(values), bool) if known is None else known
    # A cell that must stay shown is above what any search for a cell to hide will take.
    low = np.where(fixed, values + 1, low)
    secret = (values >= 1) & (values < least) & ~fixed
    hidden = secret | ((values < least) & (zeros == "hidden") & ~fixed)
    if not secret.any():
        return hidden
    of_cell: list[list[int]] = [[] for _ in values]
    for number, equation in enumerate(sums):
        for cell in equation.cells:
            of_cell[cell].append(number)
    _close(values, sums, of_cell, hidden, low, range(len(sums)))
    unsafe = np.flatnonzero(secret)
    while (unsafe := recoverable(values, sums, hidden, low, unsafe)).size:
        changed: set[int] = set()
        for cell in unsafe:
            changed |= _hide_near(int(cell), values, sums, of_cell, hidden, low)
        if not changed and fixed.any():
            break
        if not changed:
            raise AssertionError("a table with everything hidden gives nothing away")
        _close(values, sums, of_cell, hidden, low, sorted(changed))
    return hidden


def _close(
    values: npt.NDArray[np.int64],
    sums: Sequence[Sum],
    of_cell: list[list[int]],
    hidden: npt.NDArray[np.bool_],
    low: npt.NDArray[np.int64],
    start: Sequence[int],
) -> None:
    """Hide cells until no equation by itself gives a hidden one away."""
    waiting = dict.fromkeys(start)
    while waiting:
        number = next(iter(waiting))
        equation = sums[number]
        if _gives_away(values, equation, hidden, low):
            candidates = equation.parts if (~hidden[equation.parts]).any() else equation.cells
            changed = _hide_smallest(values, candidates, of_cell, hidden, low)
            changed = changed or _hide_smallest(values, equation.cells, of_cell, hidden, low)
            waiting.update(dict.fromkeys(sorted(changed)))
            if changed:
                continue
        del waiting[number]


def _gives_away(
    values: npt.NDArray[np.int64],
    equation: Sum,
    hidden: npt.NDArray[np.bool_],
    low: npt.NDArray[np.int64],
) -> bool:
    parts = equation.parts[hidden[equation.parts]]
    if hidden[equation.total]:
        return parts.size == 0
    if parts.size == 0:
        return False
    return bool(parts.size == 1 or (values[parts] - low[parts]).sum() < 1)


def _hide_near(
    cell: int,
    values: npt.NDArray[np.int64],
    sums: Sequence[Sum],
    of_cell: list[list[int]],
    hidden: npt.NDArray[np.bool_],
    low: npt.NDArray[np.int64],
) -> set[int]:
    """Hide the smallest cell among the equations of ``cell``, else among those next to them."""
    reached: set[int] = set()
    edge = {cell}
    while edge:
        numbers = {number for own in edge for number in of_cell[own]} - reached
        reached |= numbers
        near = {int(own) for number in numbers for own in sums[number].cells}
        if near and (
            changed := _hide_smallest(values, np.array(sorted(near)), of_cell, hidden, low)
        ):
            return changed
        edge = near if numbers else set()
    return set()


def _hide_smallest(
    values: npt.NDArray[np.int64],
    candidates: npt.NDArray[np.int64],
    of_cell: list[list[int]],
    hidden: npt.NDArray[np.bool_],
    low: npt.NDArray[np.int64],
) -> set[int]:
    """Hide the smallest shown candidate that may be hidden; returns the equations it is in."""
    shown = np.unique(candidates)
    shown = shown[~hidden[shown] & (values[shown] >= low[shown])]
    if shown.size == 0:
        return set()
    cell = shown[np.argmin(values[shown])]
    hidden[cell] = True
    return set(of_cell[cell])


def recoverable(
    values: npt.NDArray[np.int64],
    sums: Sequence[Sum],
    hidden: npt.NDArray[np.bool_],
    low: npt.NDArray[np.int64],
    asked: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Those of the ``asked`` hidden cells that the shown cells determine.

    A second table that agrees with everything shown proves safe every cell in which it differs by
    one or more; one linear program moves many cells at once, so few are needed.
    """
    from scipy.optimize import linprog  # takes a while to load, and few tables hide a cell
    from scipy.sparse import csr_array

    position = np.cumsum(hidden) - 1
    cells = [equation.cells for equation in sums]
    at_row = np.repeat(np.arange(len(sums)), [own.size for own in cells])
    every = np.concatenate([*cells, np.zeros(0, np.int64)])
    sign = np.where(np.diff(at_row, append=-1) == 0, 1.0, -1.0)  # its total is each one's last
    at_row, every, sign = (entry[hidden[every]] for entry in (at_row, every, sign))
    if not every.size:
        return asked[:0]
    used, at_row = np.unique(at_row, return_inverse=True)
    matrix = csr_array((sign, (at_row, position[every])), shape=(used.size, int(hidden.sum())))
    bounds = np.stack([(low - values)[hidden], np.full(int(hidden.sum()), REACH)], axis=1)
    bounds[:, 0] = np.maximum(bounds[:, 0], -REACH)

    def moves(objective: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        made = linprog(
            -objective,
            A_eq=matrix,
            b_eq=np.zeros(used.size),
            bounds=bounds,
            # The true table is a solution to begin with: to look for simplifications costs more
            # than they save.
            options={"presolve": False},
        )
        if made.x is None:
            raise AssertionError("the true table itself fits, so there is a solution")
        return np.asarray(made.x)

    open_cells = position[asked]
    draw = np.random.default_rng(0)
    for _ in range(ROUNDS):
        before = open_cells.size
        signs = draw.choice([-1.0, 1.0], matrix.shape[1])
        # A cell that did not move one way is next asked to move the other: often it can but one.
        for way in (signs, -signs):
            objective = np.zeros(matrix.shape[1])
            objective[open_cells] = way[open_cells]
            open_cells = open_cells[np.abs(moves(objective)[open_cells]) < MOVED]
            if open_cells.size == 0:
                return asked[:0]
        if open_cells.size > 0.9 * before:
            break
    unsafe = []
    for cell in open_cells:
        objective = np.zeros(matrix.shape[1])
        objective[cell] = 1.0
        if max(moves(objective)[cell], -moves(-objective)[cell]) < MOVED:
            unsafe.append(cell)
    return np.flatnonzero(hidden)[np.array(unsafe, np.int64)]


def with_totals(
    base: pl.DataFrame, views: Mapping[str, Sequence[str]], within: Sequence[str] = ()
) -> dict[str, pl.DataFrame]:
    """The views of one table of cells: ``name -> dimensions``, each with its sums as ``count``.

    Views that share dimensions must have a view of just those, or two sums could be set against
    each other through a total nobody protects. Raises ValueError when one is lacking.
    """
    held = {frozenset(dimensions) for dimensions in views.values()}
    for one, other in combinations(held, 2):
        if one & other not in held:
            raise ValueError(f"a view of {sorted(one & other)} is lacking")
    return {
        name: base.group_by(*within, *dimensions)
        .agg(pl.col("count").sum())
        .sort(*within, *dimensions)
        if (*within, *dimensions)
        else base.select(pl.col("count").sum())
        for name, dimensions in views.items()
    }
