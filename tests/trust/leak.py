"""Does anything that identifies a person stand where it must not?"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

#: Fields whose values may stand in raw, in the encrypted state and at the desk only.
IDENTIFYING = ("id_number", "phone", "name", "address")
SHORTEST_NAME = 3  # characters: two may stand in any sentence


@dataclass
class Scanned:
    """What was looked for, where, and what was found."""

    secrets: int = 0
    places: int = 0
    hits: list[str] = field(default_factory=list)


def secrets_of(cards: list[dict[str, str]]) -> set[str]:
    """Identity numbers, telephones, addresses and names of cards, as they would be written.

    Args:
        cards: values of cards by kind of secret (`IDENTIFYING`).
    """
    found: set[str] = set()
    for card in cards:
        for kind, value in card.items():
            text = value.strip()
            if kind == "name" and len(text) >= SHORTEST_NAME:
                found.add(text)
            elif kind in ("id_number", "phone") and len(text) >= 8:
                found.add(text)
            elif kind == "address" and len(text) >= 6:
                found.add(text)
    return found


def scan(places: list[Path], secrets: set[str]) -> Scanned:
    """Look for secrets in files of any kind: text, packed, DuckDB, SQLite's bytes.

    Args:
        places: files and folders.
        secrets: what must not be found.
    """
    done = Scanned(secrets=len(secrets))
    pattern = re.compile("|".join(re.escape(secret) for secret in sorted(secrets)))
    for place in places:
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if not file.is_file():
                continue
            for where, text in _texts(file):
                done.places += 1
                if pattern.search(text):
                    done.hits.append(f"{file.name}: {where}")
    return done


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    if file.suffix == ".duckdb":
        yield from _tables(file)
    elif zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield name, _decoded(archive.read(name))
    elif file.suffix == ".eml":
        yield from _parts(file)
    yield "bytes", _decoded(file.read_bytes())


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8", "ignore")
    if "\\u" in text:  # JSON and logs may escape what they hold
        text += json.dumps(text).encode().decode("unicode_escape", "ignore")
        text += re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return text + data.decode("utf-16-le", "ignore")


def _tables(file: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() order by all"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(
                f'select string_agg(line::varchar, chr(10)) from "{schema}"."{table}" as line'
            ).fetchone()
            yield f"{schema}.{table}", (rows[0] if rows else None) or ""


def _parts(file: Path) -> Iterator[tuple[str, str]]:
    import email
    import email.policy
    import io

    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    for part in message.walk():
        if part.is_multipart():
            continue
        data = part.get_payload(decode=True) or b""
        assert isinstance(data, bytes)
        yield part.get_content_type(), _decoded(data)
        if zipfile.is_zipfile(io.BytesIO(data)):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield name, _decoded(archive.read(name))


def cards_of(home: Path, as_of: str) -> list[dict[str, str]]:
    """The identifying values of every card of a home, out of its raw store."""
    from datetime import date

    from flows.assemble import assemble
    from flows.fields import CARDS, fields
    from flows.home import Home
    from flows.sheet_text import sheets_of
    from flows.store import opened
    from flows.tonight import Tonight

    found: list[dict[str, str]] = []
    with opened(Home(home)) as store:
        tonight = Tonight(store, date.fromisoformat(as_of), is_whole=True)
        tonight.sheets = sheets_of(store, tonight.as_of)
        assemble(tonight)
        for card_type in CARDS:
            frame = tonight.frames[card_type]
            for column in fields(card_type):
                kind = _kind(column)
                if kind and column in frame.columns:
                    values = frame[column].drop_nulls().cast(str).unique().to_list()
                    found += [{kind: value} for value in values]
    return found


def _kind(column: str) -> str:
    for kind in ("id_number", "phone", "address"):
        if kind in column:
            return kind
    return "name" if column == "name" or column.endswith("_name") else ""
