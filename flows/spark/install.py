"""Whether Spark can run here; imports nothing of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from flows.home import UserError

#: Spark 4 runs on Java 17 and later (spark.apache.org/docs/latest, "Downloading").
OLDEST_JAVA = 17
HOW = (
    "请在安装了 spark 附加组件的环境中运行：在程序目录执行 make spark-setup，"
    "再用 .venv-spark/bin/zhikong night --engine spark（docs/spark.md）；"
    "不用 Spark 时去掉 --engine spark，结果相同。"
)
JAVA = "Spark 需要 Java 17 或更新的版本（如 apt-get install openjdk-17-jre-headless），{found}。"


def require_spark() -> None:
    """Do nothing where Spark and a Java for it are installed.

    Raises:
        UserError: what is missing, and how to get it.
    """
    missing = [name for name in ("pyspark", "pandas") if find_spec(name) is None]
    if missing:
        raise UserError(f"本环境没有安装 {'、'.join(missing)}，不能用 --engine spark。{HOW}")
    java = java_program()
    if java is None:
        raise UserError(JAVA.format(found="本机没有找到 java，也没有设置 JAVA_HOME"))
    version = java_version(java)
    if version < OLDEST_JAVA:
        raise UserError(JAVA.format(found=f"找到的 {java} 是 Java {version}"))


def java_program() -> str | None:
    """The Java that Spark's launcher would take: `$JAVA_HOME`, else the path's."""
    if home := os.environ.get("JAVA_HOME"):
        program = Path(home) / "bin" / "java"
        return str(program) if program.exists() else None
    return shutil.which("java")


def java_version(program: str) -> int:
    """The feature version of a Java: 17 of `17.0.15`, 8 of `1.8.0_292`; 0 if it says nothing."""
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    try:
        require_spark()
    except UserError as error:
        sys.exit(str(error))
