"""m from the lists themselves, by expectation maximisation, where they are large enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from splink import Linker, block_on

from flows.linkage.block import keyed
from flows.linkage.model import Model, linker
from flows.linkage.person_list import in_full, in_order

#: Pairs that agree on a strong key, fewer than which teach nothing: a level that one pair in a
#: hundred shows would be seen five times, and its weight be off by half.
FEWEST = 500
#: The fixed shares stand beside the learnt ones like this many pairs.
WEIGHT = 200
#: The strong keys, and what pairs that agree on one can teach: all that is not in the key.
SESSIONS: dict[tuple[str, ...], tuple[str, ...]] = {
    ("id_number",): ("name", "birth_date", "sex", "town", "org", "event_date"),
    ("name", "birth_text"): ("sex", "id_number", "town", "org", "event_date"),
}


def learnt(model: Model, left: pl.DataFrame, right: pl.DataFrame) -> Model:
    """The model with m as these lists show it; the same model where they show too little.

    Args:
        model: as of `model_of`.
        left: as of `for_blocks`, with unique_id.
        right: the same, the other list.

    Returns:
        A model whose m is learnt from pairs with one ID number, or with one name and birth date,
        weighed with the fixed shares, and whose prior is the share of such pairs.
    """
    counts = {key: _shared(left, right, key) for key in SESSIONS}
    if max(counts.values()) < FEWEST:
        return model
    seen: dict[str, list[tuple[int, list[float]]]] = {}
    for key, names in SESSIONS.items():
        taught = [name for name in names if name in model.m]
        if counts[key] < FEWEST or not taught:
            continue
        in_class = pl.col("lesson").is_not_null()
        pupils = [
            in_order(in_full(side.filter(in_class)))
            for side in keyed(left, right, key, "lesson")[:2]
        ]
        with linker(pupils, model, ["lesson"], taught) as (made, connection):
            connection.execute("set threads = 1")  # the order of a sum is then always the same
            made.training.estimate_parameters_using_expectation_maximisation(
                block_on("lesson"), estimate_without_term_frequencies=True
            )
            for name, shares in _trained(made).items():
                seen.setdefault(name, []).append((counts[key], [share or 0.0 for share in shares]))
    m = dict(model.m)
    for name, lessons in seen.items():
        m[name] = _weighed(model.m[name], lessons)
    anchors = _anchors(left, right)
    prior = anchors / 0.9 / (left.height * right.height)
    return replace(model, m=m, prior=min(prior, 0.5), anchors=anchors)


def _trained(made: Linker) -> dict[str, list[float | None]]:
    """The m of every comparison after a training session; None for a level it did not see."""
    saved: dict[str, Any] = made.misc.save_model_to_json()
    return {
        comparison["output_column_name"]: [
            level.get("m_probability")
            for level in comparison["comparison_levels"]
            if not level.get("is_null_level")
        ]
        for comparison in saved["comparisons"]
    }


def _weighed(fixed: list[float], lessons: list[tuple[int, list[float]]]) -> list[float]:
    total = WEIGHT + sum(count for count, _ in lessons)
    mixed = [
        (WEIGHT * share + sum(count * learnt[place] for count, learnt in lessons)) / total
        for place, share in enumerate(fixed)
    ]
    return [float(f"{share / sum(mixed):.4g}") for share in mixed]


def _shared(left: pl.DataFrame, right: pl.DataFrame, key: tuple[str, ...]) -> int:
    """Pairs that agree on all of a key, each person once; of a list too short to teach, at most."""
    columns = list(key)
    own = left.select(columns).drop_nulls().unique()
    if own.height < FEWEST:
        return own.height
    return own.join(right.select(columns), on=columns, how="semi").height


def _anchors(left: pl.DataFrame, right: pl.DataFrame) -> int:
    """People of the left list with the ID number, or the name, birth date and sex, of another."""
    by_id = left.join(right, on="id_number", how="semi")["unique_id"]
    by_name = left.join(right, on=["name", "birth_text", "sex"], how="semi")["unique_id"]
    return pl.concat([by_id, by_name]).n_unique()


def shares_zh(model: Model) -> str:
    """One line for the user: where the weights come from."""
    if model.anchors:
        return f"权重：由名单中 {model.anchors} 对可靠的配对学得"
    return f"权重：名单较小（可靠的配对不足 {FEWEST} 对），使用固定权重"
