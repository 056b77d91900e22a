"""Arithmetic of published Chinese studies whose inputs are public.

Sources: Yunnan households (capture-recapture), Three Gorges survey, Shandong 2011-13 survey
(PLoS ONE 2018, 10.1371/journal.pone.0199133), Zhejiang 2007 (Disease Surveillance 2008;23(11):727).
The 2 x 2 counts behind the Chinese capture-recapture abstracts were not published.
"""

from __future__ import annotations

import pytest

from flows.reconcile.underreporting import underreporting
from tests.reconcile.test_tables import cases, only
from tests.sql.model_tables import built, population, rows


@pytest.mark.parametrize(
    ("study", "reported", "missed_percent", "corrected"),
    [
        ("Yunnan", 5.64, 19.86, 7.04),
        ("Three Gorges", 5.81, 15.60, 6.88),
        ("Shandong", 6.03, 21.5, 7.67),  # 7.68 by its own rounded figures
    ],
)
def test_a_reported_rate_and_its_share_missed_give_the_corrected_rate(
    study, reported, missed_percent, corrected
):
    # The survey's shares as weights; nothing is known of ages, so there is one factor.
    found = 100 - missed_percent
    survey = f"""
        purpose          | year | card_type | area_code | eligible | weight           | report_state
        household_survey | 2023 | death     | 330329    | 1        | {found}          | reported
        household_survey | 2023 | death     | 330329    | 1        | {missed_percent} | missed
    """
    connection = built(
        {
            "reference.population": population("330329", 2023, "registered", 100),
            "typed.survey_case": survey,
            "typed.death": "\n".join(["death_date", *["2023-01-01"] * 10]),
        }
    )
    ((factor,),) = rows(
        connection,
        "select corrected_count / 10 from work.corrected_event"
        " where period = 'Y2023' and residency = 'registered'",
    )
    assert reported * float(str(factor)) == pytest.approx(corrected, abs=0.015), study


def test_births_missed_in_zhejiang_2007():
    births = cases((4719, {}), (460, {"report_state": "missed"}))
    row = only(underreporting(births), breakdown="all")
    assert round(row["value"], 2) == 8.88
    assert row["eligible"] == 5179
