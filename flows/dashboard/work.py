"""What the pages say of the work: data, tasks, score, findings, timeliness, last night, months.

Counts of cards by institution are counts of work, not of people with a trait: they are shown whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import polars as pl

from flows.dashboard.place import Place
from flows.fields import CARDS, fields
from flows.gap_text import plain_name, shown
from flows.letters.wording import CARD_ZH
from flows.published import BAND_ZH, STATUS_ZH, export_notes

#: The unit behind a number; it stands once, behind the value.
BARE = re.compile(r"(%|‰|/10万|岁)$")
BASIS_ZH = {"reporting": "报告地区", "registered": "户籍地区", "residence": "常住地区"}
SEVERITY_ZH = {"error": "须核实", "warning": "提醒", "query": "询问"}
#: Shares of cards done in time, in the order of the work.
TIMELINESS = (
    "death_timely_report_percent", "death_timely_audit_percent", "first_visit_timely_percent",
    "chronic_timely_audit_percent", "chronic_first_visit_timely_percent",
)  # fmt: skip
#: Where on the page the records behind a criterion are.
SECTION_OF = {
    "death_reporting_coverage_percent": "months",
    "death_audit_percent": "tasks",
    "unknown_cause_percent": "rcode",
    "crude_death_rate_per_1000": "funnel",
    "mortality_incidence_ratio": "mi",
    "death_certificate_only_percent": "findings",
    "morphologically_verified_percent": "sites",
    "icdo3_coded_percent": "findings",
    "cancer_incidence_per_100k": "sites",
}
Rows = list[dict[str, Any]]


def rows(published: duckdb.DuckDBPyConnection, sql: str, *values: object) -> Rows:
    """The rows of a SELECT, each a dict."""
    return published.execute(sql, list(values)).pl().to_dicts()


def has_table(published: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the published file holds a table of this name."""
    schema, name = table.split(".")
    found = published.execute(
        "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, name]
    ).fetchone()
    return found is not None


def data_state(published: duckdb.DuckDBPyConnection) -> Rows:
    """What the exports cover, and of which cards."""
    notes = export_notes(published)
    return [{"note_zh": note, "cards_zh": cards} for note, cards in notes.items()]


def last_months_zh(published: duckdb.DuckDBPyConnection) -> str:
    """Which twelve months the last ones are: those that all kinds of exports cover."""
    found = rows(
        published,
        "select date_from, date_to from reference.period where kind = 'last_12_months'",
    )
    return "".join(f"{row['date_from']:%Y-%m} 至 {row['date_to']:%Y-%m}" for row in found)


def differences(published: duckdb.DuckDBPyConnection, area_code: str) -> Rows:
    """Where the province's system counts otherwise than we do (未对账)."""
    found = rows(
        published,
        "select card_type, basis, year, platform_count, own_count, difference"
        " from quality.reconciliation where difference <> 0 and left(place_code, 6) = ?"
        " order by year desc, card_type, basis",
        area_code,
    )
    labels = {"card_zh": ("card_type", CARD_ZH), "basis_zh": ("basis", BASIS_ZH)}
    return [
        row
        | {name: known.get(row[column], row[column]) for name, (column, known) in labels.items()}
        for row in found
    ]


def tasks(published: duckdb.DuckDBPyConnection) -> Rows:
    """Open tasks by kind and by who must act; overdue ones apart, the oldest due day."""
    if not has_table(published, "quality.task"):
        return []
    return rows(
        published,
        """
        select
            task.task_zh, task.assignee_org, coalesce(org.org_name, area.area_name) as org_name,
            count(*) as task_count,
            count(*) filter (where task.state = 'overdue') as overdue_count,
            min(task.due_on) as oldest_due_on
        from quality.task as task
        left join (select distinct on (org_code) org_code, org_name from reference.institution
            order by org_code) as org on task.assignee_org = org.org_code
        left join (select distinct on (area_code) area_code, area_name from reference.area
            order by area_code) as area on task.assignee_org = area.area_code
        group by all
        order by task.assignee_org nulls first, task.task_zh
        """,
    )


def score(published: duckdb.DuckDBPyConnection, place: Place) -> Rows:
    """Each scored area and set of the closed year: its sums, items and criteria as people read."""
    found = rows(
        published,
        "select item.*, area.area_name from score.item as item"
        " left join reference.area as area on item.area_code = area.area_code"
        " where item.year = ? order by item.criteria_set, item.area_code, item.item_no",
        place.score_year,
    )
    criteria = _criteria(published, place)
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in found:
        key = (row["criteria_set"], row["area_code"])
        group = groups.setdefault(
            key, {"criteria_set": key[0], "area_code": key[1], "area_name": row["area_name"]}
            | dict.fromkeys(("points_max", "points", "points_pending", "points_lost"), 0.0)
            | {"items": []},
        )  # fmt: skip
        for name in ("points_max", "points", "points_pending", "points_lost"):
            group[name] += row[name]
        own = [
            c for c in criteria
            if (c["criteria_set"], c["area_code"], c["item_no"]) == (*key, row["item_no"])
        ]  # fmt: skip
        group["items"].append(row | {"criteria": own})
    return list(groups.values())


