"""What the published list of areas says of each level (GB/T 2260)."""

from __future__ import annotations

import polars as pl

from flows.draft import areas
from flows.place import Places

NO_ROWS = pl.DataFrame(
    schema={
        name: pl.String
        for name in ("area_code", "area_name", "urban_rural", "parent_code", "code_issuer")
    }
    | {"valid_from": pl.Date, "valid_to": pl.Date}
)


def test_every_area_has_its_level_and_what_it_belongs_to():
    nobody = pl.DataFrame(
        schema=dict.fromkeys(("org_code", "org_name", "aliases", "area_code"), pl.String)
    )
    told = areas(NO_ROWS, Places(NO_ROWS, nobody, "330329"))
    some = told.filter(pl.col("area_code").is_in(["330000", "330300", "330302", "330329"]))
    assert some.select("area_code", "level", "urban_rural", "parent_code").rows() == [
        ("330000", "province", None, None),
        ("330300", "prefecture", None, "330000"),
        ("330302", "county", "urban", "330300"),
        ("330329", "county", "rural", "330300"),
    ]
    assert set(told["level"]) == {"province", "prefecture", "county", "town"}
