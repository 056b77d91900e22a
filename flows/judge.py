"""One criterion judged: by its number, or by the documents that evidence speaks for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flows import gap_text, verdict
from flows.criteria import (
    COUNTABLE,
    AgainstIndicator,
    CriteriaSet,
    Criterion,
    Document,
    PerPoint,
    Present,
    SurveyWithin,
    Test,
)
from flows.published import RESIDENCY_ZH
from flows.report.issued import names
from flows.score_input import Known, Row, Rows
from flows.verdict import Value

DOCUMENTS = (Present, SurveyWithin, Document)
OPEN_FAIL = "death_certificate_only_if_open_fail_percent"
#: Other readings printed beside a criterion, never scored.
BESIDE = {
    "death_reporting_coverage_percent": ("death_reporting_coverage_every_month_percent",),
    "death_audit_percent": ("death_audit_all_cards_percent",),
    "death_underreporting_percent": ("death_made_up_percent", "death_late_report_percent"),
    "chronic_underreporting_percent": ("chronic_made_up_percent", "chronic_late_report_percent"),
    "crude_death_rate_per_1000": ("corrected_death_rate_per_1000",),
    "unknown_cause_percent": (
        "unknown_cause_without_r54_r95_percent",
        "unknown_cause_r95_r99_percent",
    ),
    "cancer_incidence_per_100k": ("corrected_cancer_incidence_per_100k",),
    "diabetes_incidence_per_100k": ("corrected_diabetes_incidence_per_100k",),
    "stroke_incidence_per_100k": (
        "stroke_first_ever_incidence_per_100k",
        "corrected_stroke_incidence_per_100k",
    ),
    "coronary_incidence_per_100k": (
        "coronary_mortality_per_100k",
        "coronary_incidence_before_supplement_per_100k",
        "coronary_first_ever_incidence_per_100k",
        "corrected_coronary_incidence_per_100k",
    ),
    "morphologically_verified_percent": ("morphologically_verified_6_8_percent",),
}


@dataclass
class Verdict:
    """What is found of one criterion."""

    status: str
    points: float = 0.0
    points_pending: float = 0.0
    value: Value | None = None
    notes: list[str] = field(default_factory=list)
    gap_count: int | None = None


def by_number(
    criteria_set: CriteriaSet, criterion: Criterion, county: str, data_year: int, known: Known
) -> Verdict:
    """Value against test. No value, or no number to compare with: no_data and 0 points."""
    value = _value(criteria_set, criterion, county, data_year, known)
    if value is None or value.value is None:
        return Verdict("no_data", notes=[_why_no_data(criterion, data_year, value, known)])
    other = None
    if isinstance(criterion.test, AgainstIndicator):
        against = known.value(
            county, data_year, criterion.test.indicator, criterion.scored_residency
        )
        other = None if against is None else against.value
    test = verdict.resolve(criterion.test, is_urban=known.is_urban(county), other=other)
    if test is None:
        assert isinstance(criterion.test, AgainstIndicator)
        name = gap_text.plain_name(known.names[criterion.test.indicator][0])
        return Verdict("no_data", value=value, notes=[f"缺少用于比较的{name}"])
    earned = verdict.points(test, value.value, criterion.points_max)
    found = Verdict(verdict.status(earned, criterion.points_max), earned, value=value)
    _provisional(found, criterion, county, data_year, known)
    _gap(found, criterion, test)
    kind = "death" if criterion.indicator.startswith("death_") else "chronic"
    reviews = known.reviews.get((county, value.year or data_year, kind), [])
    found.notes += gap_text.review_notes(criterion.indicator, value, data_year, reviews)
    found.notes += _beside(criterion, test, value, county, data_year, known)
    if note := gap_text.high_verified_note(criterion.indicator, value):
        found.notes.append(note)
    leads = known.leads_of(county, value.year or data_year, criterion.scored_residency)
    if note := gap_text.lead_text(criterion.indicator, leads):
        found.notes.append(note)
    return found


def _value(
    criteria_set: CriteriaSet, criterion: Criterion, county: str, data_year: int, known: Known
) -> Value | None:
    """The value of the data year; of a review, else the newest of the years before (沿用)."""
    years = [data_year]
    if criterion.indicator.endswith("underreporting_percent"):
        years += [data_year - back for back in range(1, criteria_set.review_years + 1)]
    found = None
    for year in years:
        value = known.value(county, year, criterion.indicator, criterion.scored_residency)
        if value is not None and value.value is not None:
            return value
        found = found or value
    return found


def _why_no_data(criterion: Criterion, data_year: int, value: Value | None, known: Known) -> str:
    name = gap_text.plain_name(known.names[criterion.indicator][0])
    if data_year >= known.as_of.year:
        return f"数据年 {data_year} 尚未结束"
    if value is not None and value.denominator is None:
        people = RESIDENCY_ZH.get(criterion.scored_residency or "", "")
        return f"缺少 {data_year} 年{people}人口，不能计算{name}"
    if value is not None and value.numerator is None:
        return f"缺少 {data_year} 年死亡资料，不能计算{name}"
    return f"没有 {data_year} 年的{name}资料"


def _provisional(
    found: Verdict, criterion: Criterion, county: str, data_year: int, known: Known
) -> None:
    """DCO while trace-backs are open: no points yet, unless it fails already."""
    if criterion.indicator != "death_certificate_only_percent" or found.value is None:
        return
    worst = known.value(county, data_year, OPEN_FAIL, criterion.scored_residency)
    if worst is None or worst.value is None or worst.numerator is None:
        return
    still_open = round(worst.numerator - (found.value.numerator or 0.0))
    if still_open <= 0:
        return
    number = gap_text.shown(worst.value, "percent")
    found.notes.append(f"死亡补发病例追溯未定 {still_open} 例，若均无果为 {number}")
    if found.points > 0:
        found.points_pending, found.points, found.status = found.points, 0.0, "pending"
        if criterion.gap_counts:
            found.gap_count = still_open
            found.notes.append(gap_text.WORK[criterion.indicator].format(count=still_open))


def _gap(found: Verdict, criterion: Criterion, test: Test) -> None:
    """How many existing records to work on; never for a number that must reflect reality."""
    allowed = criterion.gap_counts and COUNTABLE.fullmatch(criterion.indicator)
    if not allowed or found.status not in ("unmet", "partial") or found.value is None:
        return
    found.gap_count = verdict.records_to_work_on(test, found.value)
    if found.gap_count:
        text = gap_text.WORK.get(criterion.indicator, gap_text.OTHER_WORK)
        found.notes.append(text.format(count=found.gap_count))


def _beside(
    criterion: Criterion, test: Test, value: Value, county: str, data_year: int, known: Known
) -> list[str]:
    """Other readings, with their points where the test goes by the point."""
    notes = []
    year = value.year or data_year
    if isinstance(test, PerPoint) and value.value is not None:
        other = replace(test, started=not test.started)
        reading = "每满1个百分点扣分" if test.started else "不满1个百分点亦扣分"
        number = verdict.points(other, value.value, criterion.points_max)
        notes.append(f"按{reading}的读法得 {number:g} 分")
    for indicator in BESIDE.get(criterion.indicator, ()):
        found = known.value(county, year, indicator, criterion.scored_residency)
        if found is None or found.value is None or indicator not in known.names:
            continue
        name = gap_text.plain_name(known.names[indicator][0])
        text = f"对照：{name} {gap_text.shown(found.value, found.unit)}"
        if isinstance(test, PerPoint):
            number = verdict.points(test, found.value, criterion.points_max)
            text += f"（得 {number:g} 分）"
        notes.append(text)
    return notes


def by_documents(
    criteria_set: CriteriaSet, criterion: Criterion, county: str, year: int, known: Known
) -> Verdict:
    """Evidence that names who issued the document and when: met. Without: pending. None: no_data.

    Item 20 looks back over its calendar years, item 22 at the year of assessment alone. Where the
    annual report itself is at hand, each element must stand in it.
    """
    span = 1 if isinstance(criterion.test, Present) else criteria_set.survey_years
    if isinstance(criterion.test, SurveyWithin):
        span = criterion.test.years
    rows = [
        row
        for row in known.evidence.get((county, criterion.item_no), [])
        if row["criterion_no"] in (criterion.criterion_no, None)
        and year - span < row["year"] <= year
    ]
    element = _element(criterion, county, year, known, rows)
    if element is None:
        found = _from_evidence(rows, criterion, year, span, known)
    else:
        found = _from_report(rows, element, criterion, county, year, known)
    if found.status == "no_data" and isinstance(criterion.test, SurveyWithin):
        years = [
            survey["year"]
            for survey in known.surveys.get((county,), [])
            if year - span < survey["year"] <= year
        ]
        if years:
            note = f"已有 {max(years)} 年调查病例名单，过程性材料未登记"
            found = Verdict("pending", points_pending=criterion.points_max, notes=[note])
    if criterion.gap_counts and found.status != "met":
        found.gap_count = 1
        found.notes.append(gap_text.DOCUMENT_WORK.format(count=1))
    return found


def _element(criterion: Criterion, county: str, year: int, known: Known, rows: Rows) -> Row | None:
    """The element as the year's report shows it; None where no report is at hand.

    Of several documents the one that evidence names for this element, then for the whole report.
    """
    number = criterion.indicator.removeprefix("annual_report_element_")
    if not isinstance(criterion.test, Present) or not number.isdigit():
        return None
    found = known.elements.get((county, year, int(number)), [])
    for row in sorted(rows, key=lambda row: row["criterion_no"] is None):
        for one in found:
            if row["document"] and names(row["document"], one["document"]):
                return one
    return found[0] if found else None


def _from_report(
    rows: Rows, element: Row, criterion: Criterion, county: str, year: int, known: Known
) -> Verdict:
    """Item 22 by the document itself; it stays pending until somebody issued it.

    Where evidence names another document, which is not at hand, it speaks first, and what it does
    not prove is as pending as our own draft leaves it.
    """
    document = element["document"]
    here = [one["document"] for one in known.elements[county, year, element["element_no"]]]
    others = [
        row
        for row in rows
        if row["document"] and not any(names(row["document"], one) for one in here)
    ]
    if any(row["done"] == "1" for row in others):
        found = _from_evidence(others, criterion, year, 1, known)
        if found.status == "met" or not element["is_present"]:
            return found
    rows = [row for row in rows if not row["document"] or names(row["document"], document)]
    if not element["is_present"]:
        return Verdict("unmet", notes=[f"{document}：{element['reason_zh']}"])
    issued = [
        row
        for row in rows
        if row["done"] == "1"
        and row["issued_by"]
        and row["done_on"]
        and row["done_on"] <= known.as_of
    ]
    if not issued:
        note = f"{document} 有此要素；草稿尚未登记签发单位和日期"
        return Verdict("pending", points_pending=criterion.points_max, notes=[note])
    newest = max(issued, key=lambda row: row["done_on"])
    by = f"由{newest['issued_by']}于 {newest['done_on']:%Y-%m-%d} 签发"
    return Verdict("met", criterion.points_max, notes=[f"{document} 有此要素；{by}"])


def _from_evidence(rows: Rows, criterion: Criterion, year: int, span: int, known: Known) -> Verdict:
    own = [row for row in rows if row["criterion_no"] is not None]
    done = [row for row in own if row["done"] == "1"]
    issued = [
        row for row in done if row["issued_by"] and row["done_on"] and row["done_on"] <= known.as_of
    ]
    in_time = [row for row in issued if row["done_on"].year > year - span]
    dated = in_time if isinstance(criterion.test, SurveyWithin) else issued
    if dated:
        newest = max(dated, key=lambda row: row["done_on"])
        notes = [f"材料已由{newest['issued_by']}于 {newest['done_on']:%Y-%m-%d} 签发"]
        if isinstance(criterion.test, SurveyWithin):
            notes.append(gap_text.next_survey(newest["done_on"].year, span))
        return Verdict("met", criterion.points_max, notes=notes)
    if issued:
        return Verdict("unmet", notes=[f"材料日期早于近 {span} 个日历年"])
    if done or any(row["done"] == "1" for row in rows):
        why = "材料为草稿，或未注明签发单位和日期" if done else "材料未注明对应的细则"
        return Verdict("pending", points_pending=criterion.points_max, notes=[why])
    if own:
        return Verdict("unmet", notes=["佐证材料登记为未完成"])
    return Verdict("no_data", notes=["没有登记佐证材料"])
