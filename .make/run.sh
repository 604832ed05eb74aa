#!/usr/bin/env bash
# Builds quickly, makes the demo district in DATA and serves it at ADDR: `run.sh ADDR DATA`.
set -euo pipefail
. "$(dirname "$0")/common.sh"

.make/build.sh dev
exec "$target/debug/everpresent" demo --addr "$1" --data "$2"
