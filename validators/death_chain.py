"""Rules on the chain of causes, and on the place of the underlying cause in it."""

import polars as pl

from validators.cause import fact
from validators.cause_code import CODE_FIELDS, PART_ONE, members, of
from validators.chain import (
    EXTERNAL,
    FIRST_LINKAGE,
    IMPOSSIBLE,
    INJURY,
    INTERVALS,
    ODD,
    SEQUELA,
    SYMPTOM,
    TERMINAL,
    UNLIKELY,
    has,
    linkages,
    terminal_alone,
    used,
)
from validators.expression import filled, in_order
from validators.interval import longer
from validators.rule import Facts

SEQUENCES = "WHO ICD-10 第2卷 不可接受的因果顺序（rule_chain_sequence.csv）"
LINKAGES = "WHO ICD-10 第2卷 链接规则（rule_chain_linkage.csv）"
FORM = "居民死亡医学证明书填写说明（国卫规划发〔2013〕57号）"


def _gap() -> pl.Expr:
    lines = [used(line) for line in "abcd"]
    return (lines[0] & ~lines[1] & (lines[2] | lines[3])) | (lines[1] & ~lines[2] & lines[3])


def _repeated() -> pl.Expr:
    pairs = [(a, b) for i, a in enumerate(PART_ONE) for b in PART_ONE[i + 1 :]]
    return pl.any_horizontal([(pl.col(a) == pl.col(b)).fill_null(False) for a, b in pairs])


def _external_above_injury() -> pl.Expr:
    external, injury = members("V01-Y98"), members("S00-T98")
    pairs = [(a, b) for i, a in enumerate(PART_ONE) for b in PART_ONE[i + 1 :]]
    return pl.any_horizontal([(of(a, external) & of(b, injury)).fill_null(False) for a, b in pairs])


def _linked_otherwise() -> pl.Expr:
    found = []
    for position, ranges in enumerate(linkages()["underlying"]):
        together = has("derived_certificate", 1 << (FIRST_LINKAGE + position))
        found.append((of("underlying_cause", members(ranges)) & together).fill_null(False))
    return pl.any_horizontal(found)


#: Underlying causes that come from a linkage or from the circumstances, not from a line.
_MADE_BY_RULE = "I11-I13 J44.0 E10-E14 O98 V01-Y89"
_JUDGED = (
    filled("cause_a")
    & ~has("derived_certificate", ODD)
    & ~has("derived_underlying", ODD)
    & pl.all_horizontal([~pl.col(f"excused_{field}") for field in CODE_FIELDS])
    & filled("underlying_cause")
)


def _order() -> pl.Expr:
    """Return whether no interval is longer than one further down; null where none is known."""
    pairs = [(a, b) for i, a in enumerate(INTERVALS) for b in INTERVALS[i + 1 :]]
    return ~pl.any_horizontal([longer(a, b) for a, b in pairs])


def _within_life() -> pl.Expr:
    """Return whether every interval fits into the life: one unit is forgiven."""
    days = pl.col("event_date").sub(pl.col("birth_date")).dt.total_days() + 1
    known = in_order("birth_date", "event_date")
    parts = []
    for interval in INTERVALS:
        read = pl.col(f"derived_{interval}").struct
        rough = pl.when(read.field("unit") == 0).then(read.field("days") * 0.25)
        shortest = read.field("days") - rough.fill_null(read.field("unit"))
        parts.append(shortest <= days)
    return pl.when(known).then(pl.all_horizontal(parts))


def _not_negative() -> pl.Expr:
    parts = [pl.col(f"derived_{interval}").struct.field("days") >= 0 for interval in INTERVALS]
    onset = [in_order(f"onset_date_{line}", "event_date") for line in "abcd"]
    return pl.all_horizontal([*parts, *onset])


def _complete() -> pl.Expr:
    """Return whether the chain is complete by our own, stricter reading (no finding)."""
    timed = [
        ~used(line) | pl.col(f"derived_interval_{line}").struct.field("days").is_not_null()
        for line in "abcd"
    ]
    start = of("cause_a", TERMINAL | members("R00-R99")).fill_null(False) & ~used("b")
    return pl.all_horizontal(
        [
            filled("cause_a"),
            ~start,
            ~_gap(),
            ~_repeated(),
            pl.col("derived_in_part_one"),
            pl.col("derived_sequence") & pl.lit(IMPOSSIBLE, dtype=pl.UInt64) == 0,
            *timed,
        ]
    )


