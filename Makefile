# `make figures/nat_64b.pdf` on a fresh machine: installs what is missing, then measures and draws.
# `make help` lists the rest. After `make setup`, plain `snakemake` and `pytest` in .venv do the same.

SHELL := /bin/bash
BIN := .venv/bin
CORES ?= 1
SYSTEMS ?= trixie

# The programs of .venv come first for everything that is called here, and for what that calls.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup setup-extra all report compare lint test test-all test-systems docs bench clean FORCE

help:  ## this list
	@grep -hE '^[a-z%/-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## install what is missing: apt packages (envs/apt.txt) and .venv (envs/requirements.txt)
	@envs/install.sh

setup-extra:  ## the same with what tests and source builds need (envs/apt-extra.txt)
	@envs/install.sh extra

figures/%: setup FORCE  ## measure and draw one figure, e.g. `make figures/nat_64b.pdf`
	snakemake --cores $(CORES) $@

all: setup  ## measure and draw everything (an overlay: snakemake ... --configfile mine.yaml)
	snakemake --cores $(CORES)

report: setup  ## the same, and all of it in one HTML file, report.html
	snakemake --cores $(CORES) report.html

compare: setup  ## which variants are slower (section `compare`), a line a pair; `make compare CONFIG=mine.yaml`
	snakemake --cores $(CORES) compare $(if $(CONFIG),--configfile $(CONFIG))
	python workflow/scripts/judge_comparisons.py $(CONFIG)

lint: setup  ## formats and lints
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow/rules
	PYTHONPATH=workflow/scripts lint-imports --no-cache
	snakemake --lint

test: setup-extra lint  ## lints, dry runs of every shipped configuration, and all tests but the slow ones
	pytest -n 2 --dist loadfile -m 'not slow and not system'
	pytest -m 'not slow and system'

test-all: setup-extra lint  ## the same with the slow tests
	pytest -n 2 --dist loadfile -m 'not system'
	pytest -m system

test-systems:  ## as root: README's two commands on a Debian 13 made for it, or SYSTEMS="trixie forky"
	python3 tests/distributions.py $(SYSTEMS)

docs: setup  ## docs/reliability.md, from the names and docstrings of the tests
	python tests/reliability.py > docs/reliability.md

bench: setup  ## how fast the generator and the DUT's start are on this machine
	python tests/bench.py

clean:  ## remove .venv and caches; results and figures stay
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .snakemake/scripts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
