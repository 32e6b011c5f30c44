# Everything a newcomer needs: `make demo`, `make airflow`, then `make test`. `make help` lists the rest.

PYTHON ?= python3
MONTH ?= 2026-10
PORT ?= 8080
SANDBOX_PORT ?= 8780
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN = $(VENV)/bin
# Tests wait for servers and processes: a third process has what they leave of two cores.
SPREAD = -n 3 --dist worksteal
PYTEST = $(BIN)/python -m pytest $(SPREAD)
FAST = not slow and not e2e and not matrix and not browser
# Tests of the code that imports Airflow: client, domain, files and flows don't, so they do not differ with its version.
AIRFLOW_LAYER = tests/cli tests/hooks tests/operators tests/plugins tests/project tests/sensors tests/task_utils \
	tests/test_retries.py tests/triggers
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# The tests start hundreds of processes; where Python may not keep what it compiled, each would compile it again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo airflow check test slow-tests browser pictures matrix lint fast-tests docs wheel bench bench-large mutants \
	test-oldest test-3.3.0 test-pythons constraints clean

help: ## this list
	@grep -hE '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(VENV)/.installed ## run the example DAG against a local All Hours and show the file (MONTH=2026-10)
	@$(BIN)/python scripts/demo.py $(MONTH)

airflow: $(VENV)/.installed ## a whole local Airflow with the sandbox and the example DAGs (PORT=8080)
	@$(BIN)/python scripts/local_airflow.py --port $(PORT) --sandbox-port $(SANDBOX_PORT)

check: lint fast-tests ## what to run while working: lint and the fast tests

# Coverage doubles the time of a test, and the fast ones reach nearly every line.
test: lint docs wheel ## lint, docs, wheel, the fast tests with their coverage, and those of a whole Airflow
	$(PYTEST) -m "$(FAST)" --cov --cov-report=term --cov-fail-under=90
	$(BIN)/python -m pytest -m e2e

slow-tests: $(VENV)/.developing ## crashes, races, many processes, large companies
	$(PYTEST) -m "slow and not e2e and not matrix and not browser"

browser: $(VENV)/.developing ## a person's clicks in Airflow's pages; needs the system's Chromium
	$(BIN)/python -m pytest -m browser tests/browser

pictures: $(VENV)/.developing ## the same, and keep the pictures of the documentation
	ALLHOURS_PICTURES=docs/pictures $(BIN)/python -m pytest -m browser tests/browser --basetemp=/tmp/allhours-pictures

matrix: $(VENV)/.developing ## every fault of the sandbox under every combination of its switches
	$(PYTEST) -m matrix

lint: $(VENV)/.developing ## style, types, and the arrows between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast-tests: $(VENV)/.developing ## the tests that take about a second at most and need no Airflow database
	$(PYTEST) -m "$(FAST)" -q --durations=5 --durations-min=2

docs: $(VENV)/.developing ## the documentation, warnings as errors, in docs/_build
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

wheel: $(VENV)/.developing ## the wheel, in dist/
	rm -rf dist && $(BIN)/python -m build --wheel --no-isolation -o dist . >/dev/null

SIZES ?= 500,5000
BENCH_PEERS = .venv-bench-airflow/.installed .venv-bench-dlt/.installed .venv-bench-airbyte/.installed
bench: $(VENV)/.developing $(BENCH_PEERS) ## this provider beside its peers: speed, faults, requests, memory (SIZES=500,5000)
	@# Nobody's imports are measured with the compiling of a first run.
	@$(BIN)/python -m compileall -q -j 0 $(VENV)/lib
	$(BIN)/python -m benchmarks.run --sizes $(SIZES)

bench-large: ## the same, memory with 50,000 people too
	$(MAKE) bench SIZES=500,5000,50000

# Only Airflow's own environment takes Airflow's constraints.
.venv-bench-%/.installed: pyproject.toml $(VENV)/.installed
	@test -d .venv-bench-$* || $(PYTHON) -m venv .venv-bench-$*
	-@$(BIN)/python -m uv pip install -q --python .venv-bench-$*/bin/python \
		$(if $(filter airflow,$*),-c $(CONSTRAINTS) apache-airflow) --group bench-$* && \
		.venv-bench-$*/bin/python -m compileall -q -j 0 .venv-bench-$*/lib && touch $@

mutants: $(VENV)/.developing ## small wrong changes that no test notices (SEED=1 COUNT=100 MINUTES=26 ONLY=files,client/auth.py)
	$(BIN)/python -m scripts.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),100) --minutes $(or $(MINUTES),26) --only "$(ONLY)"

test-oldest: ## tests of the Airflow layer on Airflow 3.1.8, the oldest that is supported
	$(MAKE) VENV=.venv-oldest CONSTRAINTS=constraints-oldest.txt .venv-oldest/.developing
	.venv-oldest/bin/python -m pytest $(SPREAD) $(AIRFLOW_LAYER)
	.venv-oldest/bin/python -m pytest -m e2e

test-3.3.0: ## tests of the Airflow layer on Airflow 3.3.0, whose state store differs from later ones
	$(MAKE) VENV=.venv-3.3.0 CONSTRAINTS=constraints-3.3.0.txt .venv-3.3.0/.developing
	.venv-3.3.0/bin/python -m pytest $(SPREAD) tests/hooks tests/operators tests/sensors tests/task_utils \
		tests/triggers
	.venv-3.3.0/bin/python -m pytest -m e2e tests/triggers

test-pythons: $(VENV)/.installed ## the fast tests on Python 3.12, 3.13 and 3.14, where they are installed
	$(BIN)/python scripts/pythons.py

constraints: $(VENV)/.installed ## resolve anew what a fresh install gets
	$(BIN)/python scripts/constraints.py

clean: ## remove what the other commands made
	rm -rf .venv .venv-* .demo dist docs/_build .mypy_cache .ruff_cache .pytest_cache .coverage* .import_linter_cache

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "python3 is too old: 3.11 or newer is needed")'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 lacks the venv module: install python3-venv"; exit 1; }

$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml $(CONSTRAINTS)
	@echo "Installing into $(VENV), once: first the installer, then Airflow and this provider (about 200 MB to download)."
	@$(BIN)/python -m pip install -q -c $(CONSTRAINTS) 'pip>=25.1' uv
	@$(BIN)/python scripts/install.py $(CONSTRAINTS) -e '.[parquet]'
	@touch $@

$(VENV)/.developing: $(VENV)/.installed
	@$(BIN)/python scripts/install.py $(CONSTRAINTS) -e '.[parquet,xlsx]' --group dev
	@touch $@
