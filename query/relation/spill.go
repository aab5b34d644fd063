package relation

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// A transaction's writes are in memory until they are Options.SpillBytes. Then they go to files, layer by layer, which are
// read where they lie, and which the commit makes tables of the store's (see largeCommit). What stays in memory is one
// statement's last part, the locks, and some 40 bytes for each changed vector.

// makeRoom is called when the statement has written some rows: it puts aside what it wrote before, once that is large.
func (s *Stmt) makeRoom() error {
	bytes := s.tx.state.bytes + s.writes.Bytes()
	memory := s.writes.Memory()
	for _, l := range s.frozen {
		bytes += l.Bytes()
		memory += l.Memory()
	}
	if err := s.tx.db.checkSize(bytes); err != nil || memory < s.tx.db.opts.SpillBytes {
		return err
	}
	return s.spill()
}

// spill puts everything that the statement wrote into files.
func (s *Stmt) spill() (err error) {
	db := s.tx.db
	if len(storage.InMemory(s.frozen)) > 0 { // functions, or foreign keys, have cut it into pieces
		s.setAside()
		if s.frozen, err = db.spillAll(s.frozen); err != nil {
			return err
		}
		if s.mine, err = db.spillTop(s.mine); err != nil {
			return err
		}
		s.layers, err = db.spillTop(s.layers)
		return err
	}
	layer, err := storage.Spill(db.opts.SpillDir, s.writes.Freeze())
	if err != nil {
		return spilling(err)
	}
	s.aside(layer)
	return nil
}

// spillTop is layers with those on top in one file, if they are large.
func (db *Database) spillTop(layers []*storage.Layer) ([]*storage.Layer, error) {
	var memory int64
	for _, l := range storage.InMemory(layers) {
		memory += l.Memory()
	}
	if memory < db.opts.SpillBytes {
		return layers, nil
	}
	return db.spillAll(layers)
}

// spillAll is layers with those on top in one file.
func (db *Database) spillAll(layers []*storage.Layer) ([]*storage.Layer, error) {
	top := storage.InMemory(layers)
	one, err := storage.Spill(db.opts.SpillDir, storage.Merge(top))
	if err != nil {
		return nil, spilling(err)
	}
	below := len(layers) - len(top)
	return append(layers[:below:below], one), nil
}

// spilling gives an error of the disk, which does not take a transaction's writes or has no room for them, its code.
func spilling(err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return err
	}
	return sqlstate.Wrap(err, diskCode(err), "could not write a large transaction to a temporary file")
}

// diskCode tells a disk that is full from one that fails.
func diskCode(err error) sqlstate.Code {
	if errors.Is(err, syscall.ENOSPC) {
		return sqlstate.DiskFull
	}
	return sqlstate.IOError
}

// checkSize refuses what is larger than the limit, where there is one.
func (db *Database) checkSize(bytes int64) error {
	if limit := db.opts.MaxTransactionBytes; limit > 0 && bytes > limit {
		return fmt.Errorf("%w: over %d KiB of rows", storage.ErrTooLarge, limit>>10)
	}
	return nil
}
