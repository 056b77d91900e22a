"""Points, both verdicts, gaps and what may never be said."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import gap_text, indicators, judge, score, verdict
from flows.criteria import Band, CriteriaError, CriteriaSet, PerPoint, Threshold, read_criteria
from flows.score_input import Known
from flows.verdict import Benchmark, Value
from tests.sql.model_tables import ROOT, built, population, rows

FOLDER = ROOT / "reference/criteria"
COUNTY = read_criteria(FOLDER / "zj-taishun-2013.csv")
#: Asking for cases is the one thing a sentence may never do.
FORBIDDEN = re.compile(r"还差|再报|补足|补报\s*\d|多报")
AS_OF = date(2024, 6, 30)
PEOPLE = population("330329", 2023, "registered", 1000)  # 38,000 people


# ---- points


@pytest.mark.parametrize(
    ("value", "expected"),
    [(4.9, 5), (5.0, 5), (5.3, 4), (6.0, 4), (6.0000000001, 4), (9.1, 0), (10.0, 0), (40.0, 0)],
)
def test_each_started_point_above_five_costs_one(value: float, expected: float) -> None:
    assert verdict.points(PerPoint(5, 1, True, 5, 0), value, 5) == expected


@pytest.mark.parametrize(("value", "expected"), [(5.3, 5), (6.0, 4), (6.9, 4), (10.0, 0)])
def test_the_other_reading_takes_full_points_only(value: float, expected: float) -> None:
    assert verdict.points(PerPoint(5, 1, False, 5, 0), value, 5) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(0.6, 7), (0.8, 7), (0.5999, 0), (0.8001, 0), (0.7, 7)]
)
def test_both_ends_of_the_band_are_in(value: float, expected: float) -> None:
    assert verdict.points(Band(0.6, "<=", "<=", 0.8), value, 7) == expected


def test_a_share_is_compared_without_floating_dust() -> None:
    assert verdict.passes(Threshold(">=", 57), 57 / 100 * 100)
    assert not verdict.passes(Threshold("<", 57), 57 / 100 * 100)


@given(
    st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 100),
    st.sampled_from([">=", ">", "<=", "<"]),
)
def test_the_records_to_work_on_are_just_enough(
    pair: tuple[int, int], limit: int, operator: str
) -> None:
    numerator, total = pair
    test, value = Threshold(operator, limit), Value(numerator / total * 100, numerator, total)
    value = Value(value.value, numerator, total, unit="percent")
    count = verdict.records_to_work_on(test, value)
    step = 1 if operator in (">", ">=") else -1

    def passes(moved: int) -> bool:
        return verdict.passes(test, (numerator + step * moved) / total * 100)

    if count is None:
        room = total - numerator if step == 1 else numerator
        assert not any(passes(moved) for moved in range(room + 1))
    else:
        assert passes(count)
        assert count == 0 or not passes(count - 1)


def test_a_benchmark_without_limits_is_25_percent_wide() -> None:
    band = Benchmark.around(100, None, 110, "省")
    assert (band.low, band.high) == (75, 110)
    answers = [verdict.plausibility(value, band) for value in (74.9, 75, 110, 110.1, None)]
    assert answers == ["below_band", "in_band", "in_band", "above_band", "no_band"]


# ---- one county, from cards to points


def scored(
    tables: dict[str, str],
    as_of: date = AS_OF,
    sets: tuple[CriteriaSet, ...] = (COUNTY,),
    area: str | None = None,
) -> duckdb.DuckDBPyConnection:
    connection = built({"reference.population": PEOPLE} | tables)
    indicators.build(connection, ROOT / "sql")
    score.score(connection, list(sets), as_of, area)
    return connection


def found(
    connection: duckdb.DuckDBPyConnection, item: int, criterion: int, columns: str, year: int = 2024
) -> tuple[object, ...]:
    ((*answer,),) = rows(
        connection,
        f"select {columns} from score.criterion where item_no = {item}"
        f" and criterion_no = {criterion} and year = {year} and area_code = '330329'",
    )
    return tuple(answer)


def test_a_score_sums_to_130_and_no_data_is_said_and_never_a_pass() -> None:
    connection = scored({})
    query = "select area_code, year, sum(points_max), sum(points) from score.criterion group by all"
    assert rows(connection, query) == [("330329", 2024, 130.0, 0.0)]
    assert found(connection, 18, 1, "status, points, value, gap_count") == (
        "no_data",
        0.0,
        None,
        None,
    )
    (sentence,) = found(connection, 18, 1, "gap_zh")
    assert sentence == "无数据；没有 2023 年的粗死亡率资料。"
    totals = rows(connection, "select sum(points_max), sum(points_lost) from score.item")
    assert totals == [(130.0, 130.0)]


def test_no_population_of_the_residency_scored_is_no_data() -> None:
    # The resident population is there, the registered one is not: never crossed.
    connection = scored(
        {
            "reference.population": population("330329", 2023, "resident", 1000),
            "typed.death": "death_date\n2023-01-01",
        },
        area="330329",
    )
    assert found(connection, 18, 1, "status, value, gap_zh") == (
        "no_data",
        None,
        "无数据；缺少 2023 年户籍人口，不能计算粗死亡率。",
    )


def deaths(count: int, cause: str = "I21.9") -> str:
    return "\n".join(["death_date | underlying_cause", *[f"2023-01-01 | {cause}"] * count])


@pytest.mark.parametrize(
    ("urban_rural", "expected"), [("", ("unmet", 0.0)), ("urban", ("met", 5.0))]
)
def test_a_county_is_rural_unless_the_area_list_says_urban(
    urban_rural: str, expected: tuple[str, float]
) -> None:
    # 209 of 38,000 are 5.5 per 1,000: over 5 (urban), under 6 (rural).
    area = f"area_code | urban_rural\n330329 | {urban_rural}"
    connection = scored({"typed.death": deaths(209), "reference.area": area})
    assert found(connection, 18, 1, "status, points") == expected


def test_unknown_causes_show_the_other_readings_with_their_points() -> None:
    # 3 of 40 are 7.5 %: three started points cost 3; two full ones would cost 2.
    connection = scored({"typed.death": deaths(37) + "\n2023-01-01 | R54" * 3})
    status, points, count, sentence = found(connection, 18, 2, "status, points, gap_count, gap_zh")
    assert (status, points, count) == ("partial", 2.0, 1)
    assert "按每满1个百分点扣分的读法得 3 分" in str(sentence)
    assert "不含R54、R95 0.0%（得 5 分）" in str(sentence)
    assert "需核实死因 1 例" in str(sentence)  # 2 of 40 are 5.0 %


def test_audit_says_how_many_cards_are_to_be_audited() -> None:
    # 90 of 100 due are final; 95 % needs 5 more.
    lines = [f"2023-01-01 | {3 if number < 90 else 1} | 2023-01-02 08:00" for number in range(100)]
    connection = scored(
        {"typed.death": "\n".join(["death_date | audit_status | created_time", *lines])}
    )
    status, count, sentence = found(connection, 17, 3, "status, gap_count, gap_zh")
    assert (status, count) == ("unmet", 5)
    assert "还需审核 5 张" in str(sentence)


def review(year: int, missed: int, reported: int) -> str:
    head = "purpose | year | card_type | area_code | eligible | report_state"
    line = f"hospital_review | {year} | death | 330329 | 1 | "
    return "\n".join([head, *[line + "missed"] * missed, *[line + "reported"] * reported])


PERIODS = "\n".join(
    [
        "period | kind | year | date_from | date_to | population_year | is_complete",
        *(
            f"Y{year} | year | {year} | {year}-01-01 | {year}-12-31 | {year} | true"
            for year in range(2018, 2024)
        ),
    ]
)


def test_a_year_without_review_takes_over_the_newest_of_three_years() -> None:
    tables = {"reference.period": PERIODS, "typed.survey_case": review(2020, 4, 96)}
    status, value, value_year, count, sentence = found(
        scored(tables), 17, 2, "status, value, value_year, gap_count, gap_zh"
    )
    assert (status, value, value_year, count) == ("met", 4.0, 2020, None)
    assert "2023 年未做漏报检查，沿用 2020 年结果" in str(sentence)


def test_a_review_counts_though_nothing_else_of_its_year_is_here() -> None:
    # No cards and no people of 2021, so no period of that year either.
    status, value, value_year = found(
        scored({"typed.survey_case": review(2021, 6, 94)}), 17, 2, "status, value, value_year"
    )
    assert (status, value, value_year) == ("unmet", 6.0, 2021)


def test_a_review_of_four_years_ago_is_no_data() -> None:
    tables = {"reference.period": PERIODS, "typed.survey_case": review(2019, 4, 96)}
    assert found(scored(tables), 17, 2, "status") == ("no_data",)


def test_a_small_review_is_called_too_small() -> None:
    (sentence,) = found(scored({"typed.survey_case": review(2023, 0, 99)}), 17, 2, "gap_zh")
    assert "样本量不足（99 例" in str(sentence)


def test_an_incidence_is_never_followed_by_a_number_of_cases() -> None:
    # 38 of 38,000 are 100 per 100,000, under 150; a lead is named instead of a count.
    tumours = "\n".join(["diagnosis_date | icd10", *["2023-01-01 | C16.9"] * 38])
    died = "card_id | death_date | underlying_cause | person_id\nd1 | 2023-01-01 | C22.0 | p1"
    listed = "card_id | disease\nd1 | tumour"
    connection = scored(
        {
            "typed.tumour": tumours,
            "typed.death": died,
            "quality.death_without_case": listed,
        }
    )
    status, count, sentence = found(connection, 19, 3, "status, gap_count, gap_zh")
    assert (status, count) == ("unmet", None)
    assert "可核查线索：肿瘤死亡而无肿瘤卡的 1 人" in str(sentence)


def test_coronary_incidence_is_compared_with_coronary_mortality() -> None:
    events = "onset_date | icd10\n2023-01-01 | I21.0\n2023-02-01 | I21.0"
    connection = scored({"typed.cardio": events, "typed.death": deaths(3)})
    assert found(connection, 19, 5, "status, round(value, 2)") == ("unmet", 5.26)
    connection = scored({"typed.cardio": events, "typed.death": deaths(2)})
    assert found(connection, 19, 5, "status") == ("met",)


BENCHMARK = """
    area_group | urban_rural | indicator                  | year | value | low | high | source
    浙江省     | rural       | cancer_incidence_per_100k  | 2023 | 400   |     |      | x
    浙江省     | urban       | cancer_incidence_per_100k  | 2023 | 100   |     |      | x
    浙江省     |             | crude_death_rate_per_1000  | 2023 | 6.5   | 5   | 7    | x
    浙江省     |             | crude_death_rate_per_1000  | 2022 | 9     | 9   | 9    | x
