# Everything from a fresh clone. Needed: Python 3.11 to 3.14, make and pip. `make help` lists.
# Another Python than the first suitable one on the PATH: make demo PYTHON=/path/to/python3

# The pinned packages come as wheels for these; another Python would have to compile them.
SUITABLE := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$name -c '$(SUITABLE)' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
# The locks name every package with its hash, so pip has nothing to resolve and no newer release can
# get in; only wheels, as a build would fetch tools that no hash checks.
LOCKED := $(PIP) --no-deps --require-hashes --only-binary :all:

# The official JavaScript client and axe; without npm what needs them is skipped.
JAVASCRIPT := $(if $(shell command -v npm),tests/node_modules/.package-lock.json)

.DEFAULT_GOAL := help
.PHONY: help demo test test-all clone bench check format lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

demo: $(VENV)/run.stamp ## Easel with its own Slack and Pixapi, in the browser
	@$(BIN)/python -m bot demo

test: $(VENV)/dev.stamp $(JAVASCRIPT) ## the test-suite
	$(BIN)/python -m pytest -n auto --dist worksteal

test-all: $(VENV)/dev.stamp $(JAVASCRIPT) ## every case: also what the suite leaves out
	$(BIN)/python -m pytest -n auto --dist worksteal --exhaustive

clone: ## the last commit in a fresh clone, with each Python here, as in two years
	@"$(PYTHON)" scripts/clone.py

bench: $(VENV)/dev.stamp $(JAVASCRIPT) ## how light it is, beside others; ARGS="--only cards --json FILE"
	$(BIN)/python -m tests.bench $(ARGS)
	$(if $(ARGS),,$(BIN)/python tests/bench/journeys.py)

check: $(VENV)/dev.stamp ## lint, format, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# Every package is pinned in one lock: what development adds to run.lock stands in dev.lock, which
# takes run.lock in. In run.lock what is named with extras stands first: a pip before 23.3 that
# resolves must have read `psycopg[binary, pool]` when procrastinate asks for `psycopg[pool]`, or
# takes the newest.
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-strip-extras --no-emit-index-url --no-header pyproject.toml
EXTRAS_FIRST := /^[a-z]/ { rest = !/^[^=]*\[/ } { part[rest] = part[rest] $$0 "\n" } \
  END { printf "%s%s", part[0], part[1] }

lock: $(VENV)/dev.stamp ## renew requirements/*.lock from pyproject.toml
	@$(COMPILE) -o requirements/run.lock
	@awk '$(EXTRAS_FIRST)' requirements/run.lock >$(VENV)/lock && cp $(VENV)/lock requirements/run.lock
	@$(COMPILE) --group dev -c requirements/run.lock -o requirements/dev.lock \
	  $$(sed -n 's/^\([a-z0-9-]*\).*==.*/--no-emit-package \1/p' requirements/run.lock)
	@{ echo '-r run.lock'; sed '/^#/d;/^$$/d' requirements/dev.lock; } >$(VENV)/lock && cp $(VENV)/lock requirements/dev.lock

clean: ## remove the virtual environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# A stamp is newer than what it was made from: a second call installs nothing.

$(VENV)/python.stamp:
	@"$(PYTHON)" -c '$(SUITABLE)' 2>/dev/null || { \
	  echo 'Easel needs Python 3.11 to 3.14, and found $(or $(PYTHON),none on the PATH). Name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON)'
	@"$(PYTHON)" -m venv $(VENV) || { \
	  echo 'This Python cannot make virtual environments (on Debian: apt install python3-venv).' >&2; exit 1; }
	@touch $@

$(VENV)/run.stamp: requirements/run.lock | $(VENV)/python.stamp
	@echo 'Installing what Easel runs on, pinned and checked by hash: a minute, once'
	@$(LOCKED) -r requirements/run.lock
	@touch $@

tests/node_modules/.package-lock.json: tests/package-lock.json
	@echo 'Installing the JavaScript client and axe, checked by hash'
	@cd tests && npm ci --silent
	@touch $@

$(VENV)/dev.stamp: requirements/run.lock requirements/dev.lock pyproject.toml | $(VENV)/python.stamp
	@echo 'Installing what Easel is built and tested with, pinned and checked by hash: a minute, once'
	@$(LOCKED) -r requirements/dev.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp
