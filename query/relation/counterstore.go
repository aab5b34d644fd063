package relation

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/storage"
)

// storedCounters are the counters as they are kept from a clean shutdown to the next start.
type storedCounters struct {
	Relations map[catalog.OID]catalog.RelationCounts `json:"relations"`
	Database  catalog.DatabaseCounts                 `json:"database"`
}

var countersKey = storage.MetaKey("counters")

// load takes the counters of the last clean shutdown, which leave the store: after a crash they would be too low without
// saying so.
func (c *counters) load(st *storage.Store) error {
	value, ok, err := st.Get(countersKey)
	if err != nil || !ok {
		return err
	}
	var stored storedCounters
	if err := json.Unmarshal(value, &stored); err == nil { // what cannot be read begins again
		c.take(&stored)
	}
	batch := st.NewBatch()
	if err := batch.Delete(countersKey); err != nil {
		return errors.Join(err, batch.Close())
	}
	return st.Commit(batch)
}

func (c *counters) take(stored *storedCounters) {
	for oid, r := range stored.Relations {
		x := c.of(oid)
		x.scans.Store(r.Scans)
		x.read.Store(r.Read)
		x.fetched.Store(r.Fetched)
		x.inserted.Store(r.Inserted)
		x.updated.Store(r.Updated)
		x.deleted.Store(r.Deleted)
		x.insertedSinceVacuum.Store(r.InsertedSinceVacuum)
		x.vacuums.Store(r.Vacuums)
		x.analyzes.Store(r.Analyzes)
		x.autoAnalyzes.Store(r.AutoAnalyzes)
		x.lastVacuum.Store(micros(r.LastVacuum))
		x.lastAnalyze.Store(micros(r.LastAnalyze))
		x.lastAutomatic.Store(micros(r.LastAutomatic))
	}
	d := stored.Database
	c.commits.Store(d.Commits)
	c.rollbacks.Store(d.Rollbacks)
	c.deadlocks.Store(d.Deadlocks)
	c.sessions.Store(d.Sessions)
	if !d.Reset.IsZero() {
		c.reset.Store(&d.Reset)
	}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// save keeps the counters of what is still there for the next start.
func (c *counters) save(db *Database) error {
	stored := storedCounters{Relations: map[catalog.OID]catalog.RelationCounts{}, Database: db.DatabaseCounts()}
	keep := func(oid catalog.OID) {
		if _, ok := c.relations.Load(oid); ok {
			stored.Relations[oid] = db.RelationCounts(oid)
		}
	}
	for _, t := range db.latest.Tables() {
		keep(t.OID)
		for i := range t.Indexes {
			keep(t.Indexes[i].OID)
		}
	}
	value, err := json.Marshal(stored)
	if err != nil {
		return err
	}
	batch := db.store.NewBatch()
	if err := batch.Set(countersKey, value); err != nil {
		return errors.Join(err, batch.Close())
	}
	if err := db.store.Commit(batch); err != nil {
		return fmt.Errorf("keep the statistics counters: %w", err)
	}
	return nil
}

// forget drops the counters of tables that a definition dropped.
func (c *counters) forget(before, after *catalog.Snapshot) {
	c.relations.Range(func(key, _ any) bool {
		oid := key.(catalog.OID)
		if before.TableByOID(oid) != nil && after.TableByOID(oid) == nil {
			c.relations.Delete(oid)
		}
		return true
	})
}
