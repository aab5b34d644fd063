#!/usr/bin/env bash
# Fetches the JDBC driver that pom.xml names into compat/.deps/java, and writes the command that runs Compat.java there.
set -euo pipefail
cd "$(dirname "$0")"
dir=../.deps/java
command -v javac >/dev/null || ../../scripts/apt.sh openjdk-17-jdk-headless
if ! cmp -s pom.xml $dir/pom.xml; then
	command -v mvn >/dev/null || ../../scripts/apt.sh maven
	mvn -q -B dependency:copy-dependencies -DoutputDirectory="$PWD/$dir"
	cp pom.xml $dir/
fi
javac -cp "$dir/*" -d $dir Compat.java
printf '#!/bin/sh\nexec java -cp "%s:%s/*" Compat\n' "$PWD/$dir" "$PWD/$dir" >$dir/run
chmod +x $dir/run
