"""Every value is one that the reference lists know and that fits its neighbours."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from flows.sample.people import identity_numbers
from flows.sample.style import kinds
from flows.sample.tables import CARDS, table
from tests.sample.conftest import Made


@pytest.mark.parametrize("card_type", CARDS)
def test_every_code_is_in_its_list(small: Made, card_type: str):
    frame = small.frame(card_type)
    lists = table("code_list")
    checked = 0
    for name, (data_type, code_list) in kinds(card_type).items():
        if data_type not in ("code", "multi_code") or not code_list:
            continue
        known = set(lists.filter(pl.col("code_list") == code_list)["code"])
        used = {code for cell in frame[name].unique() for code in cell.split(",") if code}
        assert used <= known, name
        checked += 1
    assert checked > 10


@pytest.mark.parametrize("card_type", CARDS)
def test_every_icd10_code_and_area_exists(small: Made, card_type: str):
    known = {
        "icd10": set(table("icd10")["code"]),
        "area": set(table("area")["area_code"]),
        "town": set(table("town")["town_code"]),
        "topography": set(table("icdo3_topography")["topography"]),
    }
    for name, (data_type, _) in kinds(card_type).items():
        if data_type in known:
            used = set(small.frame(card_type)[name]) - {""}
            assert used <= known[data_type], name


def test_every_underlying_cause_is_accepted_as_one(small: Made):
    accepted = set(table("icd10").filter(pl.col("ccd_code") != "")["code"])
    assert set(small.frame("death")["underlying_cause"]) <= accepted


def test_every_morphology_and_behaviour_is_a_pair_of_icdo3(small: Made):
    pairs = table("icdo3_morphology").filter(
        (pl.col("in_icdo32") == "1") & (pl.col("is_unlikely_pair") == "0")
    )
    used = small.frame("tumour").select("morphology", "behaviour").unique()
    assert used.height > 20
    assert used.join(pairs, on=["morphology", "behaviour"], how="anti").is_empty()


def test_pathology_is_named_where_tissue_was_seen(small: Made):
    tumours = small.frame("tumour")
    seen = tumours["diagnosis_basis"].str.contains("[678]")
    assert (tumours.filter(seen)["pathology_text"] != "").all()


@pytest.mark.parametrize("card_type", CARDS)
def test_id_numbers_are_valid_unique_to_a_person_and_agree_with_the_card(
    small: Made, card_type: str
):
    cards = small.frame(card_type).filter(pl.col("id_number") != "")
    for number, birth, sex in cards.select("id_number", "birth_date", "sex").head(500).iter_rows():
        assert number[-1] == ric.calc_check_digit(number)
        assert number[6:14] == birth.replace("-", "")
        assert int(number[16]) % 2 == int(sex) % 2
    people = cards.select("id_number", "name", "birth_date", "sex").unique()
    assert people["id_number"].is_unique().all()


@given(st.integers(-20_000, 20_000), st.sampled_from([1, 2]), st.integers(1, 9))
def test_people_of_one_day_get_different_numbers(day: int, sex: int, count: int):
    numbers = identity_numbers(
        np.full(count, "330329", dtype=object),
        np.full(count, day),
        np.full(count, sex),
        (440, 50),
    )
    assert len(set(numbers)) == count
    assert all(number[-1] == ric.calc_check_digit(number) for number in numbers)


@pytest.mark.parametrize("card_type", CARDS)
def test_a_card_is_created_then_audited_by_hospital_then_by_county(small: Made, card_type: str):
    cards = small.frame(card_type)
    audited = cards.filter(pl.col("county_audit_time") != "")
    assert (cards["created_time"] <= cards["hospital_audit_time"]).all()
    assert (audited["hospital_audit_time"] <= audited["county_audit_time"]).all()
    assert (cards["updated_time"] < "2026-01-21").all()


@pytest.mark.parametrize("card_type", CARDS)
def test_a_sample_without_faults_has_no_error_and_tells_hospitals_nothing(
    small: Made, card_type: str
):
    from datetime import date

    from validators import finding, sound
    from validators.catalogue import catalogue

    cards = small.frame(card_type).select(pl.all().replace({"": None}))
    typed, malformed = sound.typed_frame(card_type, cards.iter_rows(named=True))
    report = finding.find(
        typed, card_type, as_of=date(2026, 1, 31), province="33", malformed=malformed
    )
    assert report.broken == []
    # The county may be asked about what is rare; a certificate chain is as people write it.
    grave = catalogue().filter((pl.col("severity") == "error") | (pl.col("channel") == "hospital"))
    found = report.findings.filter(pl.col("rule_id").is_in(grave["rule_id"].implode()))
    assert found["rule_id"].unique().to_list() == []
