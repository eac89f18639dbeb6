# Each target makes what it needs; a fresh machine has to bring python3 (3.11 or newer) and make only.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV_COMPILE := uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes --no-header --no-annotate --quiet
# Each is a promise of docs/performance.md, beside its reference.
BENCHES := webhooks ledger beside_djstripe
PORT ?= 8000

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## *' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/ready  ## the virtual environment with everything pinned

demo: .venv/ready  ## everything on this machine: service, workers, sandbox Stripe, mailbox, a newsroom
	@$(BIN)/sustainer demo --port $(PORT)

test: .venv/ready  ## every test, on a real database, broker, mail server and browser
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup

check: .venv/ready  ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready  ## the measured promises, each beside its reference
	@for name in $(BENCHES); do echo "== $$name"; $(BIN)/python -m bench.$$name || exit 1; done

migrate: .venv/ready  ## bring the database of DATABASE_OWNER_URL to the newest revision
	@$(BIN)/sustainer migrate

format: .venv/ready  ## put the source into its one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:  ## resolve the dependencies again into the two hashed lock files (needs uv)
	$(UV_COMPILE) --extra build -o requirements.lock
	$(UV_COMPILE) --extra dev -o requirements-dev.lock

.venv/ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: help setup demo test check bench migrate format lock
