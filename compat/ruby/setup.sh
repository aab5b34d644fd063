#!/usr/bin/env bash
# ActiveRecord and the pg driver are Debian's ruby-activerecord and ruby-pg.
set -euo pipefail
cd "$(dirname "$0")"
ruby -e 'require "active_record"; require "pg"' 2>/dev/null || ../../scripts/apt.sh ruby ruby-activerecord ruby-pg
