package server

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
)

// copyProgress is the COPYs that run: pg_stat_progress_copy.
type copyProgress struct {
	mu      sync.Mutex
	entries []*copyEntry
	rows    atomic.Int64 // ingested by finished and running COPYs, for metrics
}

// copyEntry is one COPY FROM. Its counters are written by the COPY and read by anyone.
type copyEntry struct {
	owner *copyProgress
	pid   int32
	table catalog.OID
	typ   string // PIPE or FILE
	now   atomic.Pointer[exec.CopyProgress]
}

// begin enters a COPY FROM.
func (c *copyProgress) begin(pid int32, copy *plan.CopyFrom) *copyEntry {
	e := &copyEntry{owner: c, pid: pid, table: copy.Table.OID, typ: "PIPE"}
	if copy.Options.Format == plan.CopyAudio {
		e.typ = "FILE"
	}
	e.now.Store(&exec.CopyProgress{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append(c.entries, e)
	return e
}

func (c *copyProgress) end(e *copyEntry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = slices.DeleteFunc(c.entries, func(x *copyEntry) bool { return x == e })
}

// update takes the totals so far.
func (e *copyEntry) update(now exec.CopyProgress) {
	before := e.now.Swap(&now)
	e.owner.rows.Add(now.Rows - before.Rows)
}

// live gives pg_stat_progress_copy's rows.
func (c *copyProgress) live(t *catalog.Table) [][]datum.Datum {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out [][]datum.Datum
	for _, e := range c.entries {
		now := e.now.Load()
		out = append(out, asRow(t, map[string]datum.Datum{
			"pid": datum.NewInt(int64(e.pid)), "datid": datum.NewInt(int64(catalog.DatabaseOID)),
			"datname": datum.NewString(DatabaseName), "relid": datum.NewInt(int64(e.table)),
			"command": datum.NewString("COPY FROM"), "type": datum.NewString(e.typ),
			"bytes_processed": datum.NewInt(now.Bytes), "bytes_total": datum.NewInt(now.BytesTotal),
			"tuples_processed": datum.NewInt(now.Rows), "tuples_excluded": datum.NewInt(now.Excluded),
			"tuples_skipped": datum.NewInt(now.Skipped),
		}))
	}
	return out
}
