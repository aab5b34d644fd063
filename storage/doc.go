// Package storage keeps bytes under ordered keys, durably, in Pebble. It knows no SQL: what a key means is
// package relation's business, how it is laid out is drawn in FORMAT.md and written by keys.go.
//
// Its few types:
//
//	Store     an open data directory, locked against other processes, of a known format version
//	Snapshot  the written state at one moment
//	Buffer    the writes of a statement that runs
//	Layer     the writes of a statement that finished, sorted and immutable
//	View      a snapshot with layers on top: what a transaction reads
//	Batch     what a commit writes, atomically
//	Incoming  what a large commit writes, in tables that the store takes in as they are, atomically with a batch
//
// A commit is in two steps: Write makes the batch visible in the store, and the function it returns waits until the
// write-ahead log has reached the disk; Pebble lets many wait for one sync, and a commit that is alone does its own (latesync.go).
// A snapshot that is taken between the two holds what a crash may still take, so its owner shows it to nobody before.
//
// The log is filled with zeros ahead of small commits (logfile.go), because a file system syncs a file that does not grow in
// half the time or less.
//
// A layer too large for memory is put into a file (Spill), which is read where it lies.
//
// What surprises: a transaction's own writes are not in Pebble before its commit. Pebble's indexed batch reads the
// latest state, not a snapshot, and cannot forget a statement; sorted layers over a snapshot can do both, and a
// savepoint is a shorter list of them. And a disk that refuses the log is final: Store.Failed says so, reads go on,
// and writing goes on when the directory is opened again.
package storage
