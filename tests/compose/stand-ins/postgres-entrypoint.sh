#!/bin/bash
# What the official PostgreSQL image does at the start, as far as docker-compose.yml and the store tests rely on it.
set -eu
export PATH=/opt/postgresql/bin:$PATH PGDATA=${PGDATA:-/var/lib/postgresql/18/docker}
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /run/postgresql
  chown pg "$PGDATA" /run/postgresql
  exec setpriv --reuid=pg --regid=pg --clear-groups bash "$0" "$@"
fi
mkdir -p "$PGDATA"
if [ "${1:-}" = postgres ]; then shift; fi
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  password=${POSTGRES_PASSWORD_FILE:-/tmp/password}
  if [ -z "${POSTGRES_PASSWORD_FILE:-}" ]; then printf %s "$POSTGRES_PASSWORD" >"$password"; fi
  # shellcheck disable=SC2086
  initdb --pgdata="$PGDATA" --username=postgres --pwfile="$password" --auth-local=trust ${POSTGRES_INITDB_ARGS:-}
  chmod 0700 "$PGDATA"
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -w -o "-c listen_addresses='' -c unix_socket_directories=/run/postgresql" start
  for script in /docker-entrypoint-initdb.d/*.sh; do
    if [ -e "$script" ]; then PGHOST=/run/postgresql bash "$script"; fi
  done
  pg_ctl -D "$PGDATA" -w -m fast stop
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "$@"
