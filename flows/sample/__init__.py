"""Synthetic counties: plausible, labelled, made from invented people only (合成数据)."""

from __future__ import annotations

from pathlib import Path


def write_sample(
    directory: Path,
    *,
    year: int = 2025,
    deaths: int | None = None,
    faults: float = 0.0,
    seed: int = 1,
    area: str | None = None,
    preset: str | None = None,
    years: int | None = None,
) -> None:
    """Write `directory/inbox/*`, `directory/truth.csv` and a README saying it is synthetic.

    Args:
        directory: made when absent; files of an earlier sample in it are replaced.
        year: last of the complete data years.
        deaths: official deaths of registered people in `year`; every other number is scaled with
            it (None: the preset's own number).
        faults: planted faults per card, at most one a card (0 gives sound cards only).
        seed: the same arguments and seed give the same files.
        area: six digits of the county (None: the preset's).
        preset: a row of `reference/sample_preset.csv`: `taishun` (default) or `qianyang`.
        years: how many complete data years (None: three; one when `deaths` is above 100,000).

    Raises:
        SampleError: an argument outside its range, an unknown preset or a county without towns.
    """
    from flows.sample.make import make  # numpy and polars stay out of the command's start

    make(
        Path(directory),
        year=year,
        deaths=deaths,
        faults=faults,
        seed=seed,
        area=area,
        preset=preset,
        years=years,
    )
