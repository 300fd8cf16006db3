# Everything from a bare machine: Python 3.11 or newer, make and a package index are enough.
#
#   make demo      race the two programs of the course and write demo.html
#   make test      lint, types, layers, tests with branch coverage
#   make help      the rest

# The first of these that runs and is new enough; a pyenv shim may exist without a Python behind it.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.11 python3 python3.14 python3.13 python3.12 python; do \
	if $$python -c '$(NEW_ENOUGH)' 2>/dev/null; then echo $$python; break; fi; done)
VENV ?= .venv
BIN := $(VENV)/bin
# Where tarballs of more interpreters lie, and where they are unpacked.
TURNOUT_INTERPRETERS ?= $(wildcard ../shared/interpreters)
PYTHONS := .cache/pythons
TARBALLS := $(wildcard $(addsuffix /*.tar.xz,$(TURNOUT_INTERPRETERS)))
PYTEST_ARGS ?=
# Many tests wait for a process to start or to end, so more of them run at once than there are cores to keep busy.
TESTERS ?= 3

# Thousands of tests start a Python, and each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint bench pythons clean

help: ## say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

demo: $(VENV)/.demo ## race the two programs of the course; writes demo.html
	@$(BIN)/turnout demo --html demo.html

test: lint $(VENV)/.system ## lint, types, layers, tests with branch coverage
	@rm -f .coverage .coverage.*
	@$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadgroup --cov --cov-report=term $(PYTEST_ARGS)

lint: $(VENV)/.test ## ruff, mypy and the layers only
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.demo ## measure the bars against the peers (in an environment of their own); writes docs/bench.md
	@$(BIN)/python bench docs/bench.md

pythons: $(VENV)/.demo ## unpack the interpreters of $TURNOUT_INTERPRETERS for the tests
	@test -n "$(TARBALLS)" || echo "no *.tar.xz in '$(TURNOUT_INTERPRETERS)'; set TURNOUT_INTERPRETERS to a folder of interpreters"
	@$(if $(TARBALLS),$(BIN)/python tests/pythons/unpack.py $(PYTHONS) $(TARBALLS))

clean: ## remove what was made, the environments too
	rm -rf $(VENV) .cache .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f demo.html race.html

# Debian splits venv from Python; as root we can add it.
$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "turnout needs Python 3.11 or newer; say where: make PYTHON=/path/to/python3"; exit 2; }
	@echo "making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); $(call as_root,python3-venv); $(PYTHON) -m venv $(VENV); }

# The stamps tell that an environment holds what pyproject.toml asks for, so that a second run is quick.
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "installing turnout and what the demo needs"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[demo]'
	@touch $@

# Python 3.11 may bring a pip older than dependency groups (25.1).
$(VENV)/.test: $(VENV)/.demo
	@echo "installing what the tests need"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group test
	@touch $@

# Optional: a browser that looks at the reports, a web server, a broker, a display, and CPython's own tests. What is missing is skipped, with the reason.
$(VENV)/.system: $(VENV)/.test
	@command -v chromium >/dev/null || { $(call as_root,chromium); }
	@test -x /usr/sbin/mosquitto || command -v mosquitto >/dev/null || { $(call as_root,mosquitto openssl); }
	@command -v Xvfb >/dev/null && command -v xdotool >/dev/null || { $(call as_root,xvfb xdotool); }
	@test -x /usr/sbin/nginx || command -v nginx >/dev/null || { $(call as_root,nginx-light openssl); }
	@$(BIN)/python tests/conformance/upstream.py >/dev/null || \
		{ $(call as_root,libpython$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')-testsuite); }
	@touch $@

# Try to install a Debian package; say so and go on where that cannot be.
define as_root
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing $(1)"; \
		{ timeout 120 apt-get update -qq && DEBIAN_FRONTEND=noninteractive timeout 300 \
			apt-get install -y -qq --no-install-recommends $(1); } >/dev/null 2>&1 || echo "could not install $(1); going on without it"; \
	else echo "$(1) is missing, and only root on Debian gets it from here; going on without it"; fi
endef
