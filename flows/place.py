"""Where a card belongs: counties, towns and institutions from codes, names or addresses."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import polars as pl

from flows.canonical import label_key
from flows.home import REFERENCE
from flows.publishable import names_a_place

UNRESOLVED = pl.Schema(
    {"source_file": pl.String, "field": pl.String, "value": pl.String, "row_count": pl.UInt32}
)
#: Names that no dictionary knows, row by row.
LOST = pl.Schema({"row_index": pl.UInt32, "field": pl.String, "value": pl.String})
SIDES = {"area_code": "registered", "residence_area_code": "residence"}


def is_district(code: str, name: str) -> bool:
    """Whether a county-level area is a 市辖区, which its name tells.

    县级市 of a 自治州 bear the same third pair of digits (GB/T 2260), and some younger districts
    another. 特区, and a 林区 directly below its province (90), are counties.
    """
    return name.endswith("区") and not name.endswith("特区") and code[2:4] != "90"


class Places:
    """The dated dictionaries of areas and institutions in force for one home."""

    def __init__(
        self,
        areas: pl.DataFrame,
        institutions: pl.DataFrame,
        home_area: str | None,
        counties: Sequence[str] = (),
    ) -> None:
        """Take the shipped dictionaries and the home's own `area` and `institution` rows.

        Args:
            areas: typed `area` rows (may be empty).
            institutions: typed `institution` rows (may be empty).
            home_area: 6-digit county, or a city or province for all its counties; it settles
                names that several provinces share.
            counties: where there is no such area, the counties the home holds.
        """
        self.home_area = home_area or ""
        self.counties = list(counties)
        self.home_areas = self.home_area or ",".join(counties)  # as `in_home` reads it
        self.city, self.province = (_shared(self.home_areas, digits) for digits in (4, 2))
        self.codes: dict[str, str] = {}
        self.current: set[str] = set()
        for code, name, last_year in _rows("area.csv", "area_code", "area_name", "valid_to_year"):
            self.codes[code] = name
            if not last_year:
                self.current.add(code)
        self.towns: dict[str, str] = {
            code: name for code, name in _rows("town.csv", "town_code", "town_name")
        }
        for row in areas.iter_rows(named=True):
            code = row["area_code"]
            if code and len(code) == 6:
                self.codes[code] = row["area_name"] or code
                self.current.add(code)
            elif code and len(code) == 9:
                self.towns[code] = row["area_name"] or code
        self._index_names()
        self._index_institutions(institutions)

    @property
    def only_county(self) -> str | None:
        """The county of a home that has just one: what names no place is there."""
        # A city without counties (441900) is its own.
        is_city = self.home_area.endswith("00") and self.counties != [self.home_area]
        return None if is_city else self.home_area or None

    def _index_names(self) -> None:
        self.by_name: dict[str, list[str]] = defaultdict(list)
        for code, name in self.codes.items():
            self.by_name[label_key(name)].append(code)
        self.town_by_name: dict[tuple[str, str], str] = {}
        self.towns_of: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for code, name in self.towns.items():
            self.town_by_name[code[:6], label_key(name)] = code
            self.towns_of[code[:6]].append((label_key(name), code))
        # Names are sought longest first, so that 城关镇 is not found inside 老城关镇.
        self.names = sorted(self.by_name, key=len, reverse=True)
        for towns in self.towns_of.values():
            towns.sort(key=lambda pair: -len(pair[0]))

    def _index_institutions(self, institutions: pl.DataFrame) -> None:
        self.orgs: dict[str, str] = {}
        self.org_area: dict[str, str] = {}
        for row in institutions.iter_rows(named=True):
            code = row["org_code"]
            if not code:
                continue
            self.org_area[code] = (row["area_code"] or "")[:6]
            names = [code, row["org_name"], *re.split(r"[;；|、,，]", row["aliases"] or "")]
            for name in names:
                if name:
                    self.orgs.setdefault(label_key(name), code)

    def county(self, text: str | None) -> str | None:
        """A 6-digit code from a code of 6 to 12 digits, a county's name or a whole address."""
        if not text:
            return None
        if text.isdigit():
            return text[:6] if text[:6] in self.codes else None
        return self.split(text)[0]

    def wider(self, text: str | None) -> str | None:
        """A prefecture or province from its code or name, as a 6-digit code."""
        if not text:
            return None
        if text.isdigit():
            code = (text + "0000")[:6]
            return code if code in self.codes else None
        codes = [code for code in self.by_name.get(label_key(text), []) if code.endswith("00")]
        codes.sort(key=lambda code: (code not in self.current, code[:4] != self.city))
        return codes[0] if codes else None

    def town(self, county: str | None, text: str | None) -> str | None:
        """A 9-digit NBS code inside a known county, from code or name."""
        if not text or not county:
            return None
        if text.isdigit():
            return text[:9] if text[:9] in self.towns and text[:6] == county else None
        key = label_key(text)
        found = self.town_by_name.get((county, key))
        return found or next((code for name, code in self.towns_of[county] if name in key), None)

    def split(self, address: str) -> tuple[str | None, str | None]:
        """County and town of an address in one cell."""
        key = label_key(address)
        found = [name for name in self.names if name in key]
        codes = [code for name in found for code in self.by_name[name]]
        counties = [code for code in codes if not code.endswith("00")]
        # 鼓楼区 exists in four cities: what else the address names, then the home, decides.
        wider = {code for code in codes if code.endswith("00")}
        rank = sorted(
            counties,
            key=lambda code: (
                -((code[:4] + "00" in wider) * 2 + (code[:2] + "0000" in wider)),
                code[:4] != self.city,
                code[:2] != self.province,
                code not in self.current,
                -len(self.codes[code]),
            ),
        )
        if not rank:
            return None, None
        best = rank[0]
        same_name = {code for code in counties if self.codes[code] == self.codes[best]}
        placed = wider & {best[:4] + "00", best[:2] + "0000"} or best[:2] == self.province
        if len(same_name & self.current) > 1 and not placed:
            return None, None  # the name alone does not say which
        return best, self.town(best, key)

    def org(self, text: str | None) -> str | None:
        """The institution's code from code, name or alias."""
        return self.orgs.get(label_key(text)) if text else None


