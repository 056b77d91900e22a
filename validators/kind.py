"""The kinds of field rule: name, Chinese template and statement of each.

A field rule's id is `<card>.<field>.<kind>`; its sentence is the template with the field's label.
"""

from datetime import date

import polars as pl

from validators import reference
from validators.expression import FIRST_DAY, as_of, carried
from validators.rule import Channel, Facts, Severity

EXCHANGE = "浙江省慢性病区域信息平台数据交换应用标准 第二版（2019年更新）"
ICD10 = "WHO ICD-10 2019版；GB/T 14396-2016"
ICDO3 = "WHO ICD-O-3"
AREA = "GB/T 2260（历年）"
TOWN = "国家统计局统计用区划代码"
OWN = "本系统"


def missing(
    needed: pl.Expr | None,
    *,
    severity: Severity = "error",
    channel: Channel = "hospital",
    source: str = EXCHANGE,
    valid_from: date | None = None,
    jurisdiction: str = "",
) -> Facts:
    """Return the completeness rule; it concerns cards that could and should hold the field."""

    def concerned(field: str) -> pl.Expr:
        return carried(field) if needed is None else carried(field) & needed

    return Facts(
        name="missing",
        zh="{label}未填写，请核实",
        source=source,
        statement=lambda field: pl.col(field).is_not_null(),
        when=concerned,
        dimension="completeness",
        severity=severity,
        channel=channel,
        valid_from=valid_from,
        jurisdiction=jurisdiction,
    )


def malformed(channel: Channel = "hospital") -> Facts:
    """Return the rule for text that was present but could not be read; typing reports it."""
    return Facts(
        name="malformed",
        zh="{label}已填写但格式无法识别，请核实",
        source=OWN,
        statement=lambda field: pl.col(field).is_not_null(),
        dimension="conformance",
        channel=channel,
    )


def not_in_code_list(
    code_list: str,
    *,
    multiple: bool = False,
    channel: Channel = "hospital",
    valid_from: date | None = None,
) -> Facts:
    """Return the rule that a code, or every code of a multi-select field, is in its list."""
    codes = list(reference.codes(code_list))
    one = f"(?:{'|'.join(codes)})"

    def statement(field: str) -> pl.Expr:
        if multiple:
            return pl.col(field).str.contains(f"^{one}(?:,{one})*$")
        return pl.col(field).is_in(codes)

    return Facts(
        name="not_in_code_list",
        zh="{label}不在代码表内，请核实",
        source=reference.code_list_source(code_list),
        statement=statement,
        dimension="conformance",
        channel=channel,
        valid_from=valid_from,
    )


def _not_in(name: str, zh: str, source: str, members: pl.Series, channel: Channel) -> Facts:
    listed = pl.lit(members).implode()
    return Facts(
        name=name,
        zh=zh,
        source=source,
        statement=lambda field: pl.col(field).is_in(listed),
        dimension="conformance",
        channel=channel,
    )


def icd10_rules(channel: Channel = "hospital", *, older: bool = True) -> list[Facts]:
    """Return the rules on an ICD-10 code: exists; is divided as far as the edition divides.

    `older` is false where no code of an older edition is in the scope of the card.
    """
    whole = pl.lit(reference.icd10_with_subdivisions()).implode()
    dropped = pl.lit(reference.icd10_older_edition()).implode()
    found = [
        _not_in(
            "not_in_icd10",
            "{label}不是ICD-10中的编码，请核实",
            ICD10,
            reference.icd10_codes(),
            channel,
        ),
        Facts(
            name="without_fourth_character",
            zh="{label}只有三位码，该类目下另有四位细目，请核实",
            source=ICD10,
            statement=lambda field: ~pl.col(field).is_in(whole),
            dimension="conformance",
            severity="query",
            channel="county",
        ),
    ]
    edition = Facts(
        name="in_older_edition",
        zh="{label}为ICD-10旧版编码，现行版已取消，请核实",
        source=ICD10,
        statement=lambda field: ~pl.col(field).is_in(dropped),
        dimension="conformance",
        severity="query",
        channel="county",
    )
    return [*found, edition] if older else found


def not_in_topography_list(channel: Channel = "hospital") -> Facts:
    """Return the rule that an ICD-O-3 topography exists."""
    members = reference.table("icdo3_topography")["topography"]
    zh = "{label}不是ICD-O-3中的部位编码，请核实"
    return _not_in("not_in_topography_list", zh, ICDO3, members, channel)


