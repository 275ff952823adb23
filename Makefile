# Two commands do everything: `make run` and `make test`. Python 3.11+ and git are all they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := .make
JOBS ?= 2
VLLM_PORT ?= 8431

.PHONY: run test test-vllm check setup clean golden

run: setup
	@ARGO_BACKGROUND_FETCH=1.5b-coder $(BIN)/argo-tui

test: $(STAMP)/dev $(STAMP)/model $(STAMP)/index check
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadscope

# The client and the loop against a real vLLM: at ARGO_TEST_SERVER=http://HOST:PORT/v1, or one that
# is started for it here on the CPU (its environment is made once, see tools/vllm_cpu.sh).
test-vllm: $(STAMP)/dev $(STAMP)/model
	@if [ -z "$$ARGO_TEST_SERVER" ]; then \
	  url=$$(mktemp); PATH="$(CURDIR)/$(BIN):$$PATH" tools/vllm_cpu.sh 135m --port $(VLLM_PORT) > $$url & \
	  server=$$!; trap 'kill $$server; wait $$server; rm -f $$url' EXIT; trap 'exit 1' INT TERM; \
	  until grep -q ^http $$url; do kill -0 $$server || exit 1; sleep 1; done; \
	  ARGO_TEST_SERVER=$$(cat $$url); export ARGO_TEST_SERVER; \
	fi; $(BIN)/python -m pytest tests/servers

check: $(STAMP)/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

setup: $(STAMP)/installed $(STAMP)/model $(STAMP)/index

$(BIN)/python:
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "argo-tui needs Python 3.11 or later: make run PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade pip -c constraints.txt

$(STAMP)/installed: $(BIN)/python pyproject.toml constraints.txt
	@echo "Installing argo-tui and its pinned dependencies (torch is the large one)"
	@$(BIN)/python -m pip install -c constraints.txt -e .
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/dev: $(STAMP)/installed
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@

# The stamps only save time: the commands themselves look at what is there.
$(STAMP)/model: $(STAMP)/installed
	@$(BIN)/argo-tui models fetch 135m
	@touch $@

$(STAMP)/index: $(STAMP)/installed $(wildcard engine/primer/*.md)
	@$(BIN)/argo-tui corpus build
	@touch $@

golden: $(STAMP)/dev
	@$(BIN)/python -m tests.engine.test_argo
	@$(BIN)/python -m tests.engine.test_followup_run
	@echo "Golden streams written anew; read the change before you commit it."

clean:
	@rm -rf $(VENV) $(STAMP) .mypy_cache .ruff_cache .pytest_cache
