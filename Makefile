# All the set-up there is: `make demo` and `make test` make their own virtual environments.

PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
LINT := .venv-lint
DEMO_PATH ?= examples/org.yaml
BENCH ?=

BIN := $(VENV)/bin
PIP_INSTALL := -m pip install --quiet --disable-pip-version-check --no-input

# A stamp is newer than pyproject.toml as long as what it stands for is installed.
PACKAGE := $(VENV)/.package
TESTING := $(VENV)/.testing
LINTING := $(LINT)/.linting

.PHONY: help demo test lint types layers tests bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(PACKAGE) ## Plan and apply examples/org.yaml on a fresh SQLite file, then plan again: empty
	@RECONCILER="$(CURDIR)/$(BIN)/reconciler" sh examples/demo.sh $(DEMO_PATH)

test: lint types layers tests ## Lint, types, layers and all tests (what CI runs)

lint: $(LINTING) ## Check style and common mistakes
	@$(LINT)/bin/ruff check --quiet src tests benchmarks && echo "lint: ok"

types: $(LINTING) $(TESTING) ## Check types, strictly
	@$(LINT)/bin/mypy --no-error-summary --python-executable $(BIN)/python src && echo "types: ok"

layers: $(LINTING) ## Check that imports point one way and each library has one door
	@PYTHONPATH=src $(LINT)/bin/lint-imports --no-logo

tests: $(TESTING) $(LINTING) ## Run all tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

bench: $(TESTING) ## Measure speed and memory (BENCH="--members 1000" for less; see benchmarks/)
	@$(BIN)/python benchmarks/run.py $(BENCH)

clean: ## Remove the environments and everything that was made
	rm -rf $(VENV) $(LINT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + "; try make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)

$(PACKAGE): pyproject.toml | $(BIN)/python
	@echo "installing reconciler into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) --editable .
	@touch $@

# Dependency groups need pip 25.1, which a new environment may not have.
$(TESTING): pyproject.toml $(PACKAGE)
	@echo "installing what the tests need into $(VENV) ..."
	@$(BIN)/python $(PIP_INSTALL) --upgrade 'pip>=25.1'
	@$(BIN)/python $(PIP_INSTALL) --editable '.[postgresql]' --group test --group stubs
	@touch $@

$(LINTING): pyproject.toml | $(BIN)/python
	@echo "installing what linting needs into $(LINT) ..."
	@$(PYTHON) -m venv $(LINT)
	@$(LINT)/bin/python $(PIP_INSTALL) --upgrade 'pip>=25.1'
	@$(LINT)/bin/python $(PIP_INSTALL) --group lint
	@touch $@
