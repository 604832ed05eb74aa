# `make` lists what there is. Each target installs what it needs and is missing, and says so.

.DEFAULT_GOAL := help
.PHONY: help setup build run test fuzz mutants bench fmt lint clean
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Where `make run` serves, and where its data lies.
ADDR ?= 127.0.0.1:3000
DATA ?= data
# How long `make fuzz` goes on.
MINUTES ?= 60

help: ## This list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing to build and to test.
	@.make/setup.sh test

build: ## Only build: target/release/everpresent, its browser files in target/site.
	@.make/build.sh release

run: ## Build quickly, make the demo district and serve it on http://127.0.0.1:3000.
	@.make/run.sh "$(ADDR)" "$(DATA)"

test: ## Run every test: unit, store on SQLite and PostgreSQL, browser journeys.
	@.make/test.sh

fuzz: ## The rules against their second implementation for an hour, then each parser for a sixth of it. MINUTES=6 is shorter.
	@.make/second.sh "$(MINUTES)"
	@.make/fuzz.sh "$$(awk 'BEGIN { print $(MINUTES) / 6 }')"

mutants: ## Change the rule engine in small ways: does a test notice? Hours; FILES=windows.rs takes minutes.
	@.make/mutants.sh $(FILES)

bench: ## Print the performance table. BENCH_STUDENTS=2000 makes it a quick look.
	@.make/bench.sh

fmt: ## Format the Rust code.
	@cargo fmt --all

lint: ## Format check and clippy, native and for the browser.
	@.make/lint.sh

clean: ## Remove what was built; installed tools stay.
	@rm -rf target
