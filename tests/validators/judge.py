"""Short ways to judge cards in tests."""

from datetime import date

from validators.catalogue import rules
from validators.finding import find
from validators.sound import SOUND, Card, typed_frame

AS_OF = date(2027, 6, 30)


def rules_broken_by(card_type: str, cards: list[Card], province: str = "33") -> list[set[str]]:
    """Return, per card, the rules it breaks; rules that are only counted are among them."""
    frame, malformed = typed_frame(card_type, cards)
    report = find(frame, card_type, as_of=AS_OF, province=province, malformed=malformed)
    assert report.broken == []
    broken: list[set[str]] = [set() for _ in cards]
    for part in (report.findings, report.statistics):
        for row, rule_id in part.select("row_index", "rule_id").iter_rows():
            broken[row].add(rule_id)
    return broken


def broken_by(card_type: str, province: str = "33", **change: str | None) -> set[str]:
    """Return the rules that find fault with the sound card once it is changed so."""
    card = SOUND[card_type] | change
    counted = {r.rule_id for r in rules(card_type) if r.facts.channel == "statistic"}
    return rules_broken_by(card_type, [card], province)[0] - counted
