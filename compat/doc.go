// Command compat drives the clients that people use against a running Segue, prints a line each and a closing count,
// and exits with status 1 when a check fails that known.txt does not explain.
//
//	go run ./compat                    every client
//	go run ./compat -only django,knex  these
//	go run ./compat -target postgres   against PostgreSQL 15 instead, where a failing check is a wrong check
//
// A client is a program in a folder beside this file; the folder's setup.sh installs what it needs (README.md). The
// program prints lines that begin with "version ", "ok " and "FAIL "; everything else is passed through to its log.
// Each client gets a server of its own on a fresh directory, so that none sees what another left behind.
//
// The runner knows no SQL: it starts servers (target.go), runs programs (client.go), reads lines (outcome.go), and
// holds them against what is known (known.go).
package main
