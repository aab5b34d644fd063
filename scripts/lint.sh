#!/usr/bin/env bash
# Formatting, vet, the repository's own rules, and golangci-lint (.golangci.yml), built into bin/ on first use.
set -euo pipefail
unformatted=$(git ls-files '*.go' | xargs gofmt -l)
[ -z "$unformatted" ] || { printf 'gofmt would change:\n%s\n' "$unformatted" >&2; exit 1; }
go vet ./...
go run ./cmd/tidy
version=v2.15.0
if [ ! -x bin/golangci-lint ] || ! bin/golangci-lint version 2>/dev/null | grep -q "${version#v}"; then
	GOBIN="$PWD/bin" go install "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$version"
fi
bin/golangci-lint run ./...
