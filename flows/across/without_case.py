"""`quality.death_without_case`: deaths from a registered disease without an incidence card.

A list to look into, one death at a time: nothing is created from it, and being on it is no fault.
Cancers come from the registry's own look-up (`quality.death_match`); stroke, coronary disease and
diabetes are looked up here in the same way: by person, then by a probable pair.
"""

from __future__ import annotations

import polars as pl

from flows.across.people import PEOPLE, SURE, decided_pairs, probable, usable
from flows.events import DIABETES, STROKE
from flows.place import in_home
from flows.store import Store
from flows.tasks.assignee import MANAGED, of_person
from validators.expression import within

DISEASE_ZH = {"tumour": "恶性肿瘤", "stroke": "脑卒中", "coronary": "冠心病", "diabetes": "糖尿病"}
CARD_TYPE = {"stroke": "cardio", "coronary": "cardio", "diabetes": "diabetes"}
CODES = {
    "stroke": " ".join(STROKE),
    "coronary": "I20-I25 I46.1",
    "diabetes": " ".join(DIABETES),
}
#: All that is read of a death card, and of a card of a disease.
DEATH = (
    *("card_id", "person_id", *PEOPLE, "is_counted", "count_base", "underlying_cause"),
    *("org_code", MANAGED, "report_area_code", "area_code", "death_date", "first_visit_date"),
    *("county_audit_time", "created_time"),
)
CASE = (
    *("card_id", "person_id", "icd10", "is_counted", "event_date"),
    *("card_status", "is_withdrawn"),
)
LIST = {
    "card_id": pl.String,
    "disease": pl.String,
    "disease_zh": pl.String,
    "icd10_category": pl.String,
    "org_code": pl.String,
    "assignee_org": pl.String,
    "report_area_code": pl.String,
    "area_code": pl.String,
    "town_code": pl.String,
    "death_month": pl.String,
    "since_on": pl.Date,
    "is_first_visit_done": pl.Boolean,
    "possible_card_type": pl.String,
    "possible_card_id": pl.String,
    "possible_probability": pl.Float64,
}


def deaths_without_case(
    store: Store,
    frames: dict[str, pl.DataFrame],
    cancers: pl.DataFrame,
    home_areas: str | None,
) -> pl.DataFrame:
    """The list of tonight.

    Args:
        store: the home's state, for decided pairs.
        frames: counted cards and `institution`.
        cancers: as of `traceback.match_deaths`.
        home_areas: whose registered people are looked up, as `in_home` reads it; None: all.

    Returns:
        The columns of LIST: one row a death and disease, possible_* naming a card that may be the
        person's; names nobody and no day of death.
    """
    counted = pl.col("is_counted") & (pl.col("count_base") != "none")
    deaths = frames["death"].select(DEATH).filter(counted & in_home("area_code", home_areas))
    towns, who = of_person(frames["institution"])
    found = pl.concat([_cancers(cancers), _others(deaths, frames, decided_pairs(store))])
    placed = deaths.join(towns, on="town_code", how="left", maintain_order="left").select(
        "card_id",
        "org_code",
        "report_area_code",
        "area_code",
        "town_code",
        assignee_org=who,
        death_month=pl.col("death_date").dt.to_string("%Y-%m"),
        since_on=pl.coalesce(
            pl.col("county_audit_time").cast(pl.Date), pl.col("created_time").cast(pl.Date)
        ),
        is_first_visit_done=pl.col("first_visit_date").is_not_null(),
    )
    return (
        found.join(placed, on="card_id", maintain_order="left")
        .with_columns(disease_zh=pl.col("disease").replace_strict(DISEASE_ZH))
        .select(list(LIST))
        .cast(LIST)  # type: ignore[arg-type]
        .sort("card_id", "disease")
    )


def _cancers(matches: pl.DataFrame) -> pl.DataFrame:
    """Deaths whose underlying cause is a cancer the registry knows nothing of."""
    unsure = pl.col("matched_by").is_null() | (pl.col("matched_by") == "possible")
    return matches.filter(unsure & (pl.col("list") == "underlying")).select(
        card_id="death_card_id",
        disease=pl.lit("tumour"),
        icd10_category="icd10_category",
        possible_card_type=pl.when(pl.col("tumour_card_id").is_not_null()).then(
            pl.lit("tumour")
        ),
        possible_card_id="tumour_card_id",
        possible_probability="probability",
    )  # fmt: skip


def _others(
    deaths: pl.DataFrame, frames: dict[str, pl.DataFrame], decided: pl.DataFrame
) -> pl.DataFrame:
    """Deaths from stroke, coronary disease and diabetes that no card of the disease is known of."""
    cases = {disease: _cases(frames[CARD_TYPE[disease]], disease) for disease in CARD_TYPE}
    known = pl.concat(cases.values())
    dead = pl.concat(
        [
            deaths.filter(within("underlying_cause", codes)).with_columns(
                disease=pl.lit(disease), icd10_category=pl.col("underlying_cause").str.slice(0, 3)
            )
            for disease, codes in CODES.items()
        ]
    )
    unknown = dead.join(known, on=["person_id", "disease"], how="anti", maintain_order="left")
    told = decided.filter(pl.col("decision") == "same").join(
        known.select("card_type", "card_id", "disease"), on=["card_type", "card_id"]
    )
    unknown = unknown.join(
        told, left_on=["card_id", "disease"], right_on=["death_card_id", "disease"], how="anti",
        maintain_order="left",
    )  # fmt: skip
    people = pl.concat(
        _people(frames[CARD_TYPE[disease]], found) for disease, found in cases.items()
    )
    best = (
        probable(unknown, people, decided)
        .join(known.select("card_type", "card_id", "disease"), on=["card_type", "card_id"],
              maintain_order="left")
        .unique(["death_card_id", "disease"], keep="first", maintain_order=True)
        .select("disease", "probability", card_id="death_card_id", possible_card_type="card_type",
                possible_card_id="card_id")
    )  # fmt: skip
    return (
        unknown.join(best, on=["card_id", "disease"], how="left", maintain_order="left")
        .filter(pl.col("probability").is_null() | (pl.col("probability") < SURE))
        .select(
            "card_id",
            "disease",
            "icd10_category",
            "possible_card_type",
            "possible_card_id",
            possible_probability="probability",
        )
    )


def _cases(cards: pl.DataFrame, disease: str) -> pl.DataFrame:
    """Cards of a disease: place (in the frame), person_id, card_id, card_type, disease.

    Of a person's cards the counted and earliest one comes first.
    """
    return (
        usable(cards.select(CASE).with_row_index("place"))
        .filter(within("icd10", CODES[disease]))
        .sort(~pl.col("is_counted"), "event_date", "card_id", nulls_last=True)
        .select("place", "person_id", "card_id", card_type=pl.lit(CARD_TYPE[disease]),
                disease=pl.lit(disease))
    )  # fmt: skip


def _people(cards: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """The first card of every person, with PEOPLE."""
    first = cases.unique("person_id", keep="first", maintain_order=True)
    return first.hstack(cards.select(PEOPLE)[first["place"]])
