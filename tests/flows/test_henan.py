"""Real registry records through the real night: the figures of the package that published them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.home import Home
from flows.plain import run_plain

REAL = Path(__file__).parents[3] / "shared" / "real" / "henan"


@pytest.mark.skipif(not REAL.is_dir(), reason="real registry records lie outside the project")
def test_the_night_on_the_henan_registry_gives_the_published_figures(tmp_path):
    home = Home(tmp_path)
    home.prepare()
    shutil.copytree(REAL, home.inbox, dirs_exist_ok=True)
    run_plain(home, date(2025, 1, 1), lambda line: None)
    with duckdb.connect(str(home.published), read_only=True) as connection:
        rows = connection.execute(
            """
            select group_code, case_count, crude_rate_per_100k, rate_china2000_per_100k,
                rate_segi_per_100k, mortality_incidence_ratio, morphologically_verified_percent
            from indicator.cancer
            where area_code = '410103' and year = 2021 and residency = 'registered' and sex = '0'
                and grouping = 'big' and group_code in ('103', '104', '105')
            order by group_code
            """
        ).fetchall()
        total = connection.execute(
            "select count(*) from card.tumour where area_code = '410103' and is_counted"
        ).fetchone()
    # The package rounds to two decimals and then prints three significant digits.
    printed = [
        (code, cases, *(f"{round(value, 2):.3g}" for value in rates), f"{mi:.2f}", f"{mv:.1f}")
        for code, cases, *rates, mi, mv in rows
    ]
    assert printed == [
        ("103", 59, "8.58", "4.53", "4.85", "0.98", "74.6"),
        ("104", 123, "17.9", "11.1", "11.2", "0.67", "71.5"),
        ("105", 236, "34.3", "20.6", "20.2", "0.44", "77.5"),
    ]
    assert total == (2658,)
