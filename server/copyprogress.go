package server

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
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
	bytes atomic.Int64
	done  atomic.Int64
}

func (c *copyProgress) begin(pid int32, table catalog.OID) *copyEntry {
	e := &copyEntry{owner: c, pid: pid, table: table}
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
func (e *copyEntry) update(bytes, rows int64) {
	e.bytes.Store(bytes)
	e.owner.rows.Add(rows - e.done.Swap(rows))
}

// live gives pg_stat_progress_copy's rows.
func (c *copyProgress) live(t *catalog.Table) [][]datum.Datum {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out [][]datum.Datum
	for _, e := range c.entries {
		out = append(out, asRow(t, map[string]datum.Datum{
			"pid": datum.NewInt(int64(e.pid)), "datid": datum.NewInt(int64(catalog.DatabaseOID)),
			"datname": datum.NewString(DatabaseName), "relid": datum.NewInt(int64(e.table)),
			"command": datum.NewString("COPY FROM"), "type": datum.NewString("PIPE"),
			"bytes_processed": datum.NewInt(e.bytes.Load()), "bytes_total": datum.NewInt(0),
			"tuples_processed": datum.NewInt(e.done.Load()), "tuples_excluded": datum.NewInt(0),
		}))
	}
	return out
}
