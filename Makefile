# make run    open the program (ARGS="…" passes arguments); without a screen, make the tour instead
# make test   every check and every test
# make bench  measure speed, ten minutes, and write the README's table of it
# make tour   the whole program without a screen: numbered screenshots in tour/
# make clean  remove what make has made; runs stay
# The first use of each sets up .venv; later ones only look whether the pins have changed.

BIN := .venv/bin
ARGS ?=
SCREEN := $(if $(filter Darwin,$(shell uname)),yes,$(DISPLAY)$(WAYLAND_DISPLAY)$(QT_QPA_PLATFORM))

.PHONY: run test bench tour clean program checks

run: program
ifeq ($(SCREEN)$(ARGS),)
	@echo "There is no screen here: making the tour instead; its pictures come to tour/."
	$(BIN)/vae-explorer tour --out tour
else
	$(BIN)/vae-explorer $(ARGS)
endif

test: checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/pytest

bench: checks
	$(BIN)/python benchmarks/report.py

tour: program
	$(BIN)/vae-explorer tour --out tour

program:
	@.ci/set-up

checks:
	@.ci/set-up --dev

clean:
	rm -rf .venv build dist tour .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
