"""Boxes of a death card: place of death, person, diagnosis, addresses."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.draw import Flags, Floats, Ints, Texts, pick, text_of
from flows.sample.people import VISITOR


def places(rng: np.random.Generator, family: Texts, kind: Ints) -> tuple[Texts, Texts]:
    """Place of death and the role of the institution that reports it."""
    count = len(family)
    where = pick(rng, ("1", "2", "3", "4", "9"), [25, 2, 66, 4, 3], count)
    hurt = np.array([str(f).startswith("injury") for f in family])
    where[hurt] = pick(rng, ("1", "2", "3", "9"), [45, 10, 20, 25], int(hurt.sum()))
    where[family == "newborn"] = "1"
    care = np.full(count, "township", dtype=object)
    inside = np.isin(where, ["1", "2"])
    roles = ("people_hospital", "chinese_medicine_hospital", "private_hospital", "township",
             "city_hospital_1", "city_hospital_2", "province_hospital_1")  # fmt: skip
    care[inside] = pick(rng, roles, [50, 16, 4, 18, 6, 4, 2], int(inside.sum()))
    centre = ~inside & (kind == VISITOR) & (rng.random(count) < 0.3)
    care[centre] = "community_centre"
    return where, care


def person(rng: np.random.Generator, age: Floats) -> dict[str, pl.Series]:
    """Occupation, schooling and marital status that go with the age."""
    count = len(age)
    job = pick(rng, ("27", "80", "70", "24", "54", "51", "17"), [70, 10, 8, 6, 2, 2, 2], count)
    job[age < 60] = np.where(job[age < 60] == "80", "24", job[age < 60])
    job[age < 19] = "31"
    job[age < 6.5] = "90"
    school = pick(rng, ("7", "6", "4", "3", "2"), [90, 5, 2, 2, 1], count)
    school[age < 19] = "7"
    married = pick(rng, ("2", "3", "1", "4"), [64, 26, 8, 2], count)
    married[(age < 45) & (married == "3")] = "2"
    married[age < 22] = "1"
    return {
        "occupation": text_of(job),
        "education": text_of(school),
        "marital_status": text_of(married),
    }


def diagnosis(
    rng: np.random.Generator, where: Texts, care: Texts, family: Texts
) -> dict[str, pl.Series]:
    """Highest diagnosing unit and basis; nobody treated means inferred after death."""
    count = len(where)
    level = pick(rng, ("1", "2", "3", "4", "0"), [16, 50, 25, 5, 4], count)
    inside = where == "1"
    level[inside] = "2"
    level[inside & (care == "township")] = "3"
    level[np.array([str(role).startswith(("city", "province")) for role in care])] = "1"
    basis = pick(rng, ("4", "5"), [65, 35], count)
    tumour = np.array([str(f).endswith("tumour") or f == "lung" for f in family])
    treated = tumour & np.isin(level, ["1", "2"])
    basis[treated] = pick(rng, ("2", "4", "5"), [60, 32, 8], int(treated.sum()))
    basis[np.isin(level, ["3", "4"])] = "5"
    basis[(level == "0") | ((family == "unknown") & ~inside)] = "6"
    return {"diagnosis_level": text_of(level), "diagnosis_basis": text_of(basis)}


def pregnancy(sex: Ints, cause: Texts) -> Texts:
    """Empty for men; for women no, but for maternal causes."""
    maternal = np.array([str(code).startswith("O") for code in cause])
    flag: Texts = np.where(sex == 1, "", np.where(maternal, "1", "2")).astype(object)
    return flag


def addresses(who: pl.DataFrame) -> dict[str, pl.Series]:
    """The two address blocks: in the province, or outside it."""
    columns: dict[str, pl.Series] = {}
    for which in ("registered", "residence"):
        county, town = who[f"{which}_county"], who[f"{which}_town"]
        out: Flags = (who[f"{which}_out_of_province"] == "1").to_numpy()
        city = county.str.slice(0, 4) + "00"
        columns[f"{which}_out_of_province"] = who[f"{which}_out_of_province"]
        for name, value, block in (
            ("city", city, ~out),
            ("county", county, ~out),
            ("town", town, ~out),
            ("address", who[f"{which}_address"], ~out),
            ("other_province", county.str.slice(0, 2) + "0000", out),
            ("other_city", city, out),
            ("other_county", county, out),
            ("other_address", who[f"{which}_address"], out),
        ):
            columns[f"{which}_{name}"] = pl.select(
                pl.when(pl.Series(block)).then(value).otherwise(pl.lit(""))
            ).to_series()
    return columns


def history(where: Texts) -> dict[str, pl.Series]:
    """A few words for deaths outside hospitals, saying that they are invented."""
    text = "合成样例：家属述其生前患病经过，无真实病史"
    return {"history": text_of(np.where(np.isin(where, ["3", "4", "9"]), text, "").astype(object))}
