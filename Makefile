# Two commands do all the set-up: `make report` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= report

.PHONY: report test check bench clean

$(VENV)/pip-ready:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	@touch $@

$(VENV)/base-ready: pyproject.toml $(VENV)/pip-ready
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(VENV)/dev-ready: pyproject.toml $(VENV)/pip-ready
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	@touch $@ $(VENV)/base-ready

$(VENV)/bench-ready: pyproject.toml $(VENV)/pip-ready
	$(BIN)/python -m pip install --quiet -e '.[bench]'
	@touch $@ $(VENV)/dev-ready $(VENV)/base-ready

# Install (no torch) and write the report of the bundled town; says where it is.
report: $(VENV)/base-ready
	@mkdir -p $(OUT)
	@cp -R corpora/demo/town/. $(OUT)/
	$(BIN)/discourse run --root $(OUT) --config $(OUT)/discourse.toml --week 2026-W46
	@echo "Open $(OUT)/reports/2026-W46/report.fr.html (French) or report.en.html (English) in a browser."

# Install everything and run every check and test.
test: $(VENV)/dev-ready check
	$(BIN)/pytest -n 2 --dist loadfile

check: $(VENV)/dev-ready
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

# Stage by stage: items/s, CPU seconds, peak memory, as ratios in one run.
bench: $(VENV)/bench-ready
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(OUT) .pytest_cache .mypy_cache .ruff_cache .hypothesis
