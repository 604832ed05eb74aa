#!/usr/bin/env bash
# Every test: lints, unit and property tests, the store on SQLite and PostgreSQL, packs, journeys in a real browser.
set -euo pipefail
. "$(dirname "$0")/common.sh"

.make/setup.sh test
if [ ! -e "$target/site/hash.txt" ]; then
  say "First time: about 25 minutes on 2 cores, most of it compiling. Later runs take a few minutes."
fi
.make/lint.sh

say "Unit, property and store tests"
# Each such test says so itself, which few read.
[ -d "${EVERPRESENT_SHARED_DATA:-../shared/data}" ] \
  || say "skipped: what is held to real districts' files, for there is no ../shared/data (EVERPRESENT_SHARED_DATA names another folder)"
PG_BIN=$(find_postgres)
export PATH="$PATH:$PG_BIN"
if command -v cargo-nextest > /dev/null; then
  cargo nextest run
  cargo test --doc --quiet
else
  cargo test
fi

.make/build.sh dev
say "Worked examples of the rule packs"
"$target/debug/everpresent" packs test

say "The rules against their second implementation"
.make/second.sh

say "The stubs of SIS servers"
(cd end2end/stubs && node --test --test-reporter dot test/)

say "Journeys in $(find_chromium)"
cd end2end
CHROMIUM=$(find_chromium) EVERPRESENT_BIN=$target/debug/everpresent npx --no-install playwright test
