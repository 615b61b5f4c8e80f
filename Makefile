# `make synth` and `make test` work on a machine that has Python 3.11+, git and make, and nothing else.
# The rest is fetched once, each part pinned by its lock file, into folders that `make clean` removes:
#
#   .venv/           uv.lock                Python packages; Node and Go come as wheels too
#   node_modules/    package-lock.json      cdk8s-cli
#   .cache/bin/      tools/conftest/go.sum  conftest, built from source because no registry serves it as a package
#                    apps/images/s5cmd/go.sum   s5cmd, by the tests of that image

PYTHON ?= python3
BIN := .venv/bin
CONFTEST := .cache/bin/conftest
# npm writes this file last, so it stands for the whole folder.
CDK8S := node_modules/.package-lock.json

# jsii starts whatever `node` it finds: the wheel's goes first. The machine's own PATH is kept for its own Go.
MACHINE_PATH := $(PATH)
export PATH := $(CURDIR)/$(BIN):$(CURDIR)/.cache/bin:$(PATH)
# cdk8s-cli is locked: it need not ask the network for news on every run.
export CDK8S_CHECK_UPGRADE := false

# Some machines switch bytecode off; compiling every module anew costs a second per run.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: help synth check test lint format types mypy pyright bench mutants clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

synth: .venv/synced ## Render fleet.yaml, clusters/ and apps/ into generated/
	@$(BIN)/groundwork synth

check: .venv/synced $(CONFTEST) ## Judge generated/: proofs and policies, with lines and fixes
	@$(BIN)/groundwork check

test: lint types $(CDK8S) $(CONFTEST) ## Everything that must pass before a merge
	@$(BIN)/pytest --numprocesses logical --dist loadfile

lint: .venv/synced ## Style and format, nothing changed
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: .venv/synced ## Format, and fix what can be fixed safely
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: .venv/synced ## mypy --strict and pyright, side by side
	@$(MAKE) --no-print-directory --jobs=2 mypy pyright

mypy: .venv/synced
	@$(BIN)/mypy

pyright: .venv/synced
	@$(BIN)/pyright

mutants: .venv/synced $(CONFTEST) ## Break generated/ some hundred times: what do the gates notice? (SEED=n)
	@$(BIN)/python -m tests.mutants

bench: .venv/synced ## Measure synth and check, and plain cdk8s on the same objects
	@$(BIN)/python tests/bench.py

clean: ## Remove everything that was fetched or cached; generated/ stays
	rm -rf .venv .cache node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

# --- what is fetched ---------------------------------------------------------

# uv installs everything but itself, so pip fetches it first, in the version that pyproject.toml pins.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is Python " + sys.version.split()[0] \
	    + ", but 3.11 or newer is needed. Name another one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check "$$(sed -n 's/.*"\(uv==[^"]*\)".*/\1/p' pyproject.toml)"

.venv/synced: pyproject.toml uv.lock | $(BIN)/uv
	$(BIN)/uv sync --frozen --quiet --compile-bytecode
	@touch $@

$(CDK8S): package.json package-lock.json | .venv/synced
	$(BIN)/npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

# The machine's Go where it is new enough for go.mod, else the wheel's.
$(CONFTEST): tools/conftest/go.mod tools/conftest/go.sum | .venv/synced
	@echo "Building conftest from source into $@: 2 to 4 minutes, once."
	@mkdir -p $(@D)
	@cd tools/conftest && go=$$(PATH="$(MACHINE_PATH)"; GOTOOLCHAIN=local go list -m >/dev/null 2>&1 && command -v go); \
	    "$${go:-$(CURDIR)/$(BIN)/go}" build -trimpath -ldflags="-s -w" -o "$(CURDIR)/$@" github.com/open-policy-agent/conftest
