"""Findings on a card beside the other cards of its person; the catalogue declares the rules.

Two cards are put beside each other when both are of one person_id and at least one of them has an
ID number: name, sex and birth date alone are shared by too many people for a question.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from flows.across.people import PEOPLE, death_of_person, probable, usable
from flows.events import SAME_EVENT_DAYS
from flows.home import REFERENCE
from flows.place import in_home
from validators.expression import within

INCIDENT = ("tumour", "cardio", "diabetes")
#: The day on which a disease was found; a patient must have lived then.
FOUND_ON = {"tumour": "diagnosis_date", "cardio": "onset_date", "diabetes": "diagnosis_date"}
#: Pathology of a body comes after the death.
AFTER_DEATH_DAYS = {"tumour": 30, "cardio": 0, "diabetes": 0}
#: A death is known to the county, on paper or by exchange, after so many days.
DEATHS_KNOWN_AFTER = 45
#: death_cause_class -> causes that agree with it, and causes that do not.
CAUSES = {
    "tumour": {"1": ("C00-D48", True), "2": ("C00-C97", False)},
    "cardio": {"0": ("I00-I99", True), "1": ("I20-I25 I46 I60-I69", False)},
    "diabetes": {"1": ("E10-E14", True), "2": ("E10-E14", False)},
}
#: All that is read of an incidence card, as far as its kind has the column, and of a death card:
#: who it is about only where a death card is looked for.
READ = (
    *("card_id", "person_id", "is_sure_person", "area_code", "card_kind"),
    *("count_base", "is_counted", "is_registry_record", "event_class", "event_date", "first_ever"),
    *("death_date", "death_date_year", "death_cause_class", "last_contact_date", "vital_status"),
)
DEATH = ("card_id", "person_id", *PEOPLE, "area_code", "death_date", "card_status", "is_withdrawn")
FINDING = {"row_index": pl.UInt32, "rule_id": pl.String, "field": pl.String}


def across_findings(
    decided: pl.DataFrame,
    frames: dict[str, pl.DataFrame],
    cancers: pl.DataFrame,
    home_areas: str | None,
    as_of: date,
) -> dict[str, pl.DataFrame]:
    """Findings by card type: row_index (in the typed frame), rule_id, field.

    Args:
        decided: as of `people.decided_pairs`.
        frames: the four cards, counted.
        cancers: as of `traceback.match_deaths`.
        home_areas: whose registered people's deaths the home knows, as `in_home` reads it.
        as_of: the night.
    """
    deaths = frames["death"]
    died = death_of_person(deaths)
    cards = {name: _judged(frames[name], name) for name in INCIDENT}
    found = {name: _beside_death_card(cards[name], died, name) for name in INCIDENT}
    alone = _without_death_card(
        cards, frames, usable(deaths.select(DEATH)), decided, home_areas, as_of
    )  # fmt: skip
    after = _after_death(cards, died)
    for name in INCIDENT:
        found[name] += [alone[name], after[name]]
    found["cardio"] += [_first_ever(cards["cardio"]), _fatal(cards["cardio"], died)]
    found["death"] = [_other_cancer(deaths, cancers)]
    return {
        name: pl.concat([pl.DataFrame(schema=FINDING), *parts]).unique(maintain_order=True)
        for name, parts in found.items()
    }


def _judged(frame: pl.DataFrame, card_type: str) -> pl.DataFrame:
    """Cards of people with names; a registry has judged its own records."""
    read = [name for name in (*READ, FOUND_ON[card_type]) if name in frame.columns]
    return (
        frame.select(*read, "name")
        .with_row_index("row_index")
        .filter(
            (pl.col("count_base") != "none")
            & ~pl.col("is_registry_record").fill_null(False)
            & pl.col("name").is_not_null()
        )
        .drop("name")
    )


def _of(rows: pl.DataFrame, rule_id: str, field: str) -> pl.DataFrame:
    return rows.select("row_index", rule_id=pl.lit(rule_id), field=pl.lit(field)).cast(FINDING)  # type: ignore[arg-type]


def _with_death(cards: pl.DataFrame, died: pl.DataFrame) -> pl.DataFrame:
    return cards.join(died, on="person_id", maintain_order="left").filter(
        pl.col("is_sure_person") | pl.col("died_sure")
    )


def _beside_death_card(
    cards: pl.DataFrame, died: pl.DataFrame, card_type: str
) -> list[pl.DataFrame]:
    """Death date and class of cause beside those of the death card."""
    both = _with_death(cards, died)
    dates = both.filter(pl.col("death_date") != pl.col("died_on"))
    disagrees = []
    for value, (codes, must_be) in CAUSES[card_type].items():
        inside = within("cause", codes)
        # An unknown cause contradicts nothing.
        wrong = ~inside & ~within("cause", "R00-R99") if must_be else inside
        disagrees.append((pl.col("death_cause_class") == value) & wrong)
    causes = both.filter(pl.any_horizontal(disagrees).fill_null(False))
    return [
        _of(dates, f"{card_type}.death_date_agrees_with_the_death_card", "death_date"),
        _of(causes, f"{card_type}.death_cause_agrees_with_the_death_card", "death_cause_class"),
    ]


def _without_death_card(
    cards: dict[str, pl.DataFrame],
    frames: dict[str, pl.DataFrame],
    deaths: pl.DataFrame,
    decided: pl.DataFrame,
    home_areas: str | None,
    as_of: date,
) -> dict[str, pl.DataFrame]:
    """Cards with a death date of people the death cards do not know, not even probably.

    Only months of which the home has death cards are asked about, and only after the time that a
    death needs to be reported and exchanged.
    """
    # The months are the home's own: of a county, those of its registered people.
    mine = deaths.filter(in_home("area_code", home_areas))
    months = mine["death_date"].drop_nulls().dt.truncate("1mo").unique()
    parts = []
    for name, frame in cards.items():
        of_month = pl.col("death_date").dt.truncate("1mo").is_in(months.implode())
        known = pl.col("death_date") <= as_of - timedelta(days=DEATHS_KNOWN_AFTER)
        ours = in_home("area_code", home_areas)
        asked = frame.filter(of_month & known & ours).join(
            deaths, on="person_id", how="anti", maintain_order="left"
        )
        people = frames[name].select(PEOPLE)[asked["row_index"]]
        own = asked.select("row_index", "card_id", "person_id", card_type=pl.lit(name))
        parts.append(own.hstack(people))
    open_cards = pl.concat(parts)
    same = decided.filter(pl.col("decision") == "same")
    keys = ["card_type", "card_id"]
    open_cards = open_cards.join(same, on=keys, how="anti", maintain_order="left")
    maybe = probable(deaths, open_cards, decided)
    open_cards = open_cards.join(maybe, on=keys, how="anti", maintain_order="left")
    return {
        name: _of(
            open_cards.filter(pl.col("card_type") == name),
            f"{name}.death_is_known_from_a_death_card",
            "death_date",
        )
        for name in cards
    }


def _after_death(cards: dict[str, pl.DataFrame], died: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Onset, diagnosis or contact as living, after the person's death on another card.

    The death card speaks first; without one, another incidence card that tells of a death.
    """
    told = pl.concat(
        [
            frame.filter(pl.col("death_date").is_not_null()).select(
                "person_id", pl.lit(name).alias("other_type"), other_id="card_id",
                died_on="death_date", died_sure="is_sure_person",
            )
            for name, frame in cards.items()
        ]
    )  # fmt: skip
    told = told.join(died, on="person_id", how="anti", maintain_order="left")
    facts = pl.concat(
        [
            died.select("person_id", pl.lit("death").alias("other_type"),
                        other_id="death_card_id", died_on="died_on", died_sure="died_sure"),
            told,
        ]
    )  # fmt: skip
    found = {}
    for name, frame in cards.items():
        both = frame.join(facts, on="person_id", maintain_order="left").filter(
            (pl.col("is_sure_person") | pl.col("died_sure"))
            & ~((pl.col("other_type") == name) & (pl.col("other_id") == pl.col("card_id")))
        )
        rule_id, day = f"{name}.patient_lived_when_it_happened", FOUND_ON[name]
        allowed = pl.col("died_on") + timedelta(days=AFTER_DEATH_DAYS[name])
        # A card made after the death carries whatever day its maker knew.
        late = both.filter((pl.col(day) > allowed) & (pl.col("card_kind").fill_null("1") != "2"))
        rows = [_of(late, rule_id, day)]
        if "last_contact_date" in both.columns:
            alive = (pl.col("vital_status") == "1") & (
                pl.col("last_contact_date") > pl.col("died_on")
            )
            rows.append(_of(both.filter(alive), rule_id, "last_contact_date"))
        found[name] = pl.concat(rows)
    return found


