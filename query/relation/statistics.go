package relation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// statistics keeps what ANALYZE found out, in memory and in the store, and finds it out again by itself for tables that
// have changed. It is apart from the catalog's definitions: new figures must not make a running statement stale.
type statistics struct {
	db      *Database
	version atomic.Uint64 // grows with every change, so that plans know when they are stale

	mu      sync.Mutex
	tables  map[catalog.OID]*catalog.Statistics
	changed map[uint32]float64 // rows written since the last analysis, by table ID
	// calibrations are those that were asked for, see calibration.go.
	calibrations map[calibrated]*catalog.Calibration

	stop context.CancelFunc
	done chan struct{}
}

// PostgreSQL's autovacuum settings: a table is analyzed again after 50 changed rows and a tenth of its rows more.
// The pause is a fraction of its minute, as a look at an idle database costs nothing here.
const (
	analyzeThreshold = 50
	analyzeShare     = 0.1
	analyzePause     = 15 * time.Second
)

const statisticsPrefix = "statistics:"

func statisticsKey(oid catalog.OID) []byte {
	return storage.MetaKey(statisticsPrefix + strconv.FormatUint(uint64(oid), 10))
}

// open reads what is stored, and begins to watch.
func (s *statistics) open(db *Database) error {
	s.db, s.tables, s.changed = db, map[catalog.OID]*catalog.Statistics{}, map[uint32]float64{}
	s.calibrations = map[calibrated]*catalog.Calibration{}
	it, err := db.store.Iter(storage.PrefixRange(storage.MetaKey(statisticsPrefix)), false)
	if err != nil {
		return err
	}
	for it.Next() {
		name := string(it.Key())
		oid, err := strconv.ParseUint(name[strings.LastIndexByte(name, ':')+1:], 10, 32)
		if err != nil || db.latest.TableByOID(catalog.OID(oid)) == nil {
			continue // of a table that was dropped
		}
		stats, err := catalog.DecodeStatistics(it.Value())
		if err != nil { // they can be made again
			db.log.Warn("relation: statistics are unreadable", "table", oid, "error", err)
			continue
		}
		s.tables[catalog.OID(oid)] = stats
	}
	if err := errors.Join(it.Err(), it.Close()); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.done = stop, make(chan struct{})
	go s.watch(ctx)
	return nil
}

func (s *statistics) close() {
	if s.stop != nil {
		s.stop()
		<-s.done
	}
}

// Statistics is what is known of a table's columns, nil when it was never analyzed.
func (db *Database) Statistics(oid catalog.OID) *catalog.Statistics {
	db.statistics.mu.Lock()
	defer db.statistics.mu.Unlock()
	return db.statistics.tables[oid]
}

// StatisticsVersion changes whenever Statistics may answer differently.
func (db *Database) StatisticsVersion() uint64 { return db.statistics.version.Load() }

// SetStatistics keeps a table's new statistics. They are not part of a transaction, and need not be durable at once:
// what a crash takes is found out again.
func (db *Database) SetStatistics(t *catalog.Table, stats *catalog.Statistics) error {
	encoded, err := stats.Encode()
	if err != nil {
		return err
	}
	batch := db.store.NewBatch()
	if err := errors.Join(batch.Set(statisticsKey(t.OID), encoded), setCalibrations(batch, t.OID, stats)); err != nil {
		return errors.Join(err, batch.Close())
	}
	s := &db.statistics
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := db.store.Commit(batch); err != nil {
		return fmt.Errorf("store statistics: %w", err)
	}
	s.tables[t.OID] = stats
	s.keepCalibrations(t.OID, stats)
	delete(s.changed, t.ID)
	s.version.Add(1)
	return nil
}

// note counts the rows that a commit writes.
func (s *statistics) note(c *commit) {
	rows := map[uint32]float64{}
	c.writes.Range(storage.AllRowRange(), func(key, _ []byte, _ bool) { rows[storage.RowTable(key)]++ })
	gone := c.dropped()
	if len(rows) == 0 && len(gone) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for table, n := range rows {
		s.changed[table] += n
	}
	for _, d := range gone {
		delete(s.changed, d.table)
	}
}

// watch analyzes in the background what has changed enough.
func (s *statistics) watch(ctx context.Context) {
	defer close(s.done)
	tick := time.NewTicker(analyzePause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.refresh(ctx); err != nil && ctx.Err() == nil {
			s.db.log.Warn("relation: analyze in the background", "error", err)
		}
	}
}

// refresh analyzes every table that has changed enough, one after the other.
func (s *statistics) refresh(ctx context.Context) error {
	s.mu.Lock()
	changed := maps.Clone(s.changed)
	s.mu.Unlock()
	for _, t := range s.db.Catalog().Tables() {
		if t.Virtual != nil || changed[t.ID] <= analyzeThreshold+analyzeShare*s.db.TableRows(t) {
			continue
		}
		if err := s.db.analyze(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// AnalyzeAgain analyzes a table that was analyzed before: its values are others now.
func (db *Database) AnalyzeAgain(ctx context.Context, table catalog.OID) error {
	t := db.Catalog().TableByOID(table)
	if t == nil || db.Statistics(table) == nil {
		return nil
	}
	return db.analyze(ctx, t)
}

func (db *Database) analyze(ctx context.Context, t *catalog.Table) error {
	tx := db.Begin(ReadCommitted, true)
	defer tx.Rollback()
	stmt, err := tx.Statement(ctx)
	if err != nil {
		return err
	}
	defer stmt.Abort()
	if stmt.Catalog().TableByOID(t.OID) != t {
		return nil // changed since: next time
	}
	stats, err := stmt.Analyze(ctx, t)
	if err != nil {
		return err
	}
	db.countAutomatic(t)
	return db.SetStatistics(t, stats)
}

// forget drops the statistics of tables that a commit drops.
func (s *statistics) forget(batch *storage.Batch, before, after *catalog.Snapshot) error {
	if after == nil {
		return nil
	}
	s.db.counters.forget(before, after)
	s.mu.Lock()
	defer s.mu.Unlock()
	for oid := range s.tables {
		if before.TableByOID(oid) != nil && after.TableByOID(oid) == nil {
			if err := errors.Join(batch.Delete(statisticsKey(oid)), batch.DeleteRange(calibrationsOf(oid))); err != nil {
				return err
			}
			delete(s.tables, oid)
			s.keepCalibrations(oid, &catalog.Statistics{})
		}
	}
	return nil
}
