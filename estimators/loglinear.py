"""Hierarchical log-linear models of 3-5 incomplete lists, fitted all at once.

Source: Fienberg SE. Biometrika 1972;59:591-603; IWGDMF. Am J Epidemiol 1995;142:1047-58. Poisson
regression on the 2^k - 1 observed cells; the unseen cell is exp(intercept) in 0/1 coding.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import gammaln, xlogy

from .interval import Flags, Floats

Term = frozenset[int]


@dataclass(frozen=True)
class Fits:
    """One entry a model; ``unseen`` is the estimated number on no list, ``se`` that of N."""

    unseen: Floats
    se: Floats
    log_likelihood: Floats
    parameters: Floats
    estimable: Flags


def interactions(lists: int) -> list[Term]:
    """All interaction terms but the highest, by size then order."""
    return [
        frozenset(term) for size in range(2, lists) for term in combinations(range(lists), size)
    ]


def hierarchical_models(lists: int) -> list[frozenset[Term]]:
    """Every set of interactions that contains the sub-interactions of its members.

    8 models for 3 lists, 113 for 4, 6,893 for 5; the independence model first.
    """
    models: list[frozenset[Term]] = [frozenset()]
    for size in range(2, lists):
        terms = [frozenset(term) for term in combinations(range(lists), size)]
        grown: list[frozenset[Term]] = []
        for model in models:
            allowed = [
                term
                for term in terms
                if size == 2 or all(term - {member} in model for member in term)
            ]
            for count in range(len(allowed) + 1):
                grown += [model | frozenset(more) for more in combinations(allowed, count)]
        models = grown
    return models


def generators(model: frozenset[Term], lists: int) -> list[Term]:
    """The maximal terms, singles included: what the bracket notation writes."""
    terms = [*model, *(frozenset({single}) for single in range(lists))]
    maximal = [term for term in terms if not any(term < other for other in terms)]
    return sorted(maximal, key=lambda term: (-len(term), sorted(term)))


def histories(lists: int) -> list[tuple[int, ...]]:
    """All 2^k capture histories, 1...1 first and the unseen 0...0 last."""
    return [
        tuple(int(digit) for digit in f"{code:0{lists}b}") for code in range(2**lists - 1, -1, -1)
    ]


def design(lists: int) -> tuple[Floats, list[Term]]:
    """Design matrix (2^k cells, 1 + lists + interactions) in 0/1 coding, and its terms."""
    terms = [frozenset[int](), *(frozenset({i}) for i in range(lists)), *interactions(lists)]
    cells = histories(lists)
    columns = [[float(all(cell[i] for i in term)) for cell in cells] for term in terms]
    return np.array(columns).T, terms


def included(models: list[frozenset[Term]], lists: int) -> Flags:
    """Mask (models, columns of the design): intercept and main effects always in."""
    terms = design(lists)[1]
    return np.array([[len(term) < 2 or term in model for term in terms] for model in models])


def poisson_fit(
    matrix: Floats, counts: Floats, mask: Flags, start: Floats | None = None
) -> tuple[Floats, Floats, Flags]:
    """Newton fits of many Poisson models on one design: coefficients, covariance, converged.

    ``counts`` is (cells,) or (models, cells); ``mask`` (models, columns) leaves columns out.
    """
    models, columns = mask.shape
    observed = np.broadcast_to(counts, (models, matrix.shape[0]))
    left_out = np.eye(columns) * ~mask[:, None, :]
    if start is None:
        start = np.zeros((models, columns))
        start[:, 0] = np.log(np.maximum(observed.mean(axis=1), 0.5))
    beta = np.where(mask, start, 0.0)
    change = np.full(models, np.inf)
    for _ in range(60):
        mean = np.exp(np.clip(beta @ matrix.T, -30, 30))
        weighted = matrix * mean[:, :, None]
        information = np.where(
            mask[:, :, None] & mask[:, None, :], matrix.T @ weighted, left_out
        ) + 1e-10 * np.eye(columns)
        gradient = np.where(mask, (observed - mean) @ matrix, 0.0)
        step = np.linalg.solve(information, gradient[:, :, None])[:, :, 0]
        beta = beta + np.clip(step, -3, 3)
        change = np.abs(step).max(axis=1)
        if (change < 1e-9).all():
            break
    converged: Flags = change < 1e-6
    return beta, np.asarray(np.linalg.inv(information), dtype=np.float64), converged


def fit(counts: Floats, models: list[frozenset[Term]], lists: int) -> Fits:
    """Fit ``models`` to the observed cells (2^k - 1, ``histories`` order without the last).

    A model whose estimate runs to zero or infinity (empty cells) is marked not estimable.
    """
    matrix = design(lists)[0][:-1]
    mask = included(models, lists)
    beta, covariance, converged = poisson_fit(matrix, counts, mask)
    unseen = np.exp(np.clip(beta[:, 0], -30, 30))
    # N = n + n0 with n itself Poisson: var N = n0 + n0^2 var(b0)
    se = np.sqrt(unseen + unseen**2 * covariance[:, 0, 0])
    eta = np.clip(beta @ matrix.T, -30, 30)
    log_likelihood = (xlogy(counts, np.exp(eta)) - np.exp(eta) - gammaln(counts + 1)).sum(axis=1)
    # a coefficient with hardly any information behind it has run away
    spread = np.where(mask, np.sqrt(np.abs(np.diagonal(covariance, axis1=1, axis2=2))), 0.0)
    estimable = converged & (spread[:, 0] < 20) & (unseen < 1e3 * max(counts.sum(), 1.0))
    return Fits(unseen, se, log_likelihood, mask.sum(axis=1).astype(np.float64), estimable)
