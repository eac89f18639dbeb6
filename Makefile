# Each target makes what it needs; a fresh machine has to bring python3 (3.11 or newer) and make only.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV_COMPILE := uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --quiet

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/ready  ## the virtual environment with everything pinned

.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

lock:  ## resolve the dependencies again into the two hashed lock files (needs uv)
	$(UV_COMPILE) --extra build -o requirements.lock
	$(UV_COMPILE) --extra dev -o requirements-dev.lock

.PHONY: help setup lock
