"""Reading the published file: findings, scores and the epidemiologist's own SQL."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import duckdb
import polars as pl

from flows.home import Home, UserError


class QueryError(UserError):
    """The user's SQL cannot be run."""


def open_published(home: Home) -> duckdb.DuckDBPyConnection:
    """Open the published file read-only, without access to files, network or settings."""
    if not home.published.exists():
        raise UserError(f"还没有发布库 {home.published}，请先运行 zhikong night。")
    connection = duckdb.connect(str(home.published), read_only=True)
    connection.execute(f"set memory_limit = '{home.settings.query_memory}'")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def run_query(home: Path | None, sql: str) -> pl.DataFrame:
    """Run one SELECT of the user.

    Raises:
        QueryError: it is no single SELECT, fails, or takes longer than the settings allow.
    """
    place = Home.find(home)
    with open_published(place) as connection:
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise QueryError(f"SQL 无法解析：{error}") from None
        # PRAGMA and CALL count as SELECT to the parser, and tell of the machine.
        leads = re.match(r"(?is)(\s|--[^\n]*\n|/\*.*?\*/|\()*(select|with|from|values)\b", sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT or not leads:
            raise QueryError("只接受一条 SELECT 语句。")
        limit = place.settings.query_seconds
        clock = threading.Timer(limit, connection.interrupt)
        clock.start()
        try:
            return connection.sql(statements[0].query).pl()
        except duckdb.InterruptException:
            raise QueryError(f"查询超过 {limit:g} 秒，已停止；请缩小范围。") from None
        except duckdb.Error as error:
            raise QueryError(f"查询失败：{error}") from None
        finally:
            clock.cancel()


def finding_rows(
    home: Path | None, org: str | None, rule: str | None, only_open: bool
) -> pl.DataFrame:
    """Findings with their Chinese sentence."""
    with open_published(Home.find(home)) as connection:
        return connection.execute(
            """
            select
                finding.rule_id, finding.card_type, finding.card_id, finding.field,
                finding.severity, finding.channel, finding.org_code, finding.source_file,
                finding.source_row, finding.first_found_on, finding.resolved_on, rule.message_zh
            from quality.finding as finding
            left join quality.rule as rule on finding.rule_id = rule.rule_id
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
        (as_of,) = connection.execute("select as_of from reference.home").fetchone() or ("",)
        notes = connection.execute(
            "select note_zh, string_agg(card_type, '、' order by card_type) "
            "from quality.data_state where card_type in ('death', 'tumour', 'cardio', 'diabetes') "
            "group by note_zh order by note_zh"
        ).fetchall()
    return "；".join([f"数据截至 {as_of}", *(f"{cards}：{note}" for note, cards in notes)])


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
