"""Verdicts on the codes of a tumour: site, morphology, behaviour, grade, sex, age and ICD-10.

The rule tables (reference/rule_tumour_*.csv) are spelt out to single codes once, and each distinct
combination of codes in a batch is judged once; cards then look their verdicts up.  A million cards
hold a few ten thousand combinations.  Verdicts are true (sound), false (a finding) or null (not to
be judged).
"""

from functools import cache

import polars as pl

from validators import reference, table
from validators.expression import credible_age, within
from validators.icdo_code import held, in_ranges
from validators.icdo_conversion import DIVIDED_IN_2010, comparable, in_both_editions

#: The verdicts, as `derived` adds them to the prepared frame.
VERDICTS = (
    "code_sex_site",
    "code_sex_morphology",
    "code_site_morphology",
    "code_behaviour_site",
    "code_behaviour_morphology",
    "code_grade_morphology",
    "code_known_without_microscope",
    "code_age_childhood",
    "code_age_adult",
    "code_age_unspecified",
    "code_age_by_province",
    "code_icd10_category",
    "code_icd10",
    "code_registrable",
    "code_counted",
    "code_paired",
)
#: What a combination is made of; ages are bands between the limits of rule_tumour_age.csv.
KEY = ("topography", "morphology", "behaviour", "sex", "grade", "icd10", "age_low", "age_high")
SITE_AND_FORM = ["topography", "morphology"]


def derived() -> list[pl.Expr]:
    """Return `derived_codes`: the verdicts, as one expression over the columns of the cards.

    A struct: taken apart here, the combinations would be judged once for each verdict.
    """
    ages = [band(age).alias(name) for age, name in zip(_ages(), KEY[-2:], strict=True)]
    key = pl.struct(*KEY[:-2], *ages)
    returns = pl.Struct(dict.fromkeys(VERDICTS, pl.Boolean()))
    return [key.map_batches(_looked_up, return_dtype=returns).alias("derived_codes")]


def said(verdict: str) -> pl.Expr:
    """Return one of the verdicts on the codes of a card."""
    return pl.col("derived_codes").struct.field(verdict)


def _looked_up(keys: pl.Series) -> pl.Series:
    cards = keys.struct.unnest()
    number = cards.select(_number()).to_series()
    first = number.arg_unique()
    verdicts = judged(cards[first]).with_columns(number.gather(first))
    found = number.to_frame().join(verdicts, on="number", how="left", maintain_order="left")
    return found.select(pl.struct(VERDICTS)).to_series()


@cache
def _members() -> dict[str, list[str]]:
    """Return the codes of each part of a combination; all others are judged alike: not at all."""
    return {
        "topography": reference.table("icdo3_topography")["topography"].to_list(),
        "morphology": reference.table("icdo3_morphology")["morphology"].unique().to_list(),
        "behaviour": list(reference.codes("behaviour")),
        "sex": ["1", "2"],
        "grade": list(reference.codes("grade")),
        "icd10": reference.icd10_codes().unique().to_list(),
    }


def _number() -> pl.Expr:
    """Return one number for each combination: its codes as digits of a mixed base."""
    number = pl.lit(0, pl.UInt64)
    for name, codes in _members().items():
        digit = pl.col(name).cast(pl.Enum(codes), strict=False).to_physical().cast(pl.UInt64)
        number = number * (len(codes) + 1) + digit.fill_null(len(codes))
    for name in KEY[-2:]:
        number = number * 200 + pl.col(name).cast(pl.UInt64).fill_null(199)
    return number.alias("number")


def _ages() -> tuple[pl.Expr, pl.Expr]:
    """Return the lowest and highest age that the card's dates leave open.

    Where only the year of a date is known the age is open by a year.
    """
    age = credible_age()
    partly = pl.col("birth_date").is_null() | pl.col("event_date").is_null()
    years = pl.when(partly).then(pl.col("year") - pl.col("birth_date_year"))
    years = pl.when(years.is_between(0, 130)).then(years)
    lowest = pl.when(years > 0).then(years - 1).otherwise(years)
    return pl.coalesce(age, lowest), pl.coalesce(age, years)


