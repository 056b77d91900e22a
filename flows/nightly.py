"""The nightly flow, and the only file that knows Prefect."""

# No `from __future__ import annotations`: a served run starts in a process of its own, where
# Prefect does not find the types of the flow's parameters when they are text.

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

# No telemetry; set before Prefect reads its settings.
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
# Runs older than two months go from the server's own database, with their logs and artifacts.
os.environ.setdefault("PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED", "events,flow_runs")
os.environ.setdefault("PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD", str(60 * 86400))

import httpx
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)

from flows.attempt import attempt
from flows.home import TIME_ZONE, Home, UserError, today
from flows.night import STEPS

SERVER_SECONDS = 180  # to make its database the first time, on a slow disk


@flow(name="zhikong-night", log_prints=False)
def nightly(
    home: str, as_of: date | None = None, engine: str | None = None, is_full: bool = False
) -> str:
    """From the files hospitals sent to the published file and the drafts of letters.

    Nothing is retried here: the steps are deterministic, a second try would hide a fault.
    """
    logger = get_run_logger()
    day = as_of or today()
    with attempt(Home(Path(home)), day, logger.info, engine=engine, is_full=is_full) as tried:
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


def run_flow(home: Home, as_of: date, engine: str | None = None, *, is_full: bool = False) -> str:
    """Run the flow on the configured Prefect server, or on an ephemeral one.

    By a beat every three minutes Prefect can tell that the process of a served run is gone. Here
    that process is the command itself, whose end would wait up to a second for the next beat.
    """
    with temporary_settings(set_defaults={PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        return nightly(str(home.path), as_of, engine, is_full)


def serve_nightly(home: Home, cron: str) -> None:
    """Register the deployment and run it on its schedule, Beijing time, until it is stopped."""
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    with _scheduling_server():
        nightly.serve(
            name="nightly",
            schedule=Cron(cron, timezone=TIME_ZONE.key),
            parameters={"home": str(home.path.resolve())},
            # Loaded by its path, this file would find our `statistics` in place of Python's.
            entrypoint_type=EntrypointType.MODULE_PATH,
        )


@contextmanager
def _scheduling_server() -> Iterator[None]:
    """The server that Prefect's settings name, else one of our own while the block lasts.

    Prefect's ephemeral server would take the deployment and never start a run of it.

    Raises:
        UserError: the server does not come up.
    """
    if PREFECT_API_URL.value():
        yield
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)], stdout=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}/api"
        _wait_for(process, url)
        with temporary_settings({PREFECT_API_URL: url}):
            yield
    finally:
        process.terminate()
        process.wait(SERVER_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    give_up = time.monotonic() + SERVER_SECONDS
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(f"{url}/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)  # not listening yet
    raise UserError(
        "Prefect 服务没有启动：请查看以上提示，或改用系统的定时任务（docs/operations.md）。"
    )
