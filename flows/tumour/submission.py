"""Put a submission together from a home, refuse it while work is open, and write its files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import xlsxwriter

from flows.assemble import as_last_night
from flows.desk import access
from flows.home import REFERENCE, Home, UserError
from flows.population import GROUPS, mean_population
from flows.store import Store, opened
from flows.tonight import Tonight
from flows.tumour.export import (
    Submission,
    case_rows,
    counted,
    death_rows,
    registry_death_rows,
)
from flows.tumour.traceback import OPEN

SHEETS = ("FB", "SW", "POP")
LISTED = 30  # lines of the refusal on the screen; the file has all
NOT_READY = "not_ready.csv"
TRACEBACK_RULE = "traceback_open"


def export_ncc(home: Home, year: int, folder: Path, *, anyway: bool = False) -> list[Path]:
    """Write a workbook a county, and the same as CSV under `csv/<county>/`.

    Args:
        home: the installation; its last night must have run.
        year: of diagnosis and of death.
        folder: made if need be, closed to other users: the files hold dates of birth.
        anyway: write although cards have open findings of level error.

    Returns:
        The workbooks.

    Raises:
        UserError: no night yet, nothing to send, or cards are not ready (all of them are listed in
            `not_ready.csv` in the folder, by card and rule, without identities).
    """
    with opened(home) as store:
        tonight = as_last_night(store, whole=True)
        cards = counted(tonight.frames["tumour"], year)
        waiting = not_ready(store, cards)
        if anyway or not waiting.height:
            access.log_export(store, "export --to ncc", cards.height, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    listed = folder / NOT_READY
    listed.unlink(missing_ok=True)
    if waiting.height and not anyway:
        waiting.write_csv(listed)
        raise UserError(_refusal(waiting, listed))
    files = []
    for submission in submissions(tonight, cards, year):
        files.append(_workbook(submission, folder))
        _csv(submission, folder / "csv" / submission.area_code)
    if not files:
        raise UserError(f"没有 {year} 年的终审肿瘤病例，未写出文件。")
    return files


def not_ready(store: Store, cards: pl.DataFrame) -> pl.DataFrame:
    """Cards to be sent that have an open finding of level error, or whose trace-back is open.

    Returns:
        card_id, rule_id, field, org_code, source_file, source_row.
    """
    columns = "card_id, rule_id, field, org_code, source_file, source_row"
    found = store.connection.sql(
        f"select {columns} from state.finding where card_type = 'tumour' and severity = 'error'"
        " and resolved_on is null"
    ).pl()
    found = found.join(cards.select("card_id"), on="card_id", how="semi")
    untraced = cards.filter(pl.col("traceback_state") == OPEN).select(
        "card_id",
        rule_id=pl.lit(TRACEBACK_RULE),
        field=pl.lit("diagnosis_basis"),
        org_code="org_code",
        source_file="source_file",
        source_row="source_row",
    )
    return pl.concat([found, untraced]).unique().sort("rule_id", "card_id")


def _refusal(waiting: pl.DataFrame, listed: Path) -> str:
    lines = [
        f"{waiting['card_id'].n_unique()} 张卡尚有未解决的错误级发现或追溯未定，暂不导出"
        f"（全部见 {listed}；确需导出请加 --anyway）："
    ]
    for row in waiting.head(LISTED).iter_rows(named=True):
        rule = "死亡补发病追溯未定" if row["rule_id"] == TRACEBACK_RULE else row["rule_id"]
        lines.append(f"  {row['card_id']}  {rule}  {row['source_file']} 第 {row['source_row']} 行")
    if waiting.height > LISTED:
        lines.append(f"  …… 共 {waiting.height} 项")
    return "\n".join(lines)


def submissions(tonight: Tonight, cards: pl.DataFrame, year: int) -> list[Submission]:
    """One county each: those with registered people of the year, else the home's own."""
    frames, key = tonight.frames, tonight.home.key
    population = mean_population(frames["population"]).filter(
        (pl.col("residency") == "registered") & (pl.col("year") == year)
    )
    counties = population["area_code"].filter(population["area_code"].str.len_chars() == 6)
    home_area = tonight.places.only_county if tonight.places else None
    wanted = set(counties.to_list()) | ({home_area} if home_area else set())
    wanted = wanted or set(cards["area_code"].drop_nulls().to_list())
    categories = (
        pl.read_csv(REFERENCE / "cancer_group.csv")["icd10_category"].unique().sort().to_list()
    )
    made = []
    for area in sorted(wanted):
        own = pl.col("area_code") == area
        deaths = frames["death"].filter(
            own
            & pl.col("is_counted")
            & (pl.col("count_base") == "official")
            & (pl.col("year") == year)
        )
        if deaths.height:
            died = death_rows(deaths, frames["tumour"], tonight.death_matches, categories, key)
        else:
            known = frames["tumour_death"].filter(own & (pl.col("year") == year))
            died = registry_death_rows(known)
        cases = case_rows(cards.filter(own), frames["tumour"], key)
        if cases.height or died.height:
            people = population.filter(own)
            made.append(Submission(area, year, cases, died, people))
    return made


def population_rows(submission: Submission) -> pl.DataFrame:
    """POP in long form: areacode, year, sex, age_group_start, population."""
    starts = {group: group.split("-")[0].rstrip("+") for group in GROUPS}
    return submission.population.select(
        areacode="area_code",
        year="year",
        sex="sex",
        age_group_start=pl.col("age_group").replace_strict(starts).cast(pl.Int32),
        population="population",
    ).sort("sex", "age_group_start")


def _csv(submission: Submission, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = (submission.cases, submission.deaths, population_rows(submission))
    for name, table in zip(SHEETS, tables, strict=True):
        file = folder / f"{name}.csv"
        file.write_text(table.write_csv(), encoding="utf-8-sig")
        file.chmod(0o600)


def _workbook(submission: Submission, folder: Path) -> Path:
    """Sheets FB, SW, POP; POP has the national cells B2:C20 and, beside them, the long form."""
    file = folder / f"{submission.area_code}.xlsx"
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        for name, table in (("FB", submission.cases), ("SW", submission.deaths)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, table.columns)
            for place, row in enumerate(table.iter_rows(), 1):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write_string(place, column, value)
        _population_sheet(book.add_worksheet("POP"), submission)
    file.chmod(0o600)
    return file


def _population_sheet(sheet: xlsxwriter.worksheet.Worksheet, submission: Submission) -> None:
    # Headings in comments: a heading of these cells would be a column that no layout knows.
    sheet.write_comment("B1", "男，B2:B20 为19个年龄组")
    sheet.write_comment("C1", "女，C2:C20 为19个年龄组")
    known = {
        (sex, group): number
        for sex, group, number in submission.population.select(
            "sex", "age_group", "population"
        ).iter_rows()
    }
    for place, group in enumerate(GROUPS, 1):
        sheet.write_string(place, 0, group)
        for column, sex in enumerate("12", 1):
            if (sex, group) in known:
                sheet.write_number(place, column, known[sex, group])
    table = population_rows(submission)
    sheet.write_row(0, 4, table.columns)
    for place, (area, year, sex, start, number) in enumerate(table.iter_rows(), 1):
        sheet.write_string(place, 4, area)
        sheet.write_number(place, 5, year)
        sheet.write_string(place, 6, sex)
        sheet.write_number(place, 7, start)
        sheet.write_number(place, 8, number)
