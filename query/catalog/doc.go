// Package catalog is what the database knows of its own objects: schemas, tables, columns, indexes,
// constraints, sequences, and the built-in functions, operators and casts.
//
// A Snapshot is all of it at one moment, immutable; a transaction that runs DDL works on a copy
// (Snapshot.Clone) and publishes it at commit. Descriptors are values inside a Snapshot: read them,
// never modify them. How they are stored is package relation's business; this package gives them
// their encoding (EncodeTable, DecodeTable and their like).
//
// The built-in functions, operators and casts are rows of three embedded tables (proc.tsv,
// operator.tsv, cast.tsv) with PostgreSQL's own OIDs and names, so that \df, \do and \dC, the
// planner's overload resolution and the executor's implementations speak of the same things. What
// only the system catalogs tell beside that is in further tables (facts.go).
//
// The relations of pg_catalog and information_schema are Virtual tables: the columns of relation.tsv,
// and a function from a Snapshot to rows (virtual_*.go, infoschema_*.go). They are computed anew at
// each scan. What only the running server knows they get from VirtualEnv.Live.
//
// The texts that clients ask for are made by functions over a Snapshot: definitions (def_*.go,
// constraint.go), the names that reg* types read and write (name_*.go, NameEnv), visibility in a
// search path (visible.go), comments (description.go).
package catalog
