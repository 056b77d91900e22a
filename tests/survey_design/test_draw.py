"""The draw and its weights: the same seed, the same sample; weights that add up."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.survey_design.draw import draw_towns, draw_villages
from flows.survey_design.weight import final_weights, with_design, with_units

TOWNS = pl.DataFrame(
    [
        ("330329100", "甲镇", "城镇", 5000.0), ("330329101", "乙镇", "城镇", 900.0),
        ("330329102", "丙镇", "城镇", 800.0), ("330329103", "丁镇", "农村", 1500.0),
        ("330329104", "戊镇", "农村", 1400.0), ("330329105", "己镇", "农村", 1300.0),
        ("330329106", "庚镇", "农村", 1200.0),
    ],
    schema=["town_code", "town_name", "stratum", "people"],
    orient="row",
)  # fmt: skip


def frame(villages: int = 6) -> pl.DataFrame:
    rows = [
        (town, f"{town}{200 + number}", f"{number}村", 60 + 20 * number)
        for town in TOWNS["town_code"]
        for number in range(villages)
    ]
    names = ["town_code", "village_code", "village_name", "households"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        people=pl.lit(None, pl.Float64)
    )


def sample(seed: int = 1, households: int = 0, towns: int = 4) -> pl.DataFrame:
    drawn = draw_towns(TOWNS, towns, seed)
    return with_design(draw_villages(drawn, frame(), 3, households, seed))


def test_same_seed_draws_the_same_and_another_seed_another() -> None:
    assert sample(1).equals(sample(1))
    assert not sample(1).equals(sample(2))


def test_order_of_the_frame_and_other_towns_do_not_change_a_towns_villages() -> None:
    drawn = draw_towns(TOWNS, 5, 1)
    shuffled = draw_villages(drawn, frame().sample(fraction=1, shuffle=True, seed=3), 3, 20, 1)
    assert shuffled.equals(draw_villages(drawn, frame(), 3, 20, 1))
    first = drawn.head(1)
    alone = draw_villages(first, frame(), 3, 20, 1)
    assert alone.equals(shuffled.filter(pl.col("town_code") == first["town_code"][0]))


def test_large_town_is_certain_and_becomes_a_stratum_of_villages() -> None:
    made = sample()
    certain = made.filter(pl.col("is_certain"))
    assert certain["town_code"].unique().to_list() == ["330329100"]
    assert certain.select("variance_stratum", "variance_cluster", "variance_size").rows() == [
        ("城镇-330329100", "01-01", 6.0),
        ("城镇-330329100", "01-02", 6.0),
        ("城镇-330329100", "01-03", 6.0),
    ]
    rest = made.filter(~pl.col("is_certain"), pl.col("stratum") == "农村")
    assert rest["variance_size"].unique().to_list() == [4.0]
    assert rest["variance_cluster"].equals(rest["town_code"].rename("variance_cluster"))


def test_weight_is_one_over_the_product_of_the_chances() -> None:
    row = sample(households=30).row(5, named=True)
    expected = 1 / (row["town_chance"] * row["village_chance"] * 30 / row["households"])
    assert row["design_weight"] == pytest.approx(expected)
    serials = [int(text) for text in row["serials"].split(",")]
    assert len(serials) == len(set(serials)) == 30
    assert max(serials) <= row["households"]


def test_weighted_households_hit_the_frame_on_average() -> None:
    truth = frame()["households"].sum()
    sums = [
        made.select((pl.col("design_weight") * pl.col("drawn_households")).sum()).item()
        for made in (sample(seed, 30) for seed in range(150))
    ]
    error = np.std(sums) / np.sqrt(len(sums))
    assert abs(np.mean(sums) - truth) < 4 * error


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 7), st.integers(0, 200), st.integers(0, 10**6))
def test_every_sample_has_positive_weights_and_at_least_two_towns_a_stratum(
    towns: int, households: int, seed: int
) -> None:
    made = sample(seed, households, max(4, towns))
    assert (made["design_weight"] >= 1 - 1e-9).all()
    assert made.group_by("stratum").agg(pl.col("town_code").n_unique())["town_code"].min() >= 2


def test_final_weights_carry_what_did_not_come_back() -> None:
    made = sample()
    numbers = made["cluster_no"].to_list()
    answered = made.select("cluster_no", done_households=pl.col("drawn_households"))
    whole = final_weights(made, answered)
    assert whole["weight"].to_list() == pytest.approx(made["design_weight"].to_list())
    # one village lost: the two others of its town carry 3/2; half the households of another: 2
    lost, half = numbers[4], numbers[8]
    partly = answered.filter(pl.col("cluster_no") != lost).with_columns(
        done_households=pl.when(pl.col("cluster_no") == half)
        .then(pl.col("done_households") // 2)
        .otherwise("done_households")
    )
    factors = final_weights(made, partly).select("cluster_no", "village_factor", "household_factor")
    by_number = {row[0]: row[1:] for row in factors.iter_rows()}
    assert lost not in by_number
    assert by_number[numbers[3]] == (1.5, 1.0)
    assert by_number[half] == pytest.approx((1.0, 2.0), rel=0.02)
    # a whole town of a stratum lost: the other towns of the stratum carry it
    town = made.filter(pl.col("variance_stratum") == "农村")["town_code"][0]
    kept = made.filter(pl.col("town_code") != town).select("cluster_no")
    rest = final_weights(made, answered.join(kept, on="cluster_no"))
    rural = made.filter(pl.col("variance_stratum") == "农村")["town_code"].n_unique()
    factor = rest.filter(pl.col("variance_stratum") == "农村")["town_factor"].unique().to_list()
    assert factor == pytest.approx([rural / (rural - 1)])


def test_units_of_a_certain_town_are_households_and_of_others_villages() -> None:
    rows = sample().with_columns(serial=pl.lit("7"), done_households=pl.col("drawn_households"))
    made = with_units(rows)
    certain = made.filter("is_certain").row(0, named=True)
    other = made.filter(~pl.col("is_certain")).row(0, named=True)
    assert (certain["unit_2"], certain["unit_3"]) == ("7", "-")
    assert (other["unit_2"], other["unit_3"], other["size_2"]) == (other["cluster_no"], "7", 6.0)
