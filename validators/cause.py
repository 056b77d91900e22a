"""Rules on the underlying cause of death, one a table: reference/rule_cause_*.csv."""

import polars as pl

from validators import cause_table, reference
from validators.cause_code import members, of, union
from validators.cause_table import YEAR
from validators.expression import age, home_province, is_one_of, within
from validators.rule import Channel, Facts, Severity

FIELD = "underlying_cause"
UNACCEPTABLE = "WHO ICD-10 第2卷；NCHS ACME 表A～C（rule_cause_unacceptable.csv）"
SEX = "WHO ICD-10 第2卷7.8；DATASUS CID-10（rule_cause_sex.csv）"
AGE = "上海市死亡数据审核规则；CoDEdit；WHO ICD-10（rule_cause_age.csv）"
RARE = "NCHS 手册2a少见死因；我国消除及法定报告病种，待核对（rule_cause_rare.csv）"
BIRTH = "WHO ICD-10 第1卷（rule_cause_birth.csv）"
SHANGHAI = "上海市死亡数据审核规则"
#: Provinces whose own age table goes before the general one.
OWN_AGE_TABLE = "33"


def fact(
    name: str,
    zh: str,
    source: str,
    statement: pl.Expr,
    *,
    severity: Severity = "query",
    channel: Channel = "county",
    when: pl.Expr | None = None,
    implies: tuple[str, ...] = (),
) -> Facts:
    """Return a rule whose statement is an expression over the whole card."""
    return Facts(
        name=name,
        zh=zh,
        source=source,
        statement=lambda _: statement,
        severity=severity,
        channel=channel,
        when=None if when is None else lambda _: when,
        implies=implies,
    )


def age_number() -> pl.Expr:
    """Return age as one number: days under one year, else completed years times `YEAR`."""
    return pl.when(age() >= 1).then(age() * YEAR).when(age() == 0).then(pl.col("age_days"))


def free_of(held: pl.Series) -> pl.Expr:
    """Return whether the underlying cause is not among the codes held; null for no known code."""
    return ~of(FIELD, held)


def _possible_for_sex(severity: str) -> pl.Expr:
    return (
        pl.when(pl.col("sex") == "1")
        .then(free_of(cause_table.for_other_sex("1", severity)))
        .when(pl.col("sex") == "2")
        .then(free_of(cause_table.for_other_sex("2", severity)))
    )


def _between(limits: tuple[pl.Series, pl.Series]) -> pl.Expr:
    low, high = limits
    return (age_number() >= of(FIELD, low)) & (age_number() <= of(FIELD, high))


def _likely_at_age(severity: str) -> pl.Expr:
    """Return whether the age is likely by the table, less the rows a province replaces."""
    own = _between(cause_table.age_limits(severity, OWN_AGE_TABLE))
    general = _between(cause_table.age_limits(severity, ""))
    return pl.when(home_province() == OWN_AGE_TABLE).then(own).otherwise(general)


def likely_by_provincial_table() -> pl.Expr:
    """Return whether the age is likely by rule_age_cause.csv."""
    return _between(cause_table.provincial_age_limits())


def _judged_by_province() -> pl.Expr:
    """Return whether the province's own table has found fault already: one fault, one finding."""
    faults = ~likely_by_provincial_table()
    return ((home_province() == OWN_AGE_TABLE) & faults).fill_null(False)


def _fits_birth() -> pl.Expr:
    parts = []
    for row in reference.table("rule_cause_birth").iter_rows(named=True):
        number = pl.col(row["field"])
        fits = pl.lit(True)
        if row["low"]:
            fits = fits & (number >= float(row["low"]))
        if row["high"]:
            fits = fits & (number <= float(row["high"]))
        parts.append(pl.when(of(FIELD, members(row["codes"]))).then(fits))
    judged = pl.any_horizontal([part.is_not_null() for part in parts])
    return pl.when(judged).then(pl.all_horizontal([part.fill_null(True) for part in parts]))


_BIRTH = union(reference.table("rule_cause_birth")["codes"])
_NEONATAL = union(reference.table("rule_cause_neonatal")["codes"])
_NOT_INFERRED = union(reference.table("rule_cause_not_inferred")["codes"])
_UNACCEPTABLE = cause_table.verdicts("rule_cause_unacceptable")
_RARE = cause_table.verdicts("rule_cause_rare")
_NEWBORN = (age() == 0) & (pl.col("age_days") < 28)


