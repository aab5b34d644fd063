#!/usr/bin/env bash
# psql, pgbench and pg_dump are Debian's postgresql-client-15 and postgresql-15 (for pgbench in its contrib).
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -x /usr/lib/postgresql/15/bin/pgbench ] && [ -x /usr/bin/psql ] || scripts/apt.sh postgresql-client-15 postgresql-15
command -v python3 >/dev/null || scripts/apt.sh python3
