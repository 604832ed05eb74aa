#!/usr/bin/env bash
# Tests the stubs, then holds them to what was not written here: `run.sh`, or `run.sh FOLDER` for another district's folder
# to the public clients. Where the shared data is absent, what needs it is skipped, and said to be. About a minute and a half
# the first time, most of it installing.
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
  if [ ! -e "$here/node_modules/.package-lock.json" ] || [ "$here/package-lock.json" -nt "$here/node_modules/.package-lock.json" ]; then
    say "Installing Prism"
    (cd "$here" && npm ci --prefer-offline --ignore-scripts --loglevel=error)
    touch "$here/node_modules/.package-lock.json"
  fi
  say "Ed-Fi, through Prism with the published documents"
  node "$here/honest/prism.mjs" "$shared"
else
  say "skipped: Prism with the published Ed-Fi documents, for $shared does not hold them (EVERPRESENT_SHARED_DATA names another place)"
fi

if [ -e "$shared/oneroster12-responses/users.first60.json" ] && [ -e "$shared/grand-bend" ]; then
  say "OneRoster, beside the recorded responses of a real server"
  node "$here/honest/recorded.mjs" "$shared"
else
  say "skipped: the recorded OneRoster responses, for $shared does not hold them"
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
  say "skipped: the public clients, for there is no district in $district"
fi
