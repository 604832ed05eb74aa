#!/usr/bin/env bash
# Installs what is missing to build (`setup.sh build`) or to build and test (`setup.sh test`). Quick when all is there.
set -euo pipefail
. "$(dirname "$0")/common.sh"
purpose=${1:-test}

needed() { command -v "$1" > /dev/null || fail "$1 is not installed. $2"; }
needed cargo "Install Rust with rustup, as the README says under \"Try it\"."
needed node "Install Node 20 or later, then run this again."
needed npm "It belongs to Node: install Node 20 or later, then run this again."
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node $(node -v) is too old: 20 or later is needed."

# Installs a Debian or Ubuntu package as root; anybody else is told the command.
debian_package() {
  if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    say "Installing $1 (a minute or so)"
    apt-get -qq update || true
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$1" > /dev/null \
      || fail "apt-get could not install $1. Install it yourself, then run this again."
  else
    fail "$2 is missing. Install it, then run this again: sudo apt-get install $1"
  fi
}

# Before anything is compiled: Rust links with it, and SQLite and zstd are C.
command -v cc > /dev/null || debian_package build-essential "A C compiler and linker (cc)"

# rustup reads rust-toolchain.toml: the toolchain, its parts and the wasm target come with the first call.
if command -v rustup > /dev/null; then
  rustup show active-toolchain > /dev/null 2>&1 || { say "Installing the Rust toolchain of rust-toolchain.toml" && rustup toolchain install; }
  rustup target list --installed | grep -qx wasm32-unknown-unknown || rustup target add wasm32-unknown-unknown
fi

# The command line must be of the library's version exactly: they share an unstable format.
version=$(locked_version wasm-bindgen)
if [ "$(wasm-bindgen --version 2> /dev/null || true)" != "wasm-bindgen $version" ]; then
  say "Installing wasm-bindgen $version into $tools (once a machine, about 4 minutes on 2 cores)"
  # Without --locked: pins of an older lock file may no longer be served. Without the target folder of a caller:
  # this is not a part of the workspace.
  env -u CARGO_TARGET_DIR cargo install wasm-bindgen-cli --version "$version" --bin wasm-bindgen --root "$tools" --force
fi

node_packages() {
  if [ ! -e "$1/node_modules/.package-lock.json" ] || [ "$1/package-lock.json" -nt "$1/node_modules/.package-lock.json" ]; then
    say "Installing the Node packages of $1"
    (cd "$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefer-offline --loglevel=error)
    touch "$1/node_modules/.package-lock.json"
  fi
}
node_packages .make
[ "$purpose" = build ] && exit

node_packages end2end
[ -n "$(find_chromium)" ] || debian_package chromium "A Chromium or Chrome (for the browser journeys)"
command -v python3 > /dev/null || debian_package python3 "Python 3 (for the second implementation of the rules)"
[ -n "$(find_postgres)" ] || debian_package postgresql "PostgreSQL's server (for the tests of the store)"
