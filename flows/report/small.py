"""Counts as a report may show them: cells under 5 hidden, and what would give them back.

All tables of one kind of event are protected together, so that no table gives away what another
hides. `internal` reports hide nothing and say so on every page.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from flows.report.facts import Facts
from flows.report.number import plain, whole
from flows.report.writer import HIDDEN
from flows.suppress import LEAST, suppress, with_totals

#: Age bands of causes; deaths of children are too few to stand alone in a county.
BANDS = (("0～44岁", 0, 44), ("45～64岁", 45, 64), ("65～79岁", 65, 79), ("80岁及以上", 80, 999))
UNKNOWN = "年龄不详"
UNKNOWN_TOWN = "000"
#: CCD groups that are sums of others; their rest stands under the name of the sum.
SUBTOTALS = {"3": range(4, 19), "19": range(20, 22), "23": range(24, 34), "75": range(76, 82)}
CAUSE_VIEWS = {
    "cause_sex": ("chapter", "cause", "sex"),
    "cause": ("chapter", "cause"),
    "chapter_sex": ("chapter", "sex"),
    "chapter": ("chapter",),
    "sex": ("sex",),
    "all": (),
}
BAND_VIEWS = {
    "chapter_band": ("chapter", "band"),
    "chapter": ("chapter",),
    "band": ("band",),
    "all": (),
}
SITE_VIEWS = {"site_sex": ("site", "sex"), "site": ("site",), "sex": ("sex",), "all": ()}
EVENT_VIEWS = {
    "age_sex": ("age_group", "sex"),
    "age": ("age_group",),
    "sex": ("sex",),
    "all": (),
}
DEATH_VIEWS = {
    "age_sex": ("age_group", "band", "sex"),
    "age": ("age_group", "band"),
    "band": ("band",),
    "sex": ("sex",),
    "all": (),
}
TOWN_VIEWS = {"town": ("town",), "all": ()}


@dataclass(frozen=True)
class Counts:
    """Views of counts by name; a hidden cell is null with ``is_suppressed``."""

    views: dict[str, pl.DataFrame]
    internal: bool = False

    def hides(self, number: int) -> bool:
        """A sum of rows that no view has, such as 其余: hidden where it is small itself."""
        return not self.internal and 0 < number < LEAST

    def get(self, view: str, **keys: str) -> tuple[int | None, bool]:
        """A cell and whether it is hidden; what is not listed counts nobody."""
        frame = self.views[view]
        for column, value in keys.items():
            frame = frame.filter(pl.col(column) == value)
        if frame.is_empty():
            return 0, False
        row = frame.row(0, named=True)
        return row["count"], row["is_suppressed"]

    def shown(self, view: str, **keys: str) -> str:
        """A cell as a table prints it."""
        count, hidden = self.get(view, **keys)
        return HIDDEN if hidden else whole(count)


def rate(
    counts: tuple[int | None, bool],
    people: float | None,
    per: float = 100_000,
    digits: int = 2,
) -> str:
    """The crude rate of a cell as a table prints it; hidden with its count."""
    count, hidden = counts
    if hidden:
        return HIDDEN
    return plain(None if not people or count is None else count / people * per, digits)


def _protected(base: pl.DataFrame, views: dict[str, tuple[str, ...]], internal: bool) -> Counts:
    made = with_totals(base.with_columns(pl.col("count").cast(pl.Int64)), views)
    if internal:
        shown = {k: v.with_columns(is_suppressed=pl.lit(False)) for k, v in made.items()}
        return Counts(shown, internal)
    return Counts(suppress(made))


def causes(facts: Facts, internal: bool) -> Counts:
    """Deaths by chapter, cause and sex (`CAUSE_VIEWS`)."""
    return _protected(_cause_cells(facts), CAUSE_VIEWS, internal)


def bands(facts: Facts, internal: bool) -> Counts:
    """Deaths of known age by chapter and age band (`BAND_VIEWS`).

    Apart from the others: a few deaths of unknown age would hide whole bands.
    """
    cells = _cause_cells(facts).filter(pl.col("band") != UNKNOWN)
    return _protected(cells, BAND_VIEWS, internal)


def broad(facts: Facts, internal: bool) -> Counts:
    """Deaths by broad group and sex (`SITE_VIEWS`; the group is ``site``)."""
    base = facts["cause_age"].filter(
        pl.col("cause_group").is_in(["I", "II", "III", "U"]) & (pl.col("sex") != "0")
    )
    return _protected(
        base.select(site="cause_group", sex="sex", count="death_count"), SITE_VIEWS, internal
    )


def sites(facts: Facts, column: str, internal: bool) -> Counts:
    """Cancer cases or deaths by site and sex (`SITE_VIEWS`); ``column`` of indicator.cancer."""
    base = facts["cancer"].filter(
        (pl.col("grouping") == "big") & (pl.col("group_code") != "ALL") & (pl.col("sex") != "0")
    )
    chosen = base.select(site="group_code", sex="sex", count=pl.col(column).fill_null(0))
    return _protected(chosen, SITE_VIEWS, internal)


def events(facts: Facts, event: str, internal: bool) -> Counts:
    """Events of a county by age and sex (`EVENT_VIEWS`); those of unknown sex are in none.

    One or two of unknown sex would otherwise hide a sex of a thousand. Of deaths the sums of age
    bands stand in the table of causes by band: age groups are protected beside them.
    """
    own = facts.events(event).filter(pl.col("sex").is_in(["1", "2"]))
    base = own.select("age_group", "sex", count="event_count")
    if event != "death" or internal or base.is_empty():
        return _protected(base, EVENT_VIEWS, internal)
    ages = facts["age_group"].select("age_group", "age_from")
    base = base.join(ages, on="age_group", how="left", maintain_order="left").with_columns(
        band=pl.col("age_from").map_elements(band_of, return_dtype=pl.String, skip_nulls=False)
    )
    made = with_totals(base.drop("age_from").cast({"count": pl.Int64}), DEATH_VIEWS)
    shown = bands(facts, internal).views["band"].filter(~pl.col("is_suppressed"))["band"]
    made["band"] = made["band"].with_columns(is_known=pl.col("band").is_in(shown.implode()))
    return Counts(suppress(made))


def towns(facts: Facts, event: str, internal: bool) -> Counts:
    """Events by known town (`TOWN_VIEWS`), whatever is known of the people.

    Those of 乡镇不详 are nobody's neighbours: they are not hidden, and hide no town.
    """
    own = facts["events"].filter(
        (pl.col("event") == event)
        & (pl.col("year") == facts.year)
        & (pl.col("area_code").str.len_chars() == 9)
        & ~pl.col("area_code").str.ends_with(UNKNOWN_TOWN)
    )
    return _protected(own.select(town="area_code", count="event_count"), TOWN_VIEWS, internal)


def band_of(age_from: int | None) -> str:
    """The age band of an age group."""
    if age_from is None:
        return UNKNOWN
    return next(name for name, low, high in BANDS if low <= age_from <= high)


def _cause_cells(facts: Facts) -> pl.DataFrame:
    """chapter, cause, sex, band, count: every death once, by its finest CCD group."""
    levels = facts["cause"].select("cause_group", "level").unique()
    chapters = set(levels.filter(pl.col("level") == "chapter")["cause_group"])
    own = (
        facts["cause_age"]
        .filter(pl.col("sex") != "0")
        .join(facts["age_group"].select("age_group", "age_from"), on="age_group", how="left")
        .with_columns(
            band=pl.col("age_from").map_elements(band_of, return_dtype=pl.String, skip_nulls=False)
        )
        .group_by("cause_group", "sex", "band")
        .agg(count=pl.col("death_count").sum())
    )
    cells = {(c, s, b): n for c, s, b, n in own.iter_rows()}
    ordered = sorted(chapters, key=int)
    rows = []
    for sex, band in sorted({(s, b) for _, s, b in cells}):
        for position, chapter in enumerate(ordered):
            last = int(ordered[position + 1]) if position + 1 < len(ordered) else 10_000
            inside = {
                group: cells.get((group, sex, band), 0)
                for group in {c for c, _, _ in cells if c.isdigit()}
                if int(chapter) < int(group) < last
            }
            leaves = dict(inside)
            for subtotal, parts in SUBTOTALS.items():
                if subtotal in leaves:
                    named = sum(leaves.get(str(part), 0) for part in parts)
                    leaves[subtotal] -= named
            rest = cells.get((chapter, sex, band), 0) - sum(leaves.values())
            leaves[chapter] = rest
            rows += [(chapter, cause, sex, band, count) for cause, count in leaves.items() if count]
    return pl.DataFrame(
        rows,
        schema={
            "chapter": pl.String, "cause": pl.String, "sex": pl.String, "band": pl.String,
            "count": pl.Int64,
        },
        orient="row",
    ).sort("chapter", "cause", "sex", "band")  # fmt: skip
