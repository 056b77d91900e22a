# Every target sets up what it needs; nothing but Python 3.11+, make and the package registry is assumed.
PYTHON ?= python3
BIN := .venv/bin
SPARK := .venv-spark/bin
# The sample says it was exported on 2026-01-20; letters are written from exports of three days.
AS_OF ?= 2026-01-21

.PHONY: setup night test trust bundle browser spark spark-setup java check fix bench docs clean

setup: .venv/ready

# Install what a lock file names into an environment, then this checkout.
define install
	$(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-pip.lock
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(2)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(1)/ready
endef

.venv/ready: requirements-pip.lock requirements.lock pyproject.toml
	$(call install,.venv,requirements.lock)

# The small synthetic county of data_samples, into ./var.
night: setup
	mkdir -p var/inbox
	cp -R data_samples/county/inbox/. var/inbox/
	$(BIN)/zhikong night --home var --as-of $(AS_OF)

test: setup check browser spark
	$(BIN)/pytest -n 2 --dist loadfile

# Pages are tested in a real browser; the Python registry has none, the system's packages do.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) \
		|| (echo "the tests of pages need chromium: install it and try again"; exit 1)

# Spark has an environment of its own: where pyspark is, pandera wants an older pandas.
.venv-spark/ready: requirements-pip.lock requirements-spark.lock pyproject.toml
	$(call install,.venv-spark,requirements-spark.lock)

# Spark 4 runs on Java 17 or later; the Python registry's JDK lacks a module that it asks for.
java: .venv-spark/ready
	@$(SPARK)/python -m flows.spark.install 2>/dev/null \
		|| (apt-get update -qq && (apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless \
		|| apt-get install -y -qq --no-install-recommends openjdk-21-jre-headless)) \
		|| (echo "Spark needs Java 17 or later: install it and try again"; exit 1)

spark-setup: .venv-spark/ready java

# The same night on both engines, table by table.
spark: spark-setup
	$(SPARK)/python -m pytest tests/spark

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Kills, mutated files, readers while writing, a scan for leaks: half an hour and more.
trust: setup
	$(BIN)/python -m tests.trust.run

# Off-line releases for Linux and Windows, into dist/.
bundle: setup
	$(BIN)/python -m flows.bundle

bench: setup
	$(BIN)/python benchmarks/run.py $(ONLY)

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-spark var build *.egg-info
