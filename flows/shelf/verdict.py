"""What the rules say of the current cards: judged on the night they came, read back afterwards.

A verdict holds on other nights as well, as long as no date on the card has become past or future:
dates are only ever compared with each other and with the day of the judgement. Cards with a date
that has come since, and cards seen last in a file that lost other columns than the one they were
judged in, are judged anew each night.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Any

import polars as pl

from flows.cards import Kind
from flows.quality import Counts, Judged, Ruling, lost_of, ruled
from flows.raw_file import LINES
from flows.shelf.current import dense, every_column, sparse, whole_rows
from flows.shelf.files import CONTENT, DamagedShelfError, Shelf
from flows.shelf.results import Last, rows_of, sums_of
from flows.typed import MALFORMED_SCHEMA
from validators.finding import FINDING, Report
from validators.frame import CLOSED, ROW
from validators.result import applicable, counted, rules_counted, silent, with_silent

#: What a verdict file says of a content beside which rules could judge it (`applicable`).
#: It is the same on all nights from the one day on and before the other; so many things fail.
ABOUT = {"holds_from": pl.Date, "holds_until": pl.Date, "failures": pl.UInt32}
FAILING = {**FINDING, "is_statistic": pl.Boolean}
#: A date hidden in a number, which rules compare with the day of the judgement as well.
HIDDEN_DAY = "derived_id_birth"


def judged_kind(shelf: Shelf, kind: Kind, ruling: Ruling, last: Last | None = None) -> Judged:
    """As `quality.validate_kind`, with the verdicts of earlier nights where they still hold.

    Args:
        shelf: where the contents of the kind stand.
        kind: current cards as of `shelved_kind`, with is_withdrawn.
        ruling: the night and the settings.
        last: what the published results were made of; of the same groups there are none then.
    """
    lost, keys = judge_new(shelf, kind, ruling)
    is_open = ~(pl.col("is_withdrawn") | pl.col("card_status").is_in(CLOSED)).fill_null(False)
    files = kind.frame["source_file"].unique().to_list()
    excused = pl.col("source_file").replace_strict(
        files, [_key(lost, file) for file in files], return_dtype=pl.String
    )
    days = "event_date", "report_date"
    rows = kind.frame.select("org_code", *days, excused=excused, open=is_open)
    rows = rows.hstack(kind.contents).with_row_index(ROW)
    known = dense(shelf, kind.contents, lambda order: f"verdict-{keys[order]}")
    holds = _holds(rows, known, keys, ruling.as_of)
    rows, again = rows.filter("open"), rows.filter(pl.col("open") & ~holds)
    before = rows.join(again.select(ROW), on=ROW, how="anti")
    failing, applies, broken = _again(shelf, kind, again[ROW], lost, ruling)
    old = sparse(shelf, before.select(ROW, *CONTENT), lambda order: f"failing-{keys[order]}")
    if old.height:
        failing = pl.concat([failing, old.select(list(FAILING))])
    if known.width:
        held = known.with_row_index(ROW).join(before.select(ROW), on=ROW, how="semi")
        if held["failures"].sum() != old.height:
            raise DamagedShelfError("a file of findings is gone")
        applies = pl.concat([applies, held.drop(list(ABOUT))], how="diagonal_relaxed")
    failing = failing.filter(~pl.col("rule_id").is_in(broken))
    findings = failing.filter(~pl.col("is_statistic")).select(*FINDING)
    findings = findings.sort(ROW, "rule_id", "field")
    judged = rules_counted(kind.card_type, ruling.province, ruling.switched_off())
    said = silent(kind.card_type, judged, broken)
    sums = sums_of(
        kind.card_type,
        rows,
        *CONTENT,
        "excused",
        pl.when(pl.col(ROW).is_in(again[ROW].implode())).then(pl.lit(ruling.as_of)).alias("night"),
        pl.lit("|".join(broken)).alias("broken"),
    )
    changed = None if last is None else last.changed(kind.card_type, sums)
    counts = Counts(sums, changed, said.with_columns(card_type=pl.lit(kind.card_type)))
    asked = rows_of(changed, rows)
    if changed is not None:
        some = pl.concat(own.select(ROW) for own in asked.values()).unique()
        applies, failing = (one.join(some, on=ROW, how="semi") for one in (applies, failing))
    results = counted(kind.card_type, applies, asked, failing, judged, broken)
    if changed is None:
        results = with_silent(results, said)
    return Judged(findings, results, broken, counts)


def judge_new(
    shelf: Shelf, kind: Kind, ruling: Ruling
) -> tuple[set[tuple[str, str]], dict[int, str]]:
    """Judge what no night has judged yet; `judged_kind` reads it back.

    Returns:
        What files have nothing of; and of the sheets that hold current cards the key of that.
    """
    lost = lost_of(kind)
    orders = kind.contents["content_order"].unique().sort().to_list()
    keys = {order: _key(lost, shelf.facts(order).census.source_file) for order in orders}
    for places in _without_verdict(shelf, keys):
        _judge(shelf, kind.card_type, places, keys, lost, ruling)
    return lost, keys


def _key(lost: set[tuple[str, str]], source_file: str) -> str:
    """What a file has nothing of, in one word: its cards are excused from it."""
    own = sorted(name for file, name in lost if file == source_file)
    return hashlib.sha256("|".join(own).encode()).hexdigest()[:12]


def _holds(
    rows: pl.DataFrame,
    known: pl.DataFrame,
    keys: dict[int, str],
    as_of: date,
) -> pl.Series:
    """Whether the verdict kept of every row is tonight's."""
    if not known.width:
        return pl.Series([False]).new_from_index(0, rows.height)
    there = pl.col("content_order").replace_strict(keys, return_dtype=pl.String)
    tonight = pl.lit(as_of)
    in_time = (pl.col("holds_from") <= tonight) & (tonight < pl.col("holds_until"))
    return (
        rows.hstack(known.select(list(ABOUT)))
        .select(((pl.col("excused") == there) & in_time).fill_null(False))
        .to_series()
    )


