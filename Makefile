# Everything a newcomer or CI runs. Needs Python 3.11, make and a package registry; `make help` lists the targets.

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
# Python compiles what is imported: most of what is installed never is.
PIP := -m pip --disable-pip-version-check --quiet install --no-compile
ifdef CI
# uv takes a tenth of pip's processor time. Elsewhere pip installs, from the index and through the proxy that it is set to.
INSTALLERS := pip uv
INSTALL = $(1)/uv --quiet pip install --python $(1)/python $(2) || $(1)/python $(PIP) $(2)
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
else
INSTALLERS := pip
INSTALL = $(1)/python $(PIP) $(2)
endif
EXTRAS := .[redis,s3,vault]
VERSION ?= 3.1.8
EDGE_VENV := .venv-airflow-$(VERSION)
# In CI, Python looks for garbage after more objects: otherwise a fifth of the time to import Airflow goes into that.
GARBAGE := import gc; gc.set_threshold(20_000, 50, 100)
COLLECT_RARELY = $(if $(CI),echo '$(GARBAGE)' > "$$($(1)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/collect_rarely.pth")
EDGE_TESTS := internals switch runner execution task_instance backend exclusive boundary rendering log_lines edge serde_of_versions origins

# Without the working directory on the path, so that the package is the installed one.
PYTEST := PYTHONSAFEPATH=1 $(BIN)/pytest --import-mode=importlib --numprocesses=auto

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	@$(call COLLECT_RARELY,$(BIN))
	@$(BIN)/python $(PIP) --constraint constraints.txt --upgrade $(INSTALLERS)

$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Airflow into $(VENV), about a minute ..."
	@$(call INSTALL,$(BIN),--constraint constraints.txt --editable . --group demo)
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(BIN)/python
	$(call INSTALL,$(BIN),--constraint constraints.txt --editable '$(EXTRAS)' --group test --group lint)
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: pyproject.toml constraints.txt | $(BIN)/python
	$(call INSTALL,$(BIN),--constraint constraints.txt --editable '$(EXTRAS)' --group bench)
	@touch $@

.PHONY: demo
demo: $(VENV)/.demo ## Run an example Dag through real Airflow and show where its secrets are, and are not
	@$(BIN)/python -m examples.demo

.PHONY: test
test: $(VENV)/.test ## Run the whole test suite, with whatever real servers there are; COVERAGE=1 measures branches
	@$(PYTEST) $(if $(COVERAGE),--cov --cov-report=term:skip-covered)

.PHONY: test-unit
test-unit: $(VENV)/.test ## Run the tests that start no Airflow
	@$(PYTEST) -m 'not airflow'

.PHONY: wheel
wheel: $(VENV)/.test ## Put the built wheel in place of the checkout: the tests then find what users install
	@rm -rf dist && $(BIN)/python -m pip --disable-pip-version-check --quiet wheel --no-deps --wheel-dir dist . && $(BIN)/python $(PIP) --force-reinstall --no-deps dist/*.whl
	@# Behind the site packages: the tests and the examples are found here, the package is not.
	@echo '$(CURDIR)' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/checkout.pth"
	@cd / && $(CURDIR)/$(BIN)/python -c 'import secure_xcom, sys; sys.exit("site-packages" not in secure_xcom.__file__)'
	@# The page that the command prints is in the wheel alone: a worker has no docs.
	@cd / && $(CURDIR)/$(BIN)/secure-xcom explain Refused > /dev/null

.PHONY: test-airflow
test-airflow: ## Run the edge tests on another Airflow: make test-airflow VERSION=3.2.2
	@test -x $(EDGE_VENV)/bin/python || $(PYTHON) -m venv $(EDGE_VENV)
	@$(call COLLECT_RARELY,$(EDGE_VENV)/bin)
	@test -e $(EDGE_VENV)/.test || { \
	  $(EDGE_VENV)/bin/python $(PIP) --constraint constraints.txt --upgrade $(INSTALLERS) && \
	  { $(call INSTALL,$(EDGE_VENV)/bin,--constraint tests/airflow/constraints-$(VERSION).txt --editable . --group edge); } && \
	  touch $(EDGE_VENV)/.test; }
	@SECURE_XCOM_EDGE=1 $(EDGE_VENV)/bin/python -m pytest $(EDGE_TESTS:%=tests/airflow/test_%.py) \
		tests/airflow/deployment/test_contracts.py

.PHONY: test-aws
test-aws: $(VENV)/.test ## Run the isolation tests on AWS itself; needs an account, see tests/aws/
	@$(BIN)/python -m pytest tests/aws

.PHONY: lint
lint: $(VENV)/.test ## Check style, types, the direction of imports, and prose
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/architecture/test_prose.py

.PHONY: format
format: $(VENV)/.test ## Format the code
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

.PHONY: servers
servers: ## Build the servers that tests use (Vault, MinIO, fake-gcs-server, Azurite); needs Go and npm
	@tests/servers/build.sh .servers

.PHONY: bench
bench: $(VENV)/.bench ## Measure, and write benchmarks/RESULTS.md
	@AIRFLOW_HOME=$(CURDIR)/.cache/bench $(BIN)/python -m benchmarks

.venv-scanners/bin/python:
	$(PYTHON) -m venv .venv-scanners
	.venv-scanners/bin/python -m pip --disable-pip-version-check --quiet install detect-secrets==1.5.0 credsweeper==1.19.5

.PHONY: bench-detection
bench-detection: $(VENV)/.test .venv-scanners/bin/python ## Measure detection beside other tools, and write benchmarks/DETECTION.md
	@$(BIN)/python -m benchmarks.detection .venv-scanners/bin

.PHONY: bench-scan
bench-scan: $(VENV)/.test .venv-scanners/bin/python ## Scan 10,000,000 XComs on PostgreSQL, and write benchmarks/SCAN.md
	@$(BIN)/python -m benchmarks.scan --detect-secrets $(CURDIR)/.venv-scanners/bin/detect-secrets

.PHONY: bench-database
bench-database: $(VENV)/.bench ## Measure data frames through PostgreSQL, and write benchmarks/DATABASE.md
	@AIRFLOW_HOME=$(CURDIR)/.cache/bench $(BIN)/python -m benchmarks.database

.PHONY: check
check: lint test ## What a change must pass

.PHONY: clean
clean: ## Remove what the targets above made, except the built servers
	rm -rf .venv* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
