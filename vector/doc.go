// Package vector keeps the vectors of one column where a scan finds them at memory speed, and answers
// nearest-rows questions exactly. It is a cache: the truth is the owner's rows and log, which replay
// into it (Apply) or fill it anew (Rebuild). It knows row ids, vectors and sequence numbers, and nothing
// of SQL, storage keys or text.
//
// An Index is a mutable tail in memory and sealed segments in a SegmentStore. A row's versions carry
// the sequence numbers of their birth and death, so that a Search sees the snapshot it names.
//
//	Apply ──▶ tail ──Seal──▶ segment ──merge──▶ larger segment
//	            │               │                     │
//	            └───── view ────┴─────────────────────┘ ◀── Search
//
// A view is published as a whole and never changes, so Search takes no lock. Its steps are in search.go;
// scope.go is how filters apply before scoring, bound.go and codes.go why an answer found in float32 and in bytes is
// exact, nearest.go how candidates are kept. Distances are those of Distance, in float64: what an answer says
// does not depend on the machine, the kernels, the number of workers, or where a row lies.
//
// # Files
//
// The store holds one manifest and the segments it names. Both are little-endian and checksummed
// (xxHash64) to the last byte that is read; whatever does not verify is ErrCorrupt, never a wrong answer.
//
//	MANIFEST   "SEGUEMAN" │ version u32 │ dim u32 │ watermark u64 │ next id u64 │ building u32 │ segments u32
//	           a segment:   id u64 │ sum u64 │ dead u32 │ dead × (index u32 │ died u64)
//	           at the end:  checksum u64 of all before
//
//	ID.seg     "SEGUEVEC" │ version u32 │ dim u32 │ versions u64 │ table offset u64 │ table bytes u64
//	           zeros to 56 │ checksum u64 of those 56
//	           sections, each from a multiple of 64:
//	             1  vectors  float32 × dim a version
//	             2  rows     u64 a version, ascending
//	             3  born     u64 a version, ascending within a row
//	             4  norms    float64 a version
//	             5  codes    a byte × dim a version: the vector over its step, plus 128
//	             6  steps    float32 × 2 a version: its step, and the length of what the codes leave out
//	           the table, an entry a section:  kind u32 │ 0 u32 │ offset u64 │ bytes u64 │ checksum u64
//	           checksum u64 of the table: the segment's sum in the manifest
//
// Segments never change. Deaths after the seal are in memory and in the owner's log, and reach the
// manifest as tombstones with the next seal, up to its watermark.
//
// # What is exact
//
// Every answer today. Byte codes are read first because they are a quarter of the memory; they rule a row
// out only where their bound proves it. Codes of one bit to a recall target are the next plan, and a new
// section that a version 1 reader skips.
package vector
