# Every target installs what it needs in .venv, and uses it again while pyproject.toml is unchanged.
#   make demo [ENGINE=torch]   (or tensorflow) train the study note's network on real data
#   make check                 lint (without pyright) and a tenth of the tests: while you work
#   make test [ARGS='-k conv'] the whole test suite
#   make test-all              also the tests marked slow: Keras' numbers on every engine
#   make lint                  ruff, import-linter, pyright
#   make gpu                   on a machine with a CUDA GPU: its numbers and times, in benchmarks/GPU.md
#   make bench [ARGS=mlp]       timings beside Keras, and beside loops written by hand
PYTHON ?= python3
ENGINE ?= jax
WORKERS ?= 2
ARGS ?=
TORCH_CUDA ?= https://download.pytorch.org/whl/cu126

BIN := .venv/bin
# The demo and the tests use one PyTorch: pyproject.toml names the exact version.
TORCH := $(shell grep -o 'torch == [0-9.]*' pyproject.toml | tr -d ' ')
# Identifies the environment: another Python, folder or pyproject.toml makes a new one.
KEY := $(shell { $(PYTHON) --version; pwd; cat pyproject.toml packages/*/pyproject.toml; } | cksum | cut -d ' ' -f 1)
BASE := .venv/.base-$(KEY)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo check test test-all lint bench gpu clean

demo: .venv/.with-demo-$(ENGINE)
	$(BIN)/lamina demo --engine $(ENGINE)

# Workers take tests from each other at the end, so that none waits.
TEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

check: .venv/.with-test .venv/.with-lint
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(TEST) --share 10 $(ARGS)

test: .venv/.with-test
	$(TEST) $(ARGS)

test-all: .venv/.with-test
	$(TEST) -m 'slow or not slow' $(ARGS)

lint: .venv/.with-test .venv/.with-lint
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: .venv/.with-test
	$(BIN)/python -m benchmarks $(ARGS)

# Of torch and jax those that bring CUDA along; `ARGS='--device cpu'` tries the script itself.
gpu: .venv/.with-gpu
	$(BIN)/python -m benchmarks.gpu $(ARGS)

clean:
	rm -rf .venv build dist demo .pytest_cache .hypothesis .ruff_cache .import_linter_cache .jax_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BASE):
	rm -rf .venv
	$(PYTHON) -m venv .venv
	touch $@

.venv/.with-demo-torch: $(BASE)
	$(INSTALL) --editable '.[demo,torch]' '$(TORCH)'
	touch $@

# TensorFlow without GPU support, where there is such a package: it is far smaller.
.venv/.with-demo-tensorflow: $(BASE)
	$(INSTALL) --editable '.[demo]' \
		'tensorflow-cpu >= 2.18; platform_machine == "x86_64" or platform_machine == "AMD64"' \
		'tensorflow >= 2.18; platform_machine != "x86_64" and platform_machine != "AMD64"'
	touch $@

.venv/.with-demo-%: $(BASE)
	$(INSTALL) --editable '.[demo]'
	touch $@

.venv/.with-test: $(BASE)
	$(INSTALL) --editable '.[test]' --editable packages/lamina-pytensor
	touch $@

.venv/.with-gpu: .venv/.with-test
	$(INSTALL) 'jax[cuda12]'
	$(INSTALL) --force-reinstall --no-deps '$(TORCH)' --index-url $(TORCH_CUDA)
	touch $@

.venv/.with-lint: $(BASE)
	$(INSTALL) --editable '.[lint]'
	touch $@
