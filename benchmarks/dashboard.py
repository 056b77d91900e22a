"""The pages of a whole county after five years: seconds and megabytes.

`python benchmarks/dashboard.py [--deaths 3000]` makes the sample (19 towns, about 30 institutions,
5 % of the cards with a fault) and a night once, then measures the pages alone in a process of its
own, start of Python included.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST_MEGABYTES = 10
NIGHT = """
import sys
from datetime import date
from pathlib import Path
from flows.home import Home
from flows.plain import run_plain
from flows.published import open_published
from flows.sample import write_sample
home = Home(Path(sys.argv[1]))
write_sample(home.path, year=2025, deaths=int(sys.argv[2]), faults=0.05, seed=1, area=None,
             preset=None, years=5)
home.prepare()
run_plain(home, date(2026, 1, 31))
with open_published(home) as published:
    orgs, towns, cards, found = published.execute(
        "select (select count(distinct org_code) from reference.institution),"
        " (select count(distinct area_code) from reference.population"
        " where length(area_code) = 9),"
        " (select count(*) from card.death) + (select count(*) from card.tumour)"
        " + (select count(*) from card.cardio) + (select count(*) from card.diabetes),"
        " (select count(*) from quality.finding where resolved_on is null)"
    ).fetchone()
print(f"{orgs} institutions, {towns} towns, 5 years, {cards} cards, {found} open findings")
"""
PAGES = """
import sys
from pathlib import Path
from flows.dashboard.page import write_pages
from flows.home import Home
write_pages(Home(Path(sys.argv[1])))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--deaths", type=int, default=3000)
    deaths = str(parser.parse_args().deaths)
    with tempfile.TemporaryDirectory() as folder:
        night = subprocess.run(
            [sys.executable, "-c", NIGHT, folder, deaths],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        print(night.stdout.splitlines()[-1])
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", PAGES, folder], check=True)
        seconds = time.perf_counter() - start
        reports = Path(folder) / "reports"
        sizes = {file: file.stat().st_size / 1e6 for file in reports.rglob("*.html")}
    total, first = sum(sizes.values()), sizes[reports / "index.html"]
    print(f"{len(sizes)} pages in {seconds:.1f} s, {total:.1f} MB together")
    print(f"first page {first:.2f} MB, largest {max(sizes.values()):.2f} MB")
    if total > MOST_MEGABYTES:
        sys.exit(f"more than {MOST_MEGABYTES} MB")


if __name__ == "__main__":
    main()
