# Every target sets up what it needs; nothing but Python 3.11+, make and the package registry is assumed.
PYTHON ?= python3
BIN := .venv/bin
# The sample says it was exported on 2026-01-20; letters are written from exports of three days.
AS_OF ?= 2026-01-21

.PHONY: setup night test trust bundle browser check fix bench docs clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The small synthetic county of data_samples, into ./var.
night: setup
	mkdir -p var/inbox
	cp -R data_samples/county/inbox/. var/inbox/
	$(BIN)/zhikong night --home var --as-of $(AS_OF)

test: setup check browser
	$(BIN)/pytest -n 2 --dist loadfile

# Pages are tested in a real browser; the Python registry has none, the system's packages do.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
		|| (apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium) \
		|| (echo "the tests of pages need chromium: install it and try again"; exit 1)

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
	rm -rf .venv var build *.egg-info
