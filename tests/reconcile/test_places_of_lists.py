"""Lists name area and institution in one field each, by code or by name."""

from __future__ import annotations

import polars as pl

from flows.place import Places, locate

AREA = {"area_code": pl.String, "area_name": pl.String}


def test_town_and_institution_of_a_list_are_kept() -> None:
    orgs = pl.DataFrame(
        {"org_code": ["H1"], "org_name": ["合成县医院"], "aliases": [None], "area_code": ["330329"]}
    )
    places = Places(pl.DataFrame(schema=AREA), orgs, "330329")
    town = next(code for code in places.towns if code.startswith("330329"))
    rows = pl.DataFrame(
        {
            "source_file": ["l.csv"] * 4,
            "area_code": ["330329101", "330329", places.towns[town], "无此地"],
            "org_code": ["H1", "合成县医院", None, "无此院"],
        }
    )
    found, lost = locate(rows, places)
    assert found.select("area_code", "town_code", "org_code").rows() == [
        ("330329", "330329101", "H1"),
        ("330329", None, "H1"),
        ("330329", town, None),
        (None, None, None),
    ]
    assert lost.select("field", "value").rows() == [("area_code", "无此地"), ("org_code", "无此院")]
