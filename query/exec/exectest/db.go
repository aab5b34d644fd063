package exectest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// DB is a database in memory.
type DB struct {
	// Embedder is what embed() runs; New gives one that makes vectors up from path names.
	Embedder *Embedder
	// SkipRules runs plans as bound, without the optimizer.
	SkipRules bool
	// Conflict makes every update and delete meet a row that someone else has just changed.
	Conflict bool
	// WorkMemBytes is passed on to statements.
	WorkMemBytes int64
	// Progress is passed on to statements.
	Progress func(exec.CopyProgress)
	// Kept are what statements rejected.
	Kept []exec.Reject

	snap      *catalog.Snapshot
	tables    map[catalog.OID]*rows
	sequences map[catalog.OID]*sequence
	lastSeq   catalog.OID
	nextOID   catalog.OID
	settings  map[string]string
	notices   []string
}

// Now is the time at which every statement runs.
var Now = time.Date(2026, 3, 14, 15, 9, 26, 535897000, time.UTC)

// New makes an empty database.
func New() *DB {
	return &DB{Embedder: &Embedder{}, snap: catalog.Bootstrap(), tables: map[catalog.OID]*rows{},
		sequences: map[catalog.OID]*sequence{}, nextOID: catalog.FirstUserOID + 1, settings: map[string]string{}}
}

// Result is what a statement gave.
type Result struct {
	Columns  []plan.Column
	Batch    *datum.Batch // nil without rows
	Affected int64
	CopyOut  []byte
	Writes   int // calls of Write that COPY TO made
	env      *datum.Env
}

// Strings prints the rows' values as text, NULL as "NULL".
func (r *Result) Strings() [][]string {
	if r.Batch == nil {
		return nil
	}
	out := make([][]string, r.Batch.Rows)
	for i := range out {
		for c, v := range r.Batch.Cols {
			d := v.Get(i)
			if d.IsNull() {
				out[i] = append(out[i], "NULL")
			} else {
				out[i] = append(out[i], datum.Format(r.Columns[c].Type, d, r.env))
			}
		}
	}
	return out
}

// Exec runs one statement; params are the values of $1…, of the types that the plan finds.
func (db *DB) Exec(ctx context.Context, sql string, params ...datum.Datum) (*Result, error) {
	return db.run(ctx, sql, "", params)
}

// Copy runs a COPY FROM STDIN with its data.
func (db *DB) Copy(ctx context.Context, sql, data string) (*Result, error) {
	return db.run(ctx, sql, data, nil)
}

func (db *DB) run(ctx context.Context, sql, data string, params []datum.Datum) (*Result, error) {
	p, err := db.Plan(sql)
	if err != nil {
		return nil, err
	}
	stmt := db.begin()
	out := &writes{}
	env := &exec.Env{Relations: stmt, Embedder: db.Embedder, Session: db, Params: params, CopyIn: strings.NewReader(data),
		CopyOut: out, WorkMemBytes: db.WorkMemBytes, Progress: db.Progress}
	q, err := exec.Run(ctx, p, env)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	res := &Result{Columns: p.Columns, env: db.DatumEnv()}
	if err := collect(ctx, q, res); err != nil {
		return nil, err
	}
	res.Affected, res.CopyOut, res.Writes = q.RowsAffected(), out.Bytes(), out.n
	stmt.commit()
	return res, nil
}

// writes counts the calls of Write.
type writes struct {
	bytes.Buffer
	n int
}

func (w *writes) Write(p []byte) (int, error) { w.n++; return w.Buffer.Write(p) }

func collect(ctx context.Context, q *exec.Query, res *Result) error {
	for {
		b, err := q.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		if res.Batch == nil {
			types := make([]*datum.Type, len(b.Cols))
			for i, c := range b.Cols {
				types[i] = c.Type
			}
			res.Batch = datum.NewBatch(types, b.Rows)
		}
		for i := range b.Rows {
			res.Batch.AppendRow(b.Row(i, nil))
		}
	}
}

// Plan binds and optimises one statement.
func (db *DB) Plan(sql string) (*plan.Plan, error) {
	stmts, err := parse.Parse(sql)
	if err != nil {
		return nil, err
	}
	if len(stmts) != 1 {
		return nil, fmt.Errorf("%d statements, want one", len(stmts))
	}
	p, err := plan.Bind(db, stmts[0].Node, nil)
	if err != nil {
		return nil, err
	}
	if !db.SkipRules {
		p = plan.Optimize(db, p)
	}
	return p, nil
}

// Notices returns the notices since the last call.
func (db *DB) Notices() []string {
	out := db.notices
	db.notices = nil
	return out
}

func (db *DB) begin() *statement {
	return &statement{db: db, snap: db.snap, base: db.tables, work: maps.Clone(db.tables), owned: map[*rows]bool{}}
}

// The session.

// Snapshot is the catalog.
func (db *DB) Snapshot() *catalog.Snapshot { return db.snap }

// Info is who asks.
func (db *DB) Info() catalog.SessionInfo {
	return catalog.SessionInfo{User: "segue", Role: catalog.OwnerOID, SessionUser: "segue", SessionRole: catalog.OwnerOID,
		Database: "segue", SearchPath: []string{"$user", "public"}, PID: 1}
}

// DatumEnv is UTC and the defaults.
func (db *DB) DatumEnv() *datum.Env {
	env := datum.NewEnv()
	env.Now, env.Names = Now, catalog.NameEnv{Snapshot: db.snap, SearchPath: db.Info().SearchPath, User: db.Info().User}
	env.Domains = &exec.Domains{Catalog: db, Session: db}
	return env
}

// Statistics are none: plans are made without.
func (db *DB) Statistics(catalog.OID) *catalog.Statistics { return nil }

// TableRows is exact.
func (db *DB) TableRows(t *catalog.Table) float64 {
	if r := db.tables[t.OID]; r != nil {
		return float64(len(r.ids))
	}
	return 0
}

// Model asks the Embedder.
func (db *DB) Model(name string) (catalog.Model, error) { return db.Embedder.Model(name) }

// Setting returns what SetSetting set.
func (db *DB) Setting(name string) (string, bool) { v, ok := db.settings[name]; return v, ok }

// SetSetting sets a setting for good.
func (db *DB) SetSetting(name, value string, _ bool) error { db.settings[name] = value; return nil }

// Notice keeps a notice for Notices.
func (db *DB) Notice(severity string, err error) {
	msg := err.Error()
	var e *sqlstate.Error
	if errors.As(err, &e) {
		msg = e.Message
	}
	db.notices = append(db.notices, severity+": "+msg)
}

// TxStart is Now.
func (db *DB) TxStart() time.Time { return Now }

// StatementStart is Now.
func (db *DB) StatementStart() time.Time { return Now }

// Live has no rows.
func (db *DB) Live(string) [][]datum.Datum { return nil }

// DefaultModel asks the Embedder.
func (db *DB) DefaultModel() string { return db.Embedder.DefaultModel() }