"""


def test_meeting_the_rule_below_the_band_is_called_possible_under_reporting() -> None:
    # 76 of 38,000 are 200 per 100,000: over 150, but under 400 less 25 %.
    tumours = "\n".join(["diagnosis_date | icd10", *["2023-01-01 | C16.9"] * 76])
    connection = scored(
        {
            "typed.tumour": tumours,
            "typed.death": deaths(228),
            "reference.benchmark": BENCHMARK,
        }
    )
    status, plausible, sentence = found(connection, 19, 3, "status, plausibility, gap_zh")
    assert (status, plausible) == ("met", "below_band")
    assert "低于参考范围（300.0/10万～500.0/10万，浙江省 2023 年），可能有漏报，请核查" in str(
        sentence
    )
    # 228 of 38,000 are 6.0: the rule for a county and inside 5 to 7.
    assert found(connection, 18, 1, "status, plausibility") == ("met", "in_band")


PERIODS_2022 = """
    period | kind | year | date_from  | date_to    | population_year | is_complete
    Y2022  | year | 2022 | 2022-01-01 | 2022-12-31 | 2022            | true
    Y2023  | year | 2023 | 2023-01-01 | 2023-12-31 | 2023            | true
"""
REGISTRY = {
    "reference.period": PERIODS_2022,
    "reference.population": population("330329", 2022, "registered", 1000),
}


def tumours_2022(*basis: str) -> str:
    lines = [f"2022-01-01 | C16.9 | {code}" for code in basis]
    return "\n".join(["diagnosis_date | icd10 | diagnosis_basis_national", *lines])


def test_item_21_looks_two_years_back_and_an_old_rule_is_not_bad_data() -> None:
    # 10 deaths of 20 cases are 0.5: under 0.6, but within 25 % of the national 0.62.
    died = "\n".join(["death_date | underlying_cause", *["2022-01-01 | C16.9"] * 10])
    connection = scored(REGISTRY | {"typed.tumour": tumours_2022(*"7" * 20), "typed.death": died})
    columns = "data_year, status, value, plausibility, gap_count, gap_zh"
    *numbers, sentence = found(connection, 21, 1, columns)
    assert numbers == [2022, "unmet", 0.5, "in_band", None]
    assert "考核界值年代较早，不说明资料有误" in str(sentence)
    assert "全国肿瘤登记地区 2017 年农村，仅供参考" in str(sentence)


def test_an_open_notified_case_keeps_dco_pending() -> None:
    # 1 DCO of 20 is 5 %; with one open case it may become 10 %. Its 7 points are not confirmed.
    cards = "\n".join(
        [
            "diagnosis_date | icd10 | diagnosis_basis_national | diagnosis_basis | traceback_state",
            "2022-01-01     | C16.9 | 0                        |                 |",
            "2022-01-01     | C16.9 |                          | 10              | open",
            *["2022-01-01   | C16.9 | 7                        |                 |"] * 18,
        ]
    )
    connection = scored(REGISTRY | {"typed.tumour": cards})
    columns = "status, points, points_pending, value, gap_count, gap_zh"
    *numbers, sentence = found(connection, 21, 2, columns)
    assert numbers == ["pending", 0.0, 7.0, 5.0, 1]
    assert "追溯未定 1 例，若均无果为 10.0%" in str(sentence)


def test_dco_is_confirmed_when_nothing_is_open() -> None:
    connection = scored(REGISTRY | {"typed.tumour": tumours_2022("0", *"7" * 19)})
    assert found(connection, 21, 2, "status, points") == ("met", 7.0)


def judged(item: int, line: str) -> judge.Verdict:
    """The first criterion of an item in 2024, by one evidence row of the county."""
    names = ("year", "area_code", "criterion_no", "done", "issued_by", "done_on")
    cells: dict[str, object] = {
        name: cell.strip() or None for name, cell in zip(names, line.split("|"), strict=True)
    }
    for name in ("year", "criterion_no"):
        cells[name] = cells[name] and int(str(cells[name]))
    cells["done_on"] = cells["done_on"] and date.fromisoformat(str(cells["done_on"]))
    known = known_with({}, {})
    known.evidence = {(cells["area_code"], item): [cells]}
    criterion = next(c for c in COUNTY.criteria if (c.item_no, c.criterion_no) == (item, 1))
    return judge.by_documents(COUNTY, criterion, "330329", 2024, known)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("2024 | 330329 | 1 | 1 | 县疾控中心 | 2024-05-01", "met"),
        ("2024 | 330329 | 1 | 1 | 县疾控中心 | 2024-07-01", "pending"),  # after today
        ("2024 | 330329 | 1 | 1 |            | 2024-05-01", "pending"),
        ("2024 | 330329 | 1 | 1 | 县疾控中心 |           ", "pending"),
        ("2024 | 330329 |   | 1 | 县疾控中心 | 2024-05-01", "pending"),
        ("2024 | 330329 | 1 | 0 |            |           ", "unmet"),
        ("2024 | 330329 | 2 | 1 | 县疾控中心 | 2024-05-01", "no_data"),
        ("2023 | 330329 | 1 | 1 | 县疾控中心 | 2023-05-01", "no_data"),
        ("2024 | 330302 | 1 | 1 | 县疾控中心 | 2024-05-01", "no_data"),
    ],
)
def test_a_document_scores_once_somebody_issued_it(line: str, status: str) -> None:
    found = judged(22, line)
    assert found.status == status
    assert (found.points, found.points_pending) == (
        2.0 if status == "met" else 0.0,
        2.0 if status == "pending" else 0.0,
    )
    assert found.gap_count == (None if status == "met" else 1)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("2022 | 330329 | 1 | 1 | 县疾控中心 | 2022-05-01", "met"),
        ("2021 | 330329 | 1 | 1 | 县疾控中心 | 2021-05-01", "no_data"),
        ("2024 | 330329 | 1 | 1 | 县疾控中心 | 2021-05-01", "unmet"),
    ],
)
def test_a_survey_counts_for_three_calendar_years(line: str, status: str) -> None:
    assert judged(20, line).status == status


def test_evidence_reaches_the_score() -> None:
    evidence = """
        year | area_code | item_no | criterion_no | done | issued_by | done_on
        2024 | 330329    | 22      | 3            | 1    | CDC       | 2024-05-01
    """
    connection = scored({"reference.evidence": evidence})
    assert found(connection, 22, 3, "status, points") == ("met", 2.0)


def test_a_survey_without_its_papers_is_pending() -> None:
    survey = """
        survey_id | purpose          | year | card_type | area_code
        1         | household_survey | 2023 | death     | 330329
    """
    connection = scored({"typed.survey_case": survey})
    assert found(connection, 20, 1, "status, points_pending") == ("pending", 10.0)


def test_a_score_is_final_from_the_cut_off_day() -> None:
    answers = [
        rows(scored({}, as_of=day), "select distinct is_final from score.criterion")
        for day in (date(2024, 4, 29), date(2024, 4, 30))
    ]
    assert answers == [[(0,)], [(1,)]]


def test_a_running_year_is_never_scored() -> None:
    years = "select distinct year from score.criterion"
    assert rows(scored({}, as_of=date(2023, 12, 31)), years) == []
    assert rows(scored({}, as_of=date(2024, 1, 1)), years) == [(2024,)]
    assert rows(scored({}, as_of=date(2025, 1, 1)), years + " order by all") == [(2024,), (2025,)]


def test_every_county_with_people_is_scored_unless_one_is_asked_for() -> None:
    two = PEOPLE + "\n" + population("330302", 2023, "registered", 1).split("\n", 1)[1]
    areas = "select distinct area_code from score.criterion order by all"
    every = scored({"reference.population": two})
    assert rows(every, areas) == [("330302",), ("330329",)]
    assert rows(scored({"reference.population": two}, area="330302"), areas) == [("330302",)]
    city = scored({"reference.population": two}, area="330300")
    assert rows(city, areas) == [("330302",), ("330329",)]


def test_a_score_over_unreconciled_data_says_so() -> None:
    total = """
        date       | card_type | basis     | year | area_code | count
        2024-01-01 | death     | reporting | 2023 | 330329    | 9
    """
    connection = scored({"typed.death": deaths(8), "reference.platform_total": total})
    (sentence,) = found(connection, 18, 1, "gap_zh")
    assert str(sentence).endswith("未对账：省系统数 9，本库数 8。")


# ---- other sets, and what may never be said


def test_another_set_needs_no_code(tmp_path: Path) -> None:
    """Other thresholds, points, offsets and residency, side by side with the county's set."""
    file = tmp_path / "own.csv"
    header = (FOLDER / "national-2011.csv").read_text("utf-8")
    file.write_text(
        header
        + "own,1,1,30,crude_death_rate_per_1000,>= 1,常住死亡率,县,,,-1,resident,0\n"
        + "own,1,2,70,death_audit_percent,9 minus 1 per full point above 0; floor 5,x,县,,,0,,1\n",
        "utf-8",
    )
    both = PEOPLE + "\n" + population("330329", 2023, "resident", 500).split("\n", 1)[1]
    connection = scored(
        {"reference.population": both, "typed.death": deaths(38)},
        sets=(COUNTY, read_criteria(file)),
    )
    answer = rows(
        connection,
        "select criteria_set, data_year, residency, value, points from score.criterion"
        " where indicator = 'crude_death_rate_per_1000' order by all",
    )
    # 38 deaths of 38,000 registered, and of 19,000 residents.
    assert answer == [
        ("own", 2023, "resident", 2.0, 30.0),
        ("zj-taishun-2013", 2023, "registered", 1.0, 0.0),
    ]
    sums = "select criteria_set, sum(points_max) from score.item group by all order by all"
    assert rows(connection, sums) == [("own", 100.0), ("zj-taishun-2013", 130.0)]


