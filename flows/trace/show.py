"""What `zhikong history` prints: the published values night by night, and why two nights differ."""

from __future__ import annotations

from datetime import date

import polars as pl

from flows.home import Home, UserError
from flows.published import open_published
from flows.store import opened
from flows.trace.explain import UNTRACED_ZH, Explained, Key, explain
from flows.trace.fingerprint import PARTS


def values_of(home: Home, key: Key, *, both_residencies: bool) -> pl.DataFrame:
    """The rows of `indicator.history` of one number, from the published file; no key is needed.

    Args:
        home: the installation, after a night.
        key: the number.
        both_residencies: registered and resident, where nobody asked for one of them.

    Raises:
        UserError: nothing was ever published under this key, or the file is too old to know.
    """
    with open_published(home) as connection:
        known = connection.execute(
            "select count(*) from duckdb_tables()"
            " where schema_name = 'indicator' and table_name = 'history'"
        ).fetchone()
        if not known or not known[0]:
            raise UserError("发布库没有公布历史，请先用本版程序运行一次 zhikong night。")
        rows = connection.execute(
            "select * from indicator.history where indicator = ? and area_code = ? and year = ?"
            " and (? or residency is not distinct from ?) and org_code is not distinct from ?"
            " order by residency, night_from",
            [
                *(key.indicator, key.area_code, key.year),
                *(both_residencies, key.residency, key.org_code),
            ],
        ).pl()
        names = connection.execute("select indicator from indicator.definition").fetchall()
    if key.indicator not in {name for (name,) in names} and rows.is_empty():
        raise UserError(f"没有指标 {key.indicator}；全部指标见 zhikong indicators。")
    if rows.is_empty():
        raise UserError(
            f"没有公布过 {key.area_code} {key.year} 年的 {key.indicator}；"
            "请核对地区、年份、人口口径和机构（只有整年有历史）。"
        )
    return rows


def residency_of(rows: pl.DataFrame, asked: str | None) -> str | None:
    """The residency of the number to be explained: as asked, else registered where there are two.

    Args:
        rows: of `values_of`.
        asked: on the command line.
    """
    if asked is not None:
        return asked
    known = rows["residency"].drop_nulls().unique().to_list()
    return "registered" if "registered" in known else (known[0] if known else None)


def explained(home: Home, key: Key, before: date, after: date) -> Explained:
    """`explain`, on the home's state."""
    with opened(home) as store:
        return explain(store.connection, key, before, after)


def parts_table(found: Explained, *, with_cards: bool) -> pl.DataFrame:
    """The parts, one row a kind of change and a last row with their sum."""
    total = {
        "kind": "total",
        "kind_zh": "分子之差",
        "added_count": int(found.parts["added_count"].sum() or 0),
        "removed_count": int(found.parts["removed_count"].sum() or 0),
        "difference": found.difference,
        "card_ids": [],
    }
    table = pl.concat([found.parts, pl.DataFrame([total], schema=found.parts.schema)])
    joined = table.with_columns(pl.col("card_ids").list.join("；"))
    return joined if with_cards else joined.drop("card_ids")


def flat(found: Explained, *, with_cards: bool) -> pl.DataFrame:
    """For JSON and CSV: the parts, each row with the two nights and what else changed."""
    sides = {
        f"{name}_{side}": getattr(published, name)
        for side, published in (("before", found.before), ("after", found.after))
        for name in ("night", "numerator", "denominator", "value")
    }
    return parts_table(found, with_cards=with_cards).select(
        *(pl.lit(value).alias(name) for name, value in sides.items()),
        pl.lit(found.numerator_part, pl.Float64).alias("value_by_numerator"),
        pl.lit(found.denominator_part, pl.Float64).alias("value_by_denominator"),
        pl.lit(",".join(found.changed)).alias("changed_fingerprints"),
        pl.all(),
    )


def sentences(found: Explained) -> list[str]:
    """The two nights and the fingerprints, for a terminal."""
    lines = [
        f"{one.night}：分子 {_number(one.numerator)}，分母 {_number(one.denominator)}，"
        f"值 {_number(one.value)}"
        for one in (found.before, found.after)
    ]
    if found.numerator_part is not None and found.denominator_part is not None:
        lines.append(
            f"值之差 {_signed(found.numerator_part + found.denominator_part)}："
            f"分子改变 {_signed(found.numerator_part)}，分母改变 {_signed(found.denominator_part)}"
        )
    if not found.is_traced:
        lines.append(UNTRACED_ZH)
    changed = "、".join(PARTS[name] for name in found.changed)
    lines.append(f"两夜之间改变了：{changed}" if changed else "两夜所用规则、参考表、人口等相同")
    return lines


def _number(value: float | None) -> str:
    return "无" if value is None else f"{value:,.6g}" if value % 1 else f"{value:,.0f}"


def _signed(value: float) -> str:
    return f"{value:+.6g}"