def _garbage_rules() -> list[Facts]:
    """Return one rule per scheme and level; they are counted and find nothing."""
    return [
        fact(
            f"underlying_cause_is_not_{scheme.lower()}_{level}",
            f"根本死因属于{name_zh}",
            source,
            free_of(members(codes)),
            channel="statistic",
        )
        for scheme, level, name_zh, codes, source in cause_table.garbage().iter_rows()
    ]


def rules(terminal_alone: pl.Expr) -> list[Facts]:
    """Return the rules on the underlying cause.

    Args:
        terminal_alone: whether a terminal state stands alone on the certificate; that rule then
            speaks, and the vague underlying cause that follows from it is not found again.
    """
    return [
        fact(
            "underlying_cause_is_acceptable",
            "根本死因编码不能作为根本死因，请核实",
            UNACCEPTABLE,
            free_of(_UNACCEPTABLE["error"]),
            severity="error",
        ),
        fact(
            "underlying_cause_is_specific",
            "根本死因为症状体征、临终状态或继发情况，请核实原发疾病",
            UNACCEPTABLE,
            free_of(_UNACCEPTABLE["warning"]),
            severity="warning",
            when=~terminal_alone.fill_null(False),
        ),
        fact(
            "underlying_cause_needs_no_inquiry",
            "根本死因编码一般有更具体的编码可用，请核实",
            UNACCEPTABLE,
            free_of(_UNACCEPTABLE["query"]),
        ),
        fact(
            "underlying_cause_can_cause_death",
            "根本死因一般不会导致死亡，请核实",
            "WHO ICD-10 第2卷不太可能致死的情况；DATASUS CID-10（rule_cause_unlikely.csv）",
            free_of(cause_table.unlikely()),
        ),
        fact(
            "underlying_cause_matches_sex",
            "根本死因与性别不符，请核实性别或死因",
            SEX,
            _possible_for_sex("error"),
            severity="error",
            channel="hospital",
        ),
        fact(
            "underlying_cause_is_likely_for_sex",
            "根本死因在该性别少见，请核实性别或死因",
            SEX,
            _possible_for_sex("warning"),
            severity="warning",
        ),
        fact(
            "underlying_cause_is_usual_for_sex",
            "根本死因在男性少见（乳腺），请核实",
            SEX,
            _possible_for_sex("query"),
        ),
        fact(
            "underlying_cause_is_possible_at_this_age",
            "根本死因与死亡年龄不符，请核实年龄或死因",
            AGE,
            _likely_at_age("error"),
            severity="error",
            channel="hospital",
        ),
        fact(
            "underlying_cause_is_usual_at_this_age",
            "根本死因在该年龄不常见，请核实",
            AGE,
            _likely_at_age("query") | ~_likely_at_age("error"),
            when=~_judged_by_province(),
        ),
        fact(
            "underlying_cause_is_not_rare",
            "根本死因为少见或须专门报告的病种，请核实诊断依据",
            RARE,
            free_of(_RARE["query"]),
        ),
        fact(
            "underlying_cause_is_not_eradicated",
            "根本死因为已消灭的疾病，请核实",
            RARE,
            free_of(_RARE["warning"]),
            severity="warning",
        ),
        fact(
            "underlying_cause_matches_birth",
            "根本死因与出生体重、孕周或产后天数不符，请核实",
            BIRTH,
            _fits_birth(),
            severity="error",
            when=of(FIELD, _BIRTH),
        ),
        fact(
            "neonatal_cause_is_perinatal",
            "新生儿死亡的根本死因另有围生期（P）编码，请核实",
            "WHO ICD-10 第2卷（rule_cause_neonatal.csv）",
            free_of(_NEONATAL),
            when=_NEWBORN,
        ),
        fact(
            "infectious_disease_death_is_not_at_home",
            "传染病死亡的死亡地点为家中，请核实诊断",
            SHANGHAI + "a80",
            ~is_one_of("death_place", "3"),
            when=within(FIELD, "A00-B99"),
        ),
        fact(
            "underlying_cause_is_not_inferred",
            "诊断依据为死后推断，根本死因为须经诊断的疾病，请核实",
            SHANGHAI + "a69；病种清单为本系统判读（rule_cause_not_inferred.csv）",
            ~is_one_of("diagnosis_basis", "6"),
            severity="warning",
            when=of(FIELD, _NOT_INFERRED),
        ),
        *_garbage_rules(),
    ]
