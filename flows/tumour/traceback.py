"""From death certificates back to the cases: DCN, DCI, DCO.

Terms as in T/CHIA 18-2021, 3.1.2 to 3.1.4: a case first heard of from a death certificate is DCN;
traced back and found in a clinic's files it is DCI; traced back in vain it is DCO.
"""

from __future__ import annotations

import polars as pl

from flows.linkage import decision, link
from flows.place import in_home
from flows.store import Store

OPEN, FOUND, NOTHING = "open", "found", "closed_nothing"
#: Fields of a death card, part I and II, that may mention a cancer.
MENTIONS = (
    "cause_a", "cause_b", "cause_c", "cause_d", "other_cause_1", "other_cause_2", "other_cause_3",
)  # fmt: skip
#: A probable pair this sure is taken as the same person; less sure ones are shown to look at.
SURE = 0.95
#: Bases of the provincial list that are evidence (9: not known; 10: from a death certificate).
CLINICAL, PATHOLOGY = ("1", "2", "3", "4", "5"), ("6", "7", "8")
NO_CARD = ("3", "4", "5")  # card_status: deleted, duplicate, misdiagnosed
PEOPLE = ("name", "sex", "birth_date", "id_number", "town_code")
#: What decides the state of a notified card.
TRACED = (
    *("card_id", "person_id", "primary_no", "is_registry_record", "version_time"),
    *("diagnosis_basis", "diagnosis_basis_national", "has_pathology", "is_death_notified"),
)
#: What is read of a death card beside its causes, and of a tumour card.
DEATH = (
    "card_id", "person_id", "org_code", "report_area_code", "area_code", "year", *PEOPLE,
)  # fmt: skip
KNOWN = (
    *("card_id", "person_id", "event_class", "event_date", "is_counted", *PEOPLE),
    *("card_status", "is_withdrawn"),
)
LIST = {
    "card_type": pl.String,
    "card_id": pl.String,
    "list": pl.String,
    "icd10_category": pl.String,
    "state": pl.String,
    "org_code": pl.String,
    "report_area_code": pl.String,
    "area_code": pl.String,
    "year": pl.Int32,
    "possible_card_id": pl.String,
    "possible_probability": pl.Float64,
    "decided_on": pl.Date,
}
MATCH = {
    "death_card_id": pl.String,
    "list": pl.String,
    "icd10_category": pl.String,
    "tumour_card_id": pl.String,
    "matched_by": pl.String,
    "probability": pl.Float64,
    "is_same_category": pl.Boolean,
}
DECISION = {
    "card_type": pl.String,
    "card_id": pl.String,
    "decision": pl.String,
    "decided_at": pl.Datetime("us"),
}
PAIR_DECISION = {"death_card_id": pl.String, "tumour_card_id": pl.String, "decision": pl.String}


def decisions(store: Store) -> pl.DataFrame:
    """The newest decision on every traced card: card_type, card_id, decision, decided_at."""
    return store.connection.sql(
        "select card_type, card_id, arg_max(decision, (decided_at, rowid)) as decision,"
        " max(decided_at) as decided_at from state.traceback group by all order by all"
    ).pl()


def pair_decisions(store: Store) -> pl.DataFrame:
    """The newest `same` or `different` on a death card and a tumour card."""
    return (
        decision.decisions(store)
        .filter((pl.col("card_type_a") == "death") & (pl.col("card_type_b") == "tumour"))
        .select("decision", death_card_id="card_id_a", tumour_card_id="card_id_b")
        .select("death_card_id", "tumour_card_id", "decision")
    )


