# `make synth` and `make test` work on a machine that has Python 3.11+, git and make, and nothing else.
# The rest is fetched once, each part pinned by its lock file, into folders that `make clean` removes:
#
#   .venv/           uv.lock                Python packages; Node and Go come as wheels too
#   node_modules/    package-lock.json      cdk8s-cli
#   .cache/bin/      tools/*/go.sum         conftest, Kubernetes, kwok, Karpenter, built from source: no registry serves them as packages
#                    apps/images/s5cmd/go.sum   s5cmd, by the tests of that image

PYTHON ?= python3
BIN := .venv/bin
CONFTEST := .cache/bin/conftest
# A folder with etcd and kube-apiserver, as envtest has it, saves building these two.
PROGRAMS := $(addprefix .cache/bin/,$(if $(KUBEBUILDER_ASSETS),,etcd kube-apiserver) \
    kube-controller-manager kube-scheduler kwok karpenter)
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
.PHONY: help synth check test test-cluster lint format types mypy pyright bench mutants clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

synth: .venv/synced ## Render fleet.yaml, clusters/ and apps/ into generated/
	@$(BIN)/groundwork synth

check: .venv/synced $(CONFTEST) ## Judge generated/: proofs and policies, with lines and fixes
	@$(BIN)/groundwork check

test: lint types $(CDK8S) $(CONFTEST) ## Everything that must pass before a merge
	@$(BIN)/pytest --numprocesses logical --dist loadfile

test-cluster: .venv/synced $(PROGRAMS) ## A real control plane takes the tree: docs/cluster-in-a-box.md (SEED=n)
	@$(BIN)/pytest -o addopts="--import-mode=importlib" tests/cluster

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

# The machine's Go where it is new enough for the go.mod of that folder of tools/, else the wheel's.
go = @cd tools/$(1) && go=$$(PATH="$(MACHINE_PATH)"; GOTOOLCHAIN=local go list -m >/dev/null 2>&1 && command -v go); \
    "$${go:-$(CURDIR)/$(BIN)/go}"

# $(1): folder of tools/, $(2): package, $(3): flags of the linker
define go_build
	@mkdir -p $(@D)
	$(call go,$(1)) build -trimpath -ldflags="-s -w $(3)" -o "$(CURDIR)/$@" $(2)
endef

$(CONFTEST): tools/conftest/go.mod tools/conftest/go.sum | .venv/synced
	@echo "Building conftest from source into $@: 2 to 4 minutes, once."
	$(call go_build,conftest,github.com/open-policy-agent/conftest)

.cache/bin/etcd: tools/etcd/go.mod tools/etcd/go.sum | .venv/synced
	@echo "Building etcd from source into $@: about a minute, once."
	$(call go_build,etcd,go.etcd.io/etcd/server/v3)

# Clients refuse to talk to a server that does not say its version.
KUBERNETES = $(shell sed -n 's,^.*k8s.io/kubernetes \(v[0-9.]*\).*,\1,p' tools/kubernetes/go.mod)
VERSION = k8s.io/component-base/version
.cache/bin/kube-%: tools/kubernetes/go.mod tools/kubernetes/go.sum | .venv/synced
	@echo "Building kube-$* $(KUBERNETES) from source into $@: 2 to 5 minutes, once."
	$(call go_build,kubernetes,k8s.io/kubernetes/cmd/$(@F),-X $(VERSION).gitVersion=$(KUBERNETES) \
	    -X $(VERSION).gitMajor=1 -X $(VERSION).gitMinor=$(word 2,$(subst ., ,$(KUBERNETES))))

.cache/bin/kwok: tools/kwok/go.mod tools/kwok/go.sum | .venv/synced
	@echo "Building kwok from source into $@: about 2 minutes, once."
	$(call go_build,kwok,sigs.k8s.io/kwok/cmd/kwok)

# Karpenter's own code, with a cloud of ours.
.cache/bin/karpenter: $(wildcard tools/karpenter/*.go) tools/karpenter/go.mod tools/karpenter/go.sum | .venv/synced
	@echo "Building Karpenter from source into $@: about 2 minutes, once."
	$(call go,karpenter) test ./...
	$(call go_build,karpenter,.)
