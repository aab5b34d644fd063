package exec

import (
	"errors"
	"os"
	"sync/atomic"

	"github.com/seguedb/segue/query/sqlstate"
)

// TempSpace is where a session's temporary files are, and how much they may hold together. It may be used from several
// goroutines.
type TempSpace struct {
	// Dir is the system's directory when empty.
	Dir string
	// LimitBytes is temp_file_limit; 0 is none.
	LimitBytes atomic.Int64

	used, read, written atomic.Int64
}

// create makes a file without a name: whatever ends the statement, or the process, frees its space.
func (t *TempSpace) create() (*os.File, error) {
	f, err := os.CreateTemp(t.Dir, "segue-spill-*")
	if err != nil {
		return nil, spillError(err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, spillError(errors.Join(err, f.Close()))
	}
	return f, nil
}

// take counts bytes that are about to be written; 53400 beyond the limit, as FileWrite of fd.c has it.
func (t *TempSpace) take(n int64) error {
	limit := t.LimitBytes.Load()
	if used := t.used.Add(n); limit > 0 && used > limit {
		t.used.Add(-n)
		return sqlstate.New(sqlstate.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (%dkB)", limit>>10)
	}
	t.written.Add(n)
	return nil
}

func (t *TempSpace) give(n int64) { t.used.Add(-n) }

func spillError(err error) error {
	return sqlstate.Wrap(err, sqlstate.IOError, "could not use a temporary file")
}
