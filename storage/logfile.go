package storage

import (
	"errors"

	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	// logFillBytes is how much of the log is filled with zeros ahead of what is written.
	logFillBytes = 1 << 20
	// logSmallBytes is the most that small commits write between two syncs. Those after larger writes are not filled for: a large
	// commit's own bytes cost more than the file's growth, and would be written twice.
	logSmallBytes = 64 << 10
	// logGrown is how many small commits in a row must have made the log longer before it is filled.
	logGrown    = 3
	logCategory = "pebble-wal" // what Pebble says that it makes a log for
)

// logFS fills logs with zeros ahead of small commits. To sync a write that makes a file longer, or that is the first to a block
// that was only reserved, the file system writes the inode, too: 230 µs against 93 µs for a write over bytes that are
// there (ext4 on a virtual disk, 2026-11-30). PostgreSQL makes its log in the same way. Pebble's reader takes zeros after a
// record for the log's end, as it takes what a recycled log held before.
type logFS struct {
	vfs.FS
	late *lateSync
}

// Unwrap implements vfs.FS.
func (fs logFS) Unwrap() vfs.FS { return fs.FS }

// Create implements vfs.FS.
func (fs logFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, category)
	if err != nil || category != logCategory {
		return f, err
	}
	return &logFile{File: f, late: fs.late}, nil
}

// ReuseForWrite implements vfs.FS. A recycled log is filled already, up to its length.
func (fs logFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(oldname, newname, category)
	if err != nil || category != logCategory {
		return f, err
	}
	out := &logFile{File: f, late: fs.late}
	if info, err := f.Stat(); err == nil {
		out.filled = info.Size()
	}
	return out, nil
}

// logFile is a log that is written. Pebble writes and syncs it from one goroutine.
type logFile struct {
	vfs.File
	late     *lateSync
	written  int64 // the end of what was written
	filled   int64 // the end of the zeros
	unsynced int64
	grown    int  // small commits in a row that made the file longer
	refused  bool // the file system does not write behind the end, or has no room
}

// Write implements vfs.File.
func (f *logFile) Write(p []byte) (int, error) {
	if err := f.late.settle(); err != nil {
		return 0, err
	}
	n, err := f.File.Write(p)
	f.written += int64(n)
	f.unsynced += int64(n)
	return n, err
}

// Sync implements vfs.File.
func (f *logFile) Sync() error { return f.sync(f.File.Sync) }

// SyncData implements vfs.File.
func (f *logFile) SyncData() error { return f.sync(f.File.SyncData) }

func (f *logFile) sync(now func() error) error {
	if err := f.late.settle(); err != nil {
		return err
	}
	f.fill()
	if f.late.owe(f) {
		return nil
	}
	return now()
}

// Close implements vfs.File.
func (f *logFile) Close() error {
	return errors.Join(f.late.settle(), f.File.Close())
}

// fill makes the file longer when small commits have, one after another: what one writes, and is closed, needs no more room.
// The zeros become durable with the commit that they are written for.
func (f *logFile) fill() {
	small := f.unsynced <= logSmallBytes
	f.unsynced = 0
	switch {
	case !small:
		f.grown = 0
		return
	case f.written <= f.filled:
		return
	}
	if f.grown++; f.grown < logGrown || f.refused {
		return
	}
	if _, err := f.File.WriteAt(make([]byte, logFillBytes), f.written); err != nil {
		f.refused = true
		return
	}
	f.filled = f.written + logFillBytes
}
