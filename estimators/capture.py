"""Capture-recapture from a table of overlapping lists: every model, their average and their spread.

Model averaging: Buckland ST, Burnham KP, Augustin NH. Biometrics 1997;53:603-18. On the danger of
picking one model: Chao A et al. Stat Med 2001;20:3123-57 (hepatitis A, where AIC's choice is 1,313
and the truth about 545).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from .capture_two import Estimate, chao, chapman, lincoln_petersen, log_interval
from .errors import InvalidValueError, MissingColumnError, NotEstimableError
from .interval import Floats, checked_counts
from .loglinear import Term, fit, generators, hierarchical_models, histories, included
from .profile_likelihood import profile_interval
from .rate import require

PROFILED = 120  # with 5 lists only the best models get profile limits, the rest log-normal ones
SUPPORTED = 10.0  # models within this AIC distance of the best count for the spread
SCHEMA = {
    "model": pl.String,
    "terms": pl.String,
    "population": pl.Float64,
    "se": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "aic": pl.Float64,
    "bic": pl.Float64,
}
Row = tuple[
    str, str, float | None, float | None, float | None, float | None, float | None, float | None
]


def cell_counts(frame: pl.DataFrame, lists: list[str]) -> Floats:
    """Counts of the 2^k - 1 observed histories, 1...1 first; repeated histories are added up.

    Raises InvalidValueError for an entry other than 0/1 and for people seen on no list.
    """
    require(frame, *lists, "count")
    counts = checked_counts(frame["count"].cast(pl.Float64).to_numpy())
    code = np.zeros(frame.height, dtype=np.int64)
    for name in lists:
        values = frame[name].cast(pl.Float64).to_numpy()
        bad = np.flatnonzero(~np.isin(values, (0.0, 1.0)))
        if bad.size:
            row = int(bad[0])
            raise InvalidValueError(f"第 {row + 1} 行名单标记应为 0 或 1", column=name, row=row)
        code = code * 2 + values.astype(np.int64)
    nowhere = np.flatnonzero((code == 0) & (counts > 0))
    if nowhere.size:
        row = int(nowhere[0])
        raise InvalidValueError(
            f"第 {row + 1} 行不在任何名单上却有人数，未被查到的人数是待估计的",
            column="count",
            row=row,
        )
    totals = np.bincount(code, weights=counts, minlength=2 ** len(lists))
    return totals[:0:-1].astype(np.float64)


def capture(
    frame: pl.DataFrame, lists: list[str] | None = None, level: float = 0.95
) -> pl.DataFrame:
    """Population size from 2-5 overlapping lists.

    ``frame``: one 0/1 column a list and count. ``lists`` defaults to every column but count.
    Returns rows model, terms, population, se, ci_low, ci_high, aic, bic: for two lists ``chapman``
    and ``lincoln_petersen``; for more, every hierarchical log-linear model (brackets number the
    lists; best AIC first; profile-likelihood limits; nulls where not estimable), then
    ``average_aic``, ``average_bic`` (unconditional standard error), ``spread`` and
    ``spread_supported`` (least and greatest estimate, as the limits, among all estimable models and
    among those within 10 AIC of the best) and ``chao`` (lower bound).
    BIC uses the number of persons seen. Raises NoOverlapError, InvalidValueError and others.
    """
    lists = lists or [column for column in frame.columns if column != "count"]
    if not 2 <= len(lists) <= 5:
        raise MissingColumnError(f"需要 2—5 个名单列，现有 {len(lists)} 个", column="count")
    counts = cell_counts(frame, lists)
    if len(lists) == 2:
        both, first, second = counts
        pair = (float(first + both), float(second + both), float(both))
        terms = " + ".join(lists)
        rows = [
            _row("chapman", terms, chapman(*pair, level)),
            _row("lincoln_petersen", terms, lincoln_petersen(*pair, level)),
        ]
    else:
        rows = _models(counts, lists, level)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _row(
    model: str, terms: str, value: Estimate, aic: float | None = None, bic: float | None = None
) -> Row:
    return model, terms, value.population, value.se, value.ci_low, value.ci_high, aic, bic


def _label(model: frozenset[Term], lists: list[str]) -> tuple[str, str]:
    parts = [sorted(term) for term in generators(model, len(lists))]
    brackets = ",".join("".join(str(i + 1) for i in part) for part in parts)
    return f"[{brackets}]", " + ".join("*".join(lists[i] for i in part) for part in parts)


def _models(counts: Floats, lists: list[str], level: float) -> list[Row]:
    size, seen = len(lists), float(counts.sum())
    models = hierarchical_models(size)
    fits = fit(counts, models, size)
    aic = 2 * fits.parameters - 2 * fits.log_likelihood
    bic = np.log(max(seen, 1.0)) * fits.parameters - 2 * fits.log_likelihood
    order = np.argsort(aic, kind="stable")
    usable = order[fits.estimable[order]]
    if not usable.size:
        raise NotEstimableError("空单元格太多，没有一个对数线性模型可以估计", column="count")
    population = seen + fits.unseen
    limits = np.array(
        [log_interval(p, s, seen, level) for p, s in zip(population, fits.se, strict=True)]
    )
    best = usable[:PROFILED]
    _, low, high = profile_interval(
        counts, included([models[i] for i in best], size), size, fits.unseen[best], level
    )
    limits[best] = np.column_stack([low, high])
    rows: list[Row] = []
    for index in order:
        name, terms = _label(models[index], lists)
        if fits.estimable[index]:
            upper = float(limits[index, 1])
            rows.append(
                (
                    *(name, terms, float(population[index]), float(fits.se[index])),
                    *(float(limits[index, 0]), upper if np.isfinite(upper) else None),
                    *(float(aic[index]), float(bic[index])),
                )
            )
        else:
            rows.append((name, terms, None, None, None, None, float(aic[index]), float(bic[index])))
    for criterion, scores in (("aic", aic), ("bic", bic)):
        weight = np.exp(-(scores[usable] - scores[usable].min()) / 2)
        weight /= weight.sum()
        mean = float(weight @ population[usable])
        spread = np.sqrt(fits.se[usable] ** 2 + (population[usable] - mean) ** 2)
        se = float(weight @ spread)
        value = Estimate(mean, se, *log_interval(mean, se, seen, level))
        rows.append(_row(f"average_{criterion}", "", value))
    supported = usable[aic[usable] - aic[usable[0]] <= SUPPORTED]
    for name, some in (("spread", usable), ("spread_supported", supported)):
        ends = (float(population[some].min()), float(population[some].max()))
        rows.append((name, f"{len(some)} models", None, None, *ends, None, None))
    ones = np.array([sum(cell) for cell in histories(size)[:-1]])
    once, twice = float(counts[ones == 1].sum()), float(counts[ones == 2].sum())
    if twice > 0:
        rows.append(_row("chao", "lower bound", chao(seen, once, twice, size, level=level)))
    return rows


def warnings(result: pl.DataFrame) -> list[str]:
    """Chinese warnings about a log-linear result: an AIC choice that should not be trusted."""
    rows = {row["model"]: row for row in result.iter_rows(named=True)}
    if "spread" not in rows:
        return []
    found = []
    best = result.row(0, named=True)
    parts = best["model"].strip("[]").split(",")
    lists = len({digit for part in parts for digit in part})
    # with 3 lists all 8 models are plausible; with more, some of the hundred always are absurd
    spread = rows["spread" if lists == 3 else "spread_supported"]
    low, high = spread["ci_low"], spread["ci_high"]
    if high > 1.5 * low:
        found.append(
            f"各模型估计相差很大（{low:.0f}—{high:.0f}），AIC 的选择不可靠，请报告范围而不是一个数"
        )
    if lists == 3 and len(parts) == 3 and all(len(part) == 2 for part in parts):
        found.append("AIC 选中了饱和模型（自由度 0），它对抽样波动最敏感，不应单独采用")
    if best["population"] is None:
        found.append("AIC 最小的模型不可估计（有空单元格），已从平均中剔除")
    return found


def missed(
    frame: pl.DataFrame, result: pl.DataFrame, lists: list[str] | None = None
) -> pl.DataFrame:
    """Rows list, missed_percent: share of the estimated population each list missed (0-100).

    The population is Chapman's for two lists, the AIC-weighted average for more.
    """
    lists = lists or [column for column in frame.columns if column != "count"]
    reference = "chapman" if len(lists) == 2 else "average_aic"
    population = result.filter(pl.col("model") == reference)["population"][0]
    listed = [frame.filter(pl.col(name).cast(pl.Float64) == 1)["count"].sum() for name in lists]
    shares = [100 * (1 - value / population) for value in listed]
    return pl.DataFrame({"list": lists, "missed_percent": shares})
