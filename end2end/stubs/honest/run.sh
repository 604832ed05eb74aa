#!/usr/bin/env bash
# Tests the stubs, then holds them to what was not written here: `run.sh`, or `run.sh FOLDER` to let the public clients read
# another district. Where the shared data is absent, what needs it is skipped, and said to be. About a minute; two the first
# time, for Prism and the clients are installed then.
set -euo pipefail
. "$(dirname "$0")/../../../.make/common.sh"
here=$root/end2end/stubs
shared=${EVERPRESENT_SHARED_DATA:-$root/../shared/data}
district=${1:-$shared/grand-bend}

say "Tests of the stubs"
told=$(mktemp)
trap 'rm -f "$told"' EXIT
if ! (cd "$here" && node --test test/ > "$told"); then
  grep -A 25 '^not ok' "$told" >&2
  fail "the tests of the stubs do not pass"
fi
grep -E '^# (pass|fail) ' "$told"

if [ -e "$shared/edfi-spec/resources-ds-5.0.yaml" ] && [ -e "$shared/grand-bend" ]; then
  installed=$here/node_modules/.package-lock.json
  if [ ! -e "$installed" ] || [ "$here/package-lock.json" -nt "$installed" ]; then
    say "Installing Prism"
    (cd "$here" && npm ci --prefer-offline --ignore-scripts --loglevel=error)
    touch "$installed"
  fi
  say "Ed-Fi, through Prism with the published documents"
  node "$here/honest/prism.mjs" "$shared"
else
  say "skipped: Prism with the published Ed-Fi documents: $shared lacks them (EVERPRESENT_SHARED_DATA names another place)"
fi

if [ -e "$shared/oneroster12-responses/users.first60.json" ] && [ -e "$shared/grand-bend" ]; then
  say "OneRoster, beside the recorded responses of a real server"
  node "$here/honest/recorded.mjs" "$shared"
else
  say "skipped: the recorded OneRoster responses: $shared lacks them"
fi

if [ -e "$district" ]; then
  clients=$tools/stubs-$(sha256sum "$here/honest/requirements.txt" | cut -c 1-12)
  if [ ! -e "$clients/ready" ]; then
    say "Installing public clients into $clients"
    python3 -m venv --clear "$clients" || fail "Python 3.9 or later with venv is missing: sudo apt-get install python3-venv"
    "$clients/bin/pip" install --quiet --disable-pip-version-check -r "$here/honest/requirements.txt"
    touch "$clients/ready"
  fi
  say "Both, read by edfi_api_client, lightbeam, oneroster and requests-oauthlib"
  "$clients/bin/python" "$here/honest/clients.py" "$district"
else
  say "skipped: the public clients: there is no district in $district"
fi
