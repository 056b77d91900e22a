"""Examples of field rules: by kind, with the few fields whose neighbours must change as well."""

from collections.abc import Callable

from validators.catalogue import CARD_TYPES, KINDS, Rule, all_rules
from validators.change import FILLED, HOME, Change, Example, Needs, Value, aged
from validators.sound import Card

#: Text that no typing can read, by data type.
UNREADABLE = {
    "date": "待查",
    "datetime": "待查",
    "number": "偏高",
    "integer": "若干",
    "month": "本月",
    "icd10": "胃癌",
    "topography": "胃",
    "morphology": "腺癌",
    "id_number": "3.30329E+17",
}
#: A value that is readable but in no list, by kind.
UNLISTED = {
    "not_in_code_list": "ZZ",
    "not_in_icd10": "K99.9",
    "without_fourth_character": "K29",
    "in_older_edition": "I84.1",
    "not_in_topography_list": "C99.9",
    "not_in_morphology_list": "7000",
    "not_in_area_list": "999999",
    "not_in_form": "@",
    "before_1900": "1899-05-05",
    "in_the_future": "2999-01-01",
}
#: A value out of range: the lowest bound of any field is 0, 1, 40 or 1900.
OUT_OF_RANGE = "-1"

STROKE: Change = {
    "coronary_type": None,
    "stroke_type": "3",
    "icd10": "I63.9",
    "stroke_symptom": "3",
    "evidence_ct": "1",
}
CORONARY: Change = {
    "stroke_type": None,
    "stroke_symptom": None,
    "coronary_type": "1",
    "icd10": "I21.9",
    "evidence_ecg": "1",
}
#: A patient who died on the day of diagnosis; the class of cause has another list on each card.
DEAD: Change = {
    "death_date": lambda card: card["diagnosis_date"],
    "death_icd10": lambda card: card["icd10"],
    "death_cause_text": "原发病",
    "death_cause_class": "1",
}
PATIENTS = ("tumour", "cardio", "diabetes")
#: Words that no code contradicts, for lines that an example fills or needs above its own.
WORDS = "合成样例"
#: A neoplasm may be due to a neoplasm: the certificates on which a line can be added.
TUMOURS = ("C34.9", "C16.9")


def _kept_or_words(field: str) -> Callable[[Card], str | None]:
    """Return the text that a line has, or some words where it has none."""
    return lambda card: card.get(field) or WORDS


def _line(line: str) -> Change:
    """Return what must stand around a code on a line: an interval, and no gap above it."""
    above: Change = {
        f"cause_{upper}_text": _kept_or_words(f"cause_{upper}_text")
        for upper in "bcd"[: "bcd".index(line)]
    }
    return above | {f"interval_{line}": "不详"}


INTERVALS: dict[str, Change] = {f"cause_{line}": _line(line) for line in "bcd"}


def certificate(
    *lines: str | None, underlying: str | None = None, other: str | None = None
) -> Change:
    """Return the change that puts these codes, and nothing else, on a death certificate.

    The underlying cause is the last line's code unless given.
    """
    change: Change = {}
    for position, letter in enumerate("abcd"):
        code = lines[position] if position < len(lines) else None
        change[f"cause_{letter}"] = code
        change[f"cause_{letter}_text"] = None if code is None else WORDS
        change[f"interval_{letter}"] = None if code is None else "1天"
    for number in "123":
        change[f"other_cause_{number}"] = other if number == "1" else None
        change[f"other_cause_{number}_text"] = None
        change[f"other_interval_{number}"] = None
    return change | {"underlying_cause": underlying or lines[-1]}


def only(code: str) -> Change:
    """Return the change that leaves one cause on a death certificate."""
    return certificate(code)


def dead(card_type: str) -> Change:
    """Return the change that lets a patient have died, with the cause class of the card."""
    return DEAD | {"death_cause_class": "0" if card_type == "cardio" else "1"}


def elsewhere(address: str) -> Change:
    """Return the change that gives a death card a registered or residence address elsewhere."""
    return {
        f"{address}_out_of_province": "1",
        f"{address}_city": None,
        f"{address}_county": None,
        f"{address}_town": None,
        f"{address}_address": None,
        f"{address}_other_province": "340000",
        f"{address}_other_city": "340100",
        f"{address}_other_county": "340102",
        f"{address}_other_address": "测试路2号",
    }


def unknown_part(field: str, length: int, tail: str) -> Callable[[Card], str | None]:
    """Return an unknown code that begins like the one in `field`."""

    def value(card: Card) -> str | None:
        return str(card[field])[:length] + tail

    return value


