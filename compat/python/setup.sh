#!/usr/bin/env bash
# Installs the Python clients into compat/.deps, from the pinned requirements: setup.sh for all of them but those that
# need other versions of the same: setup.sh django42 for Django's previous long-term release, setup.sh superset for Apache
# Superset and its metadata database.
set -euo pipefail
cd "$(dirname "$0")"

# Other folders' clients need this one's, too, and are set up at the same time.
mkdir -p ../.deps
exec 9>"../.deps/${1:-python}.lock"
flock 9

venv() { # venv NAME REQUIREMENTS
	local dir=../.deps/$1
	cmp -s "$2" "$dir/requirements.txt" && return
	rm -rf "$dir"
	python3 -m venv "$dir"
	"$dir/bin/pip" install -q --disable-pip-version-check -r "$2"
	cp "$2" "$dir/requirements.txt" # last: says that all of it is there
}

metadata() { # Superset's, with the user that superset_.py logs in as
	local dir=$PWD/../.deps/superset
	[ ! -e "$dir/home/superset.db" ] || return 0
	rm -rf "$dir/new"
	mkdir "$dir/new"
	export SUPERSET_HOME=$dir/new SUPERSET_CONFIG_PATH=$PWD/superset_config.py FLASK_APP=superset
	"$dir/bin/superset" db upgrade
	"$dir/bin/superset" fab create-admin --username admin --firstname A --lastname B --email admin@localhost --password admin
	"$dir/bin/superset" init
	mv "$dir/new" "$dir/home"
}

# Debian splits ensurepip off into python3-venv.
python3 -c 'import ensurepip' 2>/dev/null || ../../scripts/apt.sh python3 python3-venv
case ${1:-} in
'') venv python requirements.txt ;;
superset)
	venv superset requirements-superset.txt
	metadata
	;;
*) venv "$1" "requirements-$1.txt" ;;
esac
