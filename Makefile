# Everything a user types. Each target makes what it needs, inside the checkout only.
# (GNU make 3.81 or newer and any POSIX shell; relative paths, for checkouts whose
# own path holds spaces.) make itself ends with 2 whatever code a command ends with,
# and prints that code: "Error 3" is "done, but single channels failed".

.DEFAULT_GOAL := help
# "make -j extract build" must not build before the extract has ended
.NOTPARALLEL:
ARGS ?=
PYTHON ?=

RUN := .venv/bin/python -m
WAREHOUSE := $(RUN) extractor
# runs a command on the database that the settings name
WITH_DATABASE := $(WAREHOUSE) db run --
INSTALLED := .venv/installed

.PHONY: help
help: ## show this list (the default)
	@echo "Options go into ARGS, as in: make report ARGS=\"--days 14\""
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: install
install: $(INSTALLED) ## make .venv from the lock

.PHONY: demo
demo: $(INSTALLED) ## run the whole pipeline on a made-up Discord, no token needed
	@$(RUN) scripts.demo $(ARGS)

.PHONY: extract
extract: $(INSTALLED) ## archive what is new on Discord
	@$(WAREHOUSE) sync $(ARGS)

.PHONY: build
build: $(INSTALLED) ## build the typed tables and the marts (dbt build)
	@$(WITH_DATABASE) .venv/bin/dbt build $(ARGS)

.PHONY: report
report: $(INSTALLED) ## write reports/YYYY-MM-DD.md
	@$(WITH_DATABASE) $(RUN) scripts.render_report $(ARGS)

.PHONY: ask
ask: $(INSTALLED) ## ask a question: ARGS="top_users --guild-id 123"; alone it lists them
	@$(WITH_DATABASE) $(RUN) scripts.ask $(ARGS)

.PHONY: weekly
weekly: $(INSTALLED) ## extract, build and report under one lock (DAYS=14 widens the report)
	@$(RUN) scripts.weekly $(ARGS)

.PHONY: cron
cron: $(INSTALLED) ## print the crontab line that runs weekly on Sundays at 09:00
	@$(RUN) scripts.cron

.PHONY: cron-install
cron-install: $(INSTALLED) ## put that line into your crontab
	@$(RUN) scripts.cron --install

.PHONY: status
status: $(INSTALLED) ## show the last runs and how far each channel is archived
	@$(WAREHOUSE) status $(ARGS)

.PHONY: docs
docs: $(INSTALLED) ## make the browsable documentation of all tables
	@$(WITH_DATABASE) .venv/bin/dbt docs generate --static $(ARGS)
	@echo "open target/static_index.html"

.PHONY: test
test: $(INSTALLED) ## run the tests
	@$(RUN) pytest -n logical --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: chaos
chaos: $(INSTALLED) ## run the long tests, one after the other: an hour or two
	@$(RUN) pytest -m long $(ARGS)

.PHONY: bench
bench: $(INSTALLED) ## measure speed on millions of made-up messages: an hour
	@$(RUN) scripts.bench $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## check style, types, SQL and the dbt project
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@.venv/bin/sqlfluff lint models analyses tests/dbt
	@.venv/bin/sqlfluff lint --templater placeholder scripts/report/queries scripts/digest/queries
	@.venv/bin/dbt --warn-error parse --no-partial-parse --show-all-deprecations
	@COLUMNS=200 .venv/bin/dbt-bouncer run --show-all-failures

.PHONY: clean
clean: ## remove .venv, target and caches; never data, reports or settings
	@if [ -x .venv/bin/python ]; then $(WAREHOUSE) db stop \
		|| echo "the embedded server could not be stopped; going on"; fi
	@rm -rf .venv target .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -path ./.pg -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +
	@echo "kept, if there: .pg (the embedded database), reports, logs, .env, config.json"

# An environment whose Python is gone (upgraded, uninstalled) is made anew.
ifneq ($(shell .venv/bin/python -c 'print(1)' 2>/dev/null),1)
.PHONY: $(INSTALLED)
endif

# Written last, so that an install that was interrupted is repeated.
$(INSTALLED): requirements.txt pyproject.toml
	$(if $(shell sh scripts/find_python.sh "$(PYTHON)" 2>/dev/null),,$(error \
		$(shell sh scripts/find_python.sh "$(PYTHON)" 2>&1)))
	@echo "installing into .venv: a minute or two, the first time"
	@"$$(sh scripts/find_python.sh "$(PYTHON)")" -m venv --clear .venv
	@$(RUN) pip install --disable-pip-version-check --require-hashes -r requirements.txt
	@$(RUN) pip install --disable-pip-version-check --no-deps --no-build-isolation \
		--no-index --editable .
	@touch $(INSTALLED)