def on_cause_a() -> list[Facts]:
    """Return the rules that accuse line a or the certificate as a whole."""
    unnamed = has("derived_certificate", EXTERNAL) | has("derived_underlying", EXTERNAL)
    return [
        fact(
            "terminal_state_is_not_alone",
            "a行仅填写症状体征或临终状态，其下无原发疾病，请核实",
            "报告卡审核不通过原因5；rule_chain_terminal.csv",
            ~terminal_alone(),
            severity="warning",
        ),
        fact(
            "injury_has_an_external_cause",
            "证明书上有损伤或中毒诊断，未填写外部原因，请核实",
            SEQUENCES + "SEQ23；上海市死亡数据审核规则a70",
            unnamed,
            severity="error",
            # A nature code as underlying cause asks for the external cause already.
            when=has("derived_certificate", INJURY) & ~has("derived_underlying", INJURY),
        ),
        fact(
            "external_cause_has_an_injury",
            "证明书上有外部原因，未填写损伤或中毒的性质，请核实",
            SEQUENCES + "SEQ24",
            has("derived_certificate", INJURY),
            when=has("derived_certificate", EXTERNAL) & ~has("derived_certificate", SEQUELA),
        ),
        fact(
            "chain_is_complete_by_own_standard",
            "死因链不完整（较严口径：各行有时间间隔、无空行、根本死因在第Ⅰ部分）",
            "本系统",
            _complete(),
            channel="statistic",
        ),
    ]


def on_cause_b() -> list[Facts]:
    """Return the rules on the order of the lines."""
    start = pl.coalesce("cause_d", "cause_c", "cause_b")
    wrong = pl.lit(IMPOSSIBLE, dtype=pl.UInt64)
    doubtful = pl.lit(UNLIKELY, dtype=pl.UInt64)
    return [
        fact("chain_has_no_gap", "死因链中间有空行，请核实", FORM, ~_gap()),
        fact("chain_repeats_no_code", "死因链的两行为同一编码，请核实", FORM, ~_repeated()),
        fact(
            "causal_sequence_is_possible",
            "死因链上下行的因果关系一般不能成立，请核实",
            SEQUENCES,
            (pl.col("derived_sequence") & wrong) == 0,
            severity="error",
            when=filled("cause_b"),
        ),
        fact(
            "causal_sequence_is_likely",
            "死因链上下行的因果关系少见，请核实",
            SEQUENCES,
            (pl.col("derived_sequence") & doubtful) == 0,
            when=filled("cause_b") & ((pl.col("derived_sequence") & wrong) == 0),
        ),
        fact(
            "chain_starts_with_a_disease",
            "死因链的最下一行为症状体征，请核实原发疾病",
            SEQUENCES + "SEQ20",
            ~start.str.starts_with("R"),
            # A symptom as underlying cause is asked about already.
            when=filled("cause_b") & ~has("derived_underlying", SYMPTOM),
        ),
        fact(
            "external_cause_is_below_injury",
            "外部原因填在损伤或中毒诊断之上，应填在最下一行，请核实",
            SEQUENCES + "SEQ22",
            ~_external_above_injury(),
        ),
    ]


def on_interval_a() -> list[Facts]:
    """Return the rules on the intervals of all lines."""
    readable = [pl.col(f"derived_{interval}").struct.field("is_readable") for interval in INTERVALS]
    return [
        fact(
            "intervals_grow_from_a_to_d",
            "上一行的发病至死亡时间间隔长于下一行，请核实",
            SEQUENCES + "SEQ17；" + FORM,
            _order(),
            severity="error",
        ),
        fact(
            "intervals_are_within_life",
            "发病至死亡的时间间隔长于死者年龄，请核实",
            "本系统",
            _within_life(),
            severity="error",
        ),
        fact(
            "onset_is_not_after_death",
            "发病时间晚于死亡日期，请核实",
            "本系统",
            _not_negative(),
            severity="error",
        ),
        fact(
            "intervals_are_readable",
            "发病至死亡的时间间隔无法识别",
            "本系统",
            pl.all_horizontal(readable),
            channel="statistic",
        ),
    ]


def on_underlying_cause() -> list[Facts]:
    """Return the rules on the place of the underlying cause on the certificate."""
    below = pl.any_horizontal([filled(field) for field in PART_ONE[1:]])
    alone = pl.col("underlying_cause") == pl.col("cause_a")
    return [
        fact(
            "underlying_cause_is_on_the_certificate",
            "根本死因不是证明书上填写的任何一种疾病，请核实",
            SEQUENCES + "SEQ28",
            pl.col("derived_in_part_one") | pl.col("derived_in_part_two"),
            when=_JUDGED & ~of("underlying_cause", members(_MADE_BY_RULE)),
        ),
        fact(
            "underlying_cause_is_in_part_one",
            "根本死因仅填写在第Ⅱ部分，请核实",
            "报告卡审核不通过原因15",
            pl.col("derived_in_part_one") | ~pl.col("derived_in_part_two"),
            when=_JUDGED,
        ),
        fact(
            "underlying_cause_is_not_only_the_direct_cause",
            "根本死因为a行直接死因，但其下各行已填写，请核实",
            SEQUENCES + "SEQ29",
            ~alone,
            when=_JUDGED & below & (pl.col("cause_a") != pl.col("cause_b")).fill_null(True),
        ),
        fact(
            "underlying_cause_follows_linkage",
            "证明书上另有可合并编码的疾病，请核实根本死因是否按链接规则编码",
            LINKAGES,
            ~_linked_otherwise(),
        ),
    ]
