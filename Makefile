# One entrance: `make help` lists what there is.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup dev demo run test test-system check format bench conformance fuzz tamper another-day chaos images lock

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
	if [ -n "$$CI" ]; then \
		mkdir -p build; \
		{ OHC_TEST_POSTGRES=system $(BIN)/pytest -m database $(ARGS) >build/test-system.txt 2>&1; echo $$? >build/test-system.rc; } & \
	fi; \
	$(BIN)/pytest $(ARGS) || failed=1; \
	if [ -n "$$CI" ]; then \
		wait; \
		echo "What touches the database, on the system's PostgreSQL, was run beside it"; \
		cat build/test-system.txt; \
		[ "$$(cat build/test-system.rc)" = 0 ] || failed=1; \
		echo "And every parser under a fuzzer, ten seconds each"; \
		$(BIN)/python tests/fuzz/run.py --seconds 10 || failed=1; \
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

conformance: dev ## Hold structure and validation against HL7's definitions and examples of R4 (fetches 19 MB)
	@$(BIN)/python scripts/conformance.py

tamper: dev ## Tamper with the log at random, TRIALS=10000 times, and see that each is found
	@n=$${TRIALS:-10000}; \
	OHC_TEST_TRIALS=$$(($$n * 9 / 10)) $(BIN)/pytest -q -s \
		tests/properties/transparency/test_tampering_with_what_is_published.py && \
	OHC_TEST_TRIALS=$$(($$n - $$n * 9 / 10)) $(BIN)/pytest -q -s \
		tests/integration/audit/test_tampering.py

another-day: dev ## Run what needs no browser as on another day (DAY="2028-02-29 11:00"; with libfaketime)
	@$(BIN)/python scripts/another_day.py "$(DAY)" $(ARGS)

chaos: dev ## Harm an installation under load, CYCLES=110 times; as root with libfaketime, disk and clock too
	@$(BIN)/python tests/chaos/campaign.py $(if $(CYCLES),--cycles $(CYCLES)) $(ARGS)

fuzz: dev ## Fuzz every parser of what strangers wrote (SECONDS=600 for each)
	@$(BIN)/python tests/fuzz/run.py $(if $(SECONDS),--seconds $(SECONDS)) $(ARGS)

images: dev test-system ## Take the pictures of the README anew, from the journey that is also a test
	@OHC_KEEP_IMAGES=1 $(BIN)/pytest -q tests/journeys/test_a_visit.py

lock: dev ## Resolve the dependencies anew; a release is taken a week after it appeared
	@$(PYTHON) scripts/lock.py --upgrade
