"""The mark of a letter: which issue, which unit, and that we wrote it."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import NamedTuple

SHEET = "zhikong"  # the hidden sheet that carries mark and findings
LONGEST = 40  # characters of a code that stand in a file name
DEVICES = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    *(f"{kind}{n}" for kind in ("COM", "LPT") for n in range(10)),
}
_MARK = re.compile(r"ZK1\.(\d{1,6})\.([^\s.]{1,64})\.([0-9a-f]{24})")


class Mark(NamedTuple):
    """What a returned sheet says of itself."""

    issue: int
    org_code: str


def token(key: str, issue: int, org_code: str) -> str:
    """24 hex digits that only the home's key makes: fixed for one issue and one unit."""
    text = f"letter|{issue}|{org_code}".encode()
    return hmac.new(key.encode(), text, hashlib.sha256).hexdigest()[:24]


def written(key: str, issue: int, org_code: str) -> str:
    """The mark as it stands in a sheet."""
    return f"ZK1.{issue}.{_plain(org_code)}.{token(key, issue, org_code)}"


def found(text: str) -> str | None:
    """The mark inside a cell, as text."""
    match = _MARK.search(text)
    return match.group(0) if match else None


def read(key: str, text: str, units: dict[str, str]) -> Mark | None:
    """Read a mark back; None where this home did not write it.

    Args:
        key: of the home.
        text: as `found` gives it.
        units: codes of the units a letter may have gone to, by their plain form (`plain_units`).
    """
    match = _MARK.fullmatch(text)
    if match is None:
        return None
    issue, org_code = int(match.group(1)), units.get(match.group(2), "")
    if not hmac.compare_digest(match.group(3), token(key, issue, org_code)):
        return None
    return Mark(issue, org_code)


def plain_units(org_codes: list[str]) -> dict[str, str]:
    """Codes by the form that is safe in a mark and in a file name."""
    return {_plain(code): code for code in org_codes}


def message_id(key: str, issue: int, org_code: str) -> str:
    """The Message-ID of a letter: the same however often it has to be sent."""
    return f"<letter.{issue}.{token(key, issue, org_code)}@zhikong.invalid>"


def stem(org_code: str) -> str:
    """The file name of a unit's letter, without suffix."""
    return _plain(org_code)


def _plain(org_code: str) -> str:
    plain = re.sub(r"[^0-9A-Za-z_-]|^-", "_", org_code)
    if plain == org_code and len(plain) <= LONGEST and plain.upper() not in DEVICES:
        return plain
    # Two codes never share a file: what was replaced comes back as a digest.
    return f"{plain[:LONGEST]}_{hashlib.sha256(org_code.encode()).hexdigest()[:8]}"
