"""The whole line without an orchestrator, on a small synthetic county."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from flows.fault import NightError
from flows.home import Home, UserError
from flows.plain import run_plain
from flows.sample import write_sample
from tests.flows.conftest import death_file, death_line

NIGHT = date(2026, 1, 21)  # the day after the sample's exports: letters ask about fresh ones


def quiet(line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    write_sample(folder, year=2025, deaths=200, faults=0.05, seed=3, area="330329", preset=None)
    return folder


@pytest.fixture(scope="module")
def done(county: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("done"))
    home.prepare()
    shutil.copytree(county / "inbox", home.inbox, dirs_exist_ok=True)
    run_plain(home, NIGHT, quiet)
    return home


def published(home: Home, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def everything(home: Home) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(home.published), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables order by all"
        ).fetchall()
        return {
            f"{schema}.{name}": sorted(
                connection.execute(f"from {schema}.{name}").fetchall(), key=repr
            )
            for schema, name in names
        }


def test_received_is_loaded_repeated_and_rejected_for_every_file(done):
    rows = published(
        done,
        "select count(*), count(*) filter (received_rows = loaded_rows + repeated_rows + "
        "rejected_rows) from quality.batch",
    )
    assert rows[0][0] == rows[0][1] > 10


def test_the_possible_points_are_130_in_every_scored_year(done):
    sums = published(done, "select year, sum(points_max) from score.item group by year")
    assert sums
    assert {points for _, points in sums} == {130.0}


def test_the_confirmed_pending_and_lost_points_of_an_item_are_its_points(done):
    assert published(
        done,
        "select count(*) from score.item "
        "where abs(points + points_pending + points_lost - points_max) > 1e-9",
    ) == [(0,)]


def test_towns_add_up_to_their_county(done):
    rows = published(
        done,
        """
        select county.numerator, sum(town.numerator)
        from indicator.summary as county
        join indicator.summary as town
            on town.indicator = county.indicator and town.year = county.year
            and town.residency = county.residency
            and town.area_code like county.area_code || '___' and town.org_code is null
        where county.indicator = 'crude_death_rate_per_1000' and len(county.area_code) = 6
            and county.org_code is null
        group by county.area_code, county.year, county.residency, county.numerator
        """,
    )
    assert rows
    assert all(whole == parts for whole, parts in rows)


def test_running_the_same_night_twice_changes_nothing(done, tmp_path):
    before = everything(done)
    letters = {file.name: file.read_bytes() for file in done.outbox.rglob("*.eml")}
    run_plain(done, NIGHT, quiet)
    assert everything(done) == before
    assert {file.name: file.read_bytes() for file in done.outbox.rglob("*.eml")} == letters


def test_planted_faults_are_found_and_sound_cards_are_left_alone(done, county):
    planted = pl.read_csv(county / "truth.csv", infer_schema=False)
    # A card whose planted fault is an empty id is found under the id it was given.
    planted = planted.filter(pl.col("card_id") != "")
    wanted = set(planted.select("card_id", "rule_id").iter_rows())
    found = set(
        published(
            done,
            "select card_id, rule_id from quality.finding where card_id is not null",
        )
    )
    assert wanted
    assert wanted - found == set()
    sure = published(
        done,
        "select card_id, rule_id from quality.finding where severity = 'error' "
        "and card_id is not null and not starts_with(card_id, 'content-')",
    )
    assert {pair for pair in set(sure) - wanted if pair[0] not in set(planted["card_id"])} == set()


def test_nobody_s_name_number_phone_or_address_is_in_the_published_file(done):
    from flows.store import opened

    with opened(done) as store:
        names = store.connection.sql(
            "select raw_file from state.sheet where card_type in ('death', 'tumour')"
        ).fetchall()
        assert names
    texts = {str(value) for rows in everything(done).values() for row in rows for value in row}
    frame = identities(done)
    assert frame.height > 100
    for column in frame.columns:
        secrets = {value for value in frame[column].drop_nulls() if len(value) > 3}
        assert secrets
        assert not secrets & texts, column


def identities(home: Home) -> pl.DataFrame:
    """Names, numbers and addresses of the death cards, read back from raw."""
    from flows.sheet_text import read_kind, sheets_of
    from flows.store import opened

    with opened(home) as store:
        text = read_kind(store, "death", sheets_of(store, NIGHT), set()).frame
    return text.select("id_number", "family_phone", "registered_address")


def test_letters_are_drafts_with_a_sheet_a_hospital_can_answer(done):
    letters = published(done, "select org_code, finding_count, status from quality.letter")
    assert letters
    assert {status for _, _, status in letters} == {"draft"}
    org, count, _ = letters[0]
    folder = done.outbox / "issue-001-draft"
    book = openpyxl.load_workbook(folder / f"{org}.xlsx")
    sheet = book["待核实"]
    header = [cell.value for cell in sheet[4]]
    assert header[:4] == ["序号", "卡片类型", "卡片编号", "住院号/门诊号"]
    assert sheet.max_row - 4 == count <= 30
    assert sheet.freeze_panes == "D5"
    assert sheet.auto_filter.ref.startswith("A4:")
    rule = sheet.data_validations.dataValidation[0]
    assert rule.formula1 == '"已订正,核实无误,无法核实"'
    assert (folder / f"{org}.eml").exists()


FORBIDDEN = ["错误", "不合格", "瞒报", "造假", "批评"]


def test_letters_accuse_nobody_and_carry_no_identity(done):
    people = identities(done)
    secrets = {
        value for name in people.columns for value in people[name].drop_nulls() if len(value) > 3
    }
    for file in (done.outbox / "issue-001-draft").glob("*.xlsx"):
        cells = [
            str(cell.value)
            for sheet in openpyxl.load_workbook(file)
            for row in sheet
            for cell in row
            if cell.value
        ]
        assert not [text for text in cells for word in FORBIDDEN if word in text]
        assert not secrets & set(cells)


def test_a_corrected_card_closes_its_finding_and_a_new_bad_card_opens_one(home, put):
    bad = {"cause": "C53.9", "sex": "1"}
    put("1.csv", death_file(death_line("a", **bad)))
    run_plain(home, date(2025, 1, 1), quiet)
    put("2.csv", death_file(death_line("a", updated="2025-01-01 12:00:00"), death_line("b", **bad)))
    run_plain(home, date(2025, 1, 2), quiet)
    rows = published(
        home,
        "select card_id, first_found_on, resolved_on from quality.finding "
        "where rule_id in (select rule_id from quality.rule where field = 'underlying_cause' "
        "and severity = 'error') and card_id in ('a', 'b') order by card_id",
    )
    assert rows == [("a", date(2025, 1, 1), date(2025, 1, 2)), ("b", date(2025, 1, 2), None)]


def test_a_reviewed_card_is_silent_until_it_changes(home, put):
    from flows.review import record_review

    bad = {"cause": "C53.9", "sex": "1", "updated": "2024-12-01 08:00:00"}
    put("1.csv", death_file(death_line("a", **bad)))
    run_plain(home, date(2025, 1, 1), quiet)
    (rule,) = published(
        home,
        "select finding.rule_id from quality.finding as finding where card_id = 'a' "
        "and field = 'underlying_cause' and severity = 'error'",
    )[0]
    record_review(home.path, "death", "a", str(rule), "张审核")
    run_plain(home, date(2025, 1, 2), quiet)
    state = f"select resolved_on from quality.finding where card_id = 'a' and rule_id = '{rule}'"
    assert published(home, state) == [(date(2025, 1, 2),)]
    later = bad | {"updated": "2099-01-01 00:00:00"}
    put("2.csv", death_file(death_line("a", **later)))
    run_plain(home, date(2025, 1, 3), quiet)
    assert published(home, state) == [(None,)]


def test_an_unknown_family_of_rules_in_the_settings_is_named(home):
    (home.path / "settings.toml").write_text('tumour_families_off = ["grades"]\n', "utf-8")
    with pytest.raises(UserError, match=r"tumour_families_off.*grades"):
        run_plain(home, date(2025, 1, 31), quiet)


def test_a_failed_night_leaves_yesterday_s_file_in_place(home, put, monkeypatch):
    put("1.csv", death_file(death_line("a")))
    run_plain(home, date(2025, 1, 1), quiet)
    before = home.published.read_bytes()
    from flows import publish

    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(publish, "pieces", fail)
    put("2.csv", death_file(death_line("b")))
    with pytest.raises(NightError, match="publish: RuntimeError"):
        run_plain(home, date(2025, 1, 2), quiet)
    assert home.published.read_bytes() == before
    assert not list(home.path.glob("*.draft*"))


def test_no_population_means_no_rate_and_not_zero(home, put):
    (home.path / "settings.toml").write_text('area = "330329"\n', "utf-8")
    put("1.csv", death_file(death_line("a")))
    run_plain(home, date(2025, 1, 31), quiet)
    rows = published(
        home,
        "select numerator, denominator, value, ci_low from indicator.summary where area_code = "
        "'330329' and indicator = 'crude_death_rate_per_1000' and residency = 'registered'",
    )
    assert rows == [(1.0, None, None, None)]


def test_a_home_with_an_empty_inbox_publishes_empty_tables(home):
    run_plain(home, date(2025, 1, 31), quiet)
    assert published(home, "select count(*) from card.death") == [(0,)]


@pytest.mark.slow
def test_the_prefect_flow_publishes_the_same_tables_as_the_plain_night(done, tmp_path):
    from flows.nightly import run_flow

    home = Home(tmp_path / "flow")
    home.prepare()
    shutil.copytree(done.inbox, home.inbox, dirs_exist_ok=True)
    shutil.copytree(done.keys, home.keys, dirs_exist_ok=True)  # person_id depends on the key
    run_flow(home, NIGHT)
    ours, theirs = everything(home), everything(done)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
