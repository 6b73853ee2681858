# `make help` lists what there is. Every target that needs .venv sets it up first: nothing but
# Python 3.11 or newer, git and make has to be on the machine.

.DEFAULT_GOAL := reports
.NOTPARALLEL:
.PHONY: reports report collect lab test lint coverage audit bench bench-long setup lab-setup lock clean help study-named

STUDY ?=
ARGS ?=
PYTHON ?=
export STUDY PYTHON

CANDIDATES := python3.13 python3.12 python3.11 python3
UV := uv==0.13.9

BIN := .venv/bin
AUDIT := .cache/audit
INTO := bin/python -m pip --disable-pip-version-check --no-input --quiet
INSTALL := .venv/$(INTO) install
# The environment of no user: the benchmark of rendering tells how much JupyterLab weighs.
LEAN := .venv/lean
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --quiet

# Asked of a Python by running it, which is the only proof: a pyenv shim may be on the PATH and
# fail, and Debian's Python cannot make a .venv before python3-venv is installed.
VERSION := import sys; print("%d.%d" % sys.version_info[:2])
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
CAN_MAKE_VENV := import ensurepip, venv

# Shell: sets $$python to the first Python that will do, or stops with one line.
define find_python
python=; bare=; \
if [ -n "$$PYTHON" ]; then set -- "$$PYTHON"; else set -- $(CANDIDATES); fi; \
for candidate in "$$@"; do \
	"$$candidate" -c '$(NEW_ENOUGH)' >/dev/null 2>&1 || continue; \
	if "$$candidate" -c '$(CAN_MAKE_VENV)' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	bare=$${bare:-$$candidate}; \
done; \
if [ -z "$$python" ]; then \
	if [ -n "$$bare" ]; then \
		echo "$$bare cannot make a virtual environment: install its venv module (Debian and Ubuntu: apt-get install python3-venv) or name another Python: make PYTHON=/path/to/python3" >&2; \
	elif [ -n "$$PYTHON" ]; then \
		echo "PYTHON=$$PYTHON does not run as Python 3.11 or newer" >&2; \
	else \
		echo "No Python 3.11 or newer runs here (tried: $(CANDIDATES)): install one, or name it: make PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 2; \
fi
endef

# Shell, $(call once,STAMP,FILE,MESSAGE,COMMAND): runs the command unless .venv/STAMP holds FILE's
# checksum. Content decides, because git changes times; and a stamp goes before the work and comes
# back after it, so that an interrupted set-up never looks finished.
define once
set -e; state=$$(cksum <$(2)); \
if [ "$$(cat .venv/$(1) 2>/dev/null)" != "$$state" ]; then \
	echo "$(3)"; rm -f .venv/$(1); $(4); echo "$$state" >.venv/$(1); \
fi
endef