def test_an_unknown_indicator_is_named_with_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    header = (FOLDER / "national-2011.csv").read_text("utf-8")
    file.write_text(header + "own,1,1,5,crude_death_rate_per_100,>= 1,x,县,,,-1,,0\n", "utf-8")
    with pytest.raises(
        CriteriaError, match=r"own.csv 第 2 行，列 indicator.*crude_death_rate_per_1000"
    ):
        scored({}, sets=(read_criteria(file),))


def test_a_corrected_rate_is_never_scored(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    header = (FOLDER / "national-2011.csv").read_text("utf-8")
    file.write_text(header + "own,1,1,5,corrected_death_rate_per_1000,>= 6,x,县,,,-1,,0\n", "utf-8")
    with pytest.raises(CriteriaError, match="只作对照，不计分"):
        scored({}, sets=(read_criteria(file),))


def known_with(values: dict[str, Value], leads: dict[str, int]) -> Known:
    """A county's knowledge out of thin air, without a database."""
    definitions = indicators.definitions(ROOT / "sql")
    return Known(
        as_of=AS_OF,
        values={
            ("330329", year, name): [(None, value)]
            for name, value in values.items()
            for year in (2022, 2023)
        },
        names={
            n: (zh, u) for n, zh, u in definitions.select("indicator", "name_zh", "unit").rows()
        },
        urban={},
        benchmarks={},
        national=[],
        evidence={},
        surveys={},
        leads={
            ("330329", year): [
                {"residency": None, "lead": name, "lead_count": count}
                for name, count in leads.items()
            ]
            for year in (2022, 2023)
        },
        differences={},
    )


NAMES = indicators.definitions(ROOT / "sql").select("indicator", "unit").rows()


@given(
    st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(0, 50),
    st.floats(0, 500),
)
def test_no_sentence_ever_asks_for_cases(
    pair: tuple[int, int], lead: int, benchmark: float
) -> None:
    numerator, denominator = pair
    values = {}
    for name, unit in NAMES:
        factor = indicators.FACTORS[unit]
        number = numerator / denominator * factor
        values[name] = Value(number, numerator, denominator, 0.0, number * 2, unit, "", 2023)
    known = known_with(values, dict.fromkeys(gap_text.LEADS, lead))
    for criterion in COUNTY.criteria:
        if isinstance(criterion.test, judge.DOCUMENTS):
            judged = judge.by_documents(COUNTY, criterion, "330329", 2024, known)
            unit = "count"
        else:
            year = 2024 + criterion.data_year_offset
            judged = judge.by_number(COUNTY, criterion, "330329", year, known)
            unit = known.names[criterion.indicator][1]
        sentence = "；".join(
            [gap_text.verdict_text(judged.status, judged.value, unit), *judged.notes]
        )
        band = Benchmark.around(benchmark, None, None, "省")
        for plausible in ("in_band", "below_band", "above_band"):
            sentence += gap_text.band_text(
                criterion.indicator, judged.status, plausible, band, unit
            )
        assert not FORBIDDEN.search(sentence), sentence
        item = (criterion.item_no, criterion.criterion_no)
        if item in {(17, 2), (18, 1), *((19, n) for n in range(1, 7)), (21, 1)}:
            assert judged.gap_count is None
            assert "还需" not in sentence
