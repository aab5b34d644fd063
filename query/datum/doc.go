// Package datum is SQL values: their types, one value (Datum), a column of values (Vec), a batch of
// rows (Batch), and how values are read, written, compared and converted.
//
// A Type is a row of pg_type: an OID, a name and a Kind, which says how its values are held in
// memory. Several types share a Kind (int2, int4, int8, oid and timestamptz are all KindInt), so
// operators are chosen by Type and storage by Kind.
//
// Values leave and enter in four encodings, each with its own pair of functions:
//
//	text     ParseText, AppendText      what clients and literals write (text.go)
//	binary   ParseBinary, AppendBinary  the wire's (binary.go)
//	value    DecodeValue, AppendValue   rows on disk, compact, exact (value.go)
//	key      DecodeKey, AppendKey       indexes on disk, ordered as Compare orders (key.go)
//
// Cast converts between types, ApplyTypmod fits a value to varchar(10) or vector(768), AppendHashKey
// makes grouping keys. Errors are *sqlstate.Error in Postgres's words.
//
// Strings, byte strings and vectors inside a Datum or Vec are immutable: they may be shared by any
// number of rows and kept as long as wanted. A Vec's slices belong to whoever built the batch and
// are only valid until that operator is asked for its next batch; copy values out to keep them.
//
// What surprises: float4 values are held as float64 already rounded to float32; a timestamp is
// microseconds since 2000-01-01 UTC and a date days since then, as in Postgres, with ±infinity at
// the ends of their ranges; jsonb is held as its normalised text, a uuid as its 16 bytes, a "char" as
// one byte or, for byte zero, nothing; a numeric's exponent is never positive; a key is shared by all
// values that compare equal, so it may decode to one of another scale. Time zones come from the time
// package: a program that must run where there is no zone database imports time/tzdata.
package datum
