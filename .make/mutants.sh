#!/usr/bin/env bash
# Changes the rule engine in small ways and asks whether a test notices: `mutants.sh` for all of it, `mutants.sh
# windows.rs` for files of that name. What no test noticed gets a test, or a reason why it is the same.
set -euo pipefail
. "$(dirname "$0")/common.sh"

version=27.1.0
if [ "$(cargo mutants --version 2> /dev/null || true)" != "cargo-mutants $version" ]; then
  say "Installing cargo-mutants $version into $tools (once a machine, about 3 minutes on 2 cores)"
  # Without the target folder of a caller: this is not a part of the workspace.
  env -u CARGO_TARGET_DIR cargo install cargo-mutants --version "$version" --locked --root "$tools" --force
fi

# Files named here take the place of the list in .cargo/mutants.toml.
files=()
for name in "$@"; do
  files+=(--file "server/rules/src/**/$name")
done
[ $# -eq 0 ] || files+=(--no-config --minimum-test-timeout 60 --exclude-re tests::)
say "Testing mutants of the rule engine: about 20 seconds each; a file takes minutes, all of it hours"
exec cargo mutants --package rules --jobs 1 --output "$target" ${files[@]+"${files[@]}"}
