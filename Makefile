# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Stopping with Ctrl-C ends with exit code 11, which is no failure of make.
STOPPED := || test $$? -eq 11
CORPUS ?= $(COUNTERWATCH_CORPUS)

.PHONY: help demo run install test test-browser test-slow check format bench lock clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/.runtime: requirements.lock
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Counterwatch needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(VENV)/.runtime ## The whole service against the practice web; prints the address to open
	$(BIN)/python -m app demo $(STOPPED)

run: $(VENV)/.runtime ## The service with the settings in the environment and ./etc
	$(BIN)/python -m app $(if $(wildcard etc),--config etc) serve $(STOPPED)

install: $(VENV)/.dev ## Put the counterwatch command into .venv

test: $(VENV)/.dev ## The tests (under 5 minutes on 2 cores)
	$(BIN)/python -m pytest -n 2

test-browser: $(VENV)/.dev ## The pages in a real browser (needs Chromium)
	$(BIN)/python -m pytest -m browser

test-slow: $(VENV)/.dev ## Suites that take minutes: kill -9, long lab scans
	$(BIN)/python -m pytest -m slow

check: $(VENV)/.dev ## Formatting, lint, types, layering
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev ## Benchmarks; CORPUS=DIR names a folder of real data
	$(BIN)/python -m bench $(if $(CORPUS),--corpus $(CORPUS))

lock: $(VENV)/.dev ## Make the lock files anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock

clean: ## Remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
