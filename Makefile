# Everything a developer or user runs. `make help` lists the targets. Needs python3 >= 3.11 with venv, make and git.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ROOMS := collectors graph diff api config
PYTEST := $(BIN)/pytest -q

.PHONY: help demo test quick check bench faults lab-up lab-down clean lock

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11: install python3.11 and say make PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "make: $(PYTHON) has no venv module: install the package python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)  ## replay a recorded week of one vCenter and tell what changed, who did it and whether it was approved
	@$(BIN)/driftline demo --exit

test: check lab-up  ## set everything up and run all tests, real Neo4j and a vCenter simulator included
	$(PYTEST) tests --durations=10

quick: check  ## checks and the tests that need no network, no root and no peers (about two minutes)
	$(PYTEST) tests -m "not vcsim and not neo4j and not lab and not slow"

check: $(STAMP)  ## lint, types, architecture contracts, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(ROOMS) tests
	$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports
	$(BIN)/codespell $(ROOMS) tests docs README.md CONTRIBUTING.md CHANGELOG.md
	$(BIN)/validate-pyproject pyproject.toml

bench: lab-up  ## measure ratios against named peers; one table, one JSON line per figure in build/bench.jsonl
	@mkdir -p build && $(BIN)/python -m tests.benchmarks $(PART)

faults: lab-up  ## kill the writer and the database at every step; nothing may be lost or written twice
	$(PYTEST) tests/faults -s

lab-up: $(STAMP)  ## fetch and build what the tests' real peers need (Debian packages only when root)
	@$(BIN)/python -m tests.lab.neo4j install
	@$(BIN)/python -m tests.lab.network install
	@$(BIN)/python -m tests.lab.vcsim build >/dev/null

lab-down:  ## end the peers that the tests started
	@[ ! -d $(VENV) ] || { $(BIN)/python -m tests.lab.network down; $(BIN)/python -m tests.lab.vcsim down; $(BIN)/python -m tests.lab.neo4j down; }

lock: $(STAMP)  ## resolve the dependencies again and write their hashes
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra fast pyproject.toml -o requirements/product.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra fast --group dev pyproject.toml -o requirements/dev.txt

clean: lab-down  ## delete what the other targets made
	rm -rf $(VENV) .lab build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks driftline-demo
