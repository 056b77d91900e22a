"""One file a county: every row is its own, nothing of it is missing, nothing points outside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.county.decide import CARDS, Decision, UndecidedError, _given, deciding, decision
from flows.county.files import Table, publish_counties, tables_of
from flows.county.wanted import area_of
from flows.home import Home, UserError
from flows.sample import write_sample
from tests.evidence.county import card, cards_file, night, population

COUNTIES = ("330302", "330329", "331002")  # two of Wenzhou, one of Taizhou
FILES = {"330302": "330302", "330329": "330329", "331002": "331002", "330300": "3303"}
NIGHT = date(2026, 1, 21)
SETTINGS = "publish_by_county = true\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Three synthetic counties in one home, `area` unset, cards that cross their borders."""
    folder = tmp_path_factory.mktemp("counties")
    home = Home(folder / "home")
    home.prepare()
    (home.path / "settings.toml").write_text(SETTINGS, "utf-8")
    for seed, area in enumerate(COUNTIES):
        write_sample(folder / area, year=2025, deaths=60, faults=0.1, seed=seed, area=area,
                     preset=None)  # fmt: skip
        shutil.copytree(folder / area / "inbox", home.inbox / area)
        for scope in (home.inbox / area).glob("*.scope.toml"):
            scope.unlink()  # three exports of three invented provinces do not know each other
    night(home, NIGHT)
    return home


