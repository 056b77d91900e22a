"""How a schema declares a field: thin wrappers over `pa.Field` that bring the field's rules.

`needed` is True (required), an expression saying on which cards (conditional), or False
(optional).  `requirement` overrides the word when a standard's word and its logic differ.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from validators import kind
from validators.rule import Channel, Facts, check_of

Needed = bool | pl.Expr


def _field(
    data_type: str,
    rules: list[Facts],
    *,
    needed: Needed,
    requirement: str = "",
    code_list: str = "",
    channel: Channel = "hospital",
    reads: bool = False,
    missing: dict[str, Any] | None = None,
    more: Sequence[Facts] = (),
) -> Any:
    """Return a nullable pandera field with its rules; a null passes all but `missing`."""
    rules = [*rules, *more]
    if needed is not False:
        expression = None if needed is True else needed
        rules = [kind.missing(expression, **({"channel": channel} | (missing or {}))), *rules]
    words = {True: "required", False: "optional"}
    word = words[needed] if isinstance(needed, bool) else "conditional"
    metadata = {
        "data_type": data_type,
        "requirement": requirement or word,
        "code_list": code_list,
        "malformed": kind.malformed(channel) if reads else None,
    }
    field = pa.Field(nullable=True, metadata=metadata)
    field.checks = [check_of(facts) for facts in rules]
    return field


def text(
    needed: Needed = False,
    *,
    requirement: str = "",
    channel: Channel = "hospital",
    form: tuple[str, str] | None = None,
    data_type: str = "text",
    missing: dict[str, Any] | None = None,
    more: Sequence[Facts] = (),
) -> Any:
    """Declare free text, or text of a form (a regular expression and its Chinese sentence)."""
    rules = [] if form is None else [kind.pattern(*form)]
    return _field(
        data_type,
        rules,
        needed=needed,
        requirement=requirement,
        channel=channel,
        missing=missing,
        more=more,
    )


def coded(
    code_list: str,
    needed: Needed = False,
    *,
    multiple: bool = False,
    requirement: str = "",
    channel: Channel = "hospital",
    valid_from: date | None = None,
    missing: dict[str, Any] | None = None,
    more: Sequence[Facts] = (),
) -> Any:
    """Declare a code, or several joined by commas, of a list in code_list.csv."""
    rules = [
        kind.not_in_code_list(code_list, multiple=multiple, channel=channel, valid_from=valid_from)
    ]
    return _field(
        "multi_code" if multiple else "code",
        rules,
        needed=needed,
        requirement=requirement,
        code_list=code_list,
        channel=channel,
        missing=missing,
        more=more,
    )


def icd10(
    needed: Needed = False,
    *,
    older: bool = True,
    requirement: str = "",
    channel: Channel = "hospital",
    missing: dict[str, Any] | None = None,
    more: Sequence[Facts] = (),
) -> Any:
    """Declare an ICD-10 code, canonical (`C15.9`); `older` as in `kind.icd10_rules`."""
    return _field(
        "icd10",
        kind.icd10_rules(channel, older=older),
        needed=needed,
        requirement=requirement,
        channel=channel,
        reads=True,
        missing=missing,
        more=more,
    )


def topography(needed: Needed = False, *, channel: Channel = "hospital") -> Any:
    """Declare an ICD-O-3 topography, canonical (`C15.9`)."""
    rules = [kind.not_in_topography_list(channel)]
    return _field("topography", rules, needed=needed, channel=channel, reads=True)


def morphology(needed: Needed = False, *, channel: Channel = "hospital") -> Any:
    """Declare an ICD-O-3 morphology of four digits; the behaviour is a field of its own."""
    rules = [kind.not_in_morphology_list(channel)]
    return _field("morphology", rules, needed=needed, channel=channel, reads=True)


def dated(
    needed: Needed = False,
    *,
    time: bool = False,
    ahead: bool = False,
    requirement: str = "",
    channel: Channel = "hospital",
    missing: dict[str, Any] | None = None,
    more: Sequence[Facts] = (),
) -> Any:
    """Declare a date (or date and time); `ahead` allows the future."""
    rules = [kind.before_1900(channel)]
    if not ahead:
        rules.append(kind.in_the_future(channel))
    return _field(
        "datetime" if time else "date",
        rules,
        needed=needed,
        requirement=requirement,
        channel=channel,
        reads=True,
        missing=missing,
        more=more,
    )


def number(
    needed: Needed = False,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    integer: bool = False,
    channel: Channel = "hospital",
    source: str = kind.EXCHANGE,
    more: Sequence[Facts] = (),
) -> Any:
    """Declare a number between bounds, both included."""
    rules = []
    if low is not None or high is not None:
        rules.append(kind.out_of_range(low, high, unit, channel=channel, source=source))
    return _field(
        "integer" if integer else "number",
        rules,
        needed=needed,
        channel=channel,
        reads=True,
        more=more,
    )


def area(
    needed: Needed = False,
    *,
    level: str = "",
    requirement: str = "",
    channel: Channel = "hospital",
    missing: dict[str, Any] | None = None,
) -> Any:
    """Declare an area code of a level: 1 province, 2 prefecture, 3 county, empty for any."""
    return _field(
        "area",
        [kind.not_in_area_list(level, channel)],
        needed=needed,
        requirement=requirement,
        channel=channel,
        missing=missing,
    )


def town() -> Any:
    """Declare a town code; towns are never required."""
    return _field("town", [kind.not_in_town_list()], needed=False)


def org(needed: Needed = False, *, channel: Channel = "hospital") -> Any:
    """Declare an institution; whether it is known is a file-level question."""
    return _field("org", [], needed=needed, channel=channel)


def id_number(
    needed: Needed = False, *, channel: Channel = "hospital", missing: dict[str, Any] | None = None
) -> Any:
    """Declare a citizen ID number; its cross-field rules are in `identifier`."""
    return _field("id_number", [], needed=needed, channel=channel, reads=True, missing=missing)


def month(needed: Needed = False, *, channel: Channel = "hospital") -> Any:
    """Declare a month, canonical `YYYY-MM`."""
    return _field("month", [], needed=needed, channel=channel, reads=True)
