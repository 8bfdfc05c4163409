# Everything sets itself up: Python 3.11+ and make are all that is needed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
# Two test files at a time, each with a server of its own: client and server of one test take turns at waiting.
WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help demo test browser test-2026 check lint evaluate benchmark torture fuzz audit lock clean

help:            ## list the targets
	@grep -E '^[a-z0-9-]+: .*##|^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "influence needs Python 3.11 or newer"'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY)   ## set everything up and run the main job on real data
	$(BIN)/influence demo

test: $(READY) browser  ## every test, on a real Neo4j with Graph Data Science and in a real browser
	$(BIN)/python -m pytest $(WORKERS)

browser:         ## bring the browser that tests of the pages need
	@tools/ensure-browser.sh

test-2026: $(READY) browser  ## the integration tests that depend on the server, on its second line
	INFLUENCE_SERVER_LINE=2026.01 $(BIN)/python -m pytest $(WORKERS) tests/integration -m "not reference_line"

check: $(READY) lint ## lint, types and unit tests; no database
	$(BIN)/python -m pytest tests/unit

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/influence library lint

evaluate: $(READY) ## the estimator against planted truth: the table of docs/evaluation.md
	$(BIN)/influence evaluate --out build/evaluation --publish docs/evaluation.md

benchmark: $(READY) ## figures of benchmarks/README.md
	$(BIN)/python -m benchmarks

torture: $(READY) ## faults for half an hour, the log in docs/reliability.md
	$(BIN)/python -m torture --minutes 30 --publish docs/reliability.md

fuzz: $(READY)   ## every parser for a minute, guided by coverage
	@for target in $$($(BIN)/python -c 'from fuzz.targets import TARGETS; print(*TARGETS)'); do \
	  $(BIN)/python -m fuzz $$target --seconds 60 || exit 1; done

audit: $(READY)  ## known vulnerabilities of the locked packages
	$(BIN)/python tools/audit_packages.py

lock:            ## resolve the dependencies again and write requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
	  --extra ogm --extra audience --extra web --group dev pyproject.toml -o requirements.lock

clean:           ## remove the environment and what tests leave behind
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
