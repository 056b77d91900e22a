"""Cards and inputs -> findings with their history, and the results of every rule."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import polars as pl

from flows import history, noise
from flows.across.people import decided_pairs
from flows.across.rules import across_findings
from flows.assemble import from_raw
from flows.fields import CARDS, INPUTS
from flows.lanes import MIXED_LANES
from flows.linkage import duplicate
from flows.linkage.decision import decisions
from flows.quality import (
    contested_findings,
    duplicate_findings,
    file_faults,
)
from flows.review import reviews, without_reviewed
from flows.shelf.carried import published_as
from flows.shelf.files import DamagedShelfError
from flows.shelf.results import last_results, results_of
from flows.tonight import Tonight
from flows.tumour.findings import primary_findings
from validators.catalogue import catalogue


def validate(tonight: Tonight) -> None:
    """Cards and inputs -> findings with their history, and the results of every rule."""
    try:
        _validate(tonight)
    except DamagedShelfError:
        from_raw(tonight)
        _validate(tonight)


def _validate(tonight: Tonight) -> None:
    tonight.broken = []
    weeks = tonight.home.settings.new_rule_weeks
    tonight.rules = noise.rules_tonight(tonight.store, catalogue(), tonight.as_of, weeks)
    ruling = tonight.ruling
    cards = {name: tonight.frames[name] for name in CARDS}
    # Only results that are not as they were published are counted; a night of whole cards has all.
    tonight.published_as = published_as(tonight.home)
    last = None
    if tonight.shelf is not None and not tonight.engine.holds_whole_cards:
        last = last_results(tonight.shelf, tonight.published_as)
    found, names = [], (*CARDS, *INPUTS)
    with ThreadPoolExecutor(MIXED_LANES) as lanes:
        decided = decisions(tonight.store)
        duplicates = [
            lanes.submit(duplicate.candidates, name, frame, decided, tonight.engine.score)
            for name, frame in cards.items()
        ]
        across = lanes.submit(
            across_findings,
            decided_pairs(tonight.store),
            cards,
            tonight.death_matches,
            tonight.places.home_areas or None if tonight.places else None,
            tonight.as_of,
        )
        judged = list(
            lanes.map(
                lambda name: tonight.engine.judge(tonight.kinds[name], ruling, tonight.shelf, last),
                names,
            )
        )
        tonight.duplicates = duplicate.joined(kind.result() for kind in duplicates)
    for name, report in zip(names, judged, strict=True):
        tonight.broken += report.broken
        found.append(history.card_findings(tonight.kinds[name], report.findings, tonight.rules))
    for name in CARDS:
        kind = tonight.kinds[name]
        for others in (
            duplicate_findings(tonight.frames[name], name),
            contested_findings(kind),
            *([primary_findings(kind.frame)] if name == "tumour" else []),
            across.result()[name],
            duplicate.findings(tonight.duplicates, tonight.frames[name], name),
        ):
            found.append(history.card_findings(kind, others, tonight.rules))
    tonight.faults = file_faults(tonight.store, tonight.as_of, tonight.kinds, tonight.held)
    every = [*tonight.waiting, *tonight.faults, *tonight.list_faults]
    found.append(history.file_findings(every, tonight.rules))
    unsettled = without_reviewed(pl.concat(found), cards, reviews(tonight.store))
    tonight.findings = history.with_history(tonight.store, unsettled, tonight.as_of, tonight.broken)
    tonight.rule_results = results_of(judged, last)
    for rule in tonight.broken:
        tonight.say(f"规则 {rule} 运行失败，未用于任何卡片，请联系维护人员。")
