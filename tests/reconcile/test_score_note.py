"""Items 17.2 and 19.6 say which review their share comes from."""

from __future__ import annotations

from flows.gap_text import review_notes
from flows.verdict import Value

ROWS = [
    {"survey_id": "H2023", "source_zh": "出院病案", "listed_count": 60},
    {"survey_id": "H2023", "source_zh": "病理", "listed_count": 70},
    {"survey_id": "H2023b", "source_zh": "出院病案", "listed_count": 20},
]


def test_the_note_names_year_reviews_and_sources_and_says_when_it_is_taken_over() -> None:
    value = Value(value=3.0, denominator=150, year=2023)
    assert review_notes("death_underreporting_percent", value, 2024, ROWS) == [
        "取自 2023 年医院漏报检查 H2023、H2023b（来源：出院病案 80 例次、病理 70 例次）",
        "2024 年未做漏报检查，沿用 2023 年结果",
    ]


def test_other_indicators_have_no_such_note() -> None:
    assert review_notes("cancer_incidence_per_100k", Value(value=3.0), 2024, ROWS) == []
