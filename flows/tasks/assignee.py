"""Who must act: the reporting unit for what a card says, the managing unit for the person."""

from __future__ import annotations

import polars as pl

#: Fields that the unit managing the person fills in: 属地确认, 初访, 户籍核实, 随访.
MANAGED_FIELDS = frozenset(
    {
        "managing_org",
        "first_visit_date",
        "last_follow_up_date",
        "registration_verified",
        "registration_unverified_reason",
    }
)
MANAGED = "managing_org_code"


def of_finding() -> pl.Expr:
    """The unit a finding is for; needs field, channel, org_code, report_area_code and MANAGED.

    The reporting unit mends its own card; what the county must look at stays with the county;
    what is asked about the person at home goes to the unit that manages the person.
    """
    content = pl.when(pl.col("channel") == "hospital").then("org_code").otherwise(
        "report_area_code"
    )  # fmt: skip
    return (
        pl.when(pl.col("field").is_in(list(MANAGED_FIELDS)))
        .then(pl.coalesce(MANAGED, content))
        .otherwise(content)
    )


def of_person(institutions: pl.DataFrame) -> tuple[pl.DataFrame, pl.Expr]:
    """Who acts for a person at home.

    Args:
        institutions: typed `institution`: org_code, org_level, area_code, closed_on.

    Returns:
        A table town_code -> town_org for towns with just one open institution of level 4 (it
        would have the person assigned to it), to be joined on town_code; and the expression over
        the joined frame: the managing unit, else that one, else the county of the 户籍.
    """
    towns = (
        institutions.filter((pl.col("org_level") == "4") & pl.col("closed_on").is_null())
        .select("org_code", town_code=pl.col("area_code").str.slice(0, 9))
        .filter(pl.col("town_code").str.len_chars() == 9)
        .group_by("town_code")
        .agg(pl.col("org_code").first().alias("town_org"), pl.len().alias("units"))
        .filter(pl.col("units") == 1)
        .select("town_code", "town_org")
        .sort("town_code")
    )
    return towns, pl.coalesce(MANAGED, "town_org", "area_code", "report_area_code")
