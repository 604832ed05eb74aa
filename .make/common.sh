# Shared by the scripts beside it: where things are, and how they speak. To be sourced from any folder.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Compiled files; CARGO_TARGET_DIR moves them all, the site too.
target=${CARGO_TARGET_DIR:-target}
[[ $target = /* ]] || target=$root/$target
# Tools that have no place in the repository; they outlive a clone.
tools=${EVERPRESENT_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/everpresent}
export PATH="$tools/bin:$PATH"

say() { printf '== %s\n' "$*" >&2; }
fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# The version of a crate in Cargo.lock.
locked_version() {
  awk -v name="name = \"$1\"" '$0 == name { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

# The browser for the journeys: CHROMIUM, else a Chromium or Chrome on PATH; nothing where there is none.
find_chromium() {
  local name
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome-stable google-chrome; do
    [ -n "$name" ] && command -v "$name" && return
  done
  return 0
}

# The folder of PostgreSQL's server programs; nothing where there is none.
find_postgres() {
  local folder
  if command -v pg_ctl > /dev/null; then
    dirname "$(command -v pg_ctl)"
    return
  fi
  folder=$(find /usr/lib/postgresql -maxdepth 3 -name pg_ctl 2> /dev/null | sort -V | tail -n 1)
  [ -z "$folder" ] || dirname "$folder"
}
