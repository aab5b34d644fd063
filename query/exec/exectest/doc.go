// Package exectest is a database in memory for tests: the second implementation of the seams that
// package exec declares. DB is its catalog, its session and its tables; Exec runs SQL through parse,
// plan and exec, as the engine does, but with neither storage nor a vector index nor a model under it.
//
// A statement reads the rows as they were when it began and its writes appear when it has
// succeeded, all of them or none. There are no transactions and no concurrency.
//
// What it is not: fast. Every index is a scan.
package exectest
