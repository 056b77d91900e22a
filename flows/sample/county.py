"""The county of a sample: its towns, people, years and how many events each year has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from flows.sample.draw import Floats, first_day
from flows.sample.error import SampleError
from flows.sample.tables import table

EXPORT_DAY = 19  # the export is made on 20 January after the last year: late cards are in
SINGLE_YEAR_ABOVE = 100_000  # deaths a year from which one data year is enough
MOVED_COUNTY = {"330329": "332427"}  # prefixes of ID numbers issued under an older county code


@dataclass(frozen=True)
class County:
    """What every part of a sample needs to know."""

    area_code: str
    name: str
    city_code: str
    city_name: str
    province_code: str
    province_name: str
    capital_code: str
    town_codes: tuple[str, ...]
    town_names: tuple[str, ...]
    town_weights: dict[str, Floats]
    town_is_urban: tuple[bool, ...]
    elsewhere: pl.DataFrame
    years: tuple[int, ...]
    counts: dict[str, dict[int, int]]
    population: dict[str, int]
    registered_male: int
    managed_cardio: int
    male_death_share: float
    extra_share: float
    visitor_share: float

    @property
    def export_day(self) -> int:
        """Day (since 1970) on which the cards were exported."""
        return first_day(self.years[-1] + 1) + EXPORT_DAY


def county(
    *, year: int, deaths: int | None, area: str | None, preset: str | None, years: int | None
) -> County:
    """Work out the county.

    Raises:
        SampleError: unknown preset, unknown county, a county whose towns are not listed, or a
            number of deaths or years that makes no county.
    """
    chosen = _preset(preset, area)
    wanted = int(chosen["deaths"]) if deaths is None else deaths
    if not 20 <= wanted <= 2_000_000:
        raise SampleError(f"--deaths {wanted} 不在 20 至 2000000 之间。")
    if not 1990 <= year <= 2100:
        raise SampleError(f"--year {year} 不在 1990 至 2100 之间。")
    length = years or (1 if wanted > SINGLE_YEAR_ABOVE else 3)
    if not 1 <= length <= 10:
        raise SampleError(f"年数 {length} 不在 1 至 10 之间。")
    code = area or str(chosen["area_code"])
    name = _area_name(code, "3")
    scale = wanted / int(chosen["deaths"])
    towns = table("town").filter((pl.col("county_code") == code) & (pl.col("mca_code") != ""))
    if towns.height < 3:
        raise SampleError(f"reference/town.csv 中没有 {code} 的乡镇，请换一个县。")
    data_years = tuple(range(year - length + 1, year + 1))
    counts = {
        card: {y: _count(int(chosen[column]), scale, year - y) for y in data_years}
        for card, column in (
            ("death", "deaths"),
            ("tumour", "tumours"),
            ("stroke", "strokes"),
            ("coronary", "coronary_events"),
            ("diabetes", "diabetes"),
        )
    }
    counts["death"][year] = wanted
    size = np.arange(towns.height, dtype=np.float64)
    return County(
        area_code=code,
        name=name,
        city_code=code[:4] + "00",
        city_name=_area_name(code[:4] + "00", "2"),
        province_code=code[:2] + "0000",
        province_name=_area_name(code[:2] + "0000", "1"),
        capital_code=_capital(code),
        town_codes=tuple(towns["town_code"]),
        town_names=tuple(towns["town_name"]),
        town_weights={"registered": 1 / (size + 4), "resident": 1 / (size + 2.5)},
        town_is_urban=tuple(position < max(1, towns.height // 5) for position in range(len(towns))),
        elsewhere=_elsewhere(code),
        years=data_years,
        counts=counts,
        population={
            "registered": round(int(chosen["registered_population"]) * scale),
            "resident": round(int(chosen["resident_population"]) * scale),
        },
        registered_male=round(int(chosen["registered_male"]) * scale),
        managed_cardio=round(int(chosen["managed_cardio"]) * scale),
        male_death_share=float(chosen["death_share_male"]),
        extra_share=float(chosen["extra_percent"]) / 100,
        visitor_share=float(chosen["visitor_percent"]) / 100,
    )


def _preset(preset: str | None, area: str | None) -> dict[str, str | int | float]:
    presets = table("sample_preset")
    rows = presets.filter(pl.col("preset") == (preset or presets["preset"][0]))
    if rows.is_empty():
        known = "、".join(presets["preset"])
        raise SampleError(f"--preset {preset} 没有，可用：{known}。")
    row: dict[str, str | int | float] = rows.row(0, named=True)
    if preset and area and area != row["area_code"]:
        raise SampleError(f"--preset {preset} 属于 {row['area_code']}，不能与 --area {area} 同用。")
    return row


def _count(number: int, scale: float, years_before: int) -> int:
    """Earlier years have one per cent fewer events each."""
    return round(number * scale * (1 - 0.01 * years_before))


def _area_name(code: str, level: str) -> str:
    rows = table("area").filter((pl.col("area_code") == code) & (pl.col("level") == level))
    if rows.is_empty():
        raise SampleError(f"reference/area.csv 中没有地区编码 {code}。")
    current = rows.filter(pl.col("valid_to_year") == "")
    return str((current if current.height else rows)["area_name"][0])


def _counties(prefix: str, home: str) -> list[str]:
    rows = table("area").filter(
        pl.col("area_code").str.starts_with(prefix)
        & (pl.col("level") == "3")
        & (pl.col("valid_to_year") == "")
        & (pl.col("area_code") != home)
    )
    return sorted(set(rows["area_code"]))


def _capital(code: str) -> str:
    """A district of the provincial capital, where the provincial hospitals are."""
    districts = _counties(code[:2] + "01", code) or _counties(code[:4], code)
    if not districts:
        raise SampleError(f"reference/area.csv 中没有 {code} 所在省的其他县区。")
    return districts[0]


def _elsewhere(code: str) -> pl.DataFrame:
    """Counties people move to or come from: where (in, out of the province), code, weight."""
    listed = table("sample_elsewhere").filter(
        (pl.col("province") == code[:2]) & (pl.col("county_code") != code)
    )
    if listed.height:
        return listed.select("where", "county_code", "weight")
    near = (_counties(code[:4], code) or _counties(code[:2], code))[:3]
    return pl.DataFrame(
        {
            "where": ["in"] * len(near) + ["out"],
            "county_code": [*near, "320583" if code[:2] != "32" else "330106"],
            "weight": [10.0] * len(near) + [5.0],
        }
    )
