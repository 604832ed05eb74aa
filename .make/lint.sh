#!/usr/bin/env bash
# Format and lints, natively and for the browser. The two are apart because `ssr` and `hydrate` must never meet.
set -euo pipefail
. "$(dirname "$0")/common.sh"

say "Format"
cargo fmt --all --check
cargo fmt --manifest-path server/fuzz/Cargo.toml --check
say "Lints of the server's side"
cargo clippy --all-targets -- -D warnings
say "Lints of the browser's side"
cargo clippy -p browser -p app --features app/hydrate --target wasm32-unknown-unknown -- -D warnings
if command -v cargo-deny > /dev/null; then
  say "Licences, bans and sources of libraries"
  cargo deny --log-level error check bans licenses sources
else
  say "skipped: licences, bans and sources of libraries, for cargo-deny is not installed (cargo install cargo-deny)"
fi
