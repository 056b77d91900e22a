"""The numeric core of an abridged life table, on arrays of shape (groups, age groups).

Source: Chiang CL. The Life Table and its Applications (1984), the second abridged method; open
interval: Silcocks PBS et al. J Epidemiol Community Health 2001;55:38-43, whose term
(l/2)^2 4/(D M^2) is the variance of l/M for a Poisson count of deaths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .interval import Floats

RADIX = 100_000.0


@dataclass(frozen=True)
class Table:
    """Columns of a life table, each (groups, age groups); ``e_se`` is the standard error of ex."""

    qx: Floats
    lx: Floats
    dx: Floats
    person_years: Floats
    total_years: Floats
    ex: Floats
    e_se: Floats


def probabilities(mx: Floats, ax: Floats, widths: Floats) -> Floats:
    """Death probabilities q = n m / (1 + (n - a) m), at most 1; the open interval is 1."""
    qx = np.minimum(widths * mx / (1 + (widths - ax) * mx), 1.0)
    qx[:, -1] = 1.0
    return qx


def from_probabilities(
    qx: Floats, ax: Floats, widths: Floats, mx_open: Floats, deaths: Floats
) -> Table:
    """lx, dx, Lx, Tx, ex and the standard error of ex.

    ``ax`` in years, ``widths`` in years (the open entry is not used), ``mx_open`` the rate of the
    open interval, ``deaths`` the counted deaths behind each qx (they set the variance).
    """
    survivors = np.cumprod(1 - qx[:, :-1], axis=1)
    lx = RADIX * np.concatenate([np.ones((qx.shape[0], 1)), survivors], axis=1)
    dx = lx * qx
    years = np.empty_like(lx)
    years[:, :-1] = widths[:-1] * lx[:, 1:] + ax[:, :-1] * dx[:, :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        years[:, -1] = lx[:, -1] / mx_open
        total = np.cumsum(years[:, ::-1], axis=1)[:, ::-1]
        ex = total / lx
        variance_q = np.where(deaths > 0, qx**2 * (1 - qx) / deaths, 0.0)
        next_e = ex[:, 1:]
        terms = np.zeros_like(ex)
        terms[:, :-1] = (
            lx[:, :-1] ** 2 * (widths[:-1] - ax[:, :-1] + next_e) ** 2 * variance_q[:, :-1]
        )
        terms[:, -1] = lx[:, -1] ** 2 / (deaths[:, -1] * mx_open**2)
        e_se = np.sqrt(np.cumsum(terms[:, ::-1], axis=1)[:, ::-1]) / lx
    return Table(qx, lx, dx, years, total, ex, e_se)
