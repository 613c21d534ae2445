# Everything from a fresh clone. Needed: Python 3.11 or newer, make and pip. `make help` lists.
# Another Python than the first suitable one on the PATH: make demo PYTHON=/path/to/python3

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes

# The official JavaScript client and axe; without npm what needs them is skipped.
JAVASCRIPT := $(if $(shell command -v npm),tests/node_modules/.package-lock.json)

.DEFAULT_GOAL := help
.PHONY: help demo test test-all bench check format lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

demo: $(VENV)/run.stamp ## Easel with its own Slack and Pixapi, in the browser
	@$(BIN)/python -m bot demo

test: $(VENV)/dev.stamp $(JAVASCRIPT) ## the test-suite
	$(BIN)/python -m pytest -n auto --dist worksteal

test-all: $(VENV)/dev.stamp $(JAVASCRIPT) ## every case: also what the suite leaves out
	$(BIN)/python -m pytest -n auto --dist worksteal --exhaustive

bench: $(VENV)/dev.stamp ## how much it holds, how quickly: some six minutes
	$(BIN)/python tests/bench/admission.py --rows 1000 --rows 1000000
	$(BIN)/python tests/bench/in_flight.py --jobs 1000 --polling 10
	$(BIN)/python tests/bench/replicas.py --rounds 1 --kills 2

check: $(VENV)/dev.stamp ## lint, format, types, import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev.stamp ## mend what ruff can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(VENV)/dev.stamp ## renew requirements/*.lock from pyproject.toml
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 -q pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 -q pyproject.toml --group dev -c requirements/run.lock \
	  -o requirements/dev.lock

clean: ## remove the virtual environment and the tools' caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# A stamp is newer than what it was made from: a second call installs nothing.

$(VENV)/python.stamp:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo 'Easel needs Python 3.11 or newer, and found $(or $(PYTHON),none on the PATH). Name one: make PYTHON=/path/to/python3' >&2; exit 1; }
	@echo 'Making $(VENV) with $(PYTHON)'
	@"$(PYTHON)" -m venv $(VENV) || { \
	  echo 'This Python cannot make virtual environments (on Debian: apt install python3-venv).' >&2; exit 1; }
	@touch $@

$(VENV)/run.stamp: requirements/run.lock | $(VENV)/python.stamp
	@echo 'Installing what Easel runs on, pinned and checked by hash: a minute, once'
	@$(PIP) -r requirements/run.lock
	@touch $@

tests/node_modules/.package-lock.json: tests/package-lock.json
	@echo 'Installing the JavaScript client and axe, checked by hash'
	@cd tests && npm ci --silent
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(VENV)/python.stamp
	@echo 'Installing what Easel is built and tested with, pinned and checked by hash: a minute, once'
	@$(PIP) -r requirements/dev.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-build-isolation --no-deps -e .
	@touch $@ $(VENV)/run.stamp
