"""Listed cases of reviews, surveys and other offices' lists -> the card that reports each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import polars as pl

from flows.events import SAME_EVENT_DAYS, STROKE
from flows.home import REFERENCE
from flows.linkage import link
from flows.linkage.decision import DIFFERENT, SAME, decisions
from flows.store import Store

#: Cards entered because of a check: they do not make a case `reported` (docs/definitions.md).
MADE_UP_KINDS = ["3", "4"]
#: A card made later than this after the event is late (the province checks 7 days).
REPORT_DAYS = 7
#: A probable person this sure is taken as the same; between POSSIBLE and SURE somebody must look.
SURE, POSSIBLE = 0.95, 0.5
#: A person dies once, so an exact person needs no date; a probable one must agree on it so far.
DEATH_DAYS = 31
#: Deleted, duplicate, misdiagnosed.
NO_CARD = ["3", "4", "5"]
CORONARY = ["I20", "I21", "I22", "I23", "I24", "I25", "I46"]
#: Sites that may stand for any other: ill-defined, secondary or unknown.
VAGUE_SITES = ["C26", "C39", "C48", "C76", "C77", "C78", "C79", "C80", "C97"]
#: The card type under which decisions name a listed row.
ROW_TYPE = "survey_case"
PEOPLE = ("name", "sex", "birth_date", "id_number", "town_code")
LISTED: dict[str, Any] = {
    "card_type": pl.String, "person_id": pl.String, "event_date": pl.Date, "icd10": pl.String,
    "cutoff_date": pl.Date, "list_file": pl.String, "source_row": pl.Int64,
    "name": pl.String, "sex": pl.String, "birth_date": pl.Date, "id_number": pl.String,
    "town_code": pl.String, "case_key": pl.String,
}  # fmt: skip
CARD: dict[str, Any] = {
    "card_id": pl.String, "person_id": pl.String, "event_date": pl.Date, "icd10": pl.String,
    "created_time": pl.Datetime("us"), "card_kind": pl.String, "card_status": pl.String,
    "is_withdrawn": pl.Boolean, "year": pl.Int32, "name": pl.String, "sex": pl.String,
    "birth_date": pl.Date, "id_number": pl.String, "town_code": pl.String,
}  # fmt: skip
DECISION: dict[str, Any] = {
    "list_file": pl.String, "source_row": pl.Int64, "card_type": pl.String,
    "card_id": pl.String, "decision": pl.String, "decided_at": pl.Datetime("us"),
}  # fmt: skip


def list_decisions(store: Store) -> pl.DataFrame:
    """The newest `same` or `different` on a listed row and a card.

    A listed row is named as card type ROW_TYPE with the id `<file>:<row>`: the file as findings
    name it (`lists.xlsx#Sheet1`) and the row as a person sees it.

    Returns:
        The columns of DECISION.
    """
    known = decisions(store)
    both = pl.concat(
        known.filter(pl.col(f"card_type_{mine}") == ROW_TYPE).select(
            row_id=f"card_id_{mine}",
            card_type=f"card_type_{other}",
            card_id=f"card_id_{other}",
            decision="decision",
            decided_at="decided_at",
        )
        for mine, other in (("a", "b"), ("b", "a"))
    )
    return both.select(
        list_file=pl.col("row_id").str.extract(r"^(.*):\d+$"),
        source_row=pl.col("row_id").str.extract(r":(\d+)$").cast(pl.Int64),
        card_type="card_type",
        card_id="card_id",
        decision="decision",
        decided_at="decided_at",
    )


def by_content(told: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Decisions on rows as decisions on cases: a list that is sent again has other rows.

    Args:
        told: as of `list_decisions`: a row is that of the edition that lay there when it was said.
        listed: list_file, source_row, order_no, received_on and case_key of every listed row.

    Returns:
        The columns of `told` and case_key.
    """
    numbered = told.with_row_index("told_no")
    editions = numbered.join(listed, on=["list_file", "source_row"], how="inner").filter(
        pl.col("received_on") <= pl.col("decided_at").dt.date()
    )
    last = editions.sort("order_no").unique("told_no", keep="last", maintain_order=True)
    return last.sort("told_no").select(*told.columns, "case_key")


