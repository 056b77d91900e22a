"""What an installation takes in may be passed on."""

from __future__ import annotations

import re
import tomllib

from flows.bundle import ROOT, _needed, licences

#: Copyleft of files or of a library that is used as it is, which we do.
WEAK = re.compile(r"\bLGPL|\bMPL|Mozilla Public License")
STRONG = re.compile(r"(?<!L)\bA?GPL|GNU General Public|GNU Affero|proprietary|commercial", re.I)


def listed() -> dict[str, str]:
    lines = [line.partition(": ") for line in licences().splitlines()]
    return {head.rsplit(" ", 1)[0].lower().replace("_", "-"): text for head, _, text in lines}


def runtime() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {name.replace("_", "-") for name in _needed(project["dependencies"])}


def test_no_dependency_of_the_program_is_under_a_strong_copyleft() -> None:
    known, wanted = listed(), runtime()
    found = {name: known[name] for name in wanted & known.keys()}
    assert len(found) > 80
    assert {name: text for name, text in found.items() if STRONG.search(text)} == {}


def test_every_dependency_names_its_licence() -> None:
    known = listed()
    assert [name for name in runtime() & known.keys() if "see the package" in known[name]] == []


def test_weak_copyleft_is_known_by_name() -> None:
    """A new one is looked at by a person before it is added here."""
    known = listed()
    assert {name for name in runtime() & known.keys() if WEAK.search(known[name])} <= {
        "certifi", "docxtpl", "orjson", "pathspec", "python-stdnum"
    }  # fmt: skip
