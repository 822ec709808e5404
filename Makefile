.DEFAULT_GOAL := help
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Two sets of packages: what Baton runs on, and beside it what developers need. A stamp is named after what was
# installed, so that other pins are installed whatever the dates of the files say.
PINS := constraints.txt constraints-dev.txt
SUM := $(firstword $(shell cat pyproject.toml $(PINS) | cksum))
RUN := $(VENV)/.run-$(SUM)
DEV := $(VENV)/.dev-$(SUM)

# The environment must run the code of this folder. `pip install .` puts a copy into it, which an upgrade would not
# reach; a moved folder leaves it with paths that are gone. Such an environment is made anew.
IS_OURS := import os, importlib.util as u; raise SystemExit(not os.path.samefile(u.find_spec("bot").origin, "bot/__init__.py"))
ifneq ($(wildcard $(BIN)),)
ifneq ($(shell $(BIN)/python -I -c '$(IS_OURS)' 2>/dev/null && echo ours),ours)
$(shell rm -f $(VENV)/.run-* $(VENV)/.dev-*)
FRESH := --clear
endif
endif

.PHONY: help setup tools demo test soak crowd lint format bench screenshots gallery map commands constraints clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(RUN):
	$(PY) -m venv $(FRESH) $(VENV)
	$(PIP) --constraint constraints.txt --editable '.[postgres,fair]'
	@rm -f $(VENV)/.run-* && touch $@

$(DEV):
	$(PY) -m venv $(FRESH) $(VENV)
	$(PIP) --constraint constraints.txt --constraint constraints-dev.txt --editable '.[postgres,fair,dev]'
	@rm -f $(VENV)/.run-* $(VENV)/.dev-* && touch $(RUN) $@

# The calendar library of Thunderbird, which reads in the tests what Baton writes. Without npm they leave it out.
ICAL_JS := 2.2.1
JS := $(VENV)/.ical-js-$(ICAL_JS)

$(JS): | $(DEV)
	@if command -v npm >/dev/null && npm install --prefix $(VENV) --no-save --no-package-lock --no-audit --no-fund \
	    --silent ical.js@$(ICAL_JS); then touch $@; else echo "There is no ical.js, so its tests are left out."; fi

setup: $(RUN)  ## Install or upgrade Baton in .venv

tools: $(DEV) $(JS)  ## Install what developers need as well

demo: $(RUN)  ## Try everything in a browser, with no account (ARGS=--once walks the tour and ends)
	$(BIN)/baton demo $(ARGS)

test: $(DEV) $(JS)  ## Run the whole test suite
	$(BIN)/pytest -n auto --dist worksteal -rs $(ARGS)

soak: $(DEV)  ## All random histories and properties, and 50,000 of the sync engine (ARGS="--histories N --seed N")
	BATON_SOAK=yes $(BIN)/pytest -n auto --dist worksteal -m "histories or hypothesis"
	$(BIN)/python -m tests.engine.soak $(ARGS)

crowd: $(DEV)  ## 1,000 assignments through two processes on one PostgreSQL, and 20 kills of four (ARGS="-k …")
	BATON_CROWD=$${BATON_CROWD:-1000} BATON_KILLS=$${BATON_KILLS:-20} $(BIN)/pytest tests/crowd -n 0 -s $(ARGS)

lint: $(DEV)  ## ruff, pyright and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(DEV)  ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## Measure, as ratios in one run
	$(BIN)/python -m benchmarks $(ARGS)

screenshots: $(DEV)  ## Take the pictures of the README from the demo's page (needs chromium and fonts-noto-color-emoji)
	PYTHONPATH=. $(BIN)/python docs/pictures/source/screenshots.py

gallery: $(DEV)  ## Draw every modal and notice into docs/gallery.md (needs chromium and fonts-noto-color-emoji)
	PYTHONPATH=. $(BIN)/python docs/pictures/source/gallery.py

map: $(DEV)  ## Draw the rooms of the code and who imports whom (docs/pictures/rooms.svg)
	PYTHONPATH=. $(BIN)/python docs/pictures/source/rooms.py

commands: $(DEV)  ## Write docs/commands.md: every word of /oncall
	PYTHONPATH=. $(BIN)/python docs/pictures/source/commands.py

# Resolved once for both sets, so that what is tested is what runs.
constraints:  ## Pin what clean environments resolve to
	rm -rf .venv-pin && $(PY) -m venv .venv-pin
	.venv-pin/bin/python -m pip install --quiet '.[postgres,fair,dev]'
	.venv-pin/bin/python -m pip freeze --exclude baton >constraints-dev.txt
	$(PY) -m venv --clear .venv-pin
	.venv-pin/bin/python -m pip install --quiet --constraint constraints-dev.txt '.[postgres,fair]'
	.venv-pin/bin/python -m pip freeze --exclude baton >constraints.txt
	rm -rf .venv-pin
	grep -vxFf constraints.txt constraints-dev.txt >.pins && mv .pins constraints-dev.txt
	! grep -n '@' $(PINS)

clean:  ## Remove what was installed and made
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist
