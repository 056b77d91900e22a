"""Item 22 is judged by the document, and stays pending until somebody issued it."""

from __future__ import annotations

from datetime import date

import pytest

from flows import indicators, score
from flows.criteria import read_criteria
from tests.sql.model_tables import ROOT, built, population, rows

DRAFT = """
    area_code | year | document | element_no | is_present | reason_zh
    330329    | 2024 | r.docx   | 1          | true       |
    330329    | 2024 | r.docx   | 2          | false      | 没有标题为“目的”的部分
"""
ISSUED = """
    year | area_code | item_no | criterion_no | done | document | issued_by | done_on
    2024 | 330329    | 22      |              | 1    | r.docx   | 县疾控    | 2024-06-01
"""


def judged(evidence: str | None, report: str = DRAFT) -> list[tuple[object, ...]]:
    tables = {
        "reference.population": population("330329", 2023, "registered", 1000),
        "quality.report_element": report,
    }
    connection = built(tables | ({"reference.evidence": evidence} if evidence else {}))
    indicators.build(connection, ROOT / "sql")
    criteria = read_criteria(ROOT / "reference/criteria/zj-taishun-2013.csv")
    score.score(connection, [criteria], date(2024, 6, 30), "330329")
    return rows(
        connection,
        "select criterion_no, status, points, points_pending from score.criterion"
        " where item_no = 22 and year = 2024 and criterion_no <= 3 order by 1",
    )


#: One element's document, and it is no file under reports/; it is issued or not.
OTHER = """
    year | area_code | item_no | criterion_no | done | document   | issued_by | done_on
    2024 | 330329    | 22      | 2            | 1    | 年报.pdf   | 县疾控    | 2024-06-01
"""


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        # What our draft shows stays pending beside a document that is not at hand, and the draft
        # says nothing against it.
        (OTHER, [(1, "pending", 0, 2), (2, "met", 2, 0), (3, "no_data", 0, 0)]),
        (
            OTHER.replace("| 2            | 1", "| 1            | 1"),
            [(1, "met", 2, 0), (2, "unmet", 0, 0), (3, "no_data", 0, 0)],
        ),
        (
            OTHER.replace("县疾控", "      "),
            [(1, "pending", 0, 2), (2, "pending", 0, 2), (3, "no_data", 0, 0)],
        ),
        # Issued as a whole, it does not say that our draft was issued.
        (
            OTHER.replace("| 2            | 1", "|              | 1"),
            [(1, "pending", 0, 2), (2, "pending", 0, 2), (3, "pending", 0, 2)],
        ),
        (None, [(1, "pending", 0, 2), (2, "unmet", 0, 0), (3, "no_data", 0, 0)]),
        (ISSUED, [(1, "met", 2, 0), (2, "unmet", 0, 0), (3, "pending", 0, 2)]),
        (
            ISSUED.replace("2024-06-01", "2024-07-01"),
            [(1, "pending", 0, 2), (2, "unmet", 0, 0), (3, "pending", 0, 2)],
        ),
    ],
)
def test_an_element_counts_when_it_stands_there_and_is_issued(
    evidence: str | None, expected: list[tuple[object, ...]]
) -> None:
    assert judged(evidence) == expected


def test_an_element_is_looked_for_in_the_document_that_is_named_for_it() -> None:
    draft = DRAFT + "    330329    | 2024 | s.docx   | 1          | false      | 没有\n"
    other = (
        ISSUED.splitlines()[-1]
        .replace("             ", " 1           ")
        .replace("r.docx", "s.docx")
    )
    rows = ISSUED + other + "\n"
    assert judged(rows, draft)[0] == (1, "unmet", 0, 0)
    assert judged(ISSUED, draft)[0] == (1, "met", 2, 0)
