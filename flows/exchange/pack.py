"""Submission packs: what is due to whom, what is still missing, what was built and sent."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import polars as pl

from flows.exchange.province import export_province
from flows.home import REFERENCE, TIME_ZONE, Home, UserError
from flows.published import open_published
from flows.store import opened
from flows.tumour.submission import export_ncc

RECEIVERS = ("province", "ncc")


@dataclass(frozen=True)
class Pack:
    """One hand-in of a year."""

    name: str
    title_zh: str
    receiver: str
    due_month: int
    due_day: int
    year_offset: int  # of the data, against the year it is due in
    needs: tuple[str, ...]

    def due(self, data_year: int) -> date:
        """The day a data year's pack is due."""
        return date(data_year - self.year_offset, self.due_month, self.due_day)


def packs(home: Home) -> list[Pack]:
    """The packs of the settings' file, the home's own folder before the shipped one.

    Raises:
        UserError: no such file, or a pack that cannot be used, with its place.
    """
    name = home.settings.submission
    own, shipped = (
        home.path / "submission" / f"{name}.toml",
        REFERENCE / "submission" / f"{name}.toml",
    )
    file = own if own.exists() else shipped
    if not file.exists():
        raise UserError(f"没有名为 {name} 的上报安排；请核对 settings.toml 的 submission。")
    try:
        given = tomllib.loads(file.read_text("utf-8"))
        found = [Pack(**{**row, "needs": tuple(row["needs"])}) for row in given["pack"]]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{file} 无法使用：{error}。请对照 zj-county.toml。") from None
    for pack in found:
        if pack.receiver not in RECEIVERS:
            raise UserError(f"{file} 的 {pack.name}：receiver 应为 {'、'.join(RECEIVERS)} 之一。")
        try:
            pack.due(2024)
        except ValueError:
            raise UserError(f"{file} 的 {pack.name}：上报日期不是日期。") from None
    return found


def pack_of(home: Home, name: str) -> Pack:
    """One pack by name."""
    for pack in packs(home):
        if pack.name == name:
            return pack
    raise UserError(f"没有上报包 {name}，可用：{'、'.join(pack.name for pack in packs(home))}。")


def missing(home: Home, pack: Pack, year: int) -> pl.DataFrame:
    """What a pack still lacks.

    Returns:
        need, state_zh, count; no rows where nothing is missing.
    """
    rows: list[tuple[str, str, int]] = []
    with open_published(home) as connection:

        def number(sql: str) -> int:
            (found,) = connection.execute(sql, [year]).fetchone() or (0,)
            return int(found)

        for need in pack.needs:
            if need == "population":
                count = number("select count(*) from reference.population where year = ?")
                if not count:
                    rows.append((need, "没有该年人口资料", 0))
            elif need == "institution":
                (count,) = connection.execute(
                    "select count(*) from reference.institution"
                ).fetchone() or (0,)
                if not count:
                    rows.append((need, "没有机构表", 0))
            elif need == "traceback":
                count = number(
                    "select count(*) from card.tumour where year = ? and traceback_state = 'open'"
                )
                if count:
                    rows.append((need, "死亡补发病追溯未定", count))
            elif need.startswith("card."):
                rows += _cards(connection, need.removeprefix("card."), year)
            else:
                raise UserError(f"上报包 {pack.name} 的 needs 有不认识的 {need}。")
    return pl.DataFrame(
        rows, schema={"need": pl.String, "state_zh": pl.String, "count": pl.Int64}, orient="row"
    )


def _cards(
    connection: duckdb.DuckDBPyConnection, card_type: str, year: int
) -> list[tuple[str, str, int]]:
    found = []
    final, waiting = connection.execute(
        "select count(*) filter (count_base = 'official'),"
        " count(*) filter (count_base = 'received')"
        f" from card.{card_type} where year = ?",
        [year],
    ).fetchone() or (0, 0)
    (faulty,) = connection.execute(
        "select count(distinct finding.card_id) from quality.finding as finding"
        f" join card.{card_type} as card on finding.card_id = card.card_id"
        " where finding.card_type = ? and finding.severity = 'error'"
        " and finding.resolved_on is null and card.year = ?",
        [card_type, year],
    ).fetchone() or (0,)
    need = f"card.{card_type}"
    if not final:
        found.append((need, "没有终审卡", 0))
    if waiting:
        found.append((need, "尚未终审的卡", waiting))
    if faulty:
        found.append((need, "有未解决的错误级发现的卡", faulty))
    return found


def build(
    home: Home, pack: Pack, year: int, folder: Path, by: str, *, anyway: bool = False
) -> list[Path]:
    """Write a pack's files and remember what was written.

    Args:
        home: the installation.
        pack: which.
        year: of the data.
        folder: where the files go.
        by: who asks for it.
        anyway: although `missing` names something.

    Raises:
        UserError: something is missing, or nobody is named.
    """
    if not by.strip():
        raise UserError("请用 --by 写明由谁编制。")
    lacking = missing(home, pack, year)
    if lacking.height and not anyway:
        lines = [f"  {row[0]}：{row[1]}（{row[2]}）" for row in lacking.iter_rows()]
        raise UserError("\n".join([f"{pack.title_zh}尚缺（确需编制请加 --anyway）：", *lines]))
    if pack.receiver == "ncc":
        files = export_ncc(home, year, folder, anyway=anyway)
    else:
        made = export_province(home, year, folder)
        files = [*made.files, made.reconciliation]
    now = datetime.now(TIME_ZONE).replace(tzinfo=None, microsecond=0)
    with opened(home) as store:
        for file in files:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            store.connection.execute(
                "insert into state.pack values (?, ?, ?, ?, ?, ?, null, null, null)",
                [pack.name, year, now, file.name, digest, by.strip()],
            )
    return files


def mark_sent(home: Home, pack: Pack, year: int, by: str, receipt_no: str | None) -> int:
    """Remember that a pack's newest files were handed in.

    Returns:
        How many files that was.

    Raises:
        UserError: nothing was built, or nobody is named.
    """
    if not by.strip():
        raise UserError("请用 --by 写明由谁上报。")
    now = datetime.now(TIME_ZONE).replace(tzinfo=None, microsecond=0)
    with opened(home) as store:
        changed = store.connection.execute(
            "update state.pack set sent_at = ?, sent_by = ?, receipt_no = ? "
            "where pack = ? and year = ? and built_at = "
            "(select max(built_at) from state.pack where pack = ? and year = ?) returning 1",
            [now, by.strip(), receipt_no, pack.name, year, pack.name, year],
        ).fetchall()
    if not changed:
        raise UserError(f"{year} 年的 {pack.name} 还没有编制过文件。")
    return len(changed)


def overview(home: Home, year: int) -> pl.DataFrame:
    """Every pack of a data year: when it is due, what it lacks, when it was built and sent."""
    with opened(home) as store:
        built = store.connection.execute(
            "select pack, max(built_at) as built_at, max(sent_at) as sent_at,"
            " max(receipt_no) as receipt_no from state.pack where year = ? group by pack",
            [year],
        ).pl()
    rows = pl.DataFrame(
        [
            (pack.name, pack.title_zh, pack.receiver, pack.due(year),
             missing(home, pack, year).height)
            for pack in packs(home)
        ],
        schema={
            "pack": pl.String, "title_zh": pl.String, "receiver": pl.String, "due_on": pl.Date,
            "missing_count": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    return rows.join(built, on="pack", how="left", maintain_order="left")
