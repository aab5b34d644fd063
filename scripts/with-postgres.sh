#!/usr/bin/env bash
# Runs a command beside a private PostgreSQL 15: with-postgres.sh COMMAND…. The server lives in a temporary directory,
# speaks over 127.0.0.1 and a Unix socket there, is durable (fsync on), and goes when the command ends. The command
# finds it by SEGUE_ORACLE, a connection string.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=/usr/lib/postgresql/15/bin
[ -x $bin/postgres ] || scripts/apt.sh postgresql-15

dir=$(mktemp -d)
as=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
	chown postgres "$dir"
	as=(runuser -u postgres --)
fi
stop() {
	"${as[@]}" $bin/pg_ctl -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
	rm -rf "$dir"
}
trap stop EXIT

port=$((20000 + RANDOM % 20000))
"${as[@]}" $bin/initdb -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C >"$dir/log" 2>&1 || { cat "$dir/log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir'
timezone = 'UTC'
log_timezone = 'UTC'
CONF
"${as[@]}" $bin/pg_ctl -D "$dir/data" -l "$dir/data/log" -w start >/dev/null || { cat "$dir/data/log" >&2; exit 1; }
export SEGUE_ORACLE="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"
export SEGUE_ORACLE_SOCKET="$dir" SEGUE_ORACLE_PORT=$port
"$@"