def not_in_morphology_list(channel: Channel = "hospital") -> Facts:
    """Return the rule that an ICD-O-3 morphology exists with some behaviour.

    It may be of the first revision or of 3.2, unless the batch is judged by one of them.
    """
    rows = reference.table("icdo3_morphology")
    of_both, of_31, of_32 = (
        pl.lit(part["morphology"].unique()).implode()
        for part in (
            rows,
            rows.filter(pl.col("in_icdo31") == "1"),
            rows.filter(pl.col("in_icdo32") == "1"),
        )
    )
    revision = pl.col("context_icdo_revision")

    def statement(field: str) -> pl.Expr:
        code = pl.col(field)
        return (
            pl.when(revision == "3.1")
            .then(code.is_in(of_31))
            .when(revision == "3.2")
            .then(code.is_in(of_32))
            .otherwise(code.is_in(of_both))
        )

    return Facts(
        name="not_in_morphology_list",
        zh="{label}不是ICD-O-3中的形态学编码，请核实",
        source=ICDO3,
        statement=statement,
        dimension="conformance",
        channel=channel,
    )


def not_in_area_list(level: str, channel: Channel = "hospital") -> Facts:
    """Return the rule that an area of this level (1, 2, 3 or any) ever had the code.

    Counties directly under a province have `90` as their prefecture, which no list holds.  Names
    that no dictionary knew are not judged here: they are one finding of their file.
    """
    levels = (level,) if level else ("1", "2", "3")
    listed = pl.lit(reference.area_codes(*levels)).implode()

    def statement(field: str) -> pl.Expr:
        code = pl.col(field).str.slice(0, 6)
        known = code.is_in(listed)
        if level == "2":
            known = known | code.str.ends_with("9000")
        return pl.when(code.str.contains(r"^[0-9]")).then(known)

    return Facts(
        name="not_in_area_list",
        zh="{label}不在行政区划代码（含历年）中，请核实",
        source=AREA,
        statement=statement,
        dimension="conformance",
        channel=channel,
    )


def not_in_town_list() -> Facts:
    """Return the rule that a town is known, asked only in counties whose towns we know.

    Towns of eight digits are the province's own and no business of this list.
    """
    towns = pl.lit(reference.town_codes()).implode()
    counties = pl.lit(reference.counties_with_towns()).implode()
    return Facts(
        name="not_in_town_list",
        zh="{label}不在街道（乡镇）代码中，请核实",
        source=TOWN,
        statement=lambda field: pl.col(field).str.slice(0, 9).is_in(towns),
        when=lambda field: (
            pl.col(field).str.contains("^[0-9]{9}") & pl.col(field).str.slice(0, 6).is_in(counties)
        ),
        dimension="conformance",
        severity="warning",
        channel="county",
    )


def before_1900(channel: Channel = "hospital") -> Facts:
    """Return the rule that a date is not before 1900."""
    return Facts(
        name="before_1900",
        zh="{label}早于1900年，请核实",
        source=OWN,
        statement=lambda field: pl.col(field).cast(pl.Date) >= FIRST_DAY,
        channel=channel,
    )


def in_the_future(channel: Channel = "hospital") -> Facts:
    """Return the rule that a date is not after the day on which the batch is judged."""
    return Facts(
        name="in_the_future",
        zh="{label}晚于数据截至日，请核实",
        source=OWN,
        statement=lambda field: pl.col(field).cast(pl.Date) <= as_of(),
        channel=channel,
    )


def out_of_range(
    low: float | None,
    high: float | None,
    unit: str,
    *,
    channel: Channel = "hospital",
    source: str = EXCHANGE,
) -> Facts:
    """Return the rule that a number lies between its bounds, both included."""

    def statement(field: str) -> pl.Expr:
        number = pl.col(field)
        if low is not None and high is not None:
            return number.is_between(low, high)
        return number >= low if low is not None else number <= high

    bounds = f"{'' if low is None else f'{low:g}'}～{'' if high is None else f'{high:g}'}{unit}"
    zh = f"{{label}}超出范围（{bounds}），请核实"
    if high is None:
        zh = f"{{label}}小于{low:g}，请核实"
    return Facts(
        name="out_of_range",
        zh=zh,
        source=source,
        statement=statement,
        dimension="plausibility",
        channel=channel,
    )


def pattern(regex: str, zh: str) -> Facts:
    """Return the rule that a text has a form; `zh` says which."""
    return Facts(
        name="not_in_form",
        zh=zh,
        source=OWN,
        statement=lambda field: pl.col(field).str.contains(regex),
        dimension="conformance",
        channel="county",
    )
