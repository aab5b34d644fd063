#!/usr/bin/env bash
# Installs the Node clients from the lock file. --ignore-scripts: what packages would fetch while installing is not needed.
set -euo pipefail
cd "$(dirname "$0")"
command -v npm >/dev/null || ../../scripts/apt.sh nodejs npm
cmp -s package-lock.json node_modules/.installed-from && exit 0
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
cp package-lock.json node_modules/.installed-from
