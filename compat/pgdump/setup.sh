#!/usr/bin/env bash
# pg_dump, pg_restore and pg_dumpall are Debian's postgresql-client-15; a PostgreSQL with pgvector is in the PyPI package
# pgserver.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -x /usr/lib/postgresql/15/bin/pg_dump ] || scripts/apt.sh postgresql-client-15
command -v python3 >/dev/null || scripts/apt.sh python3
bash compat/python/setup.sh pgserver
