#!/bin/sh
# Installs zhikong from this folder, without a network.
set -eu
cd "$(dirname "$0")"
PYTHON=${PYTHON:-python3}
# The wheels beside are those of one version; another would find none that fits.
"$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "需要 Python 3.11（可用 PYTHON=/路径/python3.11 指定）"; exit 2; }
"$PYTHON" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links wheels \
    --require-hashes -r requirements.txt
venv/bin/pip install --quiet --disable-pip-version-check --no-index --no-deps \
    --no-build-isolation -e zhikong
venv/bin/zhikong doctor --home home || true
echo "已安装。把报告卡文件放入 home/inbox，再运行 ./run.sh"
