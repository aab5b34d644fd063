// Package vector keeps the vectors of one column where a scan finds them at memory speed, and answers
// nearest-rows questions: exactly, or to a recall. It is a cache: the truth is the owner's rows and log, which replay
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
// A commit too large for the tail is made segments before it (Stage), which come with it as a whole.
//
// A view is published as a whole and never changes, so Search takes no lock. Its steps are in search.go;
// scope.go is how filters apply before scoring, bound.go and codes.go why an answer found in float32 and in bytes is
// exact, nearest.go how candidates are kept. Distances are those of Distance, in float64: what an answer says
// does not depend on the machine, the kernels, the number of workers, or where a row lies.
//
// A segment of some size keeps its versions in lists around centroids, each version with a code of one bit a dimension:
// lists.go says what that is, signs.go has the codes and the proof of their bound. A list is made of cells (cells.go), which
// an approximate plan looks into one by one: kmeans.go trains them, cells_build.go gathers those that lie near each other
// to lists, lists_build.go writes them. probe.go chooses lists and cells, calibrate.go and tuning.go how many a recall
// needs.
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
//	             1  vectors  float32 × dim a version, unless the owner keeps them (Options.Apart)
//	             2  rows     u64 a version, ascending (in the order of section 9, where there is one)
//	             3  born     u64 a version, ascending within a row
//	             4  norms    float64 a version
//	           and, of at least 32 dimensions:
//	             5  high     D/2 bytes a version: the upper halves of its byte codes, as halves.go lays them; D is dim
//	                         rounded up to a multiple of 64
//	            13  low      the lower halves
//	             6  marks    float32 × 3 a version: its step, and the lengths of what bytes and upper halves leave out
//	           and, all or none, of a segment with lists, whose versions lie list by list and cell by cell:
//	             7  centroids  float32 × D a list, rotated
//	             8  lists      u32 × 2 a list: its numbers of versions and of cells
//	             9  order      u32 a version: the versions by row, then birth
//	            10  signs      u64 × D/64 × 8 a block: codes of one bit of eight versions of one list, word by word
//	            11  factors    float32 × 4 × 8 a block: norm, base, along, rest of signs.go
//	            12  tuning     (u32 × 2, float32) × 8 recalls × 2 numbers of rows × 3 metrics: tuning.go
//	            14  cells      u32 a cell: its number of versions; float32 × 2: its step and the square of its centre
//	            15  centres    D bytes a cell: the byte codes of its centre, rotated
//	           the table, an entry a section:  kind u32 │ 0 u32 │ offset u64 │ bytes u64 │ checksum u64
//	           checksum u64 of the table: the segment's sum in the manifest
//
// Segments never change. Deaths after the seal are in memory and in the owner's log, and reach the
// manifest as tombstones with the next seal, up to its watermark.
//
// A file of another version is ErrCorrupt, and so made again from the rows.
//
// At 768 dimensions a version takes 948 bytes: 768 and 12 of byte codes and their marks, 96 and 16 of codes of one bit and
// their factors, 28 of numbers, 12 of centroids and 16 of cells. Its vector, 3,072 bytes, would be the owner's row once more, for the last
// look at a few candidates: an owner who keeps it anyway reads it back (Source), of 100,000 rows some fifteen times for the
// ten nearest, and of those that were read last a Cache has some. Half-precision numbers would take 1,536.
//
// A segment is made of byte codes alone: a seal encodes the tail, a merge copies the codes that there are, and lists,
// codes of one bit and calibration come from them. So nothing is encoded twice, and nothing grows less exact.
//
// # What is exact
//
// Every answer to a query without a Recall. A row is ruled out only where a bound proves it: whole lists by their
// centroid and radius, then versions by codes of one bit, then by the upper halves of byte codes and by the whole bytes,
// then in float32, or by the distance itself where the vector is the owner's. What the codes of one bit are worth to an
// exact plan depends on the data: neighbours must be nearer than the bound is wide. Where the last lists show that they
// are not, byte codes are read at once, as they are in the tail (whole, and of the vector as it came: they are made inside
// a commit).
//
// A query by L1, which the rotation does not keep, turns every version's bytes back: l1.go has its bound.
//
// A query with a Recall takes the nearest cells of the nearest lists only, and allows the codes of one bit a share of their
// bound; these numbers come from the segment's own rows, sampled when it is written. Byte codes it takes for as near as
// their error is to be expected. Sealing and merging write segments, and so does
// a quarter of dead versions: the numbers are of the data that is there. The distances are exact, and the rows as many as
// there should be: lists that run dry under a filter are followed by the exact plan.
package vector
