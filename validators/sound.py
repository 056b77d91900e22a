"""One sound card of every kind, as canonical text, and its typed frame.  All of it is invented."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from validators import reference
from validators.catalogue import CARD_TYPES, CARDS
from validators.finding import MALFORMED
from validators.frame import column_types

#: A card as text; None or an absent field is an empty box.
Card = dict[str, str | None]

#: Date that puts a card into a year, the first that is known.
EVENT = {
    "death": ("death_date",),
    "tumour": ("diagnosis_date",),
    "cardio": ("onset_date", "diagnosis_date"),
    "diabetes": ("diagnosis_date",),
}
#: Dates of which only a part may be known.
PARTIAL = ("birth_date", "death_date", "diagnosis_date", "onset_date")
#: What text must look like to be read; other types are read as they are.
READABLE = {
    "icd10": r"^[A-Z][0-9]{2}(?:\.[0-9])?$",
    "topography": r"^[A-Z][0-9]{2}(?:\.[0-9])?$",
    "morphology": r"^[0-9]{4}$",
    "month": r"^[0-9]{4}-[0-9]{2}$",
    "id_number": r"^[^.]*$",
}

_PERSON: Card = {
    "name": "测试甲",
    "sex": "1",
    "ethnicity": "1",
    "birth_date": "1950-06-15",
    "id_number": "330329195006150017",
    "inpatient_no": "Z0001",
    "report_org": "330329001",
    "physician": "测试医师",
    "registered_out_of_province": "0",
    "registered_city": "330300",
    "registered_county": "330329",
    "registered_town": "330329101",
    "registered_address": "测试路1号",
    "residence_out_of_province": "0",
    "residence_city": "330300",
    "residence_county": "330329",
    "residence_town": "330329101",
    "residence_address": "测试路1号",
    "report_date": "2024-03-06",
    "created_time": "2024-03-06 09:00:00",
    "hospital_audit_time": "2024-03-07 10:00:00",
    "county_audit_time": "2024-03-08 11:00:00",
    "updated_time": "2024-03-08 11:00:00",
    "audit_status": "3",
    "managing_org": "330329101",
    "card_status": "0",
    "card_kind": "1",
}
_PATIENT: Card = _PERSON | {
    "outpatient_no": "M0001",
    "phone": "0",
    "occupation": "5",
    "job": "51",
    "diagnosis_date": "2024-03-05",
    "diagnosis_level": "3",
}

#: One sound card or row per card type.
SOUND: dict[str, Card] = {
    "death": _PERSON
    | {
        "card_id": "D0001",
        "occupation": "27",
        "marital_status": "2",
        "education": "7",
        "death_date": "2024-03-05",
        "id_type": "1",
        "death_place": "1",
        "diagnosis_level": "2",
        "diagnosis_basis": "2",
        "cause_a_text": "上消化道出血",
        "cause_a": "K92.2",
        "interval_a": "2天",
        "cause_b_text": "胃恶性肿瘤",
        "cause_b": "C16.9",
        "interval_b": "1年",
        "underlying_cause": "C16.9",
        "nationality": "中国大陆",
    },
    "tumour": _PATIENT
    | {
        "card_id": "T0001",
        "patient_informed": "1",
        "morphology": "8140",
        "behaviour": "3",
        "topography": "C16.9",
        "icd10": "C16.9",
        "site_text": "胃",
        "pathology_text": "腺癌",
        "diagnosis_basis": "7",
        "diagnosed_here": "1",
    },
    "cardio": _PATIENT
    | {
        "card_id": "C0001",
        "marital_status": "2",
        "education": "2",
        "icd10": "I63.9",
        "stroke_type": "3",
        "stroke_symptom": "3",
        "onset_date": "2024-03-04",
        "risk_history": "2",
        "inferred_after_death": "2",
        "first_ever": "1",
        "evidence_clinical": "1",
        "evidence_ecg": "4",
        "evidence_enzymes": "4",
        "evidence_csf": "4",
        "evidence_eeg": "4",
        "evidence_angiography": "4",
        "evidence_ct": "1",
        "evidence_mri": "4",
        "evidence_autopsy": "4",
        "evidence_neurologist": "1",
    },
    "diabetes": _PATIENT
    | {
        "card_id": "B0001",
        "icd10": "E11.9",
        "diabetes_type": "2",
        "complications": "6",
        "symptoms": "1,3",
        "education": "2",
        "fasting_glucose": "9.2",
        "total_cholesterol": "190",
        "weight_kg": "65",
        "height_cm": "168",
    },
    "tumour_death": {
        "area_code": "330329",
        "patient_no": "R0001",
        "sex": "1",
        "birth_date": "1950-06-15",
        "diagnosis_date": "2023-01-10",
        "topography": "C16.9",
        "morphology": "8140",
        "behaviour": "3",
        "icd10": "C16.9",
        "death_date": "2024-03-05",
    },
    "population": {
        "year": "2024",
        "area_code": "330329",
        "sex": "1",
        "age_group": "85+",
        "population": "2100.5",
        "residency": "registered",
        "pop_kind": "mean",
    },
    "institution": {
        "org_code": "330329001",
        "org_name": "测试县人民医院",
        "org_level": "3",
        "area_code": "330329",
        "urban_rural": "rural",
        "reports_death": "1",
        "interfaced": "1",
        "opened_on": "2001-01-01",
    },
    "monthly_report": {
        "org_code": "330329001",
        "month": "2024-03",
        "card_type": "death",
        "event_count": "0",
    },
    "survey_case": {
        "survey_id": "S1",
        "purpose": "hospital_review",
        "year": "2024",
        "cutoff_date": "2025-03-31",
        "card_type": "death",
        "source": "hospital_record",
        "name": "测试甲",
        "sex": "1",
        "birth_date": "1950-06-15",
        "id_number": "330329195006150017",
        "event_date": "2024-03-05",
        "icd10": "C16.9",
        "eligible": "1",
    },
    "platform_total": {
        "date": "2025-01-31",
        "card_type": "death",
        "basis": "registered",
        "year": "2024",
        "area_code": "330329",
        "count": "2789",
    },
    "benchmark": {
        "area_group": "浙江省",
        "urban_rural": "rural",
        "indicator": "crude_death_rate_per_1000",
        "year": "2024",
        "value": "7.1",
        "low": "5.3",
        "high": "8.9",
        "source": "测试",
    },
    "evidence": {
        "year": "2025",
        "area_code": "330329",
        "item_no": "22",
        "criterion_no": "1",
        "done": "1",
        "document": "年度报告",
        "issued_by": "测试县疾控中心",
        "done_on": "2025-06-30",
    },
    "area": {
        "area_code": "330329",
        "area_name": "泰顺县",
        "urban_rural": "rural",
        "valid_from": "1981-01-01",
        "code_issuer": "MCA",
    },
}


def typed_frame(
    card_type: str, cards: Iterable[Mapping[str, str | None]], layout: str = "provincial"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the typed frame of canonical text cards and the text that could not be read.

    Args:
        card_type: a key of `CARD_TYPES`.
        cards: canonical text by field.
        layout: the layout that the cards are said to have come in.

    Returns:
        The frame that `find` takes, and its `malformed`.
    """
    rows = list(cards)
    types = column_types(CARD_TYPES[card_type])
    kinds = dict(reference.fields(card_type).select("field", "data_type").iter_rows())
    text = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in types},
        schema=dict.fromkeys(types, pl.String),
    )
    typed = text.select(_typed(name, kinds[name], types[name]) for name in types)
    parts = [_part(name, width) for name in PARTIAL if name in types for width in (4, 7)]
    whole = pl.concat([typed, text.select(parts)], how="horizontal")
    malformed = _unreadable(text, whole, list(types))
    if card_type in CARDS:
        whole = whole.with_columns(_system(EVENT[card_type], layout)).with_columns(_ages())
    return whole, malformed


