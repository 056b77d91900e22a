"""What a brief is made of: the units' counts of the period, the rules with findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from flows.brief.period import Period
from flows.home import Home, UserError
from flows.published import open_published
from flows.report.facts import area_name, only_county
from flows.report.quality import in_pinyin_order

CARDS = ("death", "tumour", "cardio", "diabetes")
RULES = """
    with card as (
        select 'death' as card_type, card_id, created_time, report_date, report_area_code
        from card.death
        union all
        select 'tumour', card_id, created_time, report_date, report_area_code from card.tumour
        union all
        select 'cardio', card_id, created_time, report_date, report_area_code from card.cardio
        union all
        select 'diabetes', card_id, created_time, report_date, report_area_code
        from card.diabetes
    )
    select
        finding.rule_id, finding.card_type, rule.message_zh,
        count(*) as found_count, count(finding.resolved_on) as resolved_count,
        count(distinct finding.org_code) as unit_count
    from quality.finding as finding
    inner join card
        on finding.card_type = card.card_type and finding.card_id = card.card_id
    left join quality.rule as rule on finding.rule_id = rule.rule_id
    where card.report_area_code = $area
        and list_contains(
            $months, left(cast(coalesce(card.created_time, card.report_date) as varchar), 7)
        )
    group by all
    order by found_count desc, finding.rule_id
"""


@dataclass(frozen=True)
class BriefFacts:
    """One county and period.

    ``units``: one row a unit in the order of its name: org_code, org_name, the counts of
    indicator.unit_month summed, ``<card>_count`` by card; ``rules``: findings by rule.
    """

    area_code: str
    area_name: str
    as_of: date
    period: Period
    units: pl.DataFrame
    county: pl.DataFrame  # the same counts of what the county itself must look into
    rules: pl.DataFrame


def read_brief(home: Home, period: Period, area: str | None) -> BriefFacts:
    """Everything a brief asks of the published file.

    Raises:
        UserError: no published file, an unknown county, or a period that has not begun.
    """
    with open_published(home) as connection:
        ((as_of, own),) = connection.execute(
            "select as_of, area_code from reference.home"
        ).fetchall()
        if period.first_day > as_of:
            raise UserError(f"{period.name_zh}尚未开始（数据截至 {as_of}），请选择更早的期间。")
        code = area or home.settings.area or own or only_county(connection)
        name = area_name(connection, code)
        given = {"area": code, "months": list(period.months)}
        months = connection.execute(
            "select * from indicator.unit_month where area_code = $area"
            " and list_contains($months, month)",
            given,
        ).pl()
        institutions = connection.execute(
            "select org_code, org_name, reports_death, reports_tumour, reports_cardio,"
            " reports_diabetes from reference.institution where left(area_code, 6) = $area"
            " and coalesce(opened_on, date '1900-01-01') <= $last"
            " and coalesce(closed_on, date '9999-12-31') >= $first"
            " and (reports_death = '1' or reports_tumour = '1' or reports_cardio = '1'"
            " or reports_diabetes = '1')",
            {"area": code, "first": period.first_day, "last": as_of},
        ).pl()
        rules = connection.execute(RULES, given).pl()
    own = months.filter(pl.col("org_code") == code)
    units = _units(months.filter(pl.col("org_code") != code), institutions)
    return BriefFacts(code, name, as_of, period, units, own, rules)


def _units(months: pl.DataFrame, institutions: pl.DataFrame) -> pl.DataFrame:
    counts = [name for name in months.columns if name.endswith("_count")]
    by_card = [
        pl.col("card_count").filter(pl.col("card_type") == card).sum().alias(f"{card}_count")
        for card in CARDS
    ]
    made = months.group_by("org_code").agg(pl.col(counts).sum(), *by_card)
    table = institutions.join(made, on="org_code", how="full", coalesce=True).with_columns(
        pl.col("org_name").fill_null(pl.col("org_code")),
        pl.col(*counts, *(f"{card}_count" for card in CARDS)).fill_null(0),
    )
    names = dict(table.select("org_code", "org_name").iter_rows())
    order = {code: place for place, code in enumerate(in_pinyin_order(names))}
    return table.sort(pl.col("org_code").replace_strict(order, return_dtype=pl.Int64))
