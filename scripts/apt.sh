#!/usr/bin/env bash
# Installs Debian packages, quietly: apt.sh PACKAGE…. What apt says is shown only when it fails.
set -euo pipefail

command -v apt-get >/dev/null || { echo "there is no apt-get here; install what Debian calls: $*" >&2; exit 1; }
sudo=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null || { echo "not root, and there is no sudo; as root: apt-get install $*" >&2; exit 1; }
	sudo=(sudo)
fi
apt() {
	local said
	# env, because sudo keeps no variable; the timeout waits for a machine's own upgrades to finish.
	said=$("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null) ||
		{ printf '%s\n' "$said" >&2; echo "apt-get $1 failed" >&2; exit 1; }
}
# One at a time: the clients' needs (compat/) are installed in parallel, and apt-get update does not wait.
exec 8>"${TMPDIR:-/tmp}/segue-apt.$UID.lock"
flock 8
echo "installing $*"
apt update
apt install -y --no-install-recommends "$@"