def _shared(areas: str, digits: int) -> str:
    """What all areas begin with; empty where they differ, or an area is larger than that."""
    starts = {area[:digits] for area in areas.split(",")}
    start = starts.pop() if len(starts) == 1 else ""
    return "" if start.endswith("00") and digits == 4 else start


def in_home(column: str, home_areas: str | None) -> pl.Expr:
    """True of codes inside the home.

    Args:
        column: of county, town or longer codes.
        home_areas: counties, cities (330300) or provinces (330000), separated by commas; None or
            empty: everything is inside.
    """
    if not home_areas:
        return pl.lit(True)
    starts = [re.sub(r"(00){1,2}$", "", area) for area in home_areas.split(",")]
    inside = [pl.col(column).str.starts_with(start) for start in starts]
    return pl.any_horizontal(inside).fill_null(False)


def locate(frame: pl.DataFrame, places: Places) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add areas and institutions to typed cards.

    Args:
        frame: typed cards.
        places: the dictionaries.

    Returns:
        The cards with area_code, town_code, residence_area_code, residence_town_code, org_code,
        managing_org_code, report_area_code; and what could not be resolved, as of LOST.
        Institutions and areas name no person.
    """
    unresolved: list[pl.DataFrame] = []
    for column, side in SIDES.items():
        frame = _areas(frame, places, column, side, unresolved)
        frame = _as_codes(frame, places, column, side)
    for column, sender in {"org_code": "report_org", "managing_org_code": "managing_org"}.items():
        field = sender if sender in frame.columns else column  # lists name it org_code themselves
        if field in frame.columns:
            given = frame[field]
            distinct = given.drop_nulls().unique()
            codes = _mapped(given, {text: places.org(text) for text in distinct})
            # What names no institution stands in the wrong column, and may be a person's.
            strange = distinct.to_frame().filter(~names_a_place(pl.col(field)))[field]
            likely = given.set(given.is_in(strange.implode()), None) if strange.len() else given
            if places.orgs:
                lost = given.is_not_null() & codes.is_null()
                unresolved.append(_lost(frame, lost, field))
                # An unlisted code still tells senders apart; an unlisted name does not.
                is_code = likely.str.contains(r"^[0-9A-Za-z]{6,22}$").fill_null(False)
                codes = codes.fill_null(likely.set(~is_code, None))
            else:
                codes = codes.fill_null(likely)
            frame = frame.with_columns(codes.alias(column))
        else:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(column))
    areas = _mapped(frame["org_code"], places.org_area)
    frame = frame.with_columns(areas.replace("", None).alias("report_area_code"))
    return frame, pl.concat([pl.DataFrame(schema=LOST), *unresolved])


def _areas(
    frame: pl.DataFrame, places: Places, column: str, side: str, unresolved: list[pl.DataFrame]
) -> pl.DataFrame:
    town_column = column.replace("area_code", "town_code")
    texts = [
        name
        for name in (f"{side}_county", f"{side}_other_county", f"{side}_address")
        if name in frame.columns
    ]
    if not texts:
        if column == "area_code" and "area_code" in frame.columns:  # lists, registry deaths
            return _one_area(frame, places, unresolved)
        return frame.with_columns(
            pl.lit(None, pl.String).alias(column), pl.lit(None, pl.String).alias(town_column)
        )
    county = pl.Series(column, [None] * 0, dtype=pl.String).extend_constant(None, frame.height)
    for name in texts:
        todo = frame[name].set(county.is_not_null(), None)
        found = {text: places.county(text) for text in todo.drop_nulls().unique()}
        county = county.fill_null(_mapped(todo, found))
    frame = frame.with_columns(county)
    for name in texts[:2]:
        lost = frame[name].is_not_null() & frame[column].is_null()
        unresolved.append(_lost(frame, lost, name))
    towns = [
        name
        for name in (f"{side}_town", f"{side}_other_town", f"{side}_county", f"{side}_address")
        if name in frame.columns
    ]
    town = pl.Series(town_column, [], dtype=pl.String).extend_constant(None, frame.height)
    for name in towns:
        open_cards = frame.select(column, frame[name].set(town.is_not_null(), None))
        town = town.fill_null(_town_codes(open_cards, places, column, name))
    frame = frame.with_columns(town)
    known = frame[column].is_in(list(places.towns_of)).fill_null(False)
    lost = frame[towns[0]].is_not_null() & frame[town_column].is_null() & known
    unresolved.append(_lost(frame, lost, towns[0]))
    return frame


def _one_area(frame: pl.DataFrame, places: Places, unresolved: list[pl.DataFrame]) -> pl.DataFrame:
    """County and town from the one area field of a list: a code of 6 to 12 digits, or a name."""
    county: dict[str, str | None] = {}
    town: dict[str, str | None] = {}
    for text in frame["area_code"].drop_nulls().unique():
        if text.isdigit():
            county[text] = text[:6]
            town[text] = text[:9] if len(text) >= 9 else None
        else:
            county[text], town[text] = places.split(text)
            if county[text] is None and (found := places.town(places.home_area, text)):
                county[text], town[text] = found[:6], found
    made = frame.with_columns(
        _mapped(frame["area_code"], county).alias("area_code"),
        _mapped(frame["area_code"], town).alias("town_code"),
    )
    lost = frame["area_code"].is_not_null() & made["area_code"].is_null()
    unresolved.append(_lost(frame, lost, "area_code"))
    return made


def _as_codes(frame: pl.DataFrame, places: Places, column: str, side: str) -> pl.DataFrame:
    """Names in area fields become codes; what no dictionary knows stays as it was written."""
    known = {
        f"{side}_city": places.wider,
        f"{side}_other_city": places.wider,
        f"{side}_other_province": places.wider,
        f"{side}_county": places.county,
        f"{side}_other_county": places.county,
    }
    for name, resolve in known.items():
        if name in frame.columns:
            texts = frame[name].drop_nulls().unique()
            codes = _mapped(frame[name], {text: resolve(text) for text in texts})
            frame = frame.with_columns(codes.fill_null(frame[name]).alias(name))
    town = f"{side}_town"
    if town in frame.columns:
        # From the field's own text: the address may name a town the field contradicts.
        codes = _town_codes(frame, places, column, town)
        frame = frame.with_columns(codes.fill_null(frame[town]).alias(town))
    return frame


def _town_codes(frame: pl.DataFrame, places: Places, column: str, name: str) -> pl.Series:
    """The town codes that the text of one column gives inside each card's county."""
    pairs = frame.select(column, name).drop_nulls().unique()
    rows = [(county, text, places.town(county, text)) for county, text in pairs.iter_rows()]
    schema = dict.fromkeys((column, name, "found"), pl.String)
    table = pl.DataFrame(rows, schema=schema, orient="row")
    joined = frame.select(column, name).join(
        table, on=[column, name], how="left", maintain_order="left"
    )
    return joined["found"]


