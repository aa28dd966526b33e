# One entrance: `make help` lists what there is.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup dev demo run test test-system check format bench images lock

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Set everything up without starting anything
	@$(PYTHON) scripts/bootstrap.py

dev: ## Set up the tools for tests and checks too
	@$(PYTHON) scripts/bootstrap.py --dev

demo: setup ## Start a synthetic region and its site (ARGS="--port 8001", ARGS=--reset)
	@$(BIN)/ohc demo $(ARGS)

run: setup ## Serve a real installation, as its settings say (ARGS=...)
	@$(BIN)/ohc serve $(ARGS)

test: dev test-system ## Run every test, the browser's included (ARGS="-k consent")
	@failed=0; \
	$(BIN)/pytest $(ARGS) || failed=1; \
	if [ -n "$$CI" ]; then \
		echo "Once more what touches the database, on the system's PostgreSQL"; \
		OHC_TEST_POSTGRES=system $(BIN)/pytest -m database $(ARGS) || failed=1; \
	fi; \
	exit $$failed

test-system: ## Find the browser, fonts and PostgreSQL the tests use; as root on Debian install them
	@$(PYTHON) scripts/system_parts.py

check: dev ## Check format, lint, types, imports, schema, budgets and documentation
	@$(BIN)/python scripts/check.py

format: dev ## Format the code and mend what can be mended by itself
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix

bench: dev ## Measure, into build/bench.json (AREA=record for one area, FULL=1 for the long ones)
	@$(BIN)/python tests/performance/measure.py $(if $(AREA),--area $(AREA)) $(if $(FULL),--full) $(ARGS)

images: dev test-system ## Take the pictures of the README anew, from the journey that is also a test
	@OHC_KEEP_IMAGES=1 $(BIN)/pytest -q tests/journeys/test_a_visit.py

lock: dev ## Resolve the dependencies anew; a release is taken a week after it appeared
	@$(PYTHON) scripts/lock.py --upgrade
