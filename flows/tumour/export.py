"""The submission to the national cancer centre: sheets FB, SW and POP for every county.

Layout: domain of the national registry databases (reference/layout/national_registry.csv is its
other direction). It names nobody: a patient has a surrogate number, and the date of birth, which
the layout asks for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import polars as pl

from flows.tumour.traceback import OPEN

COLUMNS = [
    "areacode", "registr", "sex", "age", "birthda", "inciden", "topo", "morp", "beha", "grad",
    "basi", "icd10", "deathda", "mult", "trib", "lastcontact", "status", "caus",
]  # fmt: skip
#: Provincial choices -> the national single choice, best first (own reading of T/CHIA 18 table 4).
BASIS = (("7", "7"), ("8", "7"), ("6", "6"), ("5", "5"), ("4", "4"), ("3", "2"), ("2", "2"),
         ("1", "1"))  # fmt: skip
UNKNOWN_BASIS, CERTIFICATE_ONLY = "9", "0"
DIED = "2"


@dataclass(frozen=True)
class Submission:
    """What goes out for one county and year."""

    area_code: str
    year: int
    cases: pl.DataFrame
    deaths: pl.DataFrame
    population: pl.DataFrame


def surrogate(person_ids: pl.Series, key: str) -> pl.Series:
    """A patient number that is not the published person_id: the two cannot be laid side by side."""
    secret = hashlib.sha256(b"registr" + key.encode()).digest()[:32]
    made = {
        person: hashlib.blake2b(person.encode(), key=secret, digest_size=10).hexdigest()
        for person in person_ids.unique().drop_nulls().to_list()
    }
    return person_ids.replace_strict(made, default=None, return_dtype=pl.String)


def national_basis() -> pl.Expr:
    """The national code of a card's basis; an open notified case is not known (9), never DCO."""
    listed = pl.concat_str(pl.lit(","), pl.col("diagnosis_basis").fill_null(""), pl.lit(","))
    best = pl.coalesce(
        pl.when(listed.str.contains(f",{own},", literal=True)).then(pl.lit(national))
        for own, national in BASIS
    )
    claimed = pl.col("is_pathology_unconfirmed").fill_null(False)
    without = pl.when(claimed & best.is_in(["6", "7"])).then(None).otherwise(best)
    state = pl.col("traceback_state")
    return (
        pl.when(state == "closed_nothing")
        .then(pl.lit(CERTIFICATE_ONLY))
        .when(state == OPEN)
        .then(pl.lit(UNKNOWN_BASIS))
        .otherwise(
            pl.coalesce("diagnosis_basis_national", without).fill_null(UNKNOWN_BASIS)
        )
    )  # fmt: skip


def counted(tumours: pl.DataFrame, year: int) -> pl.DataFrame:
    """The cards that go out: official, counted, of the year."""
    return tumours.filter(
        pl.col("is_counted") & (pl.col("count_base") == "official") & (pl.col("year") == year)
    )


def day(name: str) -> pl.Expr:
    """A date as the layout writes it; what is not known of it is 00."""
    year = pl.col(f"{name}_year").cast(pl.String)
    month = pl.col(f"{name}_month").cast(pl.String).str.zfill(2).fill_null("00")
    partial = pl.concat_str(year, pl.lit("-"), month, pl.lit("-00"))
    return pl.coalesce(pl.col(name).dt.to_string("%Y-%m-%d"), partial)


def case_rows(cards: pl.DataFrame, tumours: pl.DataFrame, key: str) -> pl.DataFrame:
    """Sheet FB: one row a case.

    Args:
        cards: as of `counted`.
        tumours: all tumour cards, to see who has several primaries.
        key: of the home.
    """
    several = (
        tumours.filter(pl.col("primary_no").is_not_null())
        .group_by("person_id")
        .agg(primaries=pl.col("primary_no").n_unique())
    )
    frame = cards.join(several, on="person_id", how="left", maintain_order="left")
    dead = pl.col("death_date_year").is_not_null()
    made = frame.select(
        areacode=pl.col("area_code"),
        registr=pl.coalesce("patient_no", surrogate(frame["person_id"], key)),
        sex=pl.col("sex"),
        age=pl.col("age_years").cast(pl.String),
        birthda=day("birth_date"),
        inciden=day("diagnosis_date"),
        topo=pl.col("topography"),
        morp=pl.col("morphology"),
        beha=pl.col("behaviour"),
        grad=pl.col("grade"),
        basi=national_basis(),
        icd10=pl.col("icd10"),
        deathda=day("death_date"),
        mult=pl.when(pl.col("primaries") > 1).then("primary_no").otherwise(0).cast(pl.String),
        trib=pl.col("ethnicity"),
        lastcontact=pl.col("last_contact_date").dt.to_string("%Y-%m-%d"),
        status=pl.when(dead).then(pl.lit(DIED)).otherwise("vital_status"),
        caus=pl.col("death_cause_class"),
    )
    return made.select(COLUMNS).sort(COLUMNS)


def death_rows(
    deaths: pl.DataFrame,
    tumours: pl.DataFrame,
    matches: pl.DataFrame,
    categories: list[str],
    key: str,
) -> pl.DataFrame:
    """Sheet SW from death cards: one row a cancer death, with what the registry knows of the case.

    Args:
        deaths: counted official death cards of the county and year.
        tumours: all tumour cards.
        matches: as of `traceback.match_deaths`.
        categories: ICD-10 categories that a registry counts.
        key: of the home.
    """
    cancer = deaths.filter(pl.col("underlying_cause").str.slice(0, 3).is_in(categories))
    sure = matches.filter(pl.col("matched_by") != "possible").select(
        card_id="death_card_id", tumour_card_id="tumour_card_id"
    )
    cases = tumours.select(
        tumour_card_id="card_id",
        registr=pl.coalesce("patient_no", surrogate(tumours["person_id"], key)),
        inciden=day("diagnosis_date"),
        topo="topography",
        morp="morphology",
        beha="behaviour",
        grad="grade",
        basi=national_basis(),
    )
    frame = cancer.join(sure, on="card_id", how="left").join(cases, on="tumour_card_id", how="left")
    made = frame.select(
        *("inciden", "topo", "morp", "beha", "grad", "basi", "sex"),
        areacode=pl.col("area_code"),
        registr=pl.coalesce("registr", surrogate(frame["person_id"], key)),
        age=pl.col("age_years").cast(pl.String),
        birthda=day("birth_date"),
        icd10=pl.col("underlying_cause"),
        deathda=day("death_date"),
        trib=pl.col("ethnicity"),
        status=pl.lit(DIED),
        caus=pl.lit("1"),
    )
    return _complete(made)


def registry_death_rows(rows: pl.DataFrame) -> pl.DataFrame:
    """Sheet SW as a registry sent it, where the county has no death cards."""
    return _complete(
        rows.select(
            areacode="area_code",
            registr="patient_no",
            sex="sex",
            age=pl.col("age_years").cast(pl.String),
            birthda=day("birth_date"),
            inciden=day("diagnosis_date"),
            topo="topography",
            morp="morphology",
            beha="behaviour",
            grad="grade",
            basi="diagnosis_basis_national",
            icd10="icd10",
            deathda=day("death_date"),
            status=pl.lit(DIED),
        )
    )


def _complete(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, pl.String).alias(name) for name in COLUMNS if name not in rows.columns]
    return rows.with_columns(missing).select(COLUMNS).sort(COLUMNS)
