"""From cards to findings: run the pandera schema, keep row, rule and field, and nothing else."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandera.errors
import pandera.polars as pa
import polars as pl

from validators.catalogue import CARD_TYPES, Rule, rules, unreadable
from validators.frame import ROW, FrameError, must_fit, prepare
from validators.rule import FACTS, Facts, verdict_name
from validators.tumour_family import switched_off
from validators.verdict import verdicts

#: A finding: where and which rule, never what the card says.
FINDING = {ROW: pl.UInt32, "rule_id": pl.String, "field": pl.String}
#: What the typing step could not read.
MALFORMED = {ROW: pl.UInt32, "field": pl.String}
#: Cards judged at a time: bounds memory when rules fail on every row.
SLICE = 500_000


@dataclass(frozen=True)
class Report:
    """What the rules say about a batch.

    `findings` and `statistics` have the columns of `FINDING`, sorted; `statistics` are failures of
    rules that are only counted.  `broken` lists rules that crashed: their operator is told, and no
    hospital.  `unread` are the findings that typing made, also among the others.  `prepared` is the
    frame that was judged; it is identified.  `could` has row_index of its rows and a Boolean
    column for each rule that did not crash (`could_name`), for the denominators.  `without` are the
    families of rules that were left out.
    """

    card_type: str
    findings: pl.DataFrame
    statistics: pl.DataFrame
    unread: pl.DataFrame
    broken: list[str]
    province: str
    prepared: pl.DataFrame
    could: pl.DataFrame
    without: frozenset[str] = frozenset()


def find(
    frame: pl.DataFrame,
    card_type: str,
    *,
    as_of: date,
    province: str = "",
    malformed: pl.DataFrame | None = None,
    lost_columns: Collection[tuple[str, str]] = (),
    carried: Mapping[str, Collection[str]] | None = None,
    without: Collection[str] | None = None,
    icdo_revision: str | None = None,
) -> Report:
    """Judge a batch of typed cards.

    Args:
        frame: one row per card, all fields of field.csv and the system columns, canonical.
        card_type: a key of `CARD_TYPES`.
        as_of: the day of the judgement; later dates are in the future.
        province: two digits of the home's province; rules of other provinces do not apply.
        malformed: row_index, field of text that could not be read.
        lost_columns: (source_file, field) of columns that the export lost; the file has a finding.
        carried: the fields that each layout has; None when all have all.
        without: families of rules to leave out (`tumour_family`); None for the default.
        icdo_revision: `3.1` or `3.2`, when morphologies of the other are not accepted; None: both.

    Returns:
        The findings.  Closed cards (withdrawn, misdiagnosed, duplicate, deleted) have none.

    Raises:
        FrameError: the frame is not one of this card type.
        UnknownFamilyError: `without` names no family.
    """
    must_fit(frame, card_type)
    off = switched_off(without)
    revision = pl.lit(icdo_revision, pl.String)
    frame = frame.with_columns(revision.alias("context_icdo_revision"))
    unread = pl.DataFrame(schema=MALFORMED) if malformed is None else malformed.select(*MALFORMED)
    prepared = prepare(
        frame,
        card_type,
        as_of=as_of,
        province=province,
        malformed=unread,
        lost_columns=lost_columns,
        carried=carried,
    )
    by_typing = _unread(unread, card_type, prepared)
    broken: set[str] = set()
    found, counted = [pl.DataFrame(schema=FINDING)], [pl.DataFrame(schema=FINDING)]
    could = [pl.DataFrame(schema={ROW: prepared.schema[ROW]})]
    only_counted = {r.rule_id for r in rules(card_type) if r.facts.channel == "statistic"}
    for part in prepared.iter_slices(SLICE):
        own = by_typing.join(part.select(ROW), on=ROW, how="semi")
        schema = schema_for(card_type, province, off)
        judged = verdicts(part, schema)
        could.append(judged.could)
        broken.update(Rule(card_type, field, facts).rule_id for field, facts in judged.crashed)
        failures = _failures(part, judged.frame, schema, card_type)
        unread_rules = own.partition_by("rule_id", as_dict=True)
        by_rule = sorted(
            [*failures, *((str(rule_id), rows) for (rule_id,), rows in unread_rules.items())],
            key=lambda failure: failure[0],
        )
        for target, is_counted in ((found, False), (counted, True)):
            wanted = [rows for name, rows in by_rule if (name in only_counted) == is_counted]
            if wanted:
                # The rules stand in order: a stable sort by row leaves them so.
                target.append(pl.concat(wanted).sort(ROW, maintain_order=True))
    findings, statistics = pl.concat(found), pl.concat(counted)
    if broken:
        # A rule that crashed on some cards has said nothing about the others either.
        is_broken = pl.col("rule_id").is_in(sorted(broken))
        findings, statistics = findings.filter(~is_broken), statistics.filter(~is_broken)
    return Report(
        card_type=card_type,
        findings=findings,
        statistics=statistics,
        unread=by_typing,
        broken=sorted(broken),
        province=province,
        prepared=prepared,
        could=pl.concat(could, how="diagonal"),
        without=off,
    )


@cache
def schema_for(
    card_type: str, province: str, without: frozenset[str] = frozenset()
) -> pa.DataFrameSchema:
    """Return the card type's pandera schema without the rules that do not hold here."""
    columns = {}
    for name, column in CARD_TYPES[card_type].to_schema().columns.items():
        checks = [c for c in column.checks if in_force(c.statistics[FACTS], province, without)]
        if checks:
            columns[name] = pa.Column(checks=checks, nullable=True, name=name)
    return pa.DataFrameSchema(columns, name=card_type)


