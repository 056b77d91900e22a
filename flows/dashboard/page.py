"""The pages: templates filled from the published file, written to the side and swapped in whole."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from flows.dashboard import health, months, pictures, work
from flows.dashboard.place import Place, place_of
from flows.figures.kept import Drawings
from flows.figures.press import Press
from flows.home import Home
from flows.letters.mark import stem
from flows.published import open_published

TEMPLATES = Path(__file__).parent / "templates"
DRAFT = ".draft"
#: Drawings of earlier nights, which are drawn again only when their numbers change.
KEPT = ".drawings"
#: Cards that the page of an institution names one by one: nobody reads on beyond.
LISTED = 500
#: Institutions and towns get a file each under these names.
PARTS = ("org", "town")


def write_pages(home: Home, press: Press | None = None) -> list[Path]:
    """Make `reports/index.html`, `reports/org/<code>.html` and `reports/town/<code>.html`.

    Everything comes from the published file, so the same file gives the same bytes. A page is
    complete when it appears; pages of institutions and towns that no longer exist go. Several homes
    may share a ``press``. Returns the files. Raises UserError when there is no published file.
    """
    draft = home.reports / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    made = []
    with open_published(home) as published, nullcontext(press) if press else Press() as drawing:
        drawings = Drawings(home.reports / KEPT, drawing)
        for name, text in pages(published, drawings):
            file = draft / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
            made.append(name)
    for part in PARTS:
        (home.reports / part).mkdir(parents=True, exist_ok=True)
    for name in made:
        (draft / name).replace(home.reports / name)
    for part in PARTS:
        for old in (home.reports / part).glob("*.html"):
            if f"{part}/{old.name}" not in made:
                old.unlink()
    shutil.rmtree(draft)
    drawings.forget_others()
    return [home.reports / name for name in made]


def pages(published: duckdb.DuckDBPyConnection, drawings: Drawings) -> Iterator[tuple[str, str]]:
    """(path under reports, HTML) of every page, the first page last: it links to the others."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = pictures.number
    environment.globals.update(classes=months.CLASSES, hidden_zh=pictures.HIDDEN_ZH)
    place = place_of(published)
    # First, for they are drawn while the rest is made.
    figures = _figures(published, place, drawings)
    town = health.towns(published, place)
    figures["funnels"] = [
        *pictures.town_funnels(published, place, town.rates, drawings),
        pictures.org_funnel(published, place, drawings),
    ]
    made = months.monthly(published)
    shared = {
        "place": place,
        "data_state": work.data_state(published),
        "last_months_zh": work.last_months_zh(published),
        "differences": work.differences(published, place.area_code),
    }
    orgs = [
        row for row in work.institutions(published).to_dicts() if _is_file_name(row["org_code"])
    ]
    page = environment.get_template("org.html.j2")
    tasks = work.tasks(published)
    findings = work.findings_of_orgs(published, LISTED)
    timeliness = work.timeliness(published, place)
    for org in orgs:
        # Only the institution's own numbers; the county's beside are sums of all.
        code = org["org_code"]
        yield (
            f"org/{code}.html",
            page.render(
                shared,
                org=org,
                tasks=[row for row in tasks if row["assignee_org"] == code],
                findings=findings.get(code, work.NO_FINDINGS),
                timeliness=timeliness.get(code, []),
                county_timeliness=timeliness.get(None, []),
                months=months.of_org(made, code),
            ),
        )
    page = environment.get_template("town.html.j2")
    towns = _towns(town, place)
    for own in towns:
        yield f"town/{own['area_code']}.html", page.render(shared, **own)
    known = {org["org_code"] for org in orgs}
    yield (
        "index.html",
        environment.get_template("index.html.j2").render(
            shared | figures,
            **_index(published, place, tasks),
            months=made,
            timeliness=timeliness.get(None, []),
            files=work.file_findings(published),
            towns=towns,
            orgs=orgs,
            org_codes=known,
        ),
    )


def _is_file_name(code: str) -> bool:
    """Codes come from files people send: only a plain one names a file."""
    return bool(code) and stem(code) == code


def _towns(town: health.Towns, place: Place) -> list[dict[str, Any]]:
    if town.rates.is_empty():
        return []
    county = town.rates.filter(area_code=place.area_code)
    made = []
    county_causes = {
        row["cause"]: row["count"]
        for row in town.causes.filter(area_code=place.area_code).to_dicts()
    }
    only_towns = town.rates.filter(pl.col("area_code") != place.area_code)
    for (code,), own in only_towns.group_by("area_code", maintain_order=True):
        events = []
        for event, (name, _) in health.EVENTS.items():
            rows = own.filter(event=event).sort("year").to_dicts()
            beside = {row["year"]: row for row in county.filter(event=event).to_dicts()}
            if rows:
                events.append(
                    {
                        "name_zh": name,
                        "rows": [row | {"county": beside[row["year"]]} for row in rows],
                    }
                )
        causes = town.causes.filter(area_code=str(code)).to_dicts()
        made.append(
            {
                "area_code": str(code),
                "area_name": own["area_name"][0],
                "events": events,
                "causes": [row | {"county": county_causes[row["cause"]]} for row in causes],
            }
        )
    return sorted(made, key=lambda row: row["area_code"])


def _figures(
    published: duckdb.DuckDBPyConnection, place: Place, drawings: Drawings
) -> dict[str, Any]:
    """The pictures of the first page that ask no town's numbers."""
    return {
        "ages": pictures.pyramids(published, place, drawings),
        "causes": pictures.top_groups(
            health.causes(published, place),
            f"{place.last_year} 年主要死因（章）",
            "没有整年的人口或死亡资料。",
            drawings,
        ),
        "sites": pictures.top_groups(
            health.sites(published, place, "case_count"),
            f"{place.last_year} 年主要肿瘤部位（新发）",
            "没有整年的人口或肿瘤资料。",
            drawings,
        ),
        "mi": pictures.mortality_against_survival(published, place, drawings),
        "rcode": pictures.unknown_causes(published, place, drawings),
    }


def _index(published: duckdb.DuckDBPyConnection, place: Place, tasks: work.Rows) -> dict[str, Any]:
    sums, troubled = work.batches(published, place)
    kinds = {row["task_zh"]: {"task_count": 0, "overdue_count": 0} for row in tasks}
    for row in tasks:
        for name in ("task_count", "overdue_count"):
            kinds[row["task_zh"]][name] += row[name]
    return {
        "score": work.score(published, place),
        "tasks": tasks,
        "task_kinds": kinds,
        "findings": work.findings_by_org(published),
        "rules": work.findings_by_rule(published),
        "batch_sums": sums,
        "batches": troubled,
    }
