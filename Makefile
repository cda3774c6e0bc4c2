# make run, make test: all that is needed is Python 3.11+ and make. The rest goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
WORKERS ?= auto

.PHONY: run test check format screenshots bench clean

run: $(STAMP)  ## open the app on the local cloud; on a demo when there is nothing yet
	@$(BIN)/snaptui demo --if-empty

test: $(STAMP)  ## lint, types and import contracts, then the suite
	$(BIN)/python -m pytest -n $(WORKERS)

check: $(STAMP)  ## lint, format, types, import contracts
	$(BIN)/ruff check src tests benchmarks screenshots
	$(BIN)/ruff format --check src tests benchmarks screenshots
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)  ## put the sources in order
	$(BIN)/ruff check --fix src tests benchmarks screenshots
	$(BIN)/ruff format src tests benchmarks screenshots

screenshots: $(STAMP)  ## make the pictures of the README from the real app
	$(BIN)/python screenshots/make.py

bench: $(STAMP)  ## measure, side by side with what is installed of the peers
	$(BIN)/python benchmarks/run.py

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "snaptui needs Python 3.11 or newer; say which: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

clean:  ## remove what was made here
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
