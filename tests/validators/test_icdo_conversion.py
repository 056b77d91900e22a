"""ICD-O-3 to ICD-10 and back, with the faults of CanReg5 put right."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from validators import reference
from validators.icdo_conversion import (
    NO_CODE,
    WITHOUT_OVERLAP,
    Edition,
    conversion_table,
    from_icd10_table,
    to_icd10,
    to_icdo3,
)

SITES = reference.table("icdo3_site_to_icd10")
PAIRS = reference.table("icdo3_morphology_to_icd10")
RULES = reference.table("icdo3_rule_set").with_columns(pl.col("order").cast(pl.Int32))


def converted(*codes: str, edition: Edition = "2010") -> list[tuple[str | None, str]]:
    """Convert codes such as `C50.8 8502/3 2`: topography, morphology/behaviour, sex."""
    rows = []
    for code in codes:
        site, form, *sex = code.split()
        morphology, behaviour = form.split("/")
        rows.append((site, morphology, behaviour, sex[0] if sex else None))
    columns = ["topography", "morphology", "behaviour", "sex"]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return to_icd10(frame, edition=edition).select("icd10", "icd10_rule").rows()


CASES = [
    ("C16.9 8140/3", "C16.9"),
    ("C61.9 8140/3", "C61"),
    ("C80.9 8000/3", "C80.9"),
    ("C42.1 9732/3", "C90.0"),
    ("C77.9 9680/3", "C83.3"),
    ("C70.0 9530/0", "D32.0"),
    ("C44.5 8720/3", "C43.5"),
    ("C38.4 9050/3", "C45.0"),
    ("C22.0 8160/3", "C22.1"),
    ("C22.0 8170/3", "C22.0"),
    ("C22.0 8000/3", "C22.9"),
    ("C22.0 8010/3", "C22.7"),
    ("C22.0 9120/3", "C22.3"),
    ("C22.0 8970/3", "C22.2"),
    ("C22.0 8800/3", "C22.4"),
    ("C54.1 8930/3 2", "C54.1"),
    ("C54.0 8930/3 2", "C54.0"),
    ("C80.9 9084/3 1", "C62.9"),
    ("C80.9 9084/3 2", "C56"),
    ("C49.8 8850/0", "D17.3"),
    ("C49.8 8810/0", "D21.9"),
    ("C72.0 9560/0", "D33.4"),
]
#: Code, what it is, what CanReg5 makes of it.
CANREG5_FAULTS = [
    ("C24.0 8162/3", "C24.0"),  # 3: the override never held: morphology read as topography
    ("C77.0 9699/3", "C83.0"),  # 3: nodal marginal zone lymphoma, likewise
    ("C16.9 9699/3", "C88.4"),  # 3: and only at node, marrow and spleen
    ("C50.8 8502/3", "C50.8"),  # 4: the sub-site of the breast was lost
    ("C50.2 8502/3 1", "C50.2"),
    ("C75.3 9395/3", "C75.3"),  # 5: the rule was missing
    ("C56.9 8441/3 2", "C56"),  # 6: `C56 ` with a blank
    ("C01.9 8070/3", "C01"),
]


@pytest.mark.parametrize(("code", "icd10"), CASES)
def test_a_code_goes_to_its_icd10(code: str, icd10: str) -> None:
    assert converted(code)[0][0] == icd10


@pytest.mark.parametrize(("code", "icd10"), CANREG5_FAULTS)
def test_what_canreg5_converts_wrongly_is_right(code: str, icd10: str) -> None:
    assert converted(code)[0][0] == icd10


def test_no_code_is_a_null_with_a_reason_and_never_a_mark() -> None:
    # CanReg5 gives `#` for 8000/9; canregtools puts what it cannot class aside without a reason.
    assert converted("C34.9 8000/9", "C16.9 9999/9", "C80.9 9084/3", "C99.9 8140/3") == [
        (None, "no_code"),
        (None, "unknown_code"),
        (None, "sex_needed"),
        (None, "unknown_code"),
    ]


def test_every_code_is_a_code_of_icd10() -> None:
    pairs = PAIRS.select("morphology", "behaviour")
    every = pairs.join(SITES.select("topography"), how="cross").with_columns(sex=pl.lit("2"))
    known = reference.icd10_codes()
    for edition in ("2010", "before_2010"):
        found = to_icd10(every, edition=edition)
        coded = found["icd10"].drop_nulls().unique()
        assert coded.filter(~coded.is_in(known.implode())).to_list() == []
        why = found.filter(pl.col("icd10").is_null())["icd10_rule"].unique()
        assert set(why) <= set(NO_CODE)


def _first(rules: list[dict[str, str]], topography: str) -> dict[str, str]:
    return next(r for r in rules if topography.startswith(r["topography"] or ""))


def test_every_row_of_every_rule_set_decides_a_site_and_not_its_neighbour() -> None:
    """Each row of icdo3_rule_set.csv, read again in plain Python, on every site it could meet."""
    sites = SITES.rows_by_key("topography", named=True, unique=True)
    overridden = {"8930", "9699"}
    wrong, decided = [], set()
    for (rule_set,), part in RULES.sort("order").group_by("rule_set", maintain_order=True):
        pair = PAIRS.filter(
            (pl.col("rule_set") == rule_set) & ~pl.col("morphology").is_in(list(overridden))
        ).head(1)
        if pair.is_empty():
            decided |= {(rule_set, order) for order in part["order"]}  # its own tests above
            continue
        rows = part.to_dicts()
        frame = SITES.select("topography").join(pair, how="cross")
        for sex, column in (("1", "male"), ("2", "female")):
            found = to_icd10(frame.with_columns(sex=pl.lit(sex)))
            for topography, icd10, rule in found.select(
                "topography", "icd10", "icd10_rule"
            ).iter_rows():
                row = _first(rows, topography)
                decided.add((rule_set, row["order"]))
                target = row["male" if topography.startswith("C50") else column]
                if target in sites[topography]:
                    target = sites[topography][target]
                elif target is not None and target.endswith(".-"):
                    target = target[:4] + topography[4]
                target = {**WITHOUT_OVERLAP, "C80": "C80.9"}.get(target, target)
                if not rule.startswith("liver_") and target != icd10:
                    wrong.append((rule_set, topography, target, icd10))
    assert wrong == []
    never = [key for key in RULES.select("rule_set", "order").iter_rows() if key not in decided]
    assert never == []


def test_each_override_has_its_own_words() -> None:
    names = set(reference.table("icdo3_icd10_override")["override"])
    cases = converted(
        "C54.0 8930/3 2", "C54.1 8930/3 9", "C24.0 8161/3", "C42.4 9699/3", "C22.0 9133/3",
        "C22.0 8970/3", "C22.1 8140/3", "C22.1 8171/3", "C22.1 8000/3", "C22.0 8070/3",
        "C22.0 9040/3",
    )  # fmt: skip
    assert {rule for _, rule in cases} == names
    beside = converted("C55.9 8930/3 1", "C24.1 8161/3", "C23.9 8140/3", "C22.0 8140/2")
    assert not {rule for _, rule in beside} & names


@pytest.mark.parametrize("row", reference.table("icdo3_before_2010").to_dicts())
def test_before_2010_a_blood_disease_has_its_old_code(row: dict[str, str]) -> None:
    code = f"C42.1 {row['morphology']}/{row['behaviour']}"
    current = "C83.0" if row["morphology"] == "9699" else row["current"]
    assert converted(code)[0][0] == current
    assert converted(code, edition="before_2010")[0] == (row["before"], "before_2010")


def test_other_diseases_do_not_depend_on_the_edition() -> None:
    codes = ("C16.9 8140/3", "C42.1 9861/3", "C77.9 9680/3")
    assert converted(*codes) == converted(*codes, edition="before_2010")
    assert converted("C80.9 8000/3", edition="before_2010")[0][0] == "C80"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 329), min_size=1, max_size=8), st.booleans())
def test_form_of_the_code_order_and_repeats_do_not_matter(picks: list[int], dots: bool) -> None:
    # canregtools finds sub-sites only in codes with a dot.
    sites = [SITES["topography"][i] for i in picks]
    written = [site if dots else site.replace(".", "").lower() for site in sites]
    frame = pl.DataFrame({"topography": written}).with_columns(
        morphology=pl.lit("8140"), behaviour=pl.lit("3"), sex=pl.lit("1")
    )
    alone = [converted(f"{site} 8140/3 1")[0][0] for site in sites]
    assert to_icd10(frame)["icd10"].to_list() == alone
    assert to_icd10(frame)["topography"].to_list() == written


def test_an_empty_code_is_no_code() -> None:
    empty = pl.DataFrame(
        {"topography": [None], "morphology": [None], "behaviour": [None], "sex": [None]},
        schema=dict.fromkeys(["topography", "morphology", "behaviour", "sex"], pl.String),
    )
    assert to_icd10(empty)["icd10"].to_list() == [None]
    assert to_icd10(empty.clear()).height == 0


def test_the_published_table_has_each_code_once_in_both_editions() -> None:
    frame = pl.DataFrame(
        {
            "topography": ["C42.1", "C42.1", "C16.9", None],
            "morphology": ["9840", "9840", "8140", "8140"],
            "behaviour": ["3", "3", "3", "3"],
            "sex": ["1", "1", "2", "2"],
        }
    )
    table = conversion_table(frame)
    assert table.select("topography", "icd10", "icd10_before_2010").rows() == [
        ("C16.9", "C16.9", "C16.9"),
        ("C42.1", "C94.0", "C92.0"),
    ]


BACK = [
    ("C16.9", ("C16.9", "8000", "3")),
    ("C61", ("C61.9", "8000", "3")),
    ("C61.9", ("C61.9", "8000", "3")),
    ("C92.0", ("C42.1", "9861", "3")),
    ("C45.0", ("C38.4", "9050", "3")),
    ("D32.0", ("C70.0", "8000", "0")),
    ("D43.2", ("C71.9", "8000", "1")),
    ("D37.1", ("C16.9", "8000", "1")),
    ("c349", ("C34.9", "8000", "3")),
    ("I21.9", (None, None, None)),
]


@pytest.mark.parametrize(("icd10", "code"), BACK)
def test_an_icd10_code_has_a_default(icd10: str, code: tuple[str | None, ...]) -> None:
    found = to_icdo3(pl.Series([icd10]))
    assert found.select("topography", "morphology", "behaviour").row(0) == code


def test_every_neoplasm_of_icd10_has_a_default_that_exists() -> None:
    codes = reference.table("icd10").filter(pl.col("kind").is_in(["category", "subcategory"]))
    neoplasms = codes["code"].filter(
        codes["code"].str.contains("^(C[0-8][0-9]|C9[0-7]|D[0-3][0-9]|D4[0-8])")
    )
    found = to_icdo3(neoplasms)
    assert found["topography"].null_count() == 0
    assert set(found["topography"]) <= set(SITES["topography"])
    known = set(reference.table("icdo3_morphology")["morphology"])
    assert set(found["morphology"]) <= known


def test_a_site_of_a_solid_cancer_comes_back_as_it_went() -> None:
    solid = from_icd10_table().filter(
        pl.col("icd10").str.contains("^C([0-6][0-9]|7[0-6])"), pl.col("icd10").str.len_chars() == 5
    )
    # C46.7 and C46.8 (Kaposi, other and several organs), C45.7: only the site tells, here none.
    vague = ["C45.7", "C46.7", "C46.8"]
    back = to_icd10(solid.with_columns(sex=pl.lit("2")))["icd10"]
    lost = solid.filter(back.ne_missing(solid["icd10"]))["icd10"]
    assert set(lost) <= set(vague)
