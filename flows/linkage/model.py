"""The model at work: weights, term frequencies, learning, and the pairs they give (splink)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import polars as pl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from splink.internals.duckdb.dataframe import DuckDBDataFrame
from splink.internals.input_column import InputColumn
from splink.internals.splink_dataframe import SplinkDataFrame

from flows.linkage.comparison import COMPARISONS, TERMS, settings_of

#: A short list is part of a county: two people on it are no likelier the same for its shortness.
FEW = 5_000
SMALLEST = 10_000
#: Weight of the shares of different people that we expect, in pairs, beside a list's own.
PRIOR_PAIRS = 1000
#: Comparisons whose best level's u is the list's own: codes, whose frequencies are counted.
COUNTED = {"sex": "sex", "town": "town", "org": "org", "event_date": "event_date"}

# A level that no pair shows keeps its fixed share (`learning`); splink warns of each.
logging.getLogger("splink").setLevel(logging.ERROR)

Shares = dict[str, list[float]]


@dataclass
class Model:
    """Everything that gives a pair its probability."""

    m: Shares
    u: Shares
    prior: float  # that two people drawn at random, one of each list, are the same
    terms: dict[str, list[pl.Series]]  # of a column of TERMS: the values of both lists
    anchors: int = 0  # pairs m was learnt from; 0: the fixed shares


def model_of(left: pl.DataFrame, right: pl.DataFrame, prior: float | None = None) -> Model:
    """The model of two prepared lists before anything is learnt.

    Args:
        left: as of `for_blocks`.
        right: the same; the same frame for duplicates of one list.
        prior: that two people drawn at random are the same; None: as if half of the shorter list
            were on the longer one.
    """
    names = [
        name
        for name, comparison in COMPARISONS.items()
        if left[comparison.column].count() and right[comparison.column].count()
    ]
    m = {name: _with_rest([level.m for level in COMPARISONS[name].levels]) for name in names}
    u = {name: _with_rest(_chances(name, left, right)) for name in names}
    chance = 0.5 / max(left.height, right.height, SMALLEST) if prior is None else prior
    lists = [left] if left is right else [left, right]
    return Model(m, u, chance, {name: [side[name] for side in lists] for name in TERMS})


def _with_rest(shares: list[float]) -> list[float]:
    return [*shares, max(1 - sum(shares), 1e-3)]


def _chances(name: str, left: pl.DataFrame, right: pl.DataFrame) -> list[float]:
    """The u of every level; that of agreeing on a code is counted in the lists."""
    chances = [level.u for level in COMPARISONS[name].levels]
    if name not in COUNTED:
        return chances
    equal = _by_chance(left, right, COUNTED[name], chances[0])
    rest = [chance * (1 - equal) / (1 - chances[0]) for chance in chances[1:]]
    if name == "town":
        county = _by_chance(left, right, "county", chances[0] + chances[1])
        rest = [max(county - equal, 1e-3)]
    room = 0.99 / max(equal + sum(rest), 0.99)
    return [chance * room for chance in (equal, *rest)]


def _by_chance(left: pl.DataFrame, right: pl.DataFrame, column: str, expected: float) -> float:
    """How often two people drawn at random agree, shrunk to what is expected for short lists."""
    a = _sizes(left, column)
    b = a if left is right else _sizes(right, column)
    both = a.join(b, on=column)
    equal = float((both["len"] * both["len_right"]).sum())
    pairs = float(left[column].count()) * right[column].count()
    return (equal + PRIOR_PAIRS * expected) / (pairs + PRIOR_PAIRS)


def _sizes(side: pl.DataFrame, column: str) -> pl.DataFrame:
    return side.select(column).drop_nulls().group_by(column).agg(pl.len().cast(pl.Float64))


def term(model: Model, column: str, sides: list[pl.DataFrame]) -> pl.DataFrame:
    """How often others bear a value: 张伟 on both lists says less than 张玥 on both.

    The two records of the pair itself are taken off; a value nobody else bears has the expected
    frequency in a list of SMALLEST, and less in a longer one.

    Args:
        model: knows the two whole lists.
        column: one of TERMS.
        sides: those of their people who are compared; only what they bear is counted.

    Returns:
        The column and `tf_<column>`, in the order of the values.
    """
    borne = pl.concat([side[column] for side in sides]).drop_nulls().unique().implode()
    others = (pl.len().cast(pl.Int64) - 2).clip(lower_bound=0)
    return (
        pl.concat(values.filter(values.is_in(borne)) for values in model.terms[column])
        .to_frame()
        .group_by(column)
        .agg(others.alias("others"))
        .select(
            column,
            (
                (pl.col("others") + SMALLEST * TERMS[column]) / (_known(model, column) + SMALLEST)
            ).alias(f"tf_{column}"),
        )
        .sort(column)
    )


def rarest(model: Model, column: str) -> float:
    """The frequency of a value that nobody else bears: none is less."""
    return SMALLEST * TERMS[column] / (_known(model, column) + SMALLEST)


def _known(model: Model, column: str) -> int:
    return sum(values.count() for values in model.terms[column])


class _Table(DuckDBDataFrame):
    """A table whose columns are read once: splink asks for them nine times a linkage."""

    @cached_property
    def _read(self) -> list[InputColumn]:
        return super().columns

    @property
    def columns(self) -> list[InputColumn]:
        """As splink reads them."""
        return list(self._read)


class _Database(DuckDBAPI):
    """DuckDB as splink knows it, with such tables."""

    def table_to_splink_dataframe(self, templated_name: str, physical_name: str) -> _Table:
        """A table of the database; none of a linkage ever gets other columns."""
        return _Table(templated_name, physical_name, self)


@contextmanager
def linker(
    sides: list[pl.DataFrame],
    model: Model,
    blocks: list[str],
    names: list[str] | None = None,
    *,
    weights: bool = False,
) -> Iterator[tuple[Linker, duckdb.DuckDBPyConnection]]:
    """A splink linker on one list (duplicates) or two, in a database of its own in memory.

    Args:
        sides: prepared lists with unique_id and the block columns.
        model: shares, terms and prior.
        blocks: columns; a pair agrees on at least one.
        names: comparisons, all of the model's by default.
        weights: keep the weight of every comparison, to explain a pair.
    """
    # Starting threads for a short list costs more than they bring.
    is_short = sum(side.height for side in sides) < FEW
    connection = duckdb.connect(config={"threads": 1} if is_short else {})
    try:
        connection.execute("set enable_progress_bar = false")
        database = _Database(connection=connection)
        tables = [
            database.register(side.to_arrow(), dataset_display_name=name)
            for name, side in zip("ab", sides, strict=False)
        ]
        made = linker_on(tables, model, blocks, names, weights=weights)
        for column in model.terms:
            table = term(model, column, sides)
            made.table_management.register_term_frequency_lookup(
                database.register(table.to_arrow(), dataset_display_name=f"tf_{column}"), column
            )
        yield made, connection
    finally:
        connection.close()


def linker_on(
    tables: list[SplinkDataFrame],
    model: Model,
    blocks: list[str],
    names: list[str] | None = None,
    *,
    weights: bool = False,
    said: Callable[[str], str] = lambda sql: sql,
) -> Linker:
    """The linker of one list (duplicates) or two that a splink database knows already.

    Args:
        tables: the lists as splink's database registered them.
        model: shares and prior; its terms are registered by the caller.
        blocks: columns; a pair agrees on at least one.
        names: comparisons, all of the model's by default.
        weights: keep the weight of every comparison, to explain a pair.
        said: a condition of DuckDB in the words of the database.
    """
    comparisons: list[Any] = [
        settings_of(name, model.m[name], model.u[name]) for name in names or model.m
    ]
    for comparison in comparisons:
        for level in comparison["comparison_levels"]:
            if level["sql_condition"] != "ELSE":
                level["sql_condition"] = said(level["sql_condition"])
    settings = SettingsCreator(
        link_type="link_only" if len(tables) == 2 else "dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(column) for column in blocks],
        probability_two_random_records_match=model.prior,
        retain_matching_columns=True,  # splink keeps its levels only beside the values
        retain_intermediate_calculation_columns=weights,
        em_convergence=1e-5,
        max_iterations=50,
    )
    return Linker(
        tables if len(tables) == 2 else tables[0],
        settings,
        log_level=None,
        validate_settings=False,  # they are our own; the check costs more than the comparing
    )


def scored(
    sides: list[pl.DataFrame], model: Model, blocks: list[str], threshold: float
) -> pl.DataFrame:
    """All pairs of at least a probability.

    Returns:
        id_a and id_b (the unique_ids), probability, `keys` (comparisons that agree fully),
        `level_<comparison>` (0 the best, counted down; null: unknown).
    """
    with linker(sides, model, blocks) as (made, connection):
        found = made.inference.predict(
            threshold_match_probability=threshold or None, warning_mode="never"
        )
        pairs = connection.sql(selected(found.physical_name, model)).pl()
    return with_levels(pairs, model)


def selected(table: str, model: Model) -> str:
    """The SELECT that takes from splink's pairs what `with_levels` reads."""
    gammas = ", ".join(f"gamma_{name}" for name in model.m)
    return (
        f"select unique_id_l as id_a, unique_id_r as id_b, match_probability, {gammas} from {table}"
    )


def with_levels(pairs: pl.DataFrame, model: Model) -> pl.DataFrame:
    """The pairs of `selected` as `scored` returns them."""
    levels = {
        name: pl.when(pl.col(f"gamma_{name}") >= 0).then(
            len(COMPARISONS[name].levels) - pl.col(f"gamma_{name}")
        )
        for name in model.m
    }
    agrees = [pl.when(level == 0).then(pl.lit(name)) for name, level in levels.items()]
    return pairs.select(
        "id_a",
        "id_b",
        # Beyond the ninth digit the order of a sum decides.
        probability=pl.col("match_probability").round(9),
        keys=pl.concat_str(agrees, separator=",", ignore_nulls=True) if agrees else pl.lit(""),
        **{f"level_{name}": level for name, level in levels.items()},
    )