@pytest.fixture(scope="module")
def whole(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def keys(whole: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """Every row of the whole file, without what county files empty."""
    return {
        table.name: {key(row, table.decision) for row in rows_of(whole, table)}
        for table in tables_of(whole)
    }


def file_of(home: Home, area: str) -> Path:
    return home.path / "published" / f"{area}.duckdb"


def rows_of(connection: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, Any]]:
    found = connection.execute(f"from {table.name}")
    return [dict(zip(table.columns, row, strict=True)) for row in found.fetchall()]


def orgs_of(whole: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(whole.execute("select org_code, area_code from reference.institution").fetchall())


def areas_of(row: dict[str, Any], one: Decision, orgs: dict[str, str]) -> set[str]:
    """The areas a row speaks of by its deciding columns, worked out by hand."""
    found = set()
    for column in deciding(one):
        code = row[column]
        if code is None:
            continue
        if column in ("org_code", "assignee_org"):
            code = orgs.get(code)
        elif column == "place_code":
            code = orgs.get(code, code)
        if code:
            found.add(code)
    return found


def key(row: dict[str, Any], one: Decision) -> str:
    return repr([value for name, value in row.items() if name not in one.blanked])


def test_every_county_and_city_has_its_file(home: Home) -> None:
    found = sorted(path.name for path in (home.path / "published").iterdir())
    assert found == ["330300.duckdb", "330302.duckdb", "330329.duckdb", "331000.duckdb",
                     "331002.duckdb", "index.csv"]  # fmt: skip
    assert all(path.stat().st_mode & 0o777 == 0o640 for path in file_of(home, "x").parent.iterdir())


@pytest.mark.parametrize("area", FILES)
def test_every_row_is_of_the_county_and_is_in_the_whole_file(
    home: Home, whole: duckdb.DuckDBPyConnection, keys: dict[str, set[str]], area: str
) -> None:
    orgs, prefix, seen = orgs_of(whole), FILES[area], 0
    with duckdb.connect(str(file_of(home, area)), read_only=True) as own:
        for table in tables_of(whole):
            one = table.decision
            rows = rows_of(own, table)
            if one.decides != "home":
                assert {key(row, one) for row in rows} <= keys[table.name], table.name
            if one.is_plain:
                seen += len(rows)
                for row in rows:
                    places = areas_of(row, one, orgs)
                    assert any(code.startswith(prefix) for code in places), (table.name, places)
    assert seen > 5000


def test_together_the_files_hold_every_row_of_their_counties(
    home: Home, whole: duckdb.DuckDBPyConnection
) -> None:
    orgs, parts, filled = orgs_of(whole), [], set()
    for area in COUNTIES:
        parts.append(duckdb.connect(str(file_of(home, area)), read_only=True))
    for table in tables_of(whole):
        one = table.decision
        if not one.is_plain:
            continue
        together = {key(row, one) for part in parts for row in rows_of(part, table)}
        missing = [row for row in rows_of(whole, table) if key(row, one) not in together]
        for row in missing:
            places = areas_of(row, one, orgs)
            ours = [code for code in places if code.startswith(COUNTIES)]
            assert not ours, (table.name, ours)
        filled |= {table.name} if together else set()
    for part in parts:
        part.close()
    assert {*CARDS, "quality.finding", "quality.letter", "quality.task", "indicator.summary",
            "indicator.history", "score.criterion", "quality.rule_result"} <= filled  # fmt: skip


def test_a_card_is_seen_by_home_residence_and_reporting_county(
    home: Home, whole: duckdb.DuckDBPyConnection
) -> None:
    crossing = whole.execute(
        "select card_id, area_code, residence_area_code, report_area_code from card.death"
        " where area_code in ('330302', '330329', '331002')"
        " and report_area_code in ('330302', '330329', '331002') and area_code <> report_area_code"
    ).fetchall()
    assert crossing
    for card_id, *areas in crossing:
        for area in set(areas) & set(COUNTIES):
            with duckdb.connect(str(file_of(home, area)), read_only=True) as own:
                assert own.execute(
                    "select count(*) from card.death where card_id = ?", [card_id]
                ).fetchall() == [(1,)], area


@pytest.mark.parametrize("area", FILES)
def test_nothing_points_to_a_card_of_another_county(
    home: Home, whole: duckdb.DuckDBPyConnection, area: str
) -> None:
    everywhere = " union all ".join(f"select card_id from {table}" for table in CARDS)
    known = {card_id for (card_id,) in whole.execute(everywhere).fetchall()}
    with duckdb.connect(str(file_of(home, area)), read_only=True) as own:
        here = {card_id for (card_id,) in own.execute(everywhere).fetchall()}
        pointing = 0
        for table in tables_of(whole):
            for column in (name for name in table.columns if "_card_id" in name):
                ids = {value for (value,) in own.execute(
                    f"select distinct {column} from {table.name} where {column} is not null"
                ).fetchall()}  # fmt: skip
                assert not (ids & known) - here, (table.name, column)
                pointing += len(ids)
    assert pointing


@pytest.mark.parametrize("area", FILES)
def test_tables_comments_and_macros_are_those_of_the_whole_file(
    home: Home, whole: duckdb.DuckDBPyConnection, area: str
) -> None:
    shape = (
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns()"
        " where not internal order by all",
        "select schema_name, table_name, comment from duckdb_tables() order by all",
        "select function_name, macro_definition, comment from duckdb_functions()"
        " where function_type like '%macro%' and not internal order by all",
    )
    with duckdb.connect(str(file_of(home, area)), read_only=True) as own:
        for sql in shape:
            assert own.execute(sql).fetchall() == whole.execute(sql).fetchall()


def test_a_county_sees_the_files_that_are_all_its_own(home: Home) -> None:
    sql = "select source_file from quality.batch order by all"
    for area in COUNTIES:
        with duckdb.connect(str(file_of(home, area)), read_only=True) as own:
            files = {str(name) for (name,) in own.execute(sql).fetchall()}
        assert {f"{area}/monthly_report.csv", f"{area}/population_registered.xlsx"} <= files
        assert all(name.startswith(f"{area}/") for name in files)


def test_cross_county_totals_are_in_the_city_only(home: Home) -> None:
    sql = "select distinct prefecture_code from indicator.cancer_class"
    with duckdb.connect(str(file_of(home, "330329")), read_only=True) as own:
        assert own.execute(sql).fetchall() == []
    with duckdb.connect(str(file_of(home, "330300")), read_only=True) as city:
        assert city.execute(sql).fetchall() == [("330300",)]


def test_a_published_table_without_a_decision_is_refused() -> None:
    with pytest.raises(UndecidedError, match=r"quality\.brand_new has neither"):
        decision("quality.brand_new", ["month", "count"])
    assert decision("quality.brand_new", ["month", "area_code"]).decides == "area_code"


def test_the_decisions_name_tables_that_exist(whole: duckdb.DuckDBPyConnection) -> None:
    assert _given().keys() <= {table.name for table in tables_of(whole)}


def run(home: Home, *arguments: str) -> str:
    done = CliRunner().invoke(app, [*arguments, "--home", str(home.path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_commands_open_the_file_of_the_county_asked_for(home: Home) -> None:
    sql = "select distinct report_area_code from quality.card_state"
    assert "330302" not in run(home, "query", sql, "--county", "330329")
    score = run(home, "score", "--year", "2026", "--items", "--county", "330329", "--format", "csv")
    assert "330329" in score and "330302" not in score
    city = run(home, "score", "--year", "2026", "--items", "--county", "3303", "--format", "csv")
    assert "330329" in city and "330302" in city and "331002" not in city
    every = run(home, "findings", "--format", "csv").splitlines()
    own = run(home, "findings", "--county", "331002", "--format", "csv").splitlines()
    assert 1 < len(own) < len(every) and set(own) < set(every)
    run(home, "dashboard", "--county", "330329")
    pages = home.reports / "330329"
    assert (pages / "index.html").exists()
    assert not list(pages.glob("org/X330302*"))


def test_a_county_without_a_file_is_told_with_the_remedy(home: Home) -> None:
    done = CliRunner().invoke(
        app, ["query", "select 1", "--county", "330381", "--home", str(home.path)]
    )
    assert isinstance(done.exception, UserError)
    assert 'publish_areas = ["330381"]' in str(done.exception)
    with pytest.raises(UserError, match="6 位数字"):
        area_of("taishun")


def test_scores_letters_and_tasks_are_made_for_every_county(
    home: Home, whole: duckdb.DuckDBPyConnection
) -> None:
    scored = whole.execute("select distinct area_code from score.item order by all").fetchall()
    assert scored == [(area,) for area in COUNTIES]
    for table in ("quality.letter", "quality.task"):
        column = "org_code" if table == "quality.letter" else "assignee_org"
        orgs = {org for (org,) in whole.execute(f"select {column} from {table}").fetchall()}
        assert {area for area in COUNTIES if any(area in str(org) for org in orgs)} == {*COUNTIES}
    # Who lives elsewhere is looked up elsewhere.
    places = whole.execute("select distinct area_code from quality.death_without_case").fetchall()
    assert {area for (area,) in places} <= {*COUNTIES}


DAY, LATER = date(2025, 6, 2), date(2025, 6, 3)  # of one week: no new issue of letters
UNITS = """机构编码,机构名称,机构级别,所在地编码,报告死亡,数据对接
H1,合成一院,3,330329,1,1
H2,合成二院,3,330302,1,1
"""


@pytest.fixture
def small(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    people = population()
    texts = {
        "units.csv": UNITS,
        "people.csv": people + "\n".join(people.replace("330329", "330302").splitlines()[1:]),
        "cards.csv": cards_file([
            card("a1", "合成赵一", cause="I61.9"),
            card("b1", "合成钱二", "H2", birth="1940-03-04", county="330302"),
        ]),
    }  # fmt: skip
    for name, text in texts.items():
        (home.inbox / name).write_text(text, "utf-8")
    settings = 'publish_areas = ["330329", "330302"]\n'
    (home.path / "settings.toml").write_text(settings, "utf-8")
    night(home, DAY)
    return home


def written(home: Home) -> dict[str, int]:
    return {path.stem: path.stat().st_ino for path in (home.path / "published").glob("*.duckdb")}


def test_only_the_county_that_changed_is_written_again(small: Home) -> None:
    before = written(small)
    night(small, DAY)
    assert written(small) == before
    new = cards_file([card("c1", "合成孙三", birth="1945-05-06", cause="C34.9")])
    (small.inbox / "later.csv").write_text(new, "utf-8")
    night(small, LATER)
    after = written(small)
    assert after["330302"] == before["330302"] and after["330329"] != before["330329"]
    index = (small.path / "published" / "index.csv").read_text("utf-8").splitlines()[1:]
    assert [line.rsplit(",", 1)[0] for line in index] == [
        f"330302,{DAY},{LATER}",  # of the first night, and still so
        f"330329,{LATER},{LATER}",
    ]


def test_a_file_goes_when_its_county_leaves_the_settings(small: Home) -> None:
    (small.path / "settings.toml").write_text('publish_areas = ["3303"]\n', "utf-8")
    publish_counties(Home(small.path))
    assert written(small).keys() == {"330300"}
    (small.path / "settings.toml").write_text("", "utf-8")
    publish_counties(Home(small.path))
    assert written(small) == {}