def _mapped(column: pl.Series, known: Mapping[str, str | None]) -> pl.Series:
    keys = list(known)
    return column.replace_strict(
        keys, [known[key] for key in keys], default=None, return_dtype=pl.String
    )


def _lost(frame: pl.DataFrame, rows: pl.Series, field: str) -> pl.DataFrame:
    where = rows.arg_true()
    return pl.DataFrame({"row_index": where, "value": frame[field].gather(where)}).select(
        pl.col("row_index").cast(pl.UInt32), pl.lit(field).alias("field"), "value"
    )


def unresolved_by_file(lost: pl.DataFrame, source_files: pl.Series) -> pl.DataFrame:
    """How many rows of each file hold a name that no dictionary knows: as of UNRESOLVED.

    Args:
        lost: as of `locate`.
        source_files: of every row.
    """
    return (
        lost.with_columns(source_file=source_files.gather(lost["row_index"]))
        .group_by("source_file", "field", "value")
        .len("row_count")
        .select(list(UNRESOLVED))
        .sort("field", "source_file", "value")
        .cast(UNRESOLVED)
    )


def _rows(name: str, *columns: str) -> list[tuple[str, ...]]:
    table = pl.read_csv(REFERENCE / name, columns=columns, infer_schema=False)
    return table.select(pl.col(columns).fill_null("")).rows()
