"""The submission: what goes out, when it is refused, and that it comes back as it went."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.home import Home, UserError
from flows.plain import run_plain
from flows.sample import write_sample
from flows.tumour.decide import decide, listed
from flows.tumour.export import national_basis
from flows.tumour.submission import NOT_READY, export_ncc

NIGHT = date(2026, 1, 31)
YEAR = 2025


def quiet(line: str) -> None:
    """Say nothing."""


def night(folder: Path, *sources: Path) -> Home:
    home = Home(folder)
    home.prepare()
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, home.inbox, dirs_exist_ok=True)
        else:
            shutil.copy(source, home.inbox)
    run_plain(home, NIGHT, quiet)
    return home


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A synthetic county with planted faults, and its night."""
    folder = tmp_path_factory.mktemp("county")
    write_sample(folder, year=YEAR, deaths=120, faults=0.03, seed=5, area="330329", preset=None)
    return night(tmp_path_factory.mktemp("home"), folder / "inbox")


@pytest.fixture(scope="module")
def sent(county: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sent")
    export_ncc(county, YEAR, folder, anyway=True)
    return folder


def groups(home: Home) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(
            "select sex, grouping, group_code, case_count, death_count, crude_rate_per_100k,"
            " morphologically_verified_percent, death_certificate_only_percent"
            f" from indicator.cancer where year = {YEAR} and residency = 'registered' order by all"
        ).fetchall()


def test_export_then_import_into_a_fresh_home_gives_the_same_table(
    county: Home, sent: Path, tmp_path: Path
) -> None:
    again = night(tmp_path / "again", sent / "330329.xlsx")
    assert groups(again) == groups(county)
    assert len(groups(county)) > 50


def test_the_csv_files_say_the_same_as_the_workbook(county: Home, sent: Path) -> None:
    book = openpyxl.load_workbook(sent / "330329.xlsx", read_only=True)
    assert book.sheetnames == ["FB", "SW", "POP"]
    for name in ("FB", "SW"):
        rows = [[cell or "" for cell in row] for row in book[name].iter_rows(values_only=True)]
        table = pl.read_csv(sent / f"csv/330329/{name}.csv", infer_schema=False).fill_null("")
        assert [table.columns, *map(list, table.rows())] == rows


def test_the_population_stands_in_the_national_cells(county: Home, sent: Path) -> None:
    cells = openpyxl.load_workbook(sent / "330329.xlsx")["POP"]["B2:C20"]
    numbers = [cell.value for row in cells for cell in row]
    with duckdb.connect(str(county.published), read_only=True) as connection:
        total = connection.execute(
            "select sum(population) from reference.population where area_code = '330329'"
            f" and residency = 'registered' and year = {YEAR}"
        ).fetchall()[0][0]
    assert len(numbers) == 38
    assert sum(numbers) == pytest.approx(total)


def test_nobody_is_named_and_the_number_is_not_the_published_person(
    county: Home, sent: Path
) -> None:
    table = pl.read_csv(sent / "csv/330329/FB.csv", infer_schema=False)
    assert not {"name", "id", "id_number", "phone", "person_id"} & set(table.columns)
    with duckdb.connect(str(county.published), read_only=True) as connection:
        people = connection.sql("select distinct person_id from card.tumour").pl()["person_id"]
    assert not set(table["registr"]) & set(people)
    assert (sent / "330329.xlsx").stat().st_mode & 0o077 == 0


def test_only_counted_official_cards_go_out(county: Home, sent: Path) -> None:
    with duckdb.connect(str(county.published), read_only=True) as connection:
        expected = connection.execute(
            "select count(*) from card.tumour where is_counted and count_base = 'official'"
            f" and year = {YEAR} and area_code = '330329'"
        ).fetchall()[0][0]
    assert pl.read_csv(sent / "csv/330329/FB.csv", infer_schema=False).height == expected


def test_cards_that_are_not_ready_are_listed_and_nothing_is_written(
    county: Home, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="--anyway"):
        export_ncc(county, YEAR, tmp_path)
    waiting = pl.read_csv(tmp_path / NOT_READY, infer_schema=False)
    assert waiting.height > 0
    assert [file.name for file in tmp_path.iterdir()] == [NOT_READY]
    with duckdb.connect(str(county.published), read_only=True) as connection:
        errors = connection.execute(
            "select card_id from quality.finding where severity = 'error'"
            " and card_type = 'tumour' and resolved_on is null"
        ).fetchall()
    traced = set(listed(county, "open")["card_id"])
    assert set(waiting["card_id"]) <= {card for (card,) in errors} | traced


def test_a_home_without_a_night_cannot_export(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="zhikong night"):
        export_ncc(Home(tmp_path / "new"), YEAR, tmp_path / "out")


def test_a_case_traced_in_vain_becomes_dco_the_next_night(county: Home) -> None:
    def share() -> tuple[float, float]:
        with duckdb.connect(str(county.published), read_only=True) as connection:
            return connection.execute(
                "select numerator, denominator from indicator.summary where year = ?"
                " and indicator = 'death_certificate_only_percent' and residency = 'registered'"
                " and area_code = '330329'",
                [year],
            ).fetchall()[0]

    traced = listed(county).filter(pl.col("list") == "notified")
    # A case of a complete year that the year's DCO does not hold yet.
    own = traced.filter((pl.col("state") != "closed_nothing") & (pl.col("area_code") == "330329"))
    card, year = own.select("card_id", "year").row(0)
    before = share()
    assert "无果" in decide(county, card, "nothing", "合成甲")
    run_plain(county, NIGHT, quiet)
    assert listed(county).filter(pl.col("card_id") == card)["state"].to_list() == ["closed_nothing"]
    assert share() == (before[0] + 1, before[1])


def test_a_card_that_is_not_on_the_list_cannot_be_decided(county: Home) -> None:
    with pytest.raises(UserError, match="追溯名单"):
        decide(county, "no-such-card", "found", "合成甲")


def test_the_list_is_printed_without_names(county: Home) -> None:
    home = str(county.path)
    made = CliRunner().invoke(app, ["traceback", "--list", "--home", home, "--format", "csv"])
    assert made.exit_code == 0
    header = made.stdout.splitlines()[0].split(",")
    assert header == [
        "list", "card_type", "card_id", "org_code", "area_code", "year", "icd10_category", "state",
        "possible_card_id", "decided_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("basis", "national", "state", "unconfirmed", "expected"),
    [
        ("1,2", None, None, False, "2"),
        ("2,8", None, None, False, "7"),
        ("3", None, None, False, "2"),
        ("2,6", None, None, False, "6"),
        ("2,10", None, "found", False, "2"),
        ("10", None, "open", False, "9"),  # not known yet, and never DCO
        ("10", None, "closed_nothing", False, "0"),
        ("2,7,10", None, "found", True, "9"),
        (None, "4", None, False, "4"),  # the national code is taken as it is
        ("9", None, None, False, "9"),
        (None, None, None, False, "9"),
    ],
)
def test_the_national_basis_is_the_best_of_the_provincial_choices(
    basis: str | None, national: str | None, state: str | None, unconfirmed: bool, expected: str
) -> None:
    frame = pl.DataFrame(
        {
            "diagnosis_basis": [basis], "diagnosis_basis_national": [national],
            "traceback_state": [state], "is_pathology_unconfirmed": [unconfirmed],
        },
        schema_overrides=dict.fromkeys(
            ("diagnosis_basis", "diagnosis_basis_national", "traceback_state"), pl.String
        ),
    )  # fmt: skip
    assert frame.select(national_basis()).item() == expected