def _criteria(published: duckdb.DuckDBPyConnection, place: Place) -> Rows:
    found = rows(
        published,
        """
        select criterion.*, definition.name_zh, recent.value as recent_value
        from score.criterion as criterion
        left join indicator.definition as definition on criterion.indicator = definition.indicator
        left join indicator.last_12_months as recent
            on criterion.indicator = recent.indicator
            and criterion.area_code = recent.area_code
            and recent.org_code is null
            and recent.residency is not distinct from criterion.residency
        where criterion.year = ?
        order by criterion.item_no, criterion.criterion_no
        """,
        place.score_year,
    )
    for row in found:
        unit = row["unit"]
        lacking = "无数据" if row["status"] == "no_data" else "—"  # documents have no value
        row["value_zh"] = lacking if row["value"] is None else shown(row["value"], unit)
        limits = [
            BARE.sub("", shown(row[name], unit))
            for name in ("ci_low", "ci_high")
            if row[name] is not None
        ]
        row["interval_zh"] = "～".join(limits) if len(limits) == 2 else ""
        recent = row["recent_value"]
        row["recent_zh"] = "—" if recent is None else shown(recent, unit)
        row["status_zh"] = STATUS_ZH[row["status"]]
        row["band_zh"] = BAND_ZH[row["plausibility"]]
        row["name_zh"] = plain_name(row["name_zh"] or row["indicator"])
        row["section"] = SECTION_OF.get(row["indicator"])
        row["pending"] = row["points_pending"] or 0.0
    return found


OPEN = "finding.resolved_on is null"


def findings_by_org(published: duckdb.DuckDBPyConnection) -> Rows:
    """Open findings of each institution by severity; in the order of their codes."""
    return rows(
        published,
        f"""
        select
            finding.org_code, org.org_name,
            count(*) filter (where finding.severity = 'error') as error_count,
            count(*) filter (where finding.severity = 'warning') as warning_count,
            count(*) filter (where finding.severity = 'query') as query_count,
            count(*) as finding_count,
            min(finding.first_found_on) as oldest_on
        from quality.finding as finding
        left join (select distinct on (org_code) org_code, org_name from reference.institution
            order by org_code) as org on finding.org_code = org.org_code
        where {OPEN}
        group by all
        order by finding.org_code nulls last
        """,
    )


NEWEST_RULE = """(select distinct on (rule_id) rule_id, message_zh, letter_zh from quality.rule
    order by rule_id, valid_from desc nulls last)"""


def findings_by_rule(published: duckdb.DuckDBPyConnection) -> Rows:
    """Open findings of each rule and how many institutions they concern."""
    return _severity_zh(
        rows(
            published,
            f"""
            select
                finding.rule_id, rule.message_zh, finding.card_type, finding.severity,
                count(*) as finding_count, count(distinct finding.org_code) as org_count
            from quality.finding as finding
            left join {NEWEST_RULE} as rule on finding.rule_id = rule.rule_id
            where {OPEN}
            group by all
            order by finding_count desc, finding.rule_id, finding.severity
            """,
        )
    )


@dataclass(frozen=True)
class Findings:
    """The open findings of an institution: how many, the first of them, and the sum of each rule.

    Each names card, rule and field; never a value of a card.
    """

    count: int
    rows: Rows
    rules: Rows  # most first


NO_FINDINGS = Findings(0, [], [])


def findings_of_orgs(published: duckdb.DuckDBPyConnection, most: int) -> dict[str, Findings]:
    """What each institution may be asked about, in the words of its letters.

    What the county has to settle is not shown to units.

    Args:
        published: the published file.
        most: so many findings of each card by card.
    """
    found = published.execute(
        f"""
        select
            coalesce(finding.assignee_org, finding.org_code) as org_code, finding.card_type,
            finding.card_id, finding.rule_id, rule.letter_zh as message_zh, finding.field,
            finding.severity, finding.first_found_on
        from quality.finding as finding
        left join {NEWEST_RULE} as rule on finding.rule_id = rule.rule_id
        where {OPEN} and finding.channel = 'hospital'
            and coalesce(finding.assignee_org, finding.org_code) is not null
        order by all
        """
    ).pl()
    org = "org_code"
    counts = found.group_by(org, maintain_order=True).len()
    first = found.filter(pl.int_range(pl.len()).over(org) < most)
    rules = (
        found.group_by(org, "rule_id", "message_zh", "card_type", "severity", maintain_order=True)
        .agg(finding_count=pl.len())
        .sort("finding_count", "rule_id", descending=[True, False], maintain_order=True)
    )
    shown, summed = (_by_org(_severity_zh(frame.to_dicts())) for frame in (first, rules))
    return {code: Findings(count, shown[code], summed[code]) for code, count in counts.iter_rows()}


