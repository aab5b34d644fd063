package storage

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// ErrCorrupt says that stored bytes are not what the format says.
var ErrCorrupt = errors.New("stored data is damaged")

// noteDamage is told of every damaged file that a read or a compaction meets. Left alone Pebble would end the
// process: one bad block is no reason to take the readable rest away. Who reads it gets ErrCorrupt.
func (s *Store) noteDamage(info pebble.DataCorruptionInfo) {
	s.log.Error("storage: a file is damaged", "path", info.Path, "error", info.Details)
}

// reading wraps an error of a read.
func reading(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%s: %w: %w", what, ErrCorrupt, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
