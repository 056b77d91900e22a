"""The institutions of a sample: some thirty of them, with invented names and codes."""

from __future__ import annotations

import numpy as np
import polars as pl

from flows.sample.county import County
from flows.sample.draw import Flags, Ints, Texts
from flows.sample.people import AWAY
from flows.sample.tables import table

COUNTY_ROLES = ("people_hospital", "chinese_medicine_hospital", "private_hospital")


def institutions(place: County) -> pl.DataFrame:
    """One row per institution: all fields of the `institution` table, `role` and `town_code`.

    The code is nine characters: X (not a real organisation), the home county, two digits.
    """
    templates = table("sample_institution")
    rows: list[dict[str, str]] = []
    for template in templates.iter_rows(named=True):
        towns = enumerate(place.town_codes) if template["where"] == "town" else [(0, "")]
        for position, town in towns:
            words = {
                "county": place.name,
                "city": place.city_name,
                "province": place.province_name,
                "seat": place.town_names[0],
                "town": place.town_names[position],
            }
            town_code = place.town_codes[0] if template["where"] == "seat" else town
            area = {"city": place.elsewhere["county_code"][0], "capital": place.capital_code}
            code = f"X{place.area_code}{len(rows) + 1:02d}"
            urban = place.town_is_urban[position] if template["where"] == "town" else True
            rows.append(
                {
                    "org_code": code,
                    "org_name": template["name_zh"].format(**words),
                    "aliases": template["aliases"].format(**words),
                    "org_level": template["org_level"],
                    "area_code": area.get(template["where"], place.area_code),
                    "urban_rural": "urban" if urban else "rural",
                    **{name: template[name] for name in templates.columns if "report" in name},
                    "interfaced": template["interfaced"],
                    "email": f"{code.lower()}@example.org",
                    "opened_on": "2005-01-01",
                    "closed_on": "",
                    "role": template["role"],
                    "town_code": town_code,
                }
            )
    return pl.DataFrame(rows)


def code_of(orgs: pl.DataFrame, role: str) -> str:
    """The code of the first institution in a role."""
    return str(orgs.filter(pl.col("role") == role)["org_code"][0])


def silent(orgs: pl.DataFrame) -> str:
    """The one township that reports nothing in the last year."""
    return str(orgs.filter(pl.col("role") == "township")["org_code"][-1])


def town_orgs(orgs: pl.DataFrame, towns: pl.Series) -> Texts:
    """The township institution of every town; the county CDC where the town is unknown."""
    rows = orgs.filter(pl.col("role") == "township")
    codes = dict(zip(rows["town_code"], rows["org_code"], strict=True))
    found: Texts = towns.replace_strict(
        codes, default=code_of(orgs, "cdc"), return_dtype=pl.String
    ).to_numpy()
    return found.astype(object)


def reporting_orgs(
    orgs: pl.DataFrame, people: pl.DataFrame, care: Texts, is_last_year: Flags
) -> Texts:
    """Who reports each event.

    Args:
        orgs: the institutions.
        people: who it is about (kind, registered_town, residence_town).
        care: a role for every event; `township` is the one of the place of residence.
        is_last_year: events of the year in which one township is silent.

    Returns:
        Institution codes; people living elsewhere are reported by a hospital of the city.
    """
    codes = {role: code_of(orgs, role) for role in orgs["role"].unique(maintain_order=True)}
    chosen: Texts = pl.Series(care.tolist()).replace_strict(codes).to_numpy().astype(object)
    township = care == "township"
    local = town_orgs(orgs, people["residence_town"])
    chosen[township] = local[township]
    kinds: Ints = people["kind"].to_numpy()
    chosen[township & (kinds == AWAY)] = codes["city_hospital_1"]
    chosen[(chosen == silent(orgs)) & is_last_year] = codes["people_hospital"]
    return chosen


def managing_orgs(orgs: pl.DataFrame, people: pl.DataFrame) -> Texts:
    """The township institution that looks after each person."""
    towns = people.select(
        pl.when(pl.col("registered_town") != "").then("registered_town").otherwise("residence_town")
    ).to_series()
    return town_orgs(orgs, towns)


def is_ours(orgs: pl.DataFrame, place: County) -> np.ndarray:
    """Whether each institution stands in the home county."""
    return (orgs["area_code"] == place.area_code).to_numpy()