def _again(
    shelf: Shelf, kind: Kind, rows: pl.Series, lost: set[tuple[str, str]], ruling: Ruling
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Tonight's judgement of some rows: what fails, what could be judged, rules that crashed."""
    if not rows.len():
        return pl.DataFrame(schema=FAILING), pl.DataFrame(schema={ROW: pl.UInt32}), []
    places = pl.DataFrame({ROW: rows, "again": pl.int_range(rows.len(), eager=True)})
    malformed = kind.malformed.join(places, on=ROW).select(
        pl.col("again").cast(pl.UInt32).alias(ROW), "field"
    )
    report = ruled(whole_rows(shelf, kind, rows), kind.card_type, malformed, lost, ruling)
    back = pl.col(ROW).replace_strict(places["again"], places[ROW], return_dtype=pl.UInt32)
    return (
        _failing(report).with_columns(back),
        applicable(report).with_columns(back),
        report.broken,
    )


def _failing(report: Report) -> pl.DataFrame:
    """Findings and what is only counted, as of FAILING."""
    return pl.concat(
        [
            report.findings.with_columns(is_statistic=pl.lit(False)),
            report.statistics.with_columns(is_statistic=pl.lit(True)),
        ]
    ).cast(FAILING)  # type: ignore[arg-type]


def _without_verdict(shelf: Shelf, keys: dict[int, str]) -> Iterator[list[tuple[int, int]]]:
    """Parts of sheets to judge, several at a time: a small one costs what a large one does."""
    together: list[tuple[int, int]] = []
    rows = 0
    for order, key in keys.items():
        facts = shelf.facts(order)
        counts = [end - start for start, end in pairwise([*facts.starts, facts.contents])]
        for part, (made, count) in enumerate(zip(facts.made, counts, strict=True)):
            if "content" not in made or shelf.file(f"verdict-{key}", order, part).exists():
                continue
            if together and rows + count > LINES:
                yield together
                together, rows = [], 0
            together.append((order, part))
            rows += count
    if together:
        yield together


def _judge(
    shelf: Shelf,
    card_type: str,
    places: list[tuple[int, int]],
    keys: dict[int, str],
    lost: set[tuple[str, str]],
    ruling: Ruling,
) -> None:
    """Judge the contents of some parts of sheets.

    Rules that crash may do so for want of memory: what they leave is not kept, so that the rows
    are judged again each night until they work.
    """
    parts, files = [], []
    for place in places:
        facts = shelf.facts(place[0])
        rows = every_column(shelf, *place).with_columns(
            source_file=pl.lit(facts.census.source_file),
            layout=pl.lit(facts.census.layout),
            is_withdrawn=pl.lit(False),
        )
        parts.append(rows)
        if "malformed" in facts.made[place[1]]:
            files.append(shelf.file("malformed", *place))
    frame = pl.concat(parts)
    malformed = pl.DataFrame(schema=MALFORMED_SCHEMA)
    if files:
        numbers = frame.select(CONTENT).with_row_index(ROW)
        found = shelf.load(files).join(numbers, on=CONTENT, maintain_order="left")
        malformed = found.select(list(MALFORMED_SCHEMA))
    report = ruled(frame, card_type, malformed, lost, ruling)
    if report.broken:
        for place in places if len(places) > 1 else ():
            _judge(shelf, card_type, [place], keys, lost, ruling)
        return
    failing = _failing(report)
    applies = (
        applicable(report)
        .hstack(_in_time(report.prepared, frame.columns, ruling.as_of))
        .join(failing[ROW].value_counts(name="failures"), on=ROW, how="left", maintain_order="left")
        .with_columns(pl.col("failures").fill_null(0))
    )
    first = 0
    for place, rows in zip(places, parts, strict=True):
        here = pl.col(ROW).is_between(first, first + rows.height, closed="left")
        first += rows.height
        for kind, table in (("failing", failing), ("verdict", applies)):
            own = table.filter(here)
            numbered = frame[own[ROW]].select(CONTENT).hstack(own.drop(ROW))
            shelf.put(numbered, f"{kind}-{keys[place[0]]}", *place)


def _in_time(frame: pl.DataFrame, columns: list[str], as_of: date) -> pl.DataFrame:
    """Of each open card the last day of whatever field that has come, and the first yet to come."""
    of_kind: dict[Any, list[str]] = {pl.Date: [], pl.Datetime("us"): []}
    schema = frame.schema  # made anew each time it is asked for
    for name in (*columns, HIDDEN_DAY):
        if schema.get(name) in of_kind:
            of_kind[schema[name]].append(name)
    years = [name for name in columns if name == "year" or name.endswith("_year")]
    # The last of all days, which is all there is to know where it has come.
    last = [pl.max_horizontal(names).cast(pl.Date) for names in of_kind.values() if names]
    last += [pl.date(pl.max_horizontal(years), 1, 1)] if years else []
    made = frame.select(
        holds_from=pl.max_horizontal(last).fill_null(date.min), holds_until=pl.lit(date.max)
    )
    ahead = (made["holds_from"] > as_of).arg_true()
    if not ahead.len():
        return made
    named = [pl.col(name).cast(pl.Date) for names in of_kind.values() for name in names]
    named += [pl.date(pl.col(name), 1, 1) for name in years]
    exact = frame[ahead].select(
        holds_from=pl.max_horizontal(pl.when(day <= as_of).then(day) for day in named),
        holds_until=pl.min_horizontal(pl.when(day > as_of).then(day) for day in named),
    )
    return made.select(
        made["holds_from"].scatter(ahead, exact["holds_from"].fill_null(date.min)),
        made["holds_until"].scatter(ahead, exact["holds_until"]),
    )