def with_state(tumours: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """Add what tracing back has made of every tumour card.

    Args:
        tumours: counted cards (`events.count_cards`).
        decided: as of `decisions`.

    Returns:
        The frame with has_pathology (a pathology number or text is on the card),
        is_death_notified, traceback_state (`open`, `found`: DCI, `closed_nothing`: DCO; null for a
        case that was not notified by a death certificate), traceback_decided_on, and
        is_pathology_unconfirmed: a notified case whose basis names pathology that nothing on the
        card and nobody has confirmed; it is then no evidence and not microscopic.

    A person's decision goes before what the card says, unless a newer version of the card brings
    evidence. A second, ordinary card of the same primary is evidence as well.
    """
    notified = (
        (pl.col("card_kind") == "2").fill_null(False)
        | _has_basis("10")
        | (pl.col("diagnosis_basis_national") == "0").fill_null(False)
    )
    frame = tumours.with_columns(
        has_pathology=pl.col("pathology_no").is_not_null() | pl.col("pathology_text").is_not_null(),
        is_death_notified=notified,
    )
    rows = frame.select(TRACED).with_row_index("place")
    states = _states(rows, decided.filter(pl.col("card_type") == "tumour"))
    made = rows.select("place").join(states, on="place", how="left", maintain_order="left")
    return frame.hstack(
        made.drop("place").with_columns(pl.col("is_pathology_unconfirmed").fill_null(False))
    )


def _states(rows: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """What tracing back has made of the few cards that a death certificate notified.

    Args:
        rows: TRACED of every card, and its place.
        decided: decisions on tumour cards.

    Returns:
        place, traceback_state, traceback_decided_on, is_pathology_unconfirmed.
    """
    national = pl.col("diagnosis_basis_national")
    clinical = pl.when(national.is_not_null()).then(national.is_in(CLINICAL)).otherwise(
        _has_basis(*CLINICAL)
    )  # fmt: skip
    pathology = pl.when(national.is_not_null()).then(national.is_in(PATHOLOGY)).otherwise(
        _has_basis(*PATHOLOGY)
    )  # fmt: skip
    unconfirmed = pathology & ~pl.col("has_pathology")
    # A registry has weighed its own records; a card that is no case has no primary to share.
    primary = ["person_id", "primary_no"]
    ordinary = rows.filter(~pl.col("is_death_notified")).select(primary).drop_nulls("primary_no")
    told = rows.filter("is_death_notified")
    shared = told.join(ordinary, on=primary, how="semi")["place"].implode()
    elsewhere = pl.col("place").is_in(shared) & ~pl.col("is_registry_record")
    evidence = clinical | (pathology & ~unconfirmed) | elsewhere
    newer = (pl.col("version_time") > pl.col("decided_at")).fill_null(False)
    stands = pl.col("decision").is_not_null() & ~(evidence & newer)
    state = (
        pl.when(stands)
        .then("decision")
        .when((national == "0").fill_null(False) & ~elsewhere)
        .then(pl.lit(NOTHING))
        .when(evidence)
        .then(pl.lit(FOUND))
        .otherwise(pl.lit(OPEN))
    )
    confirmed = (stands & (pl.col("decision") == FOUND)).fill_null(False)
    mine = decided.select("card_id", "decision", "decided_at")
    return told.join(mine, on="card_id", how="left", maintain_order="left").select(
        "place",
        traceback_state=state,
        traceback_decided_on=pl.when(stands).then(pl.col("decided_at").dt.date()),
        is_pathology_unconfirmed=unconfirmed & ~confirmed,
    )


def _has_basis(*codes: str) -> pl.Expr:
    listed = pl.concat_str(pl.lit(","), pl.col("diagnosis_basis").fill_null(""), pl.lit(","))
    return pl.any_horizontal(listed.str.contains(f",{code},", literal=True) for code in codes)


def match_deaths(
    deaths: pl.DataFrame,
    tumours: pl.DataFrame,
    categories: list[str],
    pairs: pl.DataFrame,
    home_areas: str | None,
) -> pl.DataFrame:
    """Look up every cancer death in the registry.

    Args:
        deaths: counted death cards with identities and person_id.
        tumours: tumour cards with identities, event_class, is_counted.
        categories: ICD-10 categories that a registry counts.
        pairs: decisions on pairs, as of `pair_decisions`.
        home_areas: of the registry, as `in_home` reads it: only its registered people are looked
            up; None: all.

    Returns:
        One row a death, in two lists (`underlying`: a cancer is the underlying cause; `mentioned`:
        it stands elsewhere in part I or II only): the columns of MATCH and of the death's place.
        tumour_card_id is null where the registry does not know the person; with matched_by
        `possible` it is a card to look at.
    """
    named = _with_cancer(deaths, categories, home_areas)
    known = (
        tumours.select(KNOWN)
        .filter(
            ~pl.col("card_status").fill_null("0").is_in(NO_CARD)
            & ~pl.col("is_withdrawn").fill_null(False)
            & pl.col("event_class").is_not_null()
        )
        .sort(~pl.col("is_counted"), "event_date", "card_id", nulls_last=True)
    )
    cards = known.select("person_id", tumour_card_id="card_id", tumour_category="event_class")
    told = pairs.filter(pl.col("decision") == "same").select("death_card_id", "tumour_card_id")
    others = pairs.filter(pl.col("decision") == "different")
    keys = ["death_card_id", "tumour_card_id"]
    by_hand = _best(
        told.join(named.rename({"card_id": "death_card_id"}), on="death_card_id").join(
            cards.drop("person_id"), on="tumour_card_id"
        ),
        "decision",
    )
    rest = named.rename({"card_id": "death_card_id"}).join(by_hand, on="death_card_id", how="anti")
    by_person = _best(
        rest.join(cards, on="person_id", maintain_order="left_right").join(
            others, on=keys, how="anti", maintain_order="left"
        ),
        "person",
    )
    rest = rest.join(by_person, on="death_card_id", how="anti", maintain_order="left")
    probable = _probable(rest, known, others)
    matched = pl.concat([by_hand, by_person, probable])
    place = named.rename({"card_id": "death_card_id"}).drop(*PEOPLE)
    return place.join(matched, on="death_card_id", how="left", maintain_order="left").with_columns(
        is_same_category=pl.col("icd10_category") == pl.col("tumour_category")
    )


def _with_cancer(
    deaths: pl.DataFrame, categories: list[str], home_areas: str | None
) -> pl.DataFrame:
    """Counted deaths of the home that name a cancer, with the list they belong to."""
    counted = deaths.select(*DEATH, "underlying_cause", *MENTIONS, "is_counted", "count_base")
    counted = counted.filter(
        pl.col("is_counted") & (pl.col("count_base") != "none") & in_home("area_code", home_areas)
    )
    is_underlying = _category("underlying_cause").is_in(categories).fill_null(False)
    # Only where the underlying cause is another one are the others read.
    others = counted.filter(~is_underlying).with_columns(
        pl.when(_category(name).is_in(categories)).then(_category(name)).alias(name)
        for name in MENTIONS
    )
    return pl.concat(
        [
            counted.filter(is_underlying).select(
                *DEATH, list=pl.lit("underlying"), icd10_category=_category("underlying_cause")
            ),
            others.select(
                *DEATH, list=pl.lit("mentioned"), icd10_category=pl.coalesce(MENTIONS)
            ).drop_nulls("icd10_category"),
        ]
    ).select(
        "card_id", "list", "icd10_category", "person_id", "org_code", "report_area_code",
        "area_code", "year", *PEOPLE,
    ).sort("card_id")  # fmt: skip


def _category(name: str) -> pl.Expr:
    return pl.col(name).str.slice(0, 3)


def _best(found: pl.DataFrame, matched_by: str) -> pl.DataFrame:
    """One tumour card a death: of the same site first, then the counted and earliest one."""
    return (
        found.with_columns(differs=pl.col("icd10_category") != pl.col("tumour_category"))
        .sort("death_card_id", "differs", maintain_order=True)
        .unique("death_card_id", keep="first", maintain_order=True)
        .select(
            "death_card_id", "tumour_card_id", "tumour_category",
            matched_by=pl.lit(matched_by), probability=pl.lit(1.0),
        )
    )  # fmt: skip


def _probable(deaths: pl.DataFrame, known: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Best probable person on the tumour cards for deaths nobody else was found for."""
    people = known.filter(pl.col("name").is_not_null()).unique(
        "person_id", keep="first", maintain_order=True
    )
    named = deaths.filter(pl.col("name").is_not_null())
    # Fixed weights: what is learnt from leftovers would change from night to night.
    pairs = link(named.select(PEOPLE), people.select(PEOPLE), every=True, learn=False)
    found = pairs.with_columns(
        death_card_id=named["death_card_id"].gather(pairs["row_a"] - 1),
        tumour_card_id=people["card_id"].gather(pairs["row_b"] - 1),
        tumour_category=people["event_class"].gather(pairs["row_b"] - 1),
    ).join(others, on=["death_card_id", "tumour_card_id"], how="anti", maintain_order="left")
    best = found.unique("death_card_id", keep="first", maintain_order=True)
    return best.select(
        "death_card_id",
        "tumour_card_id",
        "tumour_category",
        matched_by=pl.when(pl.col("probability") >= SURE)
        .then(pl.lit("probability"))
        .otherwise(pl.lit("possible")),
        probability="probability",
    )


def traceback_list(
    matches: pl.DataFrame, tumours: pl.DataFrame, decided: pl.DataFrame
) -> pl.DataFrame:
    """What is to be traced back, by institution, with its state; names nobody.

    Args:
        matches: as of `match_deaths`.
        tumours: as of `with_state`.
        decided: as of `decisions`.

    Returns:
        The columns of LIST: deaths the registry does not know (card_type `death`, list
        `underlying` or `mentioned`) and counted cases notified by a death certificate (card_type
        `tumour`, list `notified`).
    """
    choice = decided.select(
        "card_type", "card_id", "decision", decided_on=pl.col("decided_at").dt.date()
    )
    unsure = pl.col("matched_by").is_null() | (pl.col("matched_by") == "possible")
    deaths = (
        matches.filter(unsure)
        .with_columns(card_type=pl.lit("death"))
        .rename({"death_card_id": "card_id"})
        .join(choice, on=["card_type", "card_id"], how="left", maintain_order="left")
        .with_columns(
            state=pl.col("decision").fill_null(OPEN),
            possible_card_id="tumour_card_id",
            possible_probability="probability",
        )
    )
    notified = tumours.filter(
        pl.col("traceback_state").is_not_null() & pl.col("is_counted")
    ).select(
        card_type=pl.lit("tumour"),
        card_id="card_id",
        list=pl.lit("notified"),
        icd10_category="event_class",
        state="traceback_state",
        org_code="org_code",
        report_area_code="report_area_code",
        area_code="area_code",
        year="year",
        possible_card_id=pl.lit(None, pl.String),
        possible_probability=pl.lit(None, pl.Float64),
        decided_on="traceback_decided_on",
    )
    both = [part.select(list(LIST)).cast(LIST) for part in (deaths, notified)]  # type: ignore[arg-type]
    return pl.concat(both).sort("card_type", "card_id")


def match_table(matches: pl.DataFrame) -> pl.DataFrame:
    """The published look-up of deaths in the registry: the columns of MATCH."""
    return matches.select(list(MATCH)).cast(MATCH).sort("death_card_id")  # type: ignore[arg-type]
