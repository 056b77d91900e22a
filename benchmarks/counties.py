"""Files of counties: what one costs beside the whole file, four synthetic counties in one home.

`python benchmarks/counties.py [--deaths 300]`: processor seconds, since threads share them. The
floor is a plain copy of all tables of the whole file by DuckDB.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from flows.county.files import area_sums, publish_counties, tables_of, write_area
from flows.draft import draft_of
from flows.home import Home
from flows.plain import run_plain
from flows.published import attach_published, open_published
from flows.sample import write_sample

COUNTIES = ("330302", "330328", "330329", "330381")
PROVINCE, CITIES = 90, 11


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def copied(home: Home, target: Path) -> None:
    """Every table of the whole file as it is."""
    with draft_of(target) as draft:
        attach_published(draft, home, "whole")
        for (name,) in draft.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where database_name = 'whole'"
        ).fetchall():
            draft.execute(f"create schema if not exists {name.split('.')[0]}")
            draft.execute(f"create table {name} as from whole.{name}")
        draft.execute("detach whole")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--deaths", type=int, default=300)
    deaths = parser.parse_args().deaths
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        home.prepare()
        for seed, area in enumerate(COUNTIES):
            own = Path(folder) / area
            write_sample(own, year=2025, deaths=deaths, faults=0.03, seed=seed, area=area,
                         preset=None)  # fmt: skip
            shutil.copytree(own / "inbox", home.inbox / area)
            for scope in (home.inbox / area).glob("*.scope.toml"):
                scope.unlink()  # the samples do not know each other's people
        run_plain(home, date(2026, 1, 21), lambda line: None)
        target = Path(folder) / "one.duckdb"
        floor = seconds(lambda: copied(home, target))
        whole = target.stat().st_size
        with open_published(home) as published:
            tables = tables_of(published)
            sums = seconds(lambda: area_sums(published, tables, [*COUNTIES, "330300"]))
        spent, size = [], 0
        for area in (*COUNTIES, "330300"):
            began = time.process_time()
            write_area(home, tables, area, target)
            spent.append(time.process_time() - began)
            size = max(size, target.stat().st_size) if area != "330300" else size
        county, city = sum(spent[:4]) / 4, spent[4]
        (home.path / "settings.toml").write_text("publish_by_county = true\n", "utf-8")
        again = Home(home.path)
        publish_counties(again)
        skipped = seconds(lambda: publish_counties(again))
    print(
        f"whole file {whole / 1e6:.0f} MB, copied in {floor:.2f} s; a county's {size / 1e6:.0f} MB"
    )
    print(f"a county {county:.2f} s ({county / floor:.2f} of the copy), the city {city:.2f} s")
    print(f"sums of all rows {sums:.2f} s; a night in which nothing changed {skipped:.2f} s")
    every = PROVINCE * county + CITIES * city * PROVINCE / CITIES / 4 + sums * PROVINCE / 4
    print(f"{PROVINCE} such counties and {CITIES} cities, all changed: about {every:.0f} s")


if __name__ == "__main__":
    main()
