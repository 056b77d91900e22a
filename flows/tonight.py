"""What a night knows; every step adds to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import polars as pl

from flows import history
from flows.cards import Kind
from flows.engine import Engine
from flows.figures.press import Press
from flows.home import REFERENCE, TIME_ZONE, Home
from flows.ingest import FileFault
from flows.layout import layouts
from flows.letters.issue import Issue
from flows.place import Places
from flows.quality import Ruling
from flows.scope import Scope
from flows.shelf.files import Shelf
from flows.shelf.results import Results
from flows.store import Store
from flows.trace.night import Traced, TracedCards
from flows.withdrawal import Held


@dataclass
class Tonight:
    """What the night knows; every step adds to it."""

    store: Store
    as_of: date
    say: Callable[[str], None] = lambda line: None
    engine: Engine = field(default_factory=Engine)
    is_full: bool = False  # make everything again from raw, whatever earlier nights made
    press: Press | None = None  # draws; without one `present` has its own
    is_whole: bool = False  # hold all columns of the cards, not only those that a night reads
    started: datetime = field(default_factory=lambda: datetime.now(TIME_ZONE))
    waiting: list[FileFault] = field(default_factory=list)
    sheets: pl.DataFrame = field(default_factory=pl.DataFrame)
    scopes: dict[str, Scope] = field(default_factory=dict)  # what every export covers
    kinds: dict[str, Kind] = field(default_factory=dict)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    held: list[Held] = field(default_factory=list)  # asked about
    left_out: set[int] = field(default_factory=set)  # sheets that wait or waited for an answer
    places: Places | None = None
    shelf: Shelf | None = None
    rules: pl.DataFrame = field(default_factory=pl.DataFrame)
    findings: pl.DataFrame = field(default_factory=pl.DataFrame)
    rule_results: Results = field(default_factory=Results)
    published_as: str = ""  # the name of the last published file, as of `shelf.carried`
    broken: list[str] = field(default_factory=list)
    letters: Issue = field(default_factory=Issue)
    letter_lines: list[str] = field(default_factory=list)  # for the night's summary
    score: pl.DataFrame = field(default_factory=pl.DataFrame)
    death_matches: pl.DataFrame = field(default_factory=pl.DataFrame)
    duplicates: pl.DataFrame = field(default_factory=pl.DataFrame)
    tasks: pl.DataFrame = field(default_factory=pl.DataFrame)
    faults: list[FileFault] = field(default_factory=list)  # of whole files
    list_faults: list[FileFault] = field(default_factory=list)
    written_counties: list[str] = field(default_factory=list)  # whose own file is new
    traced_cards: TracedCards | None = None  # of what tonight adds to the history
    traced: Traced | None = None  # all of it

    @property
    def home(self) -> Home:
        """The installation."""
        return self.store.home

    @property
    def sheets_that_count(self) -> pl.DataFrame:
        """The sheets that came, without those that wait for an answer."""
        return self.sheets.filter(~pl.col("order_no").is_in(self.left_out))

    @property
    def ruling(self) -> Ruling:
        """By what the cards are judged."""
        settings = self.home.settings
        return Ruling(
            self.as_of,
            self.places.province if self.places else "",
            layouts(REFERENCE, self.home.path / "layouts"),
            settings.tumour_families_off,
            settings.icdo_revision,
        )

    @property
    def is_look_back(self) -> bool:
        """A night for a day before the last one: it publishes, but changes no history."""
        kept = self.store.connection.execute("select max(night) from state.night_basis").fetchone()
        last = [night for night in (history.last_night(self.store), *(kept or ())) if night]
        return bool(last) and self.as_of < max(last)
