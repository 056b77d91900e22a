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


def test_districts_are_urban_and_cities_of_a_prefecture_are_rural_whatever_their_digits():
    nobody = pl.DataFrame(
        schema=dict.fromkeys(("org_code", "org_name", "aliases", "area_code"), pl.String)
    )
    told = areas(NO_ROWS, Places(NO_ROWS, nobody, "330329"))
    known = dict(told.select("area_code", "urban_rural").iter_rows())
    expected = {
        "330302": "urban",  # 鹿城区
        "500151": "urban",  # 铜梁区, a county until 2014
        "310151": "urban",  # 崇明区
        "532301": "rural",  # 楚雄市 of a 自治州
        "222401": "rural",  # 延吉市
        "429004": "rural",  # 仙桃市, directly below its province
        "429021": "rural",  # 神农架林区, likewise
        "520203": "rural",  # 六枝特区
        "330381": "rural",  # 瑞安市
    }
    assert {code: known[code] for code in expected} == expected
