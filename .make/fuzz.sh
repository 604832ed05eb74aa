#!/usr/bin/env bash
# `fuzz.sh MINUTES`: sends every parser what a stranger might, so long each. Each of their findings is a file that the
# terminal names; what was learned lies in the target folder and is where the next time begins.
set -euo pipefail
. "$(dirname "$0")/common.sh"

seconds=$(awk -v minutes="$1" 'BEGIN { print int(minutes * 60) }')
command -v rustup > /dev/null || fail "rustup is missing: https://rustup.rs"
# The sanitizers of libFuzzer need a nightly compiler.
rustup toolchain list | grep -q ^nightly || rustup toolchain install nightly --profile minimal
if ! cargo fuzz --version > /dev/null 2>&1; then
  say "Installing cargo-fuzz into $tools (two minutes)"
  cargo install cargo-fuzz --root "$tools"
fi
corpus=$target/fuzz/corpus
export CARGO_TARGET_DIR=$target/fuzz
cd server/fuzz
cargo run --quiet --bin seeds -- "$corpus"
for parser in zip file profile pack; do
  say "Fuzzing: $parser, for $1 minutes"
  mkdir -p "$corpus/$parser" "$target/fuzz/found"
  cargo +nightly fuzz run --fuzz-dir . "$parser" "$corpus/$parser" -- \
    -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$target/fuzz/found/" -print_final_stats=1
done
