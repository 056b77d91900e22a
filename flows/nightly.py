"""The nightly flow, and the only file that knows Prefect."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

# No telemetry; set before Prefect reads its settings.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows.attempt import attempt
from flows.home import TIME_ZONE, Home, today
from flows.night import STEPS


@flow(name="zhikong-night", log_prints=False)
def nightly(home: str, as_of: date | None = None, engine: str | None = None) -> str:
    """From the files hospitals sent to the published file and the drafts of letters.

    Nothing is retried here: the steps are deterministic, a second try would hide a fault.
    """
    logger = get_run_logger()
    with attempt(Home(Path(home)), as_of or today(), logger.info, engine) as tried:
        tonight = tried.tonight
        for name, step in STEPS.items():
            # Frames of cards are handed on in memory: nothing is cached, stored or logged.
            run = task(name=name, cache_policy=NO_CACHE, persist_result=False)
            run(tried.wrapped(name, step))(tonight)
        if tonight.score.height:
            create_table_artifact(
                table=tonight.score.to_dicts(),
                key="score",
                description=f"第 17–22 条得分，数据截至 {tonight.as_of}",
            )
        return tried.finish()


def run_flow(home: Home, as_of: date, engine: str | None = None) -> str:
    """Run the flow on the configured Prefect server, or on an ephemeral one."""
    return nightly(str(home.path), as_of, engine)


def serve_nightly(home: Home, cron: str) -> None:
    """Register the deployment and run it on its schedule, Beijing time."""
    from prefect.schedules import Cron

    nightly.serve(
        name="nightly",
        schedule=Cron(cron, timezone=TIME_ZONE.key),
        parameters={"home": str(home.path.resolve())},
    )