def in_force(facts: Facts, province: str, without: Collection[str] = ()) -> bool:
    """Return whether a rule holds in a province and its family is on."""
    return facts.jurisdiction in ("", province) and facts.family not in without


def _failures(
    part: pl.DataFrame, judged: pl.DataFrame, schema: pa.DataFrameSchema, card_type: str
) -> list[tuple[str, pl.DataFrame]]:
    """Return the failures of one slice by rule, from the verdicts on it."""
    schema = _failing(schema, judged)
    try:
        schema.validate(judged, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        collected = list(errors.schema_errors)
    else:
        return []
    found = []
    for error in collected:
        facts = getattr(error.check, "statistics", {}).get(FACTS)
        if facts is None or error.check_output is None:
            # Not a rule: a column or type is wrong.  Its text may hold values, so it stays here.
            raise FrameError(f"{card_type}: pandera reports {error.reason_code}") from None
        rule = Rule(card_type, str(error.schema.name), facts)
        failing = (~judged[verdict_name(rule.field, facts.name)]).arg_true()
        rows = part.select(pl.col(ROW).gather(failing)).with_columns(
            rule_id=pl.lit(rule.rule_id), field=pl.lit(rule.field)
        )
        found.append((rule.rule_id, rows))
    return found


def _failing(schema: pa.DataFrameSchema, judged: pl.DataFrame) -> pa.DataFrameSchema:
    """Return the schema with only the rules that some card breaks, by their verdicts.

    pandera spends a millisecond on each of several hundred checks, whatever they say.  A rule that
    crashed has no verdict.
    """
    sound = judged.select(pl.col("^verdict_.*$").all()).row(0, named=True)
    columns = {}
    for field, column in schema.columns.items():
        checks = [
            check for check in column.checks if not sound.get(verdict_name(field, check.name), True)
        ]
        if checks:
            columns[field] = pa.Column(checks=checks, nullable=True, name=field)
    return pa.DataFrameSchema(columns, name=schema.name)


def _unread(malformed: pl.DataFrame, card_type: str, prepared: pl.DataFrame) -> pl.DataFrame:
    """Return the findings on text that typing could not read, of cards that are open.

    Raises:
        FrameError: a field was reported for which nothing can be unreadable.
    """
    places = {field: rule.rule_id for field, rule in unreadable(card_type).items()}
    strangers = sorted(set(malformed["field"]) - set(places))
    if strangers:
        raise FrameError(f"{card_type}: no rule for unreadable text in {strangers}")
    known = pl.DataFrame(
        {"field": list(places), "rule_id": list(places.values())},
        schema={"field": pl.String, "rule_id": pl.String},
    )
    return (
        malformed.join(known, on="field")
        .join(prepared.select(ROW), on=ROW, how="semi")
        .select(*FINDING)
    )
