"""Age heaping (Whipple, Myers) and the United Nations age-sex accuracy index.

Sources: Shryock HS, Siegel JS. The Methods and Materials of Demography (1976), ch. 8; Myers RJ.
Trans Actuarial Soc Am 1940;41:395-415; United Nations Population Bulletin 2 (1952).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .errors import AgeGroupError, SmallNumbersError, ZeroDenominatorError
from .interval import Floats, checked_counts
from .rate import require

SMALL_POPULATION = 1_000_000


def single_ages(frame: pl.DataFrame, needed: range) -> Floats:
    """Counts by completed year of age, index = age; every age of ``needed`` must be present."""
    require(frame, "age", "count")
    ages = checked_counts(frame["age"].cast(pl.Float64).to_numpy(), "age")
    counts = checked_counts(frame["count"].cast(pl.Float64).to_numpy())
    if (ages != np.floor(ages)).any():
        row = int(np.flatnonzero(ages != np.floor(ages))[0])
        raise AgeGroupError(f"第 {row + 1} 行年龄应为整岁", column="age", row=row)
    index = ages.astype(np.int64)
    missing = sorted(set(needed) - set(index.tolist()))
    if missing:
        raise AgeGroupError(
            f"缺少 {missing[0]} 岁（需要 {needed[0]}—{needed[-1]} 岁每岁一行，没有人填 0）",
            column="age",
        )
    totals = np.bincount(index, weights=counts, minlength=needed[-1] + 1)
    return totals.astype(np.float64)


def whipple(frame: pl.DataFrame) -> float:
    """500 x persons aged 25, 30 ... 60 / persons aged 23-62: 100 none, 500 all on 0 and 5.

    ``frame``: age (single years 23-62 at least), count; rows of one age are added up.
    """
    counts = single_ages(frame, range(23, 63))
    total = counts[23:63].sum()
    if total == 0:
        raise ZeroDenominatorError("23—62 岁没有人数", column="count")
    return float(500 * counts[25:61:5].sum() / total)


def myers_deviations(frame: pl.DataFrame) -> Floats:
    """Percentage points above 10 % for each final digit 0-9, blended over ages 10-89."""
    counts = single_ages(frame, range(10, 90))
    blended = np.array(
        [
            (digit + 1) * counts[10 + digit : 80 : 10].sum()
            + (9 - digit) * counts[20 + digit : 90 : 10].sum()
            for digit in range(10)
        ]
    )
    if blended.sum() == 0:
        raise ZeroDenominatorError("10—89 岁没有人数", column="count")
    return np.asarray(100 * blended / blended.sum() - 10, dtype=np.float64)


def myers(frame: pl.DataFrame) -> float:
    """Full sum of absolute deviations, 0-180 (many packages print half of it)."""
    return float(np.abs(myers_deviations(frame)).sum())


def heaping(frame: pl.DataFrame) -> pl.DataFrame:
    """One row: whipple, myers (full sum), myers_half, refused.

    Whipple's index needs ages 23-62; where ages 10-89 are not all there, Myers' is null and
    ``refused`` says which age is missing.
    """
    index, full, reason = whipple(frame), None, None
    try:
        full = myers(frame)
    except AgeGroupError as missing:
        reason = f"不计算 Myers 指数：{missing}"
    half = None if full is None else full / 2
    names = ("whipple", "myers", "myers_half")
    schema = {**dict.fromkeys(names, pl.Float64()), "refused": pl.String()}
    return pl.DataFrame([(index, full, half, reason)], schema=schema, orient="row")


def age_sex_accuracy(frame: pl.DataFrame, *, small: bool = True) -> pl.DataFrame:
    """One row: sex_ratio_score, age_ratio_male, age_ratio_female, index (3 SR + AR_m + AR_f).

    ``frame``: age_start (0, 5 ... closed five-year groups; drop the open one), male, female. Below
    one million people ``small`` applies the UN correction -3500/sqrt(N) + 3.5. Index below 20
    accurate, 20-40 inaccurate, above 40 highly inaccurate.
    """
    require(frame, "age_start", "male", "female")
    ordered = frame.sort("age_start")
    ages = ordered["age_start"].cast(pl.Float64).to_numpy()
    if len(ages) < 5 or ages[0] != 0 or (np.diff(ages) != 5).any():
        raise AgeGroupError("年龄组应为 0、5、10……，至少 5 组，不含开放组", column="age_start")
    male, female = (
        checked_counts(ordered[name].cast(pl.Float64).to_numpy(), name)
        for name in ("male", "female")
    )
    if (male == 0).any() or (female == 0).any():
        raise SmallNumbersError("有年龄组人数为 0，不能计算年龄性别准确指数", column="male")

    def ratio_score(values: Floats) -> float:
        neighbours = (values[:-2] + values[2:]) / 2
        return float(np.abs(100 - 100 * values[1:-1] / neighbours).mean())

    sex_score = float(np.abs(np.diff(100 * male / female)).mean())
    scores = ratio_score(male), ratio_score(female)
    total = float(male.sum() + female.sum())
    index = 3 * sex_score + sum(scores)
    if small and total < SMALL_POPULATION:
        index += 3.5 - 3500 / np.sqrt(total)
    return pl.DataFrame(
        {
            "sex_ratio_score": [sex_score],
            "age_ratio_male": [scores[0]],
            "age_ratio_female": [scores[1]],
            "index": [float(index)],
        }
    )
