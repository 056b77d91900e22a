"""How many of what: the shares a sample promises."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from flows.sample.draw import quota
from flows.sample.inputs import platform_totals
from flows.sample.population import population
from flows.sample.survey import hospital_review
from tests.sample.conftest import Made, made

CANCER = r"^(C|D32|D33|D42|D43|D45|D46|D47)"
CORONARY = r"^(I2[0-5]|I46\.1)"


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(0, 500))
def test_a_quota_adds_up_and_is_within_one_of_the_exact_share(weights: list[int], total: int):
    got = quota(np.array(weights, dtype=float), total)
    if sum(weights) == 0:
        assert got.sum() == 0
    else:
        assert got.sum() == total
        assert (abs(got - np.array(weights) / sum(weights) * total) < 1).all()


def test_the_last_year_has_exactly_the_deaths_asked_for_and_earlier_ones_1_percent_fewer(
    small: Made,
):
    deaths = small.official("death", "death_date")
    assert dict(deaths["year"].value_counts().iter_rows()) == {2025: 900, 2024: 891, 2023: 882}


def test_chains_follow_the_marginals_of_real_cards(small: Made):
    deaths = small.frame("death")
    on_line = [(deaths[f"cause_{x}"] == deaths["underlying_cause"]).mean() for x in "abcd"]
    filled = [(deaths[f"cause_{x}"] != "").mean() for x in "abcd"]
    assert np.allclose(on_line, [0.50, 0.33, 0.12, 0.03], atol=0.012)
    assert np.allclose(filled, [1.00, 0.57, 0.20, 0.05], atol=0.012)


def test_each_filled_line_has_an_interval_and_a_text_and_no_other_has(small: Made):
    deaths = small.frame("death")
    for line in "abcd":
        filled = deaths[f"cause_{line}"] != ""
        assert (filled == (deaths[f"interval_{line}"] != "")).all()
        assert (filled == (deaths[f"cause_{line}_text"] != "")).all()


def test_intervals_do_not_shrink_from_line_a_to_line_d(small: Made):
    hours = {"小时": 1, "天": 24, "月": 24 * 30.44, "年": 24 * 365.25}

    def length(text: str) -> float:
        unit = next(unit for unit in hours if text.endswith(unit))
        return int(text.removesuffix(unit)) * hours[unit]

    rows = small.frame("death").select(f"interval_{line}" for line in "abcd").rows()
    for row in rows:
        lengths = [length(text) for text in row if text]
        # A unit holds back up to one of itself: 23 months and 1 year may be one length.
        assert all(early <= late * 2 for early, late in pairwise(lengths))


def test_unknown_causes_are_3_to_5_percent_and_outside_hospitals_report_5_to_12_percent(
    small: Made,
):
    deaths = small.official("death", "death_date")
    assert 0.03 <= deaths["underlying_cause"].str.starts_with("R").mean() <= 0.05
    outside = small.orgs.filter(pl.col("area_code") != "330329")["org_code"]
    assert 0.05 <= deaths["report_org"].is_in(outside.implode()).mean() <= 0.12
    tumours = small.official("tumour", "diagnosis_date")
    assert 0.25 <= tumours["report_org"].is_in(outside.implode()).mean() <= 0.45


def test_the_mortality_incidence_ratio_and_the_pathology_share_are_those_of_item_21(small: Made):
    deaths, tumours = (
        small.official("death", "death_date"),
        small.official("tumour", "diagnosis_date"),
    )
    for year in (2023, 2024, 2025):
        cases = tumours.filter(pl.col("year") == year)
        died = deaths.filter(
            (pl.col("year") == year) & pl.col("underlying_cause").str.contains(CANCER)
        )
        assert 0.6 <= died.height / cases.height <= 0.8
        assert 0.66 < cases["diagnosis_basis"].str.contains("[5678]").mean() < 0.82
    assert 0 < (tumours["card_kind"] == "2").mean() < 0.05
    assert (tumours["diagnosis_basis_national"] == "0").mean() < 0.02


def test_coronary_events_are_not_fewer_than_coronary_deaths(small: Made):
    deaths, events = small.official("death", "death_date"), small.official("cardio", "onset_date")
    for year in (2023, 2024, 2025):
        died = deaths.filter(
            (pl.col("year") == year) & pl.col("underlying_cause").str.contains(CORONARY)
        )
        event = events.filter((pl.col("year") == year) & (pl.col("coronary_type") != ""))
        assert event.height >= died.height > 0


def test_a_tumour_patient_who_died_has_a_death_card_of_that_day(small: Made):
    dead = small.frame("tumour").filter((pl.col("death_date") != "") & (pl.col("id_number") != ""))
    found = dead.join(small.frame("death"), on=["id_number", "death_date", "sex"], how="semi")
    assert found.height == dead.height > 0


def test_year_ends_average_to_the_registered_population_and_towns_add_up():
    place = made(deaths=2789).place
    people = population(place)["registered"].with_columns(pl.col("population").cast(pl.Int64))
    county = people.filter(pl.col("area_code") == "330329")
    ends = dict(county.group_by("year").agg(pl.col("population").sum()).iter_rows())
    assert sorted(ends) == ["2022", "2023", "2024", "2025"]
    assert (ends["2024"] + ends["2025"]) / 2 == 365_300
    men = county.filter((pl.col("year") == "2025") & (pl.col("sex") == "1"))["population"].sum()
    assert abs(men / ends["2025"] - 189_700 / 365_300) < 0.001
    keys = ["year", "sex", "age_group"]
    towns = people.filter(pl.col("area_code") != "330329").group_by(keys).agg(pl.sum("population"))
    both = county.join(towns, on=keys, suffix="_of_towns")
    assert both.height == 4 * 2 * 19
    assert (both["population"] == both["population_of_towns"]).all()


def test_platform_totals_are_the_usable_cards_whatever_their_audit_state(small: Made):
    totals = platform_totals(
        small.place, small.orgs, {name: card.frame for name, card in small.cards.items()}
    )
    mine = totals.filter((pl.col("basis") == "registered") & (pl.col("card_type") == "death"))
    deaths = small.frame("death").filter(pl.col("registered_county") == "330329")
    of_2025 = deaths.filter(pl.col("death_date").str.starts_with("2025"))
    usable = of_2025.height - of_2025["card_status"].is_in(["4", "5"]).sum()
    assert mine.filter(pl.col("year") == "2025")["count"].to_list() == [str(usable)]
    assert usable > 900  # the official 900, and those not yet or not finally audited


def test_a_review_lists_100_cases_or_more_and_misses_under_5_percent(small: Made):
    rows, cards = hospital_review(np.random.default_rng(1), small.place, small.orgs, small.cards)
    listed = rows.filter((pl.col("card_type") == "death") & (pl.col("year") == "2025"))
    made_in_time = cards["death"].frame.filter(
        (pl.col("created_time").str.slice(0, 10) <= "2025-12-20") & (pl.col("card_kind") == "1")
    )
    reported = listed.join(made_in_time, on=["name", "sex", "birth_date"], how="semi")
    assert listed.height >= 100
    assert 0 < 1 - reported.height / listed.height < 0.05
    late = cards["death"].frame.filter(pl.col("card_kind") == "3")
    assert late.height > 0
    assert (late["created_time"] > late["death_date"]).all()


def test_qianyang_shows_7_per_1000_and_292_per_100000(qianyang: Made):
    people = qianyang.place.population["registered"]
    deaths = qianyang.official("death", "death_date").filter(pl.col("year") == 2025)
    tumours = qianyang.official("tumour", "diagnosis_date").filter(pl.col("year") == 2025)
    diabetes = qianyang.official("diabetes", "diagnosis_date").filter(pl.col("year") == 2025)
    assert (deaths.height, round(deaths.height / people * 1000, 1)) == (881, 7.0)
    assert (tumours.height, round(tumours.height / people * 100_000)) == (367, 292)
    assert diabetes.height == 262


def test_qianyang_has_4058_cardio_cards_of_which_790_are_events_of_the_year(qianyang: Made):
    cards = qianyang.frame("cardio")
    this_year = cards.filter(pl.col("onset_date") >= "2025")
    assert cards.height == 4058
    assert (this_year["stroke_type"] != "").sum() == 249
    assert (this_year["coronary_type"] != "").sum() == 541
    assert (cards["created_time"] >= "2025").all()
    assert set(cards["registered_city"]) >= {"610300"}
