package vector

import "io"

// SegmentStore keeps an index's files: one manifest and any number of sealed segments, which never
// change once committed. The index calls it from one goroutine at a time, never while holding a lock
// that Apply or Search waits for. DirStore is a directory of memory-mapped files; MemStore is a map,
// for tests and for embedded use without a disk.
type SegmentStore interface {
	// ReadManifest returns the last manifest written. The error wraps fs.ErrNotExist when there is
	// none. The caller owns the bytes.
	ReadManifest() ([]byte, error)
	// WriteManifest replaces the manifest, atomically and durably: after it returns nil the new one
	// survives a crash, and at every moment either the old or the new one is whole. It may read data
	// only until it returns.
	WriteManifest(data []byte) error
	// Create starts a segment file. Nothing of that name is visible to Open or List before Commit; an
	// uncommitted or orphaned file of the same name is replaced.
	Create(name string) (SegmentWriter, error)
	// Open maps a committed segment. The error wraps fs.ErrNotExist when there is none.
	Open(name string) (SegmentData, error)
	// Remove deletes a segment. Data opened earlier stays readable until closed.
	Remove(name string) error
	// List names the committed segments, in no particular order.
	List() ([]string, error)
}

// SegmentWriter writes one segment file front to back. Exactly one of Commit and Abort ends it.
type SegmentWriter interface {
	io.Writer
	// Commit makes the file durable under its name.
	Commit() error
	// Abort drops what was written.
	Abort() error
}

// SegmentData is a segment's bytes, read-only, valid until Close.
type SegmentData interface {
	Bytes() []byte
	// Unload gives back the memory that reading the bytes took, where they can be read again from elsewhere.
	Unload()
	Close() error
}
