"""What a typed and judged row hangs on beside its own text."""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

import polars as pl

from flows.home import REFERENCE, Home

#: Code and data whose change may change what a row becomes; models, pages and letters do not.
CODE = ("flows/*.py", "flows/shelf/*.py", "validators/*.py", "reference/**/*")
LIBRARIES = ("polars", "pandera", "python-stdnum", "chinesecalendar")


def fingerprint(home: Home, institutions: pl.DataFrame, areas: pl.DataFrame, area: str) -> str:
    """Name the rule set: code, reference tables, layouts, dictionaries of places and settings.

    Args:
        home: the installation.
        institutions: those in force; of them only what `place.Places` reads counts.
        areas: the home's own areas in force; the same.
        area: the home's county or counties.

    Returns:
        24 hex digits.
    """
    settings = home.settings
    text = [
        *(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES),
        *(f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in _files(home)),
        _content(institutions.select("org_code", "org_name", "aliases", "area_code")),
        _content(areas.select("area_code", "area_name")),
        f"{area} {settings.tumour_families_off} {settings.icdo_revision}",
    ]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:24]


def _files(home: Home) -> list[Path]:
    own = home.path / "layouts"
    found = [file for pattern in CODE for file in REFERENCE.parent.glob(pattern)]
    found += own.rglob("*") if own.is_dir() else []
    return sorted(file for file in found if file.is_file() and "__pycache__" not in file.parts)


def _content(said: pl.DataFrame) -> str:
    return hashlib.sha256(said.write_csv().encode()).hexdigest()
