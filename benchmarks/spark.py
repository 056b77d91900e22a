"""Rules and models on this machine and on local Spark, at three sizes; ratios of one run.

`python benchmarks/spark.py [--deaths 1000 10000 30000]`. Every size is assembled once a process;
then the four cards are judged and the models built: by the engine of this machine, and by Spark
with as many workers as there are cores. Here one kind and one model come after the other, as on
Spark; a night does several side by side (flows/lanes.py). Beside the wall time stand the processor
seconds of what took part (the JVM and its workers too), which a busy machine changes less; what
Spark sent between its stages is read from its own status store.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SPARK = ROOT / ".venv-spark" / "bin" / "python"
CARDS = ("death", "tumour", "cardio", "diabetes")


def one(engine: str, inbox: Path) -> dict[str, float]:
    """Judge and build with one engine, in this process."""
    import psutil

    from flows import assemble, publish, validate
    from flows.engine import engine_of
    from flows.home import Home
    from flows.layout import layouts
    from flows.night import receive
    from flows.quality import Ruling
    from flows.store import opened
    from flows.tonight import Tonight

    def processor() -> float:
        me = psutil.Process()
        times = [p.cpu_times() for p in (me, *me.children(recursive=True))]
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = sum(t.user + t.system + t.children_user + t.children_system for t in times[1:])
        return float(spent + times[0].user + times[0].system + ended.ru_utime + ended.ru_stime)

    home = Home(inbox.parent)
    took: dict[str, float] = {}
    made: dict[str, float] = {"judge": 0.0, "judge_cpu": 0.0, "build": 0.0, "build_cpu": 0.0}

    def timed(name: str, method: Any) -> Any:
        def run(*arguments: object) -> object:
            began, spent = time.perf_counter(), processor()
            result = method(*arguments)
            made[name] += time.perf_counter() - began
            made[f"{name}_cpu"] += processor() - spent
            return result

        return run

    for step, lanes in (assemble, 1), (validate, 0), (publish, 1):  # to judge, there is one more
        step.LANES = lanes  # type: ignore[attr-defined]
    began = time.perf_counter()
    with engine_of(home, engine) as working, opened(home) as store:
        took["start"] = time.perf_counter() - began
        creator = timed("build", working.creator)  # on Spark it opens the cards
        working.judge, working.creator = (  # type: ignore[method-assign]
            timed("judge", working.judge),
            lambda *given: timed("build", creator(*given)),
        )
        tonight = Tonight(store, date(2026, 1, 31), engine=working)
        began = time.perf_counter()
        receive(tonight)
        assemble.assemble(tonight)
        took["assemble"] = time.perf_counter() - began
        took["cards"] = sum(tonight.frames[name].height for name in CARDS)
        validate.validate(tonight)
        if engine == "spark":  # the second time the workers are up and the files are written
            warm, spent = time.perf_counter(), processor()
            province = tonight.places.home_area[:2] if tonight.places else ""
            table = layouts(ROOT / "reference")
            ruling = Ruling(tonight.as_of, province, table)
            for name in CARDS:
                type(working).judge(working, tonight.kinds[name], ruling, None)
            took["judge_warm"] = time.perf_counter() - warm
            took["judge_warm_cpu"] = processor() - spent
        publish.publish(tonight)
        if engine == "spark":
            took |= shuffled(working)
    took["driver_gib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return took | made


def shuffled(engine: object) -> dict[str, float]:
    """What Spark's own metrics say of all its stages."""
    store = engine.session.sparkContext._jsc.sc().statusStore()  # type: ignore[attr-defined]
    executors = store.executorList(False)
    found = [executors.apply(place) for place in range(executors.size())]
    return {
        "shuffle_write_mb": sum(each.totalShuffleWrite() for each in found) / 1e6,
        "shuffle_read_mb": sum(each.totalShuffleRead() for each in found) / 1e6,
        "tasks": sum(each.totalTasks() for each in found),
    }


def run(engine: str, inbox: Path) -> dict[str, float]:
    """The same in a process of its own."""
    answer = subprocess.run(
        [str(SPARK), "-P", __file__, "--one", engine, str(inbox)],
        capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if answer.returncode:
        sys.exit(answer.stderr[-2000:])
    took: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return took


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--deaths", type=int, nargs="*", default=[1_000, 10_000, 30_000])
    options.add_argument("--one", nargs=2)
    given = options.parse_args()
    if given.one:
        print(json.dumps(one(given.one[0], Path(given.one[1]))))
        return
    if not SPARK.exists():
        print("Spark is not installed (make spark-setup): not compared.")
        return
    from flows.sample import write_sample

    cores = os.cpu_count() or 1
    for deaths in given.deaths:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            write_sample(
                place / "sample", year=2025, deaths=deaths, faults=0.02, seed=2, area="330329",
                preset=None,
            )  # fmt: skip
            made = {}
            for engine in ("duckdb", "spark"):
                home = place / engine
                home.mkdir()
                (home / "settings.toml").write_text(
                    '[spark_conf]\n"spark.sql.shuffle.partitions" = "4"\n', "utf-8"
                )
                shutil.copytree(place / "sample" / "inbox", home / "inbox")
                made[engine] = run(engine, home / "inbox")
            report(made["duckdb"], made["spark"], cores)
    print(f"load of the machine {os.getloadavg()[0]:.1f}")


def report(here: dict[str, float], spark: dict[str, float], cores: int) -> None:
    """One size."""
    cards = int(here["cards"])
    print(f"{cards:,} cards; both assemble them here ({here['assemble']:.1f} s)")
    print(f"  Spark session up: {spark['start']:.1f} s; tasks {spark['tasks']:.0f}")
    for name in ("judge", "build"):
        a, b = here[name], spark[name]
        x, y = here[f"{name}_cpu"], spark[f"{name}_cpu"]
        print(
            f"  {name}: here {a:.1f} s ({x:.1f} processor s), Spark {b:.1f} s ({y:.1f}): "
            f"ratio {b / a:.1f} (processor {y / x:.1f})"
        )
    warm, spent = spark["judge_warm"], spark["judge_warm_cpu"]
    print(
        f"  judge again, workers up: {warm:.1f} s ({spent:.1f} processor s), ratio "
        f"{warm / here['judge']:.1f} (processor {spent / here['judge_cpu']:.1f})"
    )
    print(
        f"  judged: {cards / spent:,.0f} cards a processor second on Spark, "
        f"{cards / here['judge_cpu']:,.0f} here; wall, a core of {cores}: "
        f"{cards / warm / cores:,.0f} and {cards / here['judge'] / cores:,.0f}"
    )
    print(
        f"  shuffle: {spark['shuffle_write_mb']:.1f} MB written, "
        f"{spark['shuffle_read_mb']:.1f} MB read, "
        f"{1e6 * spark['shuffle_write_mb'] / cards:,.0f} bytes a card"
    )
    print(
        f"  peak memory of the night's own process: here {here['driver_gib']:.2f} GiB, "
        f"with Spark {spark['driver_gib']:.2f} GiB"
    )


if __name__ == "__main__":
    main()