@cache
def _age_limits() -> tuple[int, ...]:
    province = reference.table("rule_age_cause").filter(pl.col("card_type") == "tumour")
    tables = (reference.table("rule_tumour_age"), province)
    rows = pl.concat([part.select("age_from", "age_to").cast(pl.Int32) for part in tables])
    ages = pl.concat([rows["age_from"], rows["age_to"] + 1, pl.Series([0], dtype=pl.Int32)])
    return tuple(ages.unique().sort())


def band(age: pl.Expr) -> pl.Expr:
    """Return the lower limit of the band of ages between which no rule changes."""
    limits = pl.lit(None, pl.Int32)
    for limit in _age_limits():
        limits = pl.when(age >= limit).then(pl.lit(limit, pl.Int32)).otherwise(limits)
    return limits


def judged(codes: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts on combinations of codes.

    Args:
        codes: one row per combination, the columns of `KEY`.

    Returns:
        The columns of `VERDICTS`, one row per row, in order.
    """
    converted = in_both_editions(codes).select(current="icd10", before="icd10_before_2010")
    frame = pl.concat([codes, converted], how="horizontal").with_columns(
        is_site=within_list("topography", "icdo3_topography"),
        is_form=within_list("morphology", "icdo3_morphology"),
        has_sex=pl.col("sex").is_in(["1", "2"]),
        possible=table.possible_for_sex("icd10").fill_null(True),
    )
    for step in (
        _by_sex,
        _by_family,
        _by_behaviour,
        _by_grade,
        _by_proof,
        _by_age,
        _by_icd10,
        _by_scope,
    ):
        frame = step(frame)
    return frame.select(VERDICTS)


def within_list(column: str, name: str) -> pl.Expr:
    """Return whether a code is in a reference table; null is in none."""
    members = reference.table(name)[column].unique()
    return pl.col(column).is_in(pl.lit(members).implode()).fill_null(False)


@cache
def spelt_out(name: str, column: str, *keep: str) -> pl.DataFrame:
    """Return a rule table with one row for each code that its ranges in `column` hold.

    An empty cell holds every code.
    """
    universe = reference.table(f"icdo3_{column}")[column].unique(maintain_order=True)
    rules = reference.table(name)
    place, code = held(universe, rules[column])
    return universe.gather(code).to_frame().hstack(rules.select(keep)[place])


def _joined(frame: pl.DataFrame, other: pl.DataFrame, *on: str) -> pl.DataFrame:
    return frame.join(other, on=list(on), how="left", maintain_order="left")


def _by_sex(frame: pl.DataFrame) -> pl.DataFrame:
    """Sex against site, then against morphology; one fault is one finding."""
    site = spelt_out("rule_tumour_sex_site", "topography", "only_sex")
    form = spelt_out("rule_tumour_sex_morphology", "morphology", "behaviour", "only_sex")
    any_behaviour = form.filter(pl.col("behaviour").is_null()).select(
        "morphology", form_sex="only_sex"
    )
    of_pair = form.drop_nulls("behaviour").rename({"only_sex": "pair_sex"})
    frame = _joined(frame, site.rename({"only_sex": "site_sex"}), "topography")
    frame = _joined(frame, any_behaviour, "morphology")
    frame = _joined(frame, of_pair, "morphology", "behaviour")
    form_sex = pl.coalesce("form_sex", "pair_sex")
    right_site = (pl.col("site_sex") == pl.col("sex")).fill_null(True) | ~pl.col("possible")
    right_form = (form_sex == pl.col("sex")).fill_null(True) | ~right_site | ~pl.col("possible")
    return frame.with_columns(
        code_sex_site=pl.when(pl.col("has_sex") & pl.col("is_site")).then(right_site),
        code_sex_morphology=pl.when(pl.col("has_sex") & pl.col("is_form")).then(right_form),
        right_sex=right_site & pl.col("possible"),
    )


def _by_family(frame: pl.DataFrame) -> pl.DataFrame:
    """Site against the family of the morphology: only at some sites, or never at some."""
    families = reference.table("rule_tumour_morphology_family").select("morphology", "family")
    kinds = reference.table("rule_tumour_family_site").select("family", "kind")
    sites = spelt_out("rule_tumour_family_site", "topography", "family")
    frame = _joined(frame, families.join(kinds, on="family"), "morphology")
    frame = _joined(frame, sites.with_columns(named=pl.lit(True)), "family", "topography")
    named = pl.col("named").fill_null(False)
    only_at = pl.col("kind") == "only_at"
    right = pl.when(pl.col("kind").is_null()).then(True).otherwise(named == only_at)
    return frame.with_columns(
        code_site_morphology=pl.when(pl.col("is_site") & pl.col("is_form")).then(right)
    )


def _by_behaviour(frame: pl.DataFrame) -> pl.DataFrame:
    """Behaviour against site, then against morphology."""
    sites = spelt_out("rule_tumour_behaviour_site", "topography", "behaviour")
    pairs = reference.table("icdo3_morphology").select(
        "morphology",
        "behaviour",
        rare=(pl.col("is_unlikely_pair") == "1") & (pl.col("in_icdo32") == "0"),
    )
    frame = _joined(frame, sites.with_columns(impossible=pl.lit(True)), "topography", "behaviour")
    frame = _joined(frame, pairs, "morphology", "behaviour")
    at_site = pl.col("impossible").is_null()
    known = pl.col("is_site") & pl.col("behaviour").is_not_null()
    return frame.with_columns(
        code_behaviour_site=pl.when(known).then(at_site),
        code_behaviour_morphology=~pl.col("rare") | ~at_site,
    )


def _by_grade(frame: pl.DataFrame) -> pl.DataFrame:
    """Grade against morphology and behaviour; a grade of 9 is unknown and always sound."""
    rows = reference.table("rule_tumour_grade_morphology").filter(pl.col("in_use") == "1")
    spelt = spelt_out("rule_tumour_grade_morphology", "morphology", "rule")
    allowed = (
        spelt.join(rows.drop("morphology", "source", "in_use"), on="rule")
        .with_columns(pl.col("behaviour", "grades").str.split(" "))
        .explode("behaviour")
        .with_columns(asks=pl.lit(True))
    )
    known = reference.codes("grade")
    cases = frame.select("morphology", "behaviour", "grade").unique().drop_nulls()
    wrong = (
        cases.filter(pl.col("grade").is_in(known))
        .join(allowed, on=["morphology", "behaviour"])
        .filter(~pl.col("grade").is_in(pl.col("grades")))
        .select("morphology", "behaviour", "grade")
        .unique()
        .with_columns(wrong_grade=pl.lit(True))
    )
    frame = _joined(frame, wrong, "morphology", "behaviour", "grade")
    judged_ = pl.col("is_form") & pl.col("behaviour").is_not_null()
    judged_ &= pl.col("grade").is_in(known).fill_null(False)
    return frame.with_columns(
        code_grade_morphology=pl.when(judged_).then(pl.col("wrong_grade").is_null())
    )


def _by_proof(frame: pl.DataFrame) -> pl.DataFrame:
    """Whether the morphology may be coded without a microscope; not a verdict by itself."""
    parts = []
    for row in reference.table("rule_tumour_basis_morphology").iter_rows(named=True):
        parts.append(
            in_ranges("morphology", row["morphology"])
            & in_ranges("topography", row["topography"])
            & in_ranges("behaviour", row["behaviour"])
        )
    return frame.with_columns(
        code_known_without_microscope=pl.when(pl.col("is_form")).then(pl.any_horizontal(parts))
    )


@cache
def _age_rules() -> pl.DataFrame:
    """Return the rows of the age table spelt out: rule, rule_set, ages, topography, morphology."""
    rows = reference.table("rule_tumour_age").with_columns(
        pl.col("age_from", "age_to").cast(pl.Int32)
    )
    forms = spelt_out("rule_tumour_age", "morphology", "rule", "unless_morphology")
    unless = pl.concat(
        [
            part.filter(~in_ranges("morphology", ranges))
            if (ranges := part["unless_morphology"][0])
            else part
            for part in forms.partition_by("rule", maintain_order=True)
        ]
    )
    return unless.select("rule", "morphology").join(
        rows.select("rule", "rule_set", "age_from", "age_to", "icd10"), on="rule"
    )


def _by_age(frame: pl.DataFrame) -> pl.DataFrame:
    """Age against site and morphology; every age that the dates leave open must be unlikely.

    `code_age_by_province` is false where the province's list of ages, or the sex, already speaks.
    """
    age = pl.when(pl.col("age_low") == pl.col("age_high")).then("age_low").alias("derived_age")
    by_province = [table.likely_at_age("tumour", name) for name in ("icd10", "morphology")]
    likely = pl.all_horizontal(part.fill_null(True) for part in by_province)
    frame = frame.with_columns(age).with_columns(code_age_by_province=likely & pl.col("right_sex"))
    key = [*SITE_AND_FORM, "age_low", "age_high", "current"]
    sites = spelt_out("rule_tumour_age", "topography", "rule")
    hits = (
        frame.filter("is_site", "is_form")
        .select(key)
        .unique()
        .drop_nulls(["age_low"])
        .join(_age_rules(), on="morphology")
        .filter(
            pl.col("age_low") >= pl.col("age_from"),
            pl.col("age_high") <= pl.col("age_to"),
            pl.col("icd10").is_null()
            | pl.col("current").str.starts_with(pl.col("icd10")).fill_null(False),
        )
        .join(sites, on=["rule", "topography"], how="semi")
    )
    known = pl.col("is_site") & pl.col("is_form") & pl.col("age_low").is_not_null()
    for rule_set in ("childhood", "adult", "unspecified"):
        of_set = hits.filter(pl.col("rule_set") == rule_set).select(key).unique()
        of_set = of_set.with_columns(unlikely=pl.lit(True))
        frame = frame.join(
            of_set, on=key, how="left", nulls_equal=True, maintain_order="left"
        ).with_columns(
            pl.when(known).then(pl.col("unlikely").is_null()).alias(f"code_age_{rule_set}")
        )
        frame = frame.drop("unlikely")
    return frame


def _by_icd10(frame: pl.DataFrame) -> pl.DataFrame:
    """The card's ICD-10 against the conversion, in either edition; first the category."""
    own = comparable(pl.col("icd10"))
    ways = [comparable(pl.col(name)) for name in ("current", "before")]
    category = pl.any_horizontal([own.str.slice(0, 3) == way.str.slice(0, 3) for way in ways])
    whole = pl.any_horizontal([own == way for way in ways])
    is_neoplasm = within("icd10", "C00-C97 D00-D48") & table.exists("icd10")
    # Marrow and node without a morphology say nothing of the disease.
    says = ~(in_ranges("topography", "C42 C77") & in_ranges("morphology", "8000-8005"))
    judged_ = is_neoplasm.fill_null(False) & pl.col("current").is_not_null() & says
    undivided = [*reference.icd10_undivided(), *DIVIDED_IN_2010]
    is_whole = (own.str.len_chars() > 3) | own.is_in(undivided)
    return frame.with_columns(
        # A sex that rules the code or the site out is the finding; the codes then differ as well.
        code_icd10_category=pl.when(judged_).then(category | ~pl.col("right_sex")),
        code_icd10=pl.when(judged_ & is_whole & category).then(whole | ~pl.col("right_sex")),
    )


def _by_scope(frame: pl.DataFrame) -> pl.DataFrame:
    """Whether the tumour is registered, and counted; and whether its site is one of a pair."""
    scope = reference.table("rule_tumour_registrable")
    uncounted = scope.filter(pl.col("is_counted") == "0")
    paired = reference.table("rule_tumour_paired_site")
    listed = table.exists("icd10")
    return frame.with_columns(
        code_registrable=pl.when(listed).then(within("icd10", " ".join(scope["icd10"]))),
        code_counted=pl.when(listed).then(~within("icd10", " ".join(uncounted["icd10"]))),
        code_paired=pl.when("is_site").then(within("topography", " ".join(paired["topography"]))),
    )
