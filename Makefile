# `make demo` and `make test` each do all the set-up they need: Python 3.11+ and make are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= 2

export TF_CPP_MIN_LOG_LEVEL ?= 3
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test security check lock clean

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and f"Loupe needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. Set PYTHON=… to another one.")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing the locked environment into $(VENV) (one to three minutes, once) …"
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --no-index --editable .
	@touch $(READY)

demo: $(READY)
	$(BIN)/loupe demo

test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# Every attack on every machine that can be imitated, best as root on a machine of your own: about fifteen minutes.
security: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile -m "" tests/security

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock:
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade -o requirements.lock
	echo tensorflow-cpu | uv pip compile pyproject.toml - --constraint requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate --no-emit-package tensorflow \
	  -o autograder/packages/gradescope/requirements.lock

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
