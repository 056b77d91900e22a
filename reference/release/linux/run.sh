#!/bin/sh
# Tonight's run, without an orchestrator.
cd "$(dirname "$0")"
venv/bin/zhikong night --no-prefect --home home
