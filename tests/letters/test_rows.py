"""Who is told what of a card."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl

from flows.fields import CARDS, EVENT_DATE
from flows.letters.rows import ROW, shown


def kind_of(card_type: str, rows: list[dict[str, object]]) -> SimpleNamespace:
    schema = {
        "card_id": pl.String, "org_code": pl.String, "inpatient_no": pl.String, "sex": pl.String,
        "age_years": pl.Int32, EVENT_DATE[card_type]: pl.Date,
    }  # fmt: skip
    return SimpleNamespace(frame=pl.DataFrame(rows, schema=schema))


def test_a_visit_number_goes_to_the_unit_that_issued_it_and_to_no_other():
    card = {"card_id": "a", "org_code": "H1", "inpatient_no": "Z1", "sex": "2", "age_years": 61}
    kinds = {name: kind_of(name, [card] if name == "cardio" else []) for name in CARDS}
    asked = {"card_type": "cardio", "card_id": "a", "list": "finding", "field": "icd10"}
    rows = pl.DataFrame([asked | {"org_code": unit} for unit in ("H1", "TOWN")], schema=ROW)
    told = shown(rows, kinds).select("org_code", "visit_no", "sex", "age_years", "label_zh")
    assert told.rows() == [
        ("H1", "Z1", "女", 61, "患者ICD编码"),
        ("TOWN", None, "女", 61, "患者ICD编码"),
    ]
