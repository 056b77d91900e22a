"""Speed of the estimators beside R, as ratios measured in one run.

    python benchmarks/estimators.py [--patients 100000] [--strata 100000]

Net survival (Pohar Perme) of invented patients against relsurv's rs.surv, and direct
standardisation of invented age strata against popEpi's rate and PHEindicatormethods' phe_dsr. Only
the computation is timed, not starting a program or reading files. Without Rscript, or without one
of the packages, the line says so. Goal: at least 10 times as fast.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from estimators.standardise import standardise  # noqa: E402
from estimators.survival import survival  # noqa: E402

AGE_GROUPS = 18
GOAL = 10

R_SCRIPT = r"""
options(warn = -1)
quiet <- function(x) suppressWarnings(suppressMessages(requireNamespace(x, quietly = TRUE)))
folder <- commandArgs(TRUE)[1]
said <- function(...) cat("RESULT", ..., "\n")
if (quiet("relsurv")) {
  suppressMessages(library(relsurv))
  table <- read.csv(file.path(folder, "hazards.csv"))
  ages <- sort(unique(table$age)); years <- sort(unique(table$year))
  hazards <- array(NA, dim = c(length(ages), length(years), 2))
  for (s in 1:2) for (j in seq_along(years)) {
    part <- table[table$sex == s & table$year == years[j], ]
    hazards[, j, s] <- part$hazard[order(part$age)] / 365.241
  }
  dimnames(hazards) <- list(age = ages, year = years, sex = c("male", "female"))
  attr(hazards, "dimid") <- c("age", "year", "sex")
  attr(hazards, "type") <- c(2, 3, 1)
  attr(hazards, "factor") <- c(0, 0, 1)
  attr(hazards, "cutpoints") <- list(ages * 365.241, as.Date(paste0(years, "-01-01")), NULL)
  class(hazards) <- "ratetable"
  people <- read.csv(file.path(folder, "patients.csv"))
  people$year <- as.Date(people$diagnosis_date)
  people$time <- as.numeric(as.Date(people$exit_date) - people$year)
  people$age <- people$age_years * 365.241
  people$sex <- factor(people$sex, levels = 1:2, labels = c("male", "female"))
  begin <- proc.time()[3]
  fit <- rs.surv(Surv(time, dead) ~ 1, data = people, ratetable = hazards,
                 method = "pohar-perme", rmap = list(age = age, sex = sex, year = year))
  took <- proc.time()[3] - begin
  said("relsurv", took, fit$surv[max(which(fit$time <= 1826))])
} else said("relsurv", "absent")
strata <- read.csv(file.path(folder, "strata.csv"))
weights <- strata$weight[strata$area == strata$area[1]]
if (quiet("popEpi") && quiet("data.table")) {
  suppressMessages({library(data.table); library(popEpi)})
  frame <- as.data.table(strata)
  begin <- proc.time()[3]
  made <- rate(frame, obs = "count", pyrs = "population", print = "area",
               adjust = "age_group", weights = weights)
  said("popEpi", proc.time()[3] - begin, made$rate.adj[1] * 1e5)
} else said("popEpi", "absent")
if (quiet("PHEindicatormethods") && quiet("dplyr")) {
  suppressMessages({library(dplyr); library(PHEindicatormethods)})
  frame <- group_by(as_tibble(strata), area)
  begin <- proc.time()[3]
  made <- if ("stdpoptype" %in% names(formals(phe_dsr)))
    phe_dsr(frame, count, population, stdpop = weight, stdpoptype = "field") else
    calculate_dsr(frame, count, population, stdpop = weight)
  said("PHEindicatormethods", proc.time()[3] - begin, made$value[1])
} else said("PHEindicatormethods", "absent")
"""


def invented_patients(number: int) -> pl.DataFrame:
    """Patients diagnosed 2013-2019 and followed to the end of 2021, a third of them alive."""
    generator = np.random.default_rng(20240501)
    age = np.round(generator.gamma(30, 2.2, number).clip(15, 99), 2)
    diagnosis = generator.integers(15706, 15706 + 365 * 7, number)
    closing = 18992
    death = generator.exponential(1 / (0.0006 + 0.00002 * np.exp((age - 60) / 14)))
    leave = np.minimum(np.floor(death) + 1, closing - diagnosis).astype(np.int64)
    return pl.DataFrame(
        {
            "sex": generator.integers(1, 3, number),
            "age_years": age,
            "diagnosis_date": diagnosis.astype(np.int32),
            "exit_date": (diagnosis + leave).astype(np.int32),
            "dead": (np.floor(death) + 1 <= closing - diagnosis).astype(np.int64),
        }
    ).with_columns(pl.col("diagnosis_date", "exit_date").cast(pl.Date))


def invented_strata(number: int) -> pl.DataFrame:
    """About ``number`` age strata: 18 age groups in each area."""
    generator = np.random.default_rng(7)
    areas = max(number // AGE_GROUPS, 1)
    size = areas * AGE_GROUPS
    return pl.DataFrame(
        {
            "area": np.repeat(np.arange(areas), AGE_GROUPS),
            "age_group": np.tile(np.arange(1, AGE_GROUPS + 1), areas),
            "count": generator.poisson(3, size),
            "population": generator.integers(1000, 5000, size),
            "weight": np.tile(generator.integers(1, 9, AGE_GROUPS), areas),
        }
    )


def timed(work: Callable[[], pl.DataFrame], column: str) -> tuple[float, float]:
    """Seconds of the faster of two runs (the first also warms the libraries), and a result."""
    seconds = []
    for _ in range(2):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds), float(result[column][-1 if column == "survival" else 0])


def seconds_in_r(folder: Path) -> dict[str, tuple[float, float]]:
    """Package -> (seconds, its result); packages not installed are left out."""
    program = shutil.which("Rscript")
    if program is None:
        print("Rscript is not installed: no comparison, own times only.")
        return {}
    script = folder / "benchmark.R"
    script.write_text(R_SCRIPT, "utf-8")
    done = subprocess.run(
        [program, str(script), str(folder)], capture_output=True, text=True, check=False
    )
    found = {}
    for line in done.stdout.splitlines():
        words = line.split()
        if words[:1] == ["RESULT"] and words[2] == "absent":
            print(f"R package {words[1]} is not installed: not compared.")
        elif words[:1] == ["RESULT"]:
            found[words[1]] = (float(words[2]), float(words[3]))
    if done.returncode:
        print(f"R stopped early (exit code {done.returncode}): {done.stderr.strip()[-300:]}")
    return found


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description="Speed of the estimators beside R")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--strata", type=int, default=100_000)
    arguments = parser.parse_args()
    people, strata = invented_patients(arguments.patients), invented_strata(arguments.strata)
    hazards = pl.read_csv(ROOT / "reference" / "life_table" / "china_wpp2024.csv")
    own = {
        "net survival": timed(lambda: survival(people, life_table=hazards), "survival"),
        "standardisation": timed(lambda: standardise(strata, ["area"]), "standardised_rate"),
    }
    print(f"net survival, Pohar Perme, {people.height:,} patients: {own['net survival'][0]:.3f} s")
    print(f"direct standardisation, {strata.height:,} strata: {own['standardisation'][0]:.3f} s")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people.write_csv(folder / "patients.csv")
        strata.write_csv(folder / "strata.csv")
        hazards.write_csv(folder / "hazards.csv")
        theirs = seconds_in_r(folder)
    for package, (seconds, result) in theirs.items():
        mine, value = own["net survival" if package == "relsurv" else "standardisation"]
        ratio = seconds / mine
        verdict = "goal met" if ratio >= GOAL else f"below the goal of {GOAL}"
        print(
            f"{package}: {seconds:.3f} s, {ratio:.1f} times as long ({verdict}); "
            f"result {result:.6g}, ours {value:.6g}"
        )


if __name__ == "__main__":
    main()
