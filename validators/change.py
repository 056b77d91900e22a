"""Changes to a card, worked out from the card so that nothing else about it becomes unsound."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from stdnum.cn import ric

from validators.sound import Card

#: A value, or how to work it out from the card as changed so far.
Value = str | None | Callable[[Card], str | None]
Change = dict[str, Value]
#: Field -> the values it may have; `age` -> (lowest, highest) as text.
Needs = dict[str, tuple[str | None, ...]]
Example = tuple[Change, Needs]

FILLED = "*"
HOME = "330329"


def event_of(card: Mapping[str, str | None]) -> date | None:
    """Return the event date of a card of any kind; None when it has none."""
    for name in ("death_date", "onset_date", "diagnosis_date", "event_date"):
        if name == "death_date" and ("diagnosis_date" in card or "onset_date" in card):
            continue
        if text := card.get(name):
            return date.fromisoformat(text)
    return None


def shifted(field: str, days: int) -> Callable[[Card], str | None]:
    """Return a value some days from the date or time in `field`."""

    def value(card: Card) -> str | None:
        text = card[field]
        if text is None:
            return None
        if len(text) > 10:
            return (datetime.fromisoformat(text) + timedelta(days=days)).isoformat(" ")
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()

    return value


def born(years: int, days: int = 40) -> Callable[[Card], str | None]:
    """Return the birth date of somebody who completed `years`, `days` before the event."""

    def value(card: Card) -> str | None:
        event = event_of(card)
        if event is None:
            return None
        day = event - timedelta(days=days)
        if (day.month, day.day) == (2, 29):
            day -= timedelta(days=1)
        return day.replace(year=day.year - years).isoformat()

    return value


def number_for(area: str, birth: str, sex: str | None) -> str:
    """Return a valid ID number of an invented person."""
    start = f"{area}{birth.replace('-', '')}00{'2' if sex == '2' else '1'}"
    return start + str(ric.calc_check_digit(start + "0"))


def own_number(card: Card) -> str | None:
    """Return a number that agrees with the card, or None if the card has none."""
    birth = card.get("birth_date")
    if card.get("id_number") is None or birth is None:
        return None
    return number_for(HOME, birth, card.get("sex"))


def aged(years: int, sex: str | None = None) -> Change:
    """Return the change that makes the person so old (and of this sex)."""
    change: Change = {} if sex is None else {"sex": sex}
    return change | {"birth_date": born(years), "id_number": own_number}


def changed(card: Mapping[str, str | None], change: Change) -> Card:
    """Return the card with a change laid over it, field by field."""
    made = dict(card)
    for name, value in change.items():
        made[name] = value(made) if callable(value) else value
    return made
