#!/usr/bin/env bash
# The statements are sent by psycopg 3, compat/python's.
set -euo pipefail
bash "$(dirname "$0")/../python/setup.sh"
