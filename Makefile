# Everything runs in a virtual environment of its own, made on first use.
# PYTHON chooses the interpreter:  make test PYTHON=python3.13

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin


.PHONY: demo test test-all check docs pictures bench bench-quick slow clean help

help:
	@echo "make demo    the whole story on a project that ships with retable"
	@echo "make test    format, lint, types, layers and tests: what CI runs"
	@echo "make test-all  make test on every Python from 3.11 on that is here"
	@echo "make check   the same without the tests"
	@echo "make docs    the parts of docs/ that are made of the code"
	@echo "make pictures  the terminal run that the README shows"
	@echo "make slow    proofs at scale: kills, faults, fuzzing"
	@echo "make bench   ratios against floors measured in the same run: minutes, 10 GB of disk"
	@echo "make bench-quick  the same without ten million rows"

demo: $(VENV)/ready
	$(BIN)/retable demo

# Compiled once, and not by each of the many processes that the tests start. One worker more than
# there are cores: many tests wait for a lock or for another process.
test: check
	@$(BIN)/python -m compileall -q plan migrate refactor retable
	$(BIN)/pytest -n $$($(BIN)/python -c "import os; print((os.cpu_count() or 1) + 1)") --dist worksteal -m "not slow"

check: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/ready
	$(BIN)/retable explain --markdown > docs/rules.md
	$(BIN)/python -c "import retable.reference as it; print(it.as_markdown(), end='')" > docs/reference.md

pictures: $(VENV)/ready
	$(BIN)/python docs/images/terminal.py

slow: $(VENV)/ready
	$(BIN)/pytest -m slow -n auto -rA --hypothesis-profile=default

# The same on every Python from 3.11 on that this machine has, each with a .venv of its own.
test-all:
	@for python in python3.11 python3.12 python3.13 python3.14; do \
	  if $$python -c '' 2>/dev/null; then \
	    echo "== $$python"; $(MAKE) --no-print-directory test PYTHON=$$python VENV=.venv-$$python || exit 1; \
	  else echo "== $$python is not here"; fi; done

bench: $(VENV)/ready
	-$(BIN)/python -m pip install -q --group bench
	$(BIN)/python benchmarks/run.py

bench-quick: $(VENV)/ready
	-$(BIN)/python -m pip install -q --group bench
	$(BIN)/python benchmarks/run.py --quick

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis demo

$(VENV)/ready: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
	  echo "make: there is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) is $$($(PYTHON) -V 2>&1), retable needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "make: $(PYTHON) has no venv module (Debian and Ubuntu: apt install python3-venv)"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	$(BIN)/python -m pip install -q -e . --group dev
	@touch $@
