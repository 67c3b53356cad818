# Everything runs from .venv, which is made from requirements.lock on first use. `make help` says what there is.
.DEFAULT_GOAL := help
.PHONY: help up down status logs reset journey test test-long check bench soak lock containers

INSTALLED := .venv/.installed
PYTEST := .venv/bin/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
export PYTHON

help:
	@echo "make up       start the whole system on this machine, show one journey; again: start what is down"
	@echo "make down     stop it; data stays            make status   what runs, and where"
	@echo "make logs     what the programs said last    make journey  show one journey on the running system"
	@echo "make reset    stop it and remove its data    make check    format, lint, types, walls, contracts, texts"
	@echo "make test     tests (CI: make test-long too) make bench    measure; make soak: measure for long"
	@echo "make lock     derive all locks anew          make containers  try the images and docker compose"

$(INSTALLED): requirements.lock pyproject.toml devstack/install.sh devstack/install.py
	@sh devstack/install.sh

# One process installs what is not installed and then is `microcred`: no other command comes in between.
up down status logs reset journey:
	@sh devstack/install.sh $@

check: $(INSTALLED)
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/python -m contracts check
	.venv/bin/python -m web.catalogs check
	.venv/bin/python -m docs.generate --check

# What a machine cannot run (no browser) is named at the end with its remedy; with CI=true that fails.
# Three workers suit two cores, for tests that kill things wait a lot.
test: $(INSTALLED)
	$(PYTEST) -m "not long" $(ARGS)
	@echo "Whole stacks by their commands, kills under load, the fuzz and every page as every role: make test-long."

test-long: $(INSTALLED)
	$(PYTEST) -m long $(ARGS)

bench: $(INSTALLED)
	.venv/bin/python -m bench $(ARGS)

soak: $(INSTALLED)
	.venv/bin/python -m bench.soak $(ARGS)

lock: $(INSTALLED)
	@sh deploy/lock.sh $(ARGS)

containers: $(INSTALLED)
	.venv/bin/python -m devstack.compose_trial $(ARGS)
