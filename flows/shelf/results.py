"""Results of rules carried over from the last published file: only what changed is counted anew.

A row of `quality.rule_result` counts the cards of one institution and month. As long as these are
the same cards with the same verdicts it is the row that was published, which a sum of the cards
tells; the sums are kept as those of cards are (`flows/shelf/carried.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb
import polars as pl

from flows.draft import put
from flows.fields import CARDS
from flows.quality import Counts, Judged
from flows.shelf.files import Shelf
from validators.result import DAYS, GROUP

TABLE = "quality.rule_result"
KEY = ["card_type", "day", *GROUP]


@dataclass(frozen=True)
class Last:
    """What the published table was made of."""

    sums: pl.DataFrame  # KEY (month as its first day), sum
    replaced: int  # groups, since the table was last written whole

    def changed(self, card_type: str, sums: pl.DataFrame) -> pl.DataFrame:
        """The groups of a kind that are not as they were, also those that are no more: KEY."""
        before = self.sums.filter(pl.col("card_type") == card_type).rename({"sum": "was"})
        both = sums.join(before, on=KEY, how="full", nulls_equal=True, coalesce=True)
        return both.filter(pl.col("sum").ne_missing(pl.col("was"))).select(KEY)


def last_results(shelf: Shelf, name: str) -> Last | None:
    """What the results in the file `name` were made of; None where the table is written whole.

    It is once as many groups have been replaced as there are: so many dead rows are in the file.
    """
    kept = shelf.kept(f"published-{TABLE}", name)
    if kept is None:
        return None
    replaced: int = kept["replaced"][0] if kept.height else 0
    return None if replaced > kept.height else Last(kept.select(*KEY, "sum"), replaced)


def sums_of(card_type: str, cards: pl.DataFrame, *basis: str | pl.Expr) -> pl.DataFrame:
    """A sum of the cards of every group: KEY, sum.

    Args:
        card_type: of the cards.
        cards: org_code and DAYS.
        basis: all that the verdict on a card hangs on.
    """
    hashed = cards.select("org_code", *DAYS, card=cards.select(basis).hash_rows())
    return pl.concat(
        hashed.group_by("org_code", month=pl.col(day).dt.month_start())
        .agg(sum=pl.col("card").sum())
        .select(pl.lit(card_type).alias("card_type"), pl.lit(day).alias("day"), *GROUP, "sum")
        for day in DAYS
    )


def rows_of(groups: pl.DataFrame | None, cards: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The cards of some groups of their kind by day; of all groups where none are named."""
    if groups is None:
        return dict.fromkeys(DAYS, cards)
    month = {day: pl.col(day).dt.month_start() for day in DAYS}
    return {
        day: cards.with_columns(month=month[day]).join(
            groups.filter(pl.col("day") == day), on=GROUP, how="semi", nulls_equal=True
        )
        for day in DAYS
    }


@dataclass(frozen=True)
class Results:
    """`quality.rule_result` of a night: all of it, or what is not as it was published."""

    rows: pl.DataFrame = field(default_factory=pl.DataFrame)  # all, or those that are written anew
    counts: Sequence[Counts] = ()  # of the cards
    given: Sequence[str] = ()  # the rules on other inputs, which are always written anew
    last: Last | None = None

    def write(self, draft: duckdb.DuckDBPyConnection) -> None:
        """Write the table, or bring the one that is in the draft up to date."""
        if self.last is None:
            put(draft, TABLE, self.rows)
            return
        tables = {
            "fresh": self.rows,
            "given": pl.DataFrame({"rule_id": self.given}, schema={"rule_id": pl.String}),
            "gone": self._changed().with_columns(pl.col("month").dt.strftime("%Y-%m")),
            "told": pl.concat(one.rules for one in self.counts),
        }
        for name, frame in tables.items():
            draft.register(name, frame)
        draft.execute(
            f"""
            delete from {TABLE} where checked_count = 0 or rule_id in (from given);
            delete from {TABLE} as old
            using (
                select rule_id, org_code, month from gone join told using (card_type, day)
            ) as now
            where old.rule_id = now.rule_id
                and old.org_code is not distinct from now.org_code
                and old.month is not distinct from now.month;
            insert into {TABLE} from fresh;
            insert into {TABLE}
            select rule_id, null, null, 0, 0, status from told
            where rule_id not in (select distinct rule_id from {TABLE});
            """
        )
        for name in tables:
            draft.unregister(name)

    def remember(self, shelf: Shelf, name: str) -> None:
        """Keep the sums of what has been published as `name`."""
        if len(self.counts) < len(CARDS):  # judged on other machines
            return
        replaced = 0 if self.last is None else self.last.replaced + self._changed().height
        sums = pl.concat(one.sums for one in self.counts)
        shelf.keep(sums.with_columns(replaced=pl.lit(replaced)), f"published-{TABLE}", name)

    def _changed(self) -> pl.DataFrame:
        return pl.concat(one.changed for one in self.counts if one.changed is not None)


def results_of(judged: Sequence[Judged], last: Last | None) -> Results:
    """The results of all kinds, judged beside what was published."""
    counts = [one.counts for one in judged if one.counts is not None]
    given = [one.results["rule_id"] for one in judged if one.counts is None]
    rows = pl.concat(one.results for one in judged)
    return Results(rows, counts, pl.concat(given).unique().to_list() if given else (), last)
