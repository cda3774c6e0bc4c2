# make run, make test: all that is needed is Python 3.11+ and make. The rest goes into .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
WORKERS ?= auto

.PHONY: run test check format screenshots bench feel clean

run: $(RUN)  ## open the app on the local cloud; on a demo when there is nothing yet
	@$(BIN)/snaptui demo --if-empty

test: $(DEV)  ## the whole suite, on all cores (WORKERS=1: one test at a time)
	@$(BIN)/python -m compileall -q src tests  # once, and not by each of a thousand processes
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

check: $(DEV)  ## lint, format, types, import contracts
	$(BIN)/ruff check src tests benchmarks screenshots
	$(BIN)/ruff format --check src tests benchmarks screenshots
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)  ## put the sources in order
	$(BIN)/ruff check --fix src tests benchmarks screenshots
	$(BIN)/ruff format src tests benchmarks screenshots

screenshots: $(DEV)  ## make the pictures of the README from the real app
	$(BIN)/python screenshots/make.py

bench: $(DEV)  ## measure, side by side with what is installed of the peers
	$(BIN)/python benchmarks/run.py

feel: $(DEV)  ## measure the screen in a terminal: CPU and bytes, beside htop, mc and posting; with clouds
	$(BIN)/python benchmarks/feel.py
	$(BIN)/python benchmarks/clouds.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "snaptui needs Python 3.11 or newer; say which one: make PYTHON=python3.11"; exit 1; }
	@echo "Installing into $(VENV), only this once: it takes up to a minute."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "python's venv module is missing (Debian: apt-get install python3-venv)"; exit 1; }

$(RUN): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(RUN)

clean:  ## remove what was made here
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