def _typed(name: str, kind: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if kind == "date":
        return column.str.to_date("%Y-%m-%d", strict=False)
    if kind == "datetime":
        return column.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    if kind in READABLE:
        return pl.when(column.str.contains(READABLE[kind])).then(column)
    return column.cast(dtype, strict=False)


def _part(name: str, width: int) -> pl.Expr:
    """Return the year (width 4) or the month (width 7) that a full or partial date gives."""
    known = pl.col(name).str.contains(r"^[0-9]{4}(?:-[0-9]{2})?(?:-[0-9]{2})?$")
    digits = pl.col(name).str.slice(0, 4) if width == 4 else pl.col(name).str.slice(5, 2)
    alias = f"{name}_year" if width == 4 else f"{name}_month"
    return pl.when(known).then(digits).cast(pl.Int32, strict=False).alias(alias)


def _unreadable(text: pl.DataFrame, typed: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    found = [pl.DataFrame(schema=MALFORMED)]
    for name in names:
        lost = text[name].is_not_null() & typed[name].is_null()
        if f"{name}_year" in typed.columns:
            lost &= typed[f"{name}_year"].is_null()
        rows = pl.DataFrame({"row_index": lost.arg_true().cast(pl.UInt32)})
        found.append(rows.with_columns(field=pl.lit(name)))
    return pl.concat(found)


def _system(event: tuple[str, ...], layout: str) -> list[pl.Expr]:
    fixed = {"source_file": "示例.csv", "layout": layout}
    known = [
        pl.coalesce(event).alias("event_date"),
        pl.coalesce([f"{name}_year" for name in event]).alias("year"),
        pl.col("report_org").alias("org_code"),
        pl.lit(False).alias("is_withdrawn"),
        pl.lit(False).alias("is_registry_record"),
    ]
    return [*known, *(pl.lit(value).alias(name) for name, value in fixed.items())]


def _ages() -> list[pl.Expr]:
    born, event = pl.col("birth_date"), pl.col("event_date")
    month_and_day = [day.dt.month().cast(pl.Int32) * 100 + day.dt.day() for day in (born, event)]
    had_birthday = month_and_day[1] >= month_and_day[0]
    years = event.dt.year() - born.dt.year() - (~had_birthday).cast(pl.Int32)
    days = (event - born).dt.total_days().cast(pl.Int32)
    return [
        years.cast(pl.Int32).alias("age_years"),
        pl.when(years == 0).then(days).alias("age_days"),
    ]
