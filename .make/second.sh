#!/usr/bin/env bash
# Holds the rule engine to its second implementation: `second.sh` for `make test`, `second.sh MINUTES` for `make fuzz`.
set -euo pipefail
. "$(dirname "$0")/common.sh"

program=$target/debug/everpresent
if [ $# -gt 0 ]; then
  .make/setup.sh test
  cargo build --package server
  exec python3 server/rules/second/compare.py --everpresent "$program" --seed "${SEED:-$(date +%s)}" \
    --minutes "$1" --keep "$target/second"
fi
exec python3 server/rules/second/compare.py --everpresent "$program" --keep "$target/second"