def match_cases(
    cases: pl.DataFrame,
    cards: dict[str, pl.DataFrame],
    told: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Say of every listed case whether a card had reported it by the cut-off date.

    Args:
        cases: typed `survey_case` with person_id; columns of LISTED that are not there are null.
        cards: typed cards by type with person_id; columns of CARD that are not there are null.
        told: what people decided on pairs, as of `list_decisions` or `by_content`.

    Returns:
        The cases with report_state, matched_card_type, matched_card_id, matched_year (of the
        card's event), matched_by (`decision`; `person`: the same person_id; `probability`: at
        least SURE), match_probability, and possible_card_id with possible_probability for a
        missed case that an unsure pair (POSSIBLE to SURE) may explain.

        `reported`: a card of any institution created on or before the cut-off date, not of kind 3
        or 4. `late`: the same, but created more than REPORT_DAYS after the event; it counts as
        reported, and in 迟报率. `made_up` (已补报): a card, but later or of those kinds. `missed`:
        none. The cut-off freezes the answer: a card that comes later can only turn `missed` into
        `made_up`.

    A card is of the listed event when it is of the same kind and person and, for cardio, of the
    same class (stroke, coronary) within SAME_EVENT_DAYS; for tumours, of the same category or
    group of sites. A person dies once and is found to have diabetes once: no date is asked there.
    """
    listed = _shaped(cases, LISTED).with_row_index("case_no")
    known_cards = Cards(cards)
    keys = known_cards.keys
    decided = _decided(listed, keys, told)
    against = decided.filter(pl.col("decision") == DIFFERENT).select("case_no", "card_no")
    sure = decided.filter(pl.col("decision") == SAME).select(
        "case_no", "card_no", matched_by=pl.lit("decision"), probability=pl.lit(1.0)
    )
    rest = listed.join(sure, on="case_no", how="anti", maintain_order="left")
    theirs = known_cards.read(keys.filter(pl.col("person_id").is_in(rest["person_id"].implode())))
    both = rest.join(theirs, on=["card_type", "person_id"], suffix="_card", maintain_order="left")
    known = (
        both.filter(_same_event())
        .join(against, on=["case_no", "card_no"], how="anti", maintain_order="left")
        .select(
            "case_no", "card_no", matched_by=pl.lit("person"), probability=pl.lit(1.0)
        )
    )  # fmt: skip
    rest = rest.join(known, on="case_no", how="anti", maintain_order="left")
    probable = _probable(rest, known_cards).join(against, on=["case_no", "card_no"], how="anti")
    is_sure = pl.col("probability") >= SURE
    found = pl.concat([sure, known, probable.filter(is_sure)])
    possible = (
        probable.filter(~is_sure)
        .join(keys.select("card_no", possible_card_id="card_id"), on="card_no")
        .sort("case_no", -pl.col("probability"), "possible_card_id")
        .unique("case_no", keep="first", maintain_order=True)
        .select("case_no", "possible_card_id", possible_probability="probability")
    )
    spoken = known_cards.read(keys[found["card_no"].unique().sort()])
    best = _best(found, listed, spoken)
    return (
        cases.drop(name for name in RESULT if name in cases.columns)
        .with_row_index("case_no")
        .join(best, on="case_no", how="left", maintain_order="left")
        .join(possible, on="case_no", how="left", maintain_order="left")
        .with_columns(
            pl.col("report_state").fill_null("missed"),
            pl.when(pl.col("report_state").is_null()).then(
                pl.col("possible_card_id", "possible_probability")
            ),
        )
        .drop("case_no")
    )


RESULT = (
    *("report_state", "matched_card_type", "matched_card_id", "matched_year", "matched_by"),
    *("match_probability", "possible_card_id", "possible_probability"),
)


KEYS = ("card_id", "person_id", "name")


def _shaped(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


class Cards:
    """The cards that speak of somebody, by number: only those looked at are read in full."""

    def __init__(self, cards: dict[str, pl.DataFrame]) -> None:
        """Number them.

        Args:
            cards: typed cards by type; columns of CARD that are not there are null.
        """
        self._cards = cards
        usable = ~pl.col("card_status").fill_null("0").is_in(NO_CARD) & ~pl.col(
            "is_withdrawn"
        ).fill_null(False)
        read = {name: CARD[name] for name in (*KEYS, "card_status", "is_withdrawn")}
        parts = [
            _shaped(frame, read)
            .with_row_index("place")
            .filter(usable)
            .select("place", *KEYS, card_type=pl.lit(card_type))
            for card_type, frame in cards.items()
        ]
        #: card_no, place (in the frame of its type), card_id, person_id, name, card_type.
        self.keys = pl.concat(parts).with_row_index("card_no")

    def read(self, some: pl.DataFrame, names: Collection[str] = tuple(CARD)) -> pl.DataFrame:
        """Rows of `keys`, in the order of their numbers, with columns of CARD."""
        parts = [
            _shaped(
                frame.select(name for name in names if name in frame.columns)[own["place"]],
                {name: CARD[name] for name in names},
            ).with_columns(own["card_no"], card_type=pl.lit(card_type))
            for card_type, frame in self._cards.items()
            for own in [some.filter(pl.col("card_type") == card_type)]
        ]
        return pl.concat(parts)  # types were numbered one after the other


def _decided(listed: pl.DataFrame, usable: pl.DataFrame, told: pl.DataFrame | None) -> pl.DataFrame:
    """Decisions on pairs that are here: case_no, card_no, decision."""
    given = pl.DataFrame(schema=DECISION) if told is None else told
    by = ["list_file", "case_key" if "case_key" in given.columns else "source_row"]
    return given.join(listed.select("case_no", *by), on=by).join(
        usable.select("card_no", "card_type", "card_id"), on=["card_type", "card_id"]
    )


def cardio_class(icd10: pl.Expr) -> pl.Expr:
    """`stroke`, `coronary`, `other`; null where the code is."""
    category = icd10.str.slice(0, 3)
    return (
        pl.when(category.is_in(STROKE))
        .then(pl.lit("stroke"))
        .when(category.is_in(CORONARY))
        .then(pl.lit("coronary"))
        .when(category.is_not_null())
        .then(pl.lit("other"))
    )


def site_group(icd10: pl.Expr) -> pl.Expr:
    """Group of cancer sites; a category that is in none, or only in `other`, is its own."""
    table = pl.read_csv(REFERENCE / "cancer_group.csv", infer_schema=False).filter(
        (pl.col("grouping") == "big") & (pl.col("group_code") != "126")
    )
    category = icd10.str.slice(0, 3)
    return category.replace(dict(table.select("icd10_category", "group_code").iter_rows()))


def _same_event(death_days: int | None = None) -> pl.Expr:
    """Whether a listed case and a card of its kind (suffix _card) are of one event."""
    days = (pl.col("event_date_card") - pl.col("event_date")).dt.total_days().abs()
    vague = pl.any_horizontal(
        pl.col(name).str.slice(0, 3).is_in(VAGUE_SITES) for name in ("icd10", "icd10_card")
    )
    site = site_group(pl.col("icd10")) == site_group(pl.col("icd10_card"))
    kind = cardio_class(pl.col("icd10")) == cardio_class(pl.col("icd10_card"))
    dead = pl.lit(True) if death_days is None else (days <= death_days).fill_null(True)
    return (
        pl.when(pl.col("card_type") == "cardio")
        .then(kind.fill_null(True) & (days <= SAME_EVENT_DAYS).fill_null(True))
        .when(pl.col("card_type") == "tumour")
        .then((site | vague).fill_null(True))
        .when(pl.col("card_type") == "death")
        .then(dead)
        .otherwise(True)
    )


def _probable(rest: pl.DataFrame, cards: Cards) -> pl.DataFrame:
    """Cards of probably the same person, for cases no exact person explains."""
    empty = pl.DataFrame(
        schema={
            "case_no": pl.UInt32, "card_no": pl.UInt32, "matched_by": pl.String,
            "probability": pl.Float64,
        }
    )  # fmt: skip
    named = rest.filter(pl.col("name").is_not_null()).sort("case_no")
    kinds = named["card_type"].unique().to_list()
    first = _first_of_person(
        cards.keys.filter(pl.col("name").is_not_null() & pl.col("card_type").is_in(kinds))
    )
    if not named.height or not first.height:
        return empty
    people, person_ids = cards.read(first, PEOPLE), first["person_id"]
    del first  # a row a person of the home: what is no longer needed makes room for the linking
    pairs = link(named.select(PEOPLE), people.select(PEOPLE), POSSIBLE, every=True)
    persons = pl.DataFrame(
        {
            "case_no": named["case_no"].gather(pairs["row_a"] - 1),
            "other_person": person_ids.gather(pairs["row_b"] - 1),
            "probability": pairs["probability"],
        }
    )
    best = persons.group_by("case_no", "other_person").agg(pl.col("probability").max())
    theirs = cards.keys.filter(pl.col("person_id").is_in(best["other_person"].implode()))
    both = (
        best.join(named, on="case_no")
        .join(
            cards.read(theirs),
            left_on=["card_type", "other_person"],
            right_on=["card_type", "person_id"],
            suffix="_card",
        )
        .filter(_same_event(DEATH_DAYS))
        .with_columns(matched_by=pl.lit("probability"))
    )
    return both.select(empty.columns).cast(dict(empty.schema)).sort("case_no", "card_no")  # type: ignore[arg-type]


def _first_of_person(keys: pl.DataFrame) -> pl.DataFrame:
    """The first row of every person and name; only people with several rows are looked through."""
    # Numbers are lighter to compare than texts; two people with one number are told apart below.
    several = keys.select("card_no", "person_id", "name").filter(
        pl.col("person_id").hash().is_duplicated()
    )
    first = several.unique(["person_id", "name"], keep="first", maintain_order=True)["card_no"]
    repeats = several["card_no"].filter(~several["card_no"].is_in(first.implode()))
    return keys.filter(~pl.col("card_no").is_in(repeats.implode()))


def _best(found: pl.DataFrame, listed: pl.DataFrame, usable: pl.DataFrame) -> pl.DataFrame:
    """The card that speaks for each case: in time and soon before anything else."""
    created = pl.col("created_time").dt.date()
    both = found.join(listed, on="case_no").join(
        usable, on="card_no", suffix="_card", maintain_order="left"
    )
    in_time = (created <= pl.col("cutoff_date")) & ~pl.col("card_kind").fill_null("1").is_in(
        MADE_UP_KINDS
    )
    soon = (created - pl.col("event_date")).dt.total_days() <= REPORT_DAYS
    judged = both.with_columns(
        in_time=in_time.fill_null(False), soon=(in_time & soon.fill_null(True)).fill_null(False)
    ).with_columns(
        report_state=pl.when("soon")
        .then(pl.lit("reported"))
        .when("in_time")
        .then(pl.lit("late"))
        .otherwise(pl.lit("made_up"))
    )
    return (
        judged.sort(
            "case_no", ~pl.col("soon"), ~pl.col("in_time"), "created_time", "card_id",
            nulls_last=True,
        )
        .unique("case_no", keep="first", maintain_order=True)
        .select(
            "case_no",
            "report_state",
            matched_card_type="card_type",
            matched_card_id="card_id",
            matched_year="year",
            matched_by="matched_by",
            match_probability="probability",
        )
    )  # fmt: skip
