"""Words of diagnosis against codes: a maintained list, reference/rule_cause_text.csv."""

from functools import cache

import polars as pl

from validators import reference
from validators.cause import fact
from validators.cause_code import CERTIFICATE, NUMBER, bits, of, whole
from validators.rule import Facts

#: Words that say that somebody died, not of what (reason 6 of the rejection list).
VAGUE = r"老死|病死|病亡|猝死|来院已死|来院前死亡|到院已死|死因不明|原因不明|^不明$|^不详$|^死亡$"


@cache
def _words() -> list[tuple[str, str | None]]:
    rows = reference.table("rule_cause_text")
    return list(rows.select("words", "unless_words").iter_rows())


@cache
def _allowed() -> pl.Series:
    """Return, by number, which rows of the list a code is no fault of; an odd code is of none."""
    rows = [(codes, "") for codes in reference.table("rule_cause_text")["codes"]]
    every = (1 << len(rows)) - 1
    odd = (~whole()).cast(pl.UInt64) * every
    return bits(*rows) | odd


def words(texts: pl.Series) -> pl.Series:
    """Return one number per text: bit i is set where the words of row i occur in it.

    Each distinct text is read once.  No text: no words.
    """
    distinct = texts.drop_nulls().unique().alias("text")
    text = pl.col("text")
    total: pl.Expr = pl.lit(0, dtype=pl.UInt64)
    for position, (wanted, unless) in enumerate(_words()):
        hit = text.str.contains(wanted)
        if unless:
            hit = hit & ~text.str.contains(unless)
        total = total + hit.cast(pl.UInt64) * (1 << position)
    found = distinct.to_frame().select(total).to_series()
    return texts.replace_strict(distinct, found, default=0, return_dtype=pl.UInt64)


def derived() -> pl.Expr:
    """Return `derived_words`: bits of the words that no code of their line bears out."""
    texts = [f"{field}_text" for field in CERTIFICATE]
    lines = pl.struct(*texts, *(NUMBER.format(field) for field in CERTIFICATE))
    return lines.map_batches(_unmet, return_dtype=pl.UInt64).alias("derived_words")


def _unmet(certificates: pl.Series) -> pl.Series:
    """Return the words of all lines against their codes; the texts of all lines are read as one."""
    lines = certificates.struct.unnest()
    said = words(pl.concat(lines[f"{field}_text"] for field in CERTIFICATE))
    total: pl.Expr = pl.lit(0, dtype=pl.UInt64)
    for place, field in enumerate(CERTIFICATE):
        own = pl.lit(said.slice(place * lines.height, lines.height))
        # A line without a known code has a finding of its own, or none is due.
        total = total | (own - (own & of(field, _allowed()))).fill_null(0)
    return lines.select(total).to_series()


def on_cause_a_text() -> list[Facts]:
    """Return the rules on the words of the certificate."""
    no_words_below = pl.all_horizontal(
        [
            pl.col(f"cause_{line}_text").is_null() & pl.col(f"cause_{line}").is_null()
            for line in "bcd"
        ]
    )
    return [
        fact(
            "words_agree_with_codes",
            "死因诊断的文字与该行ICD编码不符，请核实",
            "本系统维护的词表，对照WHO ICD-10第3卷（rule_cause_text.csv）",
            pl.col("derived_words") == 0,
        ),
        fact(
            "vague_words_have_a_history",
            "仅填写猝死、老死、不明等，生前病史及推断未填写，请核实",
            "报告卡审核不通过原因6",
            pl.col("history").is_not_null(),
            when=pl.col("cause_a_text").str.contains(VAGUE)
            & no_words_below
            & ~pl.col("excused_history"),
        ),
    ]
