// Package relation keeps tables: rows, unique and secondary indexes, vectors, sequences and the catalog, in package
// storage, with transactions. It implements what the executor asks for (exec.Relations, exec.Table,
// exec.VectorIndex), and is the only part of the SQL engine that knows storage and the vector operator.
//
// Its few types:
//
//	Database  everything that is shared: the committed catalog, row locks, sequences, vector indexes
//	Tx        one transaction: its finished statements' writes, its locks
//	Stmt      one statement of it: a snapshot, and the writes it makes
//
// The life of an UPDATE: (1) Tx.Statement takes a snapshot of what is committed, and puts the transaction's own layers
// over it; (2) the executor reads through that view, which never changes, so a statement cannot meet its own writes;
// (3) table.Update locks each row, and fails with exec.ErrConflict when a later commit than the snapshot changed it;
// (4) Finish makes the writes a layer of the transaction; (5) Commit merges the layers into one storage batch with
// the row counts and the log of vector deltas, writes it in the critical section that also applies the deltas to the
// vector indexes, waits until it is durable, and only then lets others see it and frees its locks.
//
// Of a large transaction (spill.go) the layers are in files, and (5) makes tables of the store and segments of the vector
// indexes of them first, which the critical section takes in (largecommit.go).
//
// What surprises: uniqueness is checked against the latest committed state under a lock on the key, not against the
// snapshot; who deletes a row holds its keys' locks, too. Snapshots are of the last durable commit: nobody sees what a
// crash may still take. Sequences are not transactional. A vector column with a fixed width has an index without
// being asked, shared by whatever hnsw or ivfflat indexes are declared on it. An index USING faiss only proposes to it
// (faissindex.go).
//
// A scan of a whole table comes out of a bounded cache of decoded columns where nothing has changed (columncache.go).
package relation