def _first_ever(cardio: pl.DataFrame) -> pl.DataFrame:
    """Events called the first of a person who has an earlier event of the same kind."""
    events = cardio.filter(pl.col("event_class").is_not_null() & pl.col("event_date").is_not_null())
    earlier = events.filter(pl.col("is_counted")).select(
        "person_id",
        "event_class",
        earlier_on="event_date",
        earlier_sure="is_sure_person",
    )
    # Within 28 days it is one event, and a matter of the repeated card.
    again = (
        events.filter(pl.col("first_ever") == "1")
        .join(earlier, on=["person_id", "event_class"], maintain_order="left")
        .filter(
            (pl.col("event_date") - pl.col("earlier_on") > timedelta(days=SAME_EVENT_DAYS))
            & (pl.col("is_sure_person") | pl.col("earlier_sure"))
        )
    )
    return _of(again, "cardio.first_ever_agrees_with_earlier_cards", "first_ever")


def _fatal(cardio: pl.DataFrame, died: pl.DataFrame) -> pl.DataFrame:
    """Events whose patient died within 28 days, of which the card says nothing."""
    both = _with_death(cardio, died)
    days = (pl.col("died_on") - pl.col("onset_date")).dt.total_days()
    # `death_date_year`: half a date is no empty box.
    silent = pl.col("death_date").is_null() & pl.col("death_date_year").is_null()
    fatal = both.filter(days.is_between(0, SAME_EVENT_DAYS) & silent)
    return _of(fatal, "cardio.death_within_28_days_is_on_the_card", "death_date")


def _other_cancer(deaths: pl.DataFrame, cancers: pl.DataFrame) -> pl.DataFrame:
    """Cancer deaths whose registered cancers are all of another big group of sites."""
    sites = pl.read_csv(REFERENCE / "cancer_group.csv", infer_schema=False).filter(
        pl.col("grouping") == "big"
    )
    group = dict(sites.select("icd10_category", "group_code").iter_rows())
    differs = (
        cancers.filter(
            (pl.col("list") == "underlying")
            & pl.col("matched_by").is_in(["person", "decision", "probability"])
            & ~pl.col("is_same_category")
        )
        .filter(
            pl.col("icd10_category").replace_strict(group, default=None)
            != pl.col("tumour_category").replace_strict(group, default=None)
        )
        .select(card_id="death_card_id")
    )
    rows = (
        deaths.select("card_id")
        .with_row_index("row_index")
        .join(differs, on="card_id", how="semi", maintain_order="left")
    )
    return _of(rows, "death.cancer_agrees_with_the_tumour_card", "underlying_cause")
