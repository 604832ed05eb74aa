#!/usr/bin/env bash
# Runs a command with DATABASE_URL set to a PostgreSQL of its own in FOLDER: `on-postgres.sh FOLDER COMMAND...`.
# The database ends with the command. It is reached through a socket in FOLDER; no port is opened.
set -euo pipefail
folder=$1
shift
programs=$(dirname "$(readlink -f "$(command -v pg_ctl)")")

mkdir -p "$folder"
# PostgreSQL refuses to run as root: then its own user does it.
as_owner=()
if [ "$(id -u)" = 0 ]; then
  # Its user must be able to walk to the folder.
  chmod o+x "$(dirname "$folder")"
  chown postgres "$folder"
  as_owner=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi
cd "$folder"
stop() {
  if [ -n "${command:-}" ]; then
    kill -TERM "$command" 2> /dev/null || true
    wait "$command" 2> /dev/null || true
  fi
  "${as_owner[@]}" "$programs/pg_ctl" -D "$folder/db" -m fast stop > /dev/null 2>&1 || true
}
trap stop EXIT
trap 'exit 143' TERM INT

"${as_owner[@]}" "$programs/initdb" -D "$folder/db" -U everpresent -A trust -E UTF8 --locale=C > "$folder/initdb.log" 2>&1
"${as_owner[@]}" "$programs/pg_ctl" -D "$folder/db" -l "$folder/server.log" -w \
  -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off" start > /dev/null
export DATABASE_URL="postgres://everpresent@localhost/postgres?host=$folder"
"$@" &
command=$!
wait "$command"