def file_findings(published: duckdb.DuckDBPyConnection) -> Rows:
    """What is wrong with files and not settled; those that wait for an answer come first."""
    found = rows(
        published,
        f"""
        select
            finding.source_file, finding.rule_id, rule.message_zh, finding.severity,
            finding.field, batch.card_type, finding.first_found_on,
            finding.rule_id like 'file.held_for%' as is_held
        from quality.finding as finding
        left join {NEWEST_RULE} as rule on finding.rule_id = rule.rule_id
        left join (select source_file, max(card_type) as card_type from quality.batch
            group by source_file) as batch on finding.source_file = batch.source_file
        where {OPEN} and finding.card_type = 'file' and finding.severity <> 'query'
        order by is_held desc, finding.severity, finding.source_file, finding.rule_id, finding.field
        """,
    )
    return [row | {"label_zh": _label(row["card_type"], row["field"])} for row in found]


def _by_org(found: Rows) -> dict[str, Rows]:
    made: dict[str, Rows] = {}
    for row in found:
        made.setdefault(row["org_code"], []).append(row)
    return made


def _severity_zh(found: Rows) -> Rows:
    return [
        row
        | {
            "severity_zh": SEVERITY_ZH.get(row["severity"], row["severity"]),
            "card_zh": CARD_ZH.get(row["card_type"] or "", "文件"),
            "label_zh": _label(row["card_type"], row.get("field")),
        }
        for row in found
    ]


@cache
def _label(card_type: str | None, field: str | None) -> str:
    known = fields(card_type) if card_type in CARDS else {}
    return known[field].label_zh if field in known else field or ""


def timeliness(published: duckdb.DuckDBPyConnection, place: Place) -> dict[str | None, Rows]:
    """Shares done in time: the last closed year and the last twelve months, with intervals.

    By institution; None is the county.
    """
    found = rows(
        published,
        """
        select definition.name_zh, listed.position, value.*
        from (select unnest(?) as indicator, generate_subscripts(?, 1) as position) as listed
        inner join indicator.definition as definition using (indicator)
        inner join (
            select org_code, indicator, 'year' as span, value, ci_low, ci_high, numerator,
                denominator
            from indicator.summary
            where area_code = ? and year = ?
            union all
            select org_code, indicator, 'recent', value, ci_low, ci_high, numerator, denominator
            from indicator.last_12_months
            where area_code = ?
        ) as value using (indicator)
        order by listed.position, value.span
        """,
        list(TIMELINESS), list(TIMELINESS), place.area_code, place.last_year, place.area_code,
    )  # fmt: skip
    made: dict[str | None, dict[str, dict[str, Any]]] = {}
    for row in found:
        name = plain_name(row["name_zh"])
        own = made.setdefault(row["org_code"], {}).setdefault(name, {"name_zh": name})
        if row["value"] is not None:
            own[row["span"]] = (
                f"{row['value']:.1f}%（{row['ci_low']:.1f}～{row['ci_high']:.1f}，"
                f"{row['numerator']:.0f}/{row['denominator']:.0f}）"
            )
    return {org: list(shares.values()) for org, shares in made.items()}


def batches(
    published: duckdb.DuckDBPyConnection, place: Place
) -> tuple[dict[str, dict[str, int]], Rows]:
    """Sums of the files of the last night and of all, and the files that were not loaded whole."""
    found = rows(published, "select * exclude (sha256) from quality.batch order by source_file")
    counts = ("received_rows", "loaded_rows", "repeated_rows", "rejected_rows")
    tonight = [row for row in found if row["received_on"] == place.as_of]
    sums = {
        name: {count: sum(row[count] for row in own) for count in counts} | {"files": len(own)}
        for name, own in (("night", tonight), ("all", found))
    }
    troubled = [row for row in found if row["status"] != "loaded" or row["rejected_rows"]]
    return sums, troubled


def institutions(published: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """org_code, org_name, area_code and what each reports; in the order of their codes."""
    return published.sql(
        "select distinct on (org_code) org_code, org_name, area_code, reports_death,"
        " reports_tumour, reports_cardio, reports_diabetes from reference.institution"
        " order by org_code"
    ).pl()
