"""Examples of the rules that every card shares: ID number, addresses, audit times."""

from datetime import date, timedelta

from stdnum.cn import ric

from validators.change import (
    FILLED,
    HOME,
    Change,
    Example,
    Needs,
    number_for,
    shifted,
)
from validators.sound import Card

CARDS = ("death", "tumour", "cardio", "diabetes")


def _sound_number(card: Card) -> str:
    return number_for(HOME, str(card["birth_date"]), card["sex"])


def _too_short(card: Card) -> str:
    return _sound_number(card)[:17]


def _wrong_check(card: Card) -> str:
    number = _sound_number(card)
    return number[:17] + ("1" if number[17] == "0" else "0")


def _no_such_month(card: Card) -> str:
    start = _sound_number(card)[:10] + "13" + _sound_number(card)[12:17]
    return start + str(ric.calc_check_digit(start + "0"))


def _no_such_area(card: Card) -> str:
    return number_for("999999", str(card["birth_date"]), card["sex"])


def _day_before(card: Card) -> str:
    birth = date.fromisoformat(str(card["birth_date"])) - timedelta(days=1)
    return number_for(HOME, birth.isoformat(), card["sex"])


def _other_sex(card: Card) -> str:
    return number_for(HOME, str(card["birth_date"]), "1" if card["sex"] == "2" else "2")


_KNOWN: Needs = {"birth_date": (FILLED,), "sex": ("1", "2")}
_NUMBER = {
    "id_number_is_well_formed": _too_short,
    "id_number_check_digit_agrees": _wrong_check,
    "id_number_holds_a_real_birth_date": _no_such_month,
    "id_number_area_is_known": _no_such_area,
    "id_number_agrees_with_birth_date": _day_before,
    "id_number_agrees_with_sex": _other_sex,
}
_AUDIT: dict[str, Change] = {
    "hospital_audit_not_before_creation": {"hospital_audit_time": shifted("created_time", -1)},
    "county_audit_not_before_hospital_audit": {
        "hospital_audit_time": shifted("created_time", 0),
        "county_audit_time": shifted("created_time", -1),
    },
    "county_audit_within_7_days": {
        "hospital_audit_time": shifted("created_time", 0),
        "county_audit_time": shifted("created_time", 30),
    },
}


def _address(address: str) -> dict[str, Example]:
    city, county, town = (f"{address}_{part}" for part in ("city", "county", "town"))
    here: Needs = {county: (HOME,)}
    return {
        f"{county}_agrees_with_province": (
            {f"{address}_out_of_province": "0", city: "340100", county: "340102", town: None},
            here,
        ),
        f"{city}_holds_the_county": ({city: "330100"}, here),
        f"{town}_lies_in_the_county": ({town: "330102001"}, here),
        f"{county}_exists_at_event": ({county: "330322", town: None}, here),
    }


def examples() -> dict[str, Example]:
    """Return the examples of the shared rules of each card type."""
    found: dict[str, Example] = {}
    for card_type in CARDS:
        kind: Change = {"id_type": "1"} if card_type == "death" else {}
        for name, value in _NUMBER.items():
            found[f"{card_type}.{name}"] = (kind | {"id_number": value}, _KNOWN)
        for name, change in _AUDIT.items():
            found[f"{card_type}.{name}"] = (change, {})
        for address in ("registered", "residence"):
            for name, example in _address(address).items():
                found[f"{card_type}.{name}"] = example
    for name in ("id_number_is_well_formed", "id_number_check_digit_agrees"):
        found[f"survey_case.{name}"] = ({"id_number": _NUMBER[name]}, _KNOWN)
    return found