##@ Reports
reports: setup ## Render every study in data/ to reports/ (the default: plain make)
	@set --; \
	for settings in data/*/study.toml; do \
		if [ -f "$$settings" ]; then set -- "$$@" "$${settings%/study.toml}"; fi; \
	done; \
	if [ $$# -eq 0 ]; then \
		echo "No study in data/: expected data/<study>/study.toml (see data/README.md)" >&2; exit 2; \
	fi; \
	$(BIN)/needle report "$$@" --out reports $(ARGS)

report: study-named setup ## Render one study: make report STUDY=data/banfield-2012
	@$(BIN)/needle report "$$STUDY" --out reports $(ARGS)

collect: study-named setup ## Ask a study's sites for what is new: make collect STUDY=data/mine
	@$(BIN)/needle collect "$$STUDY" $(ARGS)

lab: lab-setup ## Open the notebooks in JupyterLab
	@$(BIN)/jupyter-lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/notebooks $(ARGS)

##@ Checks
test: lint ## Lint, types and tests; ARGS go to pytest: make test ARGS="-k crosspost"
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: setup ## Ruff (rules and format, notebooks too) and mypy
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

coverage: setup ## Measure which branches of src/analysis the tests take; 95 % are aimed at
	@rm -rf .cache/coverage; mkdir -p .cache/coverage
	@$(BIN)/coverage run -m pytest -n auto $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage json --quiet -o .cache/coverage/coverage.json
	@$(BIN)/python -m tests.covered .cache/coverage/coverage.json

audit: setup ## Lint the workflows, list what is installed (.cache/sbom.json), ask for known flaws of it
	@set -e; \
	if ! cmp -s requirements-audit.lock $(AUDIT)/lock; then \
		$(find_python); \
		rm -rf $(AUDIT); "$$python" -m venv $(AUDIT); \
		$(AUDIT)/bin/python -m pip --disable-pip-version-check --no-input --quiet install \
			--require-hashes -r requirements-audit.lock; \
		cp requirements-audit.lock $(AUDIT)/lock; \
	fi
	@$(AUDIT)/bin/zizmor --offline --persona auditor --no-progress --quiet .github docs/collect-daily.yml
	@$(AUDIT)/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		-o .cache/sbom.json $(BIN)/python
	@$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off \
		-r requirements.lock -r requirements-lab.lock -r requirements-audit.lock

bench: lab-setup ## Time everything beside its peers, in half an hour; writes docs/benchmarks.md
	@$(call once,.stamp-lean,requirements-lab.lock,Making $(LEAN) without JupyterLab ...,\
		$(BIN)/python -m venv --clear $(LEAN); \
		$(LEAN)/$(INTO) install --require-hashes -r requirements-lab.lock; \
		$(LEAN)/$(INTO) install --no-deps --no-build-isolation -e .; \
		$(LEAN)/$(INTO) uninstall --yes jupyterlab jupyterlab-server jupyter-lsp notebook-shim \
			jupyter-server jupyter-server-terminals)
	@$(BIN)/python benchmarks/gather.py --lean $(LEAN)/bin/python $(ARGS)

bench-long: setup ## Run the other benchmarks: error rates, broken exports; hours
	@$(BIN)/python benchmarks/gather.py --long $(ARGS)

##@ Set-up
# The environment is made anew when the lock, the Python or the folder is another one; a change of
# pyproject.toml alone installs only this project again.
setup: ## Make .venv from requirements.lock; does nothing when it is up to date
	@set -e; \
	state() { echo "Python $$1, lock $$(cksum <requirements.lock), $$(pwd -P)"; }; \
	have=$$($(BIN)/python -c '$(VERSION)' 2>/dev/null) || have=none; \
	want=$$have; \
	if [ -n "$$PYTHON" ]; then want=$$("$$PYTHON" -c '$(VERSION)' 2>/dev/null) || want=; fi; \
	if [ "$$have" != "$$want" ] || [ "$$(cat .venv/.stamp 2>/dev/null)" != "$$(state $$have)" ]; then \
		$(find_python); \
		version=$$("$$python" -c '$(VERSION)'); \
		echo "Setting up .venv with Python $$version (once; takes a minute or two) ..."; \
		rm -f .venv/.stamp .venv/.stamp-project .venv/.stamp-lab; \
		"$$python" -m venv --clear .venv; \
		$(INSTALL) --require-hashes -r requirements.lock; \
		state "$$version" >.venv/.stamp; \
	fi
	@$(call once,.stamp-project,pyproject.toml,Installing needle into .venv ...,\
		$(INSTALL) --no-deps --no-build-isolation -e .)

lab-setup: setup ## Add JupyterLab to .venv, from requirements-lab.lock
	@$(call once,.stamp-lab,requirements-lab.lock,Adding JupyterLab to .venv ...,\
		$(INSTALL) --require-hashes -r requirements-lab.lock)

lock: ## Make the locks again after a change in pyproject.toml; ARGS=--upgrade renews every pin
	@set -e; $(find_python); \
	scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	"$$python" -m venv "$$scratch"; \
	"$$scratch/bin/python" -m pip --disable-pip-version-check --quiet install '$(UV)'; \
	PATH="$$scratch/bin:$$PATH"; \
	$(COMPILE) $(ARGS) --extra dev pyproject.toml -o requirements.lock; \
	$(COMPILE) $(ARGS) --extra dev --extra lab -c requirements.lock pyproject.toml -o requirements-lab.lock; \
	$(COMPILE) $(ARGS) --group audit -o requirements-audit.lock

clean: ## Remove rendered pages and caches; data/ and .venv stay
	@find reports -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	@rm -rf .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -type d \( -name .git -o -name .venv -o -path ./data \) -prune -o \
		-type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

help: ## Show this list
	@awk -F ':.*## ' '/^##@ /{print substr($$0, 5)} /^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

study-named:
	@if [ -z "$$STUDY" ]; then \
		echo "Which study? Write: make $(firstword $(MAKECMDGOALS)) STUDY=data/banfield-2012" >&2; exit 2; \
	fi
