"""For every rule the smallest change to a sound card that breaks it and only what it implies.

Three views of the same declarations:

- `EXAMPLES[rule_id]`: field -> canonical text, to be laid over `SOUND[card_type]`.
- `plant(rule_id, card)`: the same fault on any sound card: dates, ages and ID numbers are worked
  out from the card, so that nothing else breaks.
- `fits(rule_id, card)`: whether the card is one on which the fault can be planted: `NEEDS` names
  the fields that must hold one of some values (`FILLED`: any value).  The key `age` is the range
  of completed years at the event, both ends included.

Values are canonical text: dates ISO, times `YYYY-MM-DD HH:MM:SS`, None for an empty box.  Examples
of `malformed` hold text that no typing can read.  They assume a home in province 33.
"""

from collections.abc import Mapping
from datetime import date

from validators import (
    example_card,
    example_cause,
    example_death,
    example_incident,
    example_input,
    example_tumour,
)
from validators.change import FILLED, Change, Example, Needs, changed, event_of
from validators.example_kind import of_kinds
from validators.sound import SOUND, Card


def fits(rule_id: str, card: Mapping[str, str | None]) -> bool:
    """Return whether the fault can be planted on this sound card."""
    for name, values in NEEDS[rule_id].items():
        if name == "age":
            event, birth = event_of(card), card.get("birth_date")
            if event is None or birth is None:
                return False
            day = date.fromisoformat(birth)
            years = event.year - day.year - ((event.month, event.day) < (day.month, day.day))
            if not int(str(values[0])) <= years <= int(str(values[1])):
                return False
        elif values == (FILLED,):
            if card.get(name) is None:
                return False
        elif card.get(name) not in values:
            return False
    return True


def plant(rule_id: str, card: Mapping[str, str | None]) -> Card:
    """Return the card with the fault; the card must be sound and fit."""
    return changed(card, CHANGES[rule_id])


def _collect() -> dict[str, Example]:
    """Gather the examples of every card type; those of statements win over those of kinds."""
    found: dict[str, Example] = {}
    for card_type in SOUND:
        found |= of_kinds(card_type)
    for part in (
        example_card,
        example_death,
        example_cause,
        example_incident,
        example_tumour,
        example_input,
    ):
        found |= part.examples()
    return found


_ALL = _collect()
CHANGES: dict[str, Change] = {rule_id: change for rule_id, (change, _) in _ALL.items()}
NEEDS: dict[str, Needs] = {rule_id: needs for rule_id, (_, needs) in _ALL.items()}
EXAMPLES: dict[str, dict[str, str | None]] = {
    rule_id: {name: changed(SOUND[rule_id.partition(".")[0]], change)[name] for name in change}
    for rule_id, change in CHANGES.items()
}
