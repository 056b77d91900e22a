"""Writing the work book: identities joined back, written down in the log, locked."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from flows.desk import access
from flows.desk.access import Who
from flows.desk.identity import identities
from flows.desk.sheets import Known, Page, pages, people_by_card
from flows.desk.workbook import workbook
from flows.home import Home, UserError
from flows.letters.lock import locked
from flows.linkage.decision import decisions
from flows.published import open_published
from flows.store import opened
from flows.tumour import traceback

SHORTEST_PASSWORD = 8
_MARK = re.compile(r"ZKDESK1\.(\d{4}-\d\d-\d\d)\.([0-9a-f]{24})")


@dataclass(frozen=True)
class Written:
    """The file, and how many rows each page has."""

    file: Path
    row_counts: dict[str, int]
    card_count: int


def write(
    home: Home, who: Who, password: str, output: Path | None = None, org: str | None = None
) -> Written:
    """Write the locked work book of what was last published.

    Args:
        home: the installation.
        who: opens it, and why; stands in the log before the file is there.
        password: locks the file.
        output: the file; default `<home>/desk/desk-<数据截至>.xlsx`.
        org: hand over the cards of this unit only.

    Raises:
        UserError: nothing published, no such unit, a short password, or a file that is not .xlsx.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise UserError(f"口令至少 {SHORTEST_PASSWORD} 位。")
    with opened(home) as store, open_published(home) as published:
        as_of, area, orgs, towns = _places(published)
        if org is not None and org not in orgs:
            raise UserError(f"机构名录中没有 {org}，请核对机构编码。")
        file = output or home.desk / (
            f"desk-{as_of}" + (f"-{_plain(org)}" if org else "") + ".xlsx"
        )
        if file.suffix != ".xlsx":
            raise UserError(f"{file.name}：工作簿请用 .xlsx 文件名。")
        people = people_by_card(identities(store, as_of))
        pairs = decisions(store).filter(pl.col("card_type_a") == pl.col("card_type_b"))
        made = pages(
            Known(
                published, people, orgs, towns, as_of, org,
                frozenset(pairs.select("card_type_a", "card_id_a", "card_id_b").iter_rows()),
                frozenset(traceback.decisions(store).select("card_type", "card_id").iter_rows()),
            )
        )  # fmt: skip
        title = f"数据截至 {as_of}" + (f"，移交 {orgs[org]}" if org else f"，{area}")
        data = workbook(made, mark(home.key, as_of), as_of, title)
        cards = _cards(made)
        access.log(store, "desk", who, len(cards), file.name, org)
    home.desk.mkdir(mode=0o700, exist_ok=True)
    put_closed(file, locked(data, password))
    return Written(file, {page.name: len(page.rows) for page in made}, len(cards))


def put_closed(file: Path, data: bytes) -> None:
    """Write a file that only its owner may read; it appears whole or not at all."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.touch(mode=0o600)
        draft.chmod(0o600)
        draft.write_bytes(data)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UserError(f"无法写入 {file}（{error.strerror}），请核对目录。") from None


def _cards(made: list[Page]) -> set[tuple[str, str]]:
    return {card for page in made for card in page.cards}


def _places(
    published: duckdb.DuckDBPyConnection,
) -> tuple[date, str, dict[str, str], dict[str, str]]:
    row = published.execute("select as_of, area_code from reference.home").fetchone()
    assert row is not None
    execute = published.execute
    orgs = execute("select org_code, org_name from reference.institution order by all").fetchall()
    areas = execute("select area_code, area_name from reference.area order by all").fetchall()
    names = dict(areas)
    # A county is an assignee as well.
    known = {code: name for code, name in areas if len(code) == 6} | dict(orgs)
    return row[0], names.get(row[1] or "", "各县"), known, names


def mark(key: str, as_of: date) -> str:
    """Says that this home wrote the file."""
    token = hmac.new(key.encode(), f"desk|{as_of}".encode(), hashlib.sha256).hexdigest()[:24]
    return f"ZKDESK1.{as_of}.{token}"


def written_on(key: str, text: str) -> date | None:
    """Of what night the file with a mark shows the cards; None: the mark is not this home's."""
    match = _MARK.fullmatch(text)
    if match is None:
        return None
    night = date.fromisoformat(match[1])
    return night if hmac.compare_digest(text, mark(key, night)) else None


def _plain(org: str) -> str:
    return re.sub(r"[^0-9A-Za-z_-]", "_", org)
