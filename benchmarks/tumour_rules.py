"""Speed of the rules on tumour cards: every family, dates among them.

    python benchmarks/tumour_rules.py [--cards 1000000]

Invented cards: codes drawn from the reference tables so that most are plausible and some are not,
dates of which some are known by year only.  Timed are the verdicts on codes and texts, and the
rules of all families on the prepared frame, through the same pandera schema as every night; beside
it the whole of `find` with the rules on person, address and audit that every card has.  Goal: the
families within 2.5 s for a million cards on two cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandera.polars as pa
import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from validators import reference, tumour_basis, tumour_code, tumour_text  # noqa: E402
from validators.expression import credible_age  # noqa: E402
from validators.finding import SLICE, find, schema_for  # noqa: E402
from validators.rule import FACTS  # noqa: E402
from validators.sound import SOUND, typed_frame  # noqa: E402

AS_OF = date(2026, 1, 31)
GOAL = 2.5


def cards(count: int, seed: int = 1) -> pl.DataFrame:
    """Return a typed frame of invented tumour cards."""
    random = np.random.default_rng(seed)
    site = reference.table("sample_site")
    form = reference.table("sample_histology")
    usual = site.join(form, on="histology").select(
        "icd10", "topography", "morphology", "behaviour", "grade", "site_zh", "name_zh"
    )
    rare = pl.concat(
        [
            reference.table("icdo3_topography").sample(4000, with_replacement=True, seed=seed),
            reference.table("icdo3_morphology")
            .filter(pl.col("behaviour").is_in(["0", "1", "2", "3"]))
            .select("morphology", "behaviour")
            .sample(4000, with_replacement=True, seed=seed),
        ],
        how="horizontal",
    ).with_columns(
        icd10=pl.lit("C80.9"), grade=pl.lit("9"), site_zh=pl.lit("部位"), name_zh=pl.lit("肿瘤")
    )
    kinds = pl.concat([usual, rare.select(usual.columns)])
    odd = random.random(count) < 0.05
    pick = np.where(
        odd,
        random.integers(usual.height, kinds.height, count),
        random.integers(0, usual.height, count),
    )
    drawn = kinds[pick]
    base, _ = typed_frame("tumour", [SOUND["tumour"]])
    born = date(1930, 1, 1)
    births = pl.Series(random.integers(0, 28000, count))
    diagnosed = pl.Series(random.integers(0, 3600, count))
    day = pl.lit(date(2016, 1, 1)) + pl.duration(days=pl.lit(diagnosed))
    frame = pl.concat([base] * 1).select(pl.all().repeat_by(count).explode())
    grades = pl.Series(random.choice(["1", "2", "3", "9"], count))
    frame = frame.with_columns(
        drawn["icd10"],
        drawn["topography"],
        drawn["morphology"],
        drawn["behaviour"],
        drawn["site_zh"].alias("site_text"),
        drawn["name_zh"].alias("pathology_text"),
        grades.alias("grade"),
        pl.Series("sex", random.choice(["1", "2"], count)),
        pl.Series("diagnosis_basis", random.choice(["1,2", "7", "2,7", "6", "5", "10"], count)),
        (pl.lit(born) + pl.duration(days=pl.lit(births))).alias("birth_date"),
        day.alias("diagnosis_date"),
        day.alias("event_date"),
        (day + pl.duration(days=200)).alias("last_contact_date"),
    )
    # One card in twenty knows only the year of birth.
    partly = pl.Series(random.random(count) < 0.05)
    parts = [
        getattr(pl.col(name).dt, part)().cast(pl.Int32).alias(f"{name}_{part}")
        for name in ("birth_date", "diagnosis_date")
        for part in ("year", "month")
    ]
    years = pl.col("event_date").dt.year() - pl.col("birth_date").dt.year()
    return frame.with_columns(
        *parts, year=pl.col("event_date").dt.year(), age_years=years.cast(pl.Int32)
    ).with_columns(
        birth_date=pl.when(~partly).then("birth_date"),
        age_years=pl.when(~partly).then("age_years"),
    )


def of_families(schema: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """Return the schema with the rules of the families only."""
    columns = {
        name: pa.Column(checks=checks, nullable=True, name=name)
        for name, column in schema.columns.items()
        if (checks := [c for c in column.checks if c.statistics[FACTS].family])
    }
    return pa.DataFrameSchema(columns, name=schema.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=1_000_000)
    count = parser.parse_args().cards
    frame = cards(count)
    warm = find(frame.head(1000), "tumour", as_of=AS_OF, province="33")
    schema = of_families(schema_for("tumour", "33"))

    started = time.perf_counter()
    prepared = warm_prepared(frame, warm.prepared)
    coded = time.perf_counter()
    failing = 0
    for part in prepared.iter_slices(SLICE):
        try:
            schema.validate(part, lazy=True)
        except pa.errors.SchemaErrors as errors:
            failing += sum(int((~e.check_output.to_series()).sum()) for e in errors.schema_errors)
    judged = time.perf_counter()
    report = find(frame, "tumour", as_of=AS_OF, province="33")
    ended = time.perf_counter()

    rules = sum(len(column.checks) for column in schema.columns.values())
    seconds = judged - started
    print(f"{count:,} cards, {rules} rules of families, {failing:,} findings")
    print(f"verdicts on codes and texts  {coded - started:6.2f} s")
    print(f"rules of all families        {judged - coded:6.2f} s")
    print(f"together                     {seconds:6.2f} s  {count / seconds:,.0f} cards/s")
    print(f"goal {GOAL} s a million: {'met' if seconds <= GOAL * count / 1e6 else 'not met'}")
    whole = ended - judged
    print(f"find, with all other rules   {whole:6.2f} s  {report.findings.height:,} findings")


def warm_prepared(frame: pl.DataFrame, example: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with what the families read: context, excuses (none), age and verdicts."""
    fixed = [pl.lit(False).alias(name) for name in example.columns if name.startswith("excused_")]
    context = [
        pl.lit(AS_OF, pl.Date).alias("context_as_of"),
        pl.lit("33", pl.String).alias("context_province"),
        pl.lit(None, pl.String).alias("context_icdo_revision"),
    ]
    return frame.with_columns(*context, *fixed).with_columns(
        credible_age(), *tumour_basis.derived(), *tumour_code.derived(), *tumour_text.derived()
    )


if __name__ == "__main__":
    main()
