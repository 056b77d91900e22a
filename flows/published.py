"""Reading the published file: findings, scores and the epidemiologist's own SQL."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl

from flows.home import Home, UserError
from flows.letters.wording import CARD_ZH
from flows.published_file import is_encrypted, open_file


def open_published(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only, without access to files, network or settings."""
    if not home.published.exists():
        raise UserError(f"还没有发布库 {home.published}，请先运行 zhikong night。")
    connection = open_any(home, home.published)
    connection.execute(f"set memory_limit = '{home.settings.query_memory}'")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def open_any(home: Home, file: Path, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
    """Open a published, previous or frozen file of a home, with its key where it needs one."""
    key = home.published_key if is_encrypted(file) else None
    return open_file(file, key, read_only=read_only)


def attach_published(connection: duckdb.DuckDBPyConnection, home: Home, name: str) -> None:
    """Attach the published file, read-only, as the catalog `name` of another connection."""
    file = str(home.published).replace("'", "''")
    secret = home.published_key.replace("'", "''") if is_encrypted(home.published) else ""
    key = f", encryption_key '{secret}'" if secret else ""
    connection.execute(f"attach '{file}' as {name} (read_only{key})")


def finding_rows(
    home: Home | Path | None, org: str | None, rule: str | None, only_open: bool
) -> pl.DataFrame:
    """Findings with their Chinese sentence, and for a cause of death what may be coded instead."""
    place = home if isinstance(home, Home) else Home.find(home)
    with open_published(place) as connection:
        return connection.execute(
            """
            select
                finding.rule_id, finding.card_type, finding.card_id, finding.field,
                finding.severity, finding.channel, finding.org_code, finding.source_file,
                finding.source_row, finding.first_found_on, finding.resolved_on, rule.message_zh,
                suggestion.suggestion_zh
            from quality.finding as finding
            left join quality.rule as rule on finding.rule_id = rule.rule_id
            -- What may stand in place of an underlying cause that is none.
            left join card.death as death
                on finding.card_id = death.card_id
                and finding.card_type = 'death' and finding.field = 'underlying_cause'
            left join reference.cause_suggestion as suggestion
                on death.underlying_cause = suggestion.code
            where (? is null or finding.org_code = ?)
                and (? is null or finding.rule_id = ?)
                and (not ? or finding.resolved_on is null)
            order by finding.card_type, finding.source_file, finding.source_row, finding.rule_id
            """,
            [org, org, rule, rule, only_open],
        ).pl()


def data_line(home: Path | None) -> str:
    """数据截至, and what the exports covered."""
    with open_published(Home.find(home)) as connection:
        return data_line_of(connection)


def data_line_of(connection: duckdb.DuckDBPyConnection) -> str:
    """The same of a published file that is open."""
    (as_of,) = connection.execute("select as_of from reference.home").fetchone() or ("",)
    told = [f"{cards_zh}：{note_zh}" for note_zh, cards_zh in export_notes(connection).items()]
    return "；".join([f"数据截至 {as_of}", *told])


def export_notes(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the exports cover, and of which cards."""
    notes: dict[str, list[str]] = {}
    for card_type, note in connection.execute(
        "select card_type, note_zh from quality.data_state order by card_type"
    ).fetchall():
        if card_type in CARD_ZH:
            notes.setdefault(note, []).append(CARD_ZH[card_type])
    return {note: "、".join(cards) for note, cards in notes.items()}


def score_rows(home: Path | None, year: int, area: str | None, items: bool) -> pl.DataFrame:
    """Criteria or items of a year, for one area or all."""
    table = "item" if items else "criterion"
    order = "item_no" if items else "item_no, criterion_no"
    with open_published(Home.find(home)) as connection:
        found = connection.execute(
            f"select * from score.{table} where year = ? and (? is null or area_code = ?) "
            f"order by criteria_set, area_code, {order}",
            [year, area, area],
        ).pl()
    if found.is_empty():
        raise UserError(f"没有 {year} 年{area or ''}的评分；请核对年份、地区和人口资料。")
    return found


STATUS_ZH = {
    "met": "达到",
    "partial": "部分",
    "unmet": "未达到",
    "pending": "待佐证",
    "no_data": "无数据",
}
RESIDENCY_ZH = {"registered": "户籍", "resident": "常住"}
BAND_ZH = {"in_band": "在范围内", "below_band": "偏低", "above_band": "偏高", "no_band": "无参考"}
UNIT_ZH = {
    "percent": "%",
    "per_1000": "‰",
    "per_100k": "/10万",
    "ratio": "",
    "years": "岁",
    "count": "",
}


def score_sheet(rows: pl.DataFrame) -> pl.DataFrame:
    """Criteria as a person reads them on a terminal; nothing is left out that decides a point."""

    def number(name: str) -> pl.Expr:
        return pl.col(name).round(2).cast(pl.String)

    unit = pl.col("unit").replace_strict(UNIT_ZH, default="")
    interval = pl.format("{}–{}", number("ci_low"), number("ci_high"))
    return rows.select(
        pl.format("{}.{}", "item_no", "criterion_no").alias("细则"),
        pl.col("data_year").alias("数据年"),
        pl.col("requirement_zh").alias("要求"),
        pl.concat_str(number("value"), unit).alias("值"),
        interval.alias("95%区间"),
        pl.format("{}/{}", number("points"), number("points_max")).alias("得分"),
        pl.col("status").replace_strict(STATUS_ZH).alias("考核"),
        pl.col("plausibility").replace_strict(BAND_ZH).alias("合理性"),
        pl.col("gap_zh").alias("说明"),
    )