def of_kinds(card_type: str) -> dict[str, Example]:
    """Return an example of every field rule of a card type."""
    columns = CARD_TYPES[card_type].to_schema().columns
    found: dict[str, Example] = {}
    for rule in all_rules(card_type):
        if rule.facts.name not in KINDS:
            continue
        data_type = (columns[rule.field].metadata or {})["data_type"]
        change = {**_around(rule), rule.field: _value(rule, data_type)}
        found[rule.rule_id] = (change, _needs(rule))
    return found


def _value(rule: Rule, data_type: str) -> Value:
    kind, field = rule.facts.name, rule.field
    if kind == "missing":
        return None
    if kind == "malformed":
        return UNREADABLE[data_type]
    if kind == "out_of_range":
        return OUT_OF_RANGE
    if data_type == "datetime":
        return UNLISTED[kind] + " 08:00:00"
    if kind == "without_fourth_character" and field == "icd10":
        return {"cardio": "I63", "diabetes": "E11", "tumour": "C16"}.get(rule.card_type, "K29")
    address, _, part = field.partition("_")
    if kind == "not_in_area_list" and part in ("city", "county"):
        return unknown_part(f"{address}_county", 4, "99")
    if kind == "not_in_town_list":
        return HOME + "999"
    return UNLISTED[kind]


def _around(rule: Rule) -> Change:
    """Return what else must change so that the rule concerns the card and no other breaks."""
    kind, field, card_type = rule.facts.name, rule.field, rule.card_type
    if field in INTERVALS and kind != "missing":
        return dict(INTERVALS[field])
    if kind == "not_in_area_list" and field.endswith("_county"):
        return {field.replace("_county", "_town"): None}
    if card_type == "death" and kind == "missing":
        return _around_death(field)
    if field == "death_date" and card_type in PATIENTS and kind in ("before_1900", "in_the_future"):
        return dead(card_type)
    if card_type == "cardio":
        return _around_cardio(kind, field)
    if kind == "missing":
        return _around_patient(card_type, field)
    if card_type == "diabetes" and kind == "without_fourth_character" and field == "icd10":
        return {"diabetes_type": "2"}
    return {}


def _around_death(field: str) -> Change:
    if field in ("interval_c", "interval_d"):
        change: Change = {"cause_c": "C18.9", "interval_c": "不详"}
        return change | ({"cause_d": "C20", "interval_d": None} if field == "interval_d" else {})
    if "_other_" in field:
        return elsewhere(field.partition("_")[0])
    if field == "county_audit_time":
        return {"audit_status": "3"}
    if field == "pregnancy":
        return aged(30, sex="2") | only("C16.9")
    neighbours: dict[str, Change] = {
        "id_number": {"id_type": "1"},
        "registration_unverified_reason": {"registration_verified": "2"},
        "rejection_text": {"rejection_reason": "21"},
    }
    return neighbours.get(field, {})


def _around_cardio(kind: str, field: str) -> Change:
    if field in ("stroke_type", "stroke_symptom"):
        return dict(STROKE)
    if field == "coronary_type":
        return dict(CORONARY)
    if field == "icd10" and kind in ("not_in_icd10", "without_fourth_character"):
        return dict(STROKE)
    return _around_patient("cardio", field) if kind == "missing" else {}


def _around_patient(card_type: str, field: str) -> Change:
    death = dead(card_type)
    neighbours: dict[str, Change] = {
        "county_audit_time": {"audit_status": "3"},
        "death_icd10": death,
        "death_cause_text": death,
        "death_cause_class": death,
        "death_date": {
            "card_status": "7",
            "death_icd10": None,
            "death_cause_text": None,
            "death_cause_class": None,
        },
        "pathology_text": {"diagnosis_basis": "7"},
        "diagnosing_hospital": {"diagnosed_here": "2"},
        "symptoms_other": {"symptoms": "10"},
    }
    if card_type == "survey_case":
        return {"id_number": None} if field == "name" else {}
    return neighbours.get(field, {}) if card_type in PATIENTS else {}


def _needs(rule: Rule) -> Needs:
    kind, field = rule.facts.name, rule.field
    if rule.card_type == "death":
        if field == "underlying_cause" and kind == "missing":
            return {"audit_status": ("3", "5", "6", "7", "8")}
        if field == "audit_status":
            return {"underlying_cause": (FILLED,)}
        if field.startswith("interval_") and kind == "missing" and field != "interval_a":
            return {"cause_b": TUMOURS, "cause_c": (None,), "cause_d": (None,)}
    address, _, part = field.partition("_")
    here = kind == "missing" and rule.card_type == "death" and part in ("city", "county", "address")
    if here and address in ("registered", "residence"):
        return {f"{address}_out_of_province": ("0",)}
    if kind in ("not_in_area_list", "not_in_town_list") and part in ("city", "county", "town"):
        return {f"{address}_county": (HOME,)}
    return {}
