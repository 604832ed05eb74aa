#!/usr/bin/env bash
# Builds the server and the browser's files: `build.sh dev` quickly, `build.sh release` small and fast.
set -euo pipefail
. "$(dirname "$0")/common.sh"
kind=${1:-dev}

.make/setup.sh build
if [ ! -e "$target/site/hash.txt" ]; then
  say "First build: about 10 minutes on 2 cores. Later ones take seconds to a minute."
fi
.make/browser.sh "$kind"
say "Building the server ($kind)"
cargo build -p server --bin everpresent --profile "$kind"
