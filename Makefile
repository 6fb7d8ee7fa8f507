# make demo   sets up an environment, inspects the example photos and names the report
# make test   sets up everything and runs the tests
# On Windows, or without make: the plain pip lines are in README.md.

PYTHON ?= python3
VENV ?= .venv
REPORT ?= demo-report
# tests of one file stay in one process, so that what they share is made once; the order is tests/conftest.py's
PYTEST_OPTIONS ?= -n 2 --dist loadfile --no-loadscope-reorder
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test lint base everything clean

demo: base
	@$(BIN)/crackwise demo --out $(REPORT) --overwrite

test: everything
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_OPTIONS)

lint: everything
	@$(PIP) install --quiet --group lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

base: $(BIN)/python
	@echo "installing crackwise into $(VENV)"
	@$(PIP) install --quiet .

everything: $(BIN)/python
	@echo "installing crackwise with all extras into $(VENV); PyTorch alone is several GB"
	@$(PIP) install --quiet --upgrade "pip>=25.1"
	@$(PIP) install --quiet ".[all]" --group test

$(BIN)/python:
	@$(require_python)$(require_venv)$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) $(REPORT) build dist

# each is one sentence, or nothing when all is well
runs = $(shell $(PYTHON) -c '$(1)' >/dev/null 2>&1 && echo yes)
require_python = $(if $(call runs,import sys; sys.exit(sys.version_info < (3, 11))),,$(error \
  $(PYTHON) is missing or older than 3.11; install Python 3.11 or later, or name it: make PYTHON=python3.12 $(MAKECMDGOALS)))
require_venv = $(if $(call runs,import venv; import ensurepip),,$(error \
  $(PYTHON) has no venv module; install it first, on Debian and Ubuntu with: sudo apt install python3-venv))
