#!/usr/bin/env bash
# Compiles the browser crate and lays out target/site. `browser.sh dev` builds quickly; `browser.sh release` builds small.
set -euo pipefail
. "$(dirname "$0")/common.sh"
kind=${1:-dev}
profile=browser-$kind
# Not a name of cargo's own folders, which are called after the profiles.
stage=$target/site-stage-$kind

say "Building the pages' WebAssembly ($kind)"
cargo build -p browser --target wasm32-unknown-unknown --profile "$profile"
wasm=$target/wasm32-unknown-unknown/$profile/browser.wasm

# Nothing to do where neither the code nor the styles nor the public files changed since.
stamp=$(find style public .make/browser.sh .make/site.mjs .make/package-lock.json "$wasm" -type f -print0 \
  | sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1)
if [ -e "$target/site/hash.txt" ] && [ "$(cat "$target/site.stamp" 2> /dev/null || true)" = "$stamp" ]; then
  say "$target/site is up to date"
  exit
fi

rm -rf "$stage"
mkdir -p "$stage"
wasm-bindgen "$wasm" --target web --no-typescript --remove-name-section --remove-producers-section \
  --out-name everpresent --out-dir "$stage"
if [ "$kind" = release ]; then
  say "Shrinking it"
  # The features that Rust's wasm target uses by default, all in browsers since 2022.
  .make/node_modules/.bin/wasm-opt -Oz --strip-debug --strip-producers --strip-target-features \
    --enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
    --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext \
    "$stage/everpresent_bg.wasm" -o "$stage/everpresent_bg.wasm"
fi
node .make/site.mjs "$kind" "$stage" "$target"
echo "$stamp" > "$target/site.stamp"
