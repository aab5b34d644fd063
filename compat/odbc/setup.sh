#!/usr/bin/env bash
# psqlODBC and unixODBC are Debian's; pyodbc is compat/python's.
set -euo pipefail
cd "$(dirname "$0")"
dpkg-query -W -f='${Status}' odbc-postgresql 2>/dev/null | grep -q 'ok installed' || ../../scripts/apt.sh odbc-postgresql unixodbc
bash ../python/setup.sh
