"""Two files of people -> the frames that are matched: places and days put beside each other."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from flows.canonical import label_key
from flows.home import REFERENCE, Home, UserError
from flows.layout import layouts
from flows.linkage.person_list import prepared
from flows.linkage.read_list import PLACES, PersonList, check_usable, event_column, read_list
from flows.place import Places
from flows.typed import type_columns


def read_both(
    file_a: Path, file_b: Path, home: Home
) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Both lists as `match` takes them, and remarks for the user.

    Args:
        file_a: the first list.
        file_b: the second list.
        home: its own layouts and its area count, where it exists.

    Raises:
        UserError: a list cannot be used, or both are one list.
    """
    table = layouts(REFERENCE, home.path / "layouts")
    lists = [read_list(file, table) for file in (file_a, file_b)]
    for one in lists:
        check_usable(one)
    notes = [note for one in lists for note in one.notes]
    home_area = home.settings.area if home.path.exists() else None
    places = Places(pl.DataFrame(), pl.DataFrame(), home_area)
    event = event_column(*lists)
    left, right = (_with_places(one, places, event) for one in lists)
    for name, zh in (("town_code", "乡镇"), ("org_code", "机构")):
        # Lists that write places in different ways never agree; that tells nothing of a person.
        if not set(left[name].drop_nulls()) & set(right[name].drop_nulls()):
            if left[name].count() and right[name].count():
                notes.append(f"两份名单的{zh}没有一个相同，{zh}不参与比较")
            left, right = (
                side.with_columns(pl.lit(None, pl.String).alias(name)) for side in (left, right)
            )
    _refuse_itself(left, right, file_a, file_b)
    return left, right, notes


def _with_places(one: PersonList, places: Places, event: str | None) -> pl.DataFrame:
    text, frame = one.text, one.people
    missing = [name for name in PLACES if name not in text.columns]
    rows = text.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
    written = rows.select("county", "town", "address").rows()
    towns = {place: _town(places, *place) for place in set(written)}
    orgs = rows["org"]
    dates = pl.Series("event_date", [None], dtype=pl.Date).new_from_index(0, text.height)
    if event:
        typed, _ = type_columns(text.select(event_date=event), "survey_case")
        dates = typed["event_date"]
    return frame.select(
        "name",
        "sex",
        "birth_date",
        "id_number",
        birth_year=pl.col("birth_date_year").cast(pl.String),
        town_code=pl.Series([towns[place] for place in written], dtype=pl.String),
        org_code=pl.Series([label_key(org) if org else None for org in orgs], dtype=pl.String),
        event_date=dates,
    )


def _town(places: Places, county: str | None, town: str | None, address: str | None) -> str | None:
    """The town's nine digits, else the county's six, else its name as it is written."""
    if town and town.isdigit():
        return town[:9] if len(town) >= 9 else town[:6]
    area = places.county(county) if county else places.home_area or None
    found = places.town(area, town) if town else None
    if found is None and address:
        area_of, found = places.split(address)
        area = area_of or area
    if found:
        return found
    return label_key(town) if town else area


def _refuse_itself(left: pl.DataFrame, right: pl.DataFrame, file_a: Path, file_b: Path) -> None:
    columns = ["name", "sex", "birth_text", "id_number"]
    a, b = (prepared(side).select(columns).sort(columns) for side in (left, right))
    if a.height > 1 and a.equals(b):
        raise UserError(
            f"{file_a.name} 与 {file_b.name} 是同一份名单（每一行都相同），连接没有意义；"
            "请核对文件。"
        )
