"""The decision table of the 2004 rules, row by row, and the versions of its groups."""

from __future__ import annotations

import polars as pl
import pytest

from flows.tumour.pair import VERSIONS, is_one_primary, morphology_groups, step, with_groups
from validators import reference


def decided(
    first: tuple[str | None, str | None],
    second: tuple[str | None, str | None],
    sides: tuple[str | None, str | None] = (None, None),
    version: str = "iacr_2004",
) -> tuple[int, bool]:
    """The step that decides two tumours (topography, morphology), and whether they are one."""
    schema = dict.fromkeys(("topography", "morphology", "laterality"), pl.String)
    codes = [(*first, sides[0]), (*second, sides[1])]
    frame = with_groups(pl.DataFrame(codes, schema=schema, orient="row"), version)
    pair = pl.concat(
        [frame[1:], frame[:1].rename(lambda name: f"{name}_first")], how="horizontal"
    ).with_columns(step=step())
    row = pair.select("step", same=is_one_primary()).row(0)
    return row[0], row[1]


PAIRS = [
        # 1: a morphology of no group; the site decides for now
        (("C16.0", "7999"), ("C16.9", "8140"), (1, True)),
        (("C16.0", "7999"), ("C34.9", "8140"), (1, False)),
        # 2: Kaposi anywhere
        (("C44.9", "9140"), ("C77.9", "9140"), (2, True)),
        # 3: the same blood group, or one of them unspecified (14), whatever the site
        (("C77.0", "9680"), ("C16.9", "9690"), (3, True)),
        (("C77.0", "9590"), ("C42.1", "9680"), (3, True)),
        # 4: mesothelioma goes to the site test
        (("C38.4", "9050"), ("C38.4", "9053"), (9, True)),
        (("C38.4", "9050"), ("C48.2", "9050"), (10, False)),
        # 5: group 17 goes to the site test
        (("C16.0", "8000"), ("C16.9", "8140"), (9, True)),
        (("C16.0", "8000"), ("C34.1", "8140"), (10, False)),
        # 6: unspecified carcinoma with a specific carcinoma
        (("C34.1", "8010"), ("C34.9", "8070"), (9, True)),
        (("C34.1", "8010"), ("C34.9", "8800"), (8, False)),  # but not with a sarcoma
        # 7: the same group
        (("C50.1", "8500"), ("C50.9", "8140"), (9, True)),
        # 8: different groups are two, on the same site too; so are two kinds of blood
        (("C34.1", "8140"), ("C34.1", "8070"), (8, False)),
        (("C42.1", "9861"), ("C42.1", "9680"), (8, False)),
        # 9: groups of sites that are one
        (("C01.9", "8070"), ("C02.1", "8070"), (9, True)),
        (("C19.9", "8140"), ("C20.9", "8140"), (9, True)),
        (("C33.9", "8070"), ("C34.9", "8070"), (9, True)),
        (("C40.0", "9180"), ("C41.0", "9180"), (9, True)),
        (("C64.9", "8120"), ("C65.9", "8120"), (10, False)),  # the kidney is not in T8
        # 10: neighbours that are not one
        (("C18.9", "8140"), ("C19.9", "8140"), (10, False)),
        (("C01.9", "8070"), ("C04.9", "8070"), (10, False)),
        # 11 and 12: unknown primary
        (("C80.9", "8140"), ("C34.9", "8140"), (11, False)),
        (("C80.9", "8140"), ("C80.9", "8140"), (12, True)),
        # 14: colon and skin, another part
        (("C18.0", "8140"), ("C18.7", "8140"), (14, True)),
        (("C44.3", "8090"), ("C44.5", "8090"), (14, True)),
        (("C18.7", "8140"), ("C18.7", "8140"), (9, True)),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "expected"), PAIRS)
def test_a_pair_is_decided_by_its_row_of_the_table(
    first: tuple[str, str], second: tuple[str, str], expected: tuple[int, bool]
) -> None:
    assert decided(first, second) == expected
    assert decided(second, first) == expected  # whichever came first


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (("C50.4", "8500"), 13),
        (("C56.9", "8441"), 9),  # both ovaries, a Wilms tumour and a retinoblastoma are one record
        (("C64.9", "8960"), 9),
        (("C69.2", "9510"), 9),
        (("C16.9", "8140"), 9),  # no pair of organs
    ],
)
def test_both_sides_of_a_paired_organ_are_one_case(code: tuple[str, str], expected: int) -> None:
    assert decided(code, code, ("1", "2")) == (expected, True)
    assert decided(code, code, ("1", "1")) == (9, True)
    assert decided(code, code, ("1", None)) == (9, True)


def test_every_step_that_decides_is_met_above() -> None:
    table = reference.table("iacr_decision").filter(pl.col("verdict") != "site test")
    met = {expected[0] for _, _, expected in PAIRS} | {13}
    assert met == {int(number) for number in table["step"]}


@pytest.mark.parametrize(
    ("morphology", "group"),
    [("8070", 1), ("8090", 2), ("8140", 3), ("8246", 4), ("8010", 5), ("8800", 6), ("9050", 7),
     ("9861", 8), ("9680", 9), ("9700", 10), ("9650", 11), ("9740", 12), ("9751", 13),
     ("9590", 14), ("9140", 15), ("9440", 16), ("8000", 17)],
)  # fmt: skip
def test_each_of_the_seventeen_groups_has_its_typical_morphology(
    morphology: str, group: int
) -> None:
    for version in VERSIONS:
        rows = morphology_groups(version).filter(pl.col("morphology") == morphology)
        assert rows["group"].to_list() == [group], version


DISAGREED = """
    8250 8251 8252 8253 8254 8255 8340 8341 8342 8343 8344 8345 8346 8347 8590 8591 8592
    8593 8594 8600 8601 8602 8610 8620 8621 8622 8623 8630 8631 8632 8633 8634 8640 8641
    8642 8643 8650 8660 8670 8671 8930 8931 8932 8933 8934 8935 8936 9110 9597 9712 9725
    9735 9749 9811 9812 9813 9814 9815 9816 9819 9860 9960 9965 9966 9967 9975 9989 9991
    9992 9993
"""


def test_seventy_morphologies_are_grouped_differently_by_the_versions() -> None:
    table = reference.table("icdo3_morphology").select("morphology").unique()
    for version in VERSIONS:
        groups = morphology_groups(version).rename({"group": version})
        table = table.join(groups, on="morphology", how="left")
    differing = table.filter(pl.concat_list(VERSIONS).list.drop_nulls().list.n_unique() > 1)
    assert sorted(differing["morphology"]) == DISAGREED.split()
    assert differing.height == 70


@pytest.mark.parametrize(
    ("version", "same"), [("iacr_2004", False), ("icdo3_1", False), ("icdo3_2", True)]
)
def test_the_version_of_the_groups_decides_where_they_differ(version: str, same: bool) -> None:
    # Bronchiolo-alveolar tumours moved to the adenocarcinomas in ICD-O-3.2.
    assert decided(("C34.1", "8250"), ("C34.1", "8140"), version=version)[1] is same


def test_an_unknown_version_is_named() -> None:
    with pytest.raises(LookupError, match="icdo4"):
        morphology_groups("icdo4")
