#!/usr/bin/env bash
# Prints the performance table. BENCH_STUDENTS (100000) and BENCH_ROUNDS (5) make it smaller.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# The lab and first visits are measured in a browser, a first load in PostgreSQL too.
.make/setup.sh test
PATH=$PATH:$(find_postgres)
.make/build.sh release
say "Building the timing of the rules"
cargo build -p rules --bench questions --bench packs --release
# The newest program of a bench; cargo puts a hash behind its name.
program_of() {
  find "$target/release/deps" -name "$1-*" -executable -type f -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2
}

# The peers, in a Python environment of their own that outlives the clone.
peers=$tools/bench-$(sha256sum end2end/bench/requirements.txt | cut -c 1-12)
if [ ! -e "$peers/ready" ]; then
  say "Installing DuckDB and Polars into $peers (a minute)"
  python3 -m venv --clear "$peers" || fail "Python 3.11 or later with venv is missing: sudo apt-get install python3-venv"
  "$peers/bin/pip" install --quiet --disable-pip-version-check -r end2end/bench/requirements.txt
  touch "$peers/ready"
fi

say "Measuring: well over 15 minutes at full size; BENCH_STUDENTS=2000 takes three"
EVERPRESENT_BIN=$target/release/everpresent QUESTIONS_BIN=$(program_of questions) PACKS_BIN=$(program_of packs) SITE=$target/site CHROMIUM=$(find_chromium) \
  "$peers/bin/python" end2end/bench/bench.py
