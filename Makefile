.DEFAULT_GOAL := help
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup demo test soak lint format bench pictures constraints clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	$(PY) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

setup: $(STAMP)  ## Install Baton and its tools into .venv

demo: $(STAMP)  ## Show the main job on this machine (ARGS=--once ends by itself)
	$(BIN)/baton demo $(ARGS)

test: $(STAMP)  ## Run the whole test suite
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

soak: $(STAMP)  ## 50,000 histories of the sync engine (ARGS="--histories N --seed N")
	$(BIN)/python -m tests.engine.soak $(ARGS)

lint: $(STAMP)  ## ruff, pyright and import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

format: $(STAMP)  ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)  ## Measure, as ratios in one run
	$(BIN)/python -m benchmarks $(ARGS)

pictures: $(STAMP)  ## Draw what Slack shows for the README (needs chromium, npm and fonts-noto-color-emoji)
	PYTHONPATH=. $(BIN)/python docs/pictures/source/make.py assign destinations shifts

constraints: ## Pin what a clean environment resolves to
	rm -rf .venv-pin && $(PY) -m venv .venv-pin
	.venv-pin/bin/python -m pip install --quiet '.[dev]'
	.venv-pin/bin/python -m pip freeze --exclude baton | grep -v '@ file:' > constraints.txt
	rm -rf .venv-pin

clean:  ## Remove what was installed and made
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist
