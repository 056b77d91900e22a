"""Mean years lived in an age interval by those who die in it (ax): the choices for ages 0 and 1-4.

Sources: Coale & Demeny West as printed in Preston SH, Heuveline P, Guillot M. Demography (2001),
table 3.3; Andreev EM, Kingkade WW. Demographic Research 2015;33:363-90, in terms of m0 as used by
the Human Mortality Database protocol version 6; Greville's formula for ages 15 and over as used by
the United Nations (1982, Model Life Tables for Developing Countries, annex V).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

import numpy as np

from .errors import InvalidOptionError, InvalidValueError
from .interval import Floats

MALE, FEMALE, BOTH = 1, 2, 0
SEX_CODES = {
    **dict.fromkeys(("1", "male", "m", "男", "男性"), MALE),
    **dict.fromkeys(("2", "female", "f", "女", "女性"), FEMALE),
    **dict.fromkeys(("0", "3", "both", "total", "合计", "男女合计"), BOTH),
}


def sex_codes(values: Sequence[Hashable]) -> list[int]:
    """Sex values (code, English or Chinese label) as 1 male, 2 female, 0 both."""
    known = {value: _sex_code(str(value)) for value in set(values)}
    codes = [known[value] for value in values]
    if None in codes:
        row = codes.index(None)
        raise InvalidValueError(f"第 {row + 1} 行性别不认识，应为 1、2 或 0", column="sex", row=row)
    return cast(list[int], codes)


def _sex_code(text: str) -> int | None:
    return SEX_CODES.get(text.strip().lower().removesuffix(".0"))


def coale_demeny(m0: Floats, sex: Floats) -> tuple[Floats, Floats]:
    """a0 and 4a1 in years from m0, West family; both sexes: the mean of male and female."""
    high = m0 >= 0.107
    male = (
        np.where(high, 0.330, 0.045 + 2.684 * m0),
        np.where(high, 1.352, 1.651 - 2.816 * m0),
    )
    female = (
        np.where(high, 0.350, 0.053 + 2.800 * m0),
        np.where(high, 1.361, 1.522 - 1.518 * m0),
    )
    return _by_sex(sex, male[0], female[0]), _by_sex(sex, male[1], female[1])


def andreev_kingkade(m0: Floats, sex: Floats) -> Floats:
    """a0 in years from m0, for low mortality; both sexes: the mean of male and female."""
    male = np.select(
        [m0 < 0.02300, m0 < 0.08307],
        [0.14929 - 1.99545 * m0, 0.02832 + 3.26021 * m0],
        0.29915,
    )
    female = np.select(
        [m0 < 0.01724, m0 < 0.06891],
        [0.14903 - 2.05527 * m0, 0.04667 + 3.88089 * m0],
        0.31411,
    )
    return _by_sex(sex, male, female)


def greville(ages: Floats, mx: Floats) -> Floats:
    """Values of ax in years for five-year intervals from 15: 2.5 - 25/12 (m - k), k = ln(m+/m-)/10.

    Ages 5 and 10 keep 2.5; the last closed interval uses the open group's rate as its neighbour.
    """
    ax = np.full(mx.shape, 2.5)
    inner = slice(1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.log(mx[:, 2:] / mx[:, :-2]) / 10
        value = 2.5 - 25 / 12 * (mx[:, inner] - k)
    apply = (ages[inner] >= 15) & np.isfinite(value)
    ax[:, inner] = np.where(apply, value, 2.5)
    return ax


def separation(
    ages: Floats, widths: Floats, mx: Floats, a0: float | str, sex: Sequence[int] | None
) -> Floats:
    """Values of ax in years, shape (groups, ages); the open interval's entry is 1/m (0 if m is 0).

    ``a0``: a number (years lived in the first year by infants dying in it), ``coale-demeny`` or
    ``andreev-kingkade`` (both use Coale-Demeny's 4a1 and need ``sex``), or ``greville`` (the
    latter two formulas plus Greville's ax from 15). Elsewhere half the interval.
    """
    ax = np.tile(widths / 2, (mx.shape[0], 1))
    if a0 == "greville":
        five_years = (widths == 5) & (ages >= 5)
        ax = np.where(five_years, greville(ages, mx), ax)
    infants = ages[0] == 0
    if isinstance(a0, str):
        if a0 not in ("coale-demeny", "andreev-kingkade", "greville"):
            raise InvalidOptionError(
                f"a0 应为数字、coale-demeny 或 andreev-kingkade，现为 {a0}", column="a0"
            )
        if infants:
            if sex is None:
                raise InvalidOptionError(f"a0 用 {a0} 时需要 sex 列（1、2、0）", column="sex")
            codes = np.asarray(sex, dtype=np.float64)
            first, second = coale_demeny(mx[:, 0], codes)
            ax[:, 0] = andreev_kingkade(mx[:, 0], codes) if a0 == "andreev-kingkade" else first
            ax[:, 1] = second
    elif not 0 < a0 < 1:
        raise InvalidOptionError(f"a0 应在 0 与 1 岁之间，现为 {a0}", column="a0")
    elif infants:
        ax[:, 0] = a0
    # nobody dies in the open interval: no expectation, and the caller refuses the group
    ax[:, -1] = np.divide(1.0, mx[:, -1], out=np.zeros(len(mx)), where=mx[:, -1] > 0)
    return ax


def _by_sex(sex: Floats, male: Floats, female: Floats) -> Floats:
    return np.where(sex == MALE, male, np.where(sex == FEMALE, female, (male + female) / 2))
