package plan

import (
	"errors"
	"fmt"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// testCatalog is a Catalog without an engine behind it: definitions bound by this package are applied
// to its snapshot, and row counts are what a test says.
type testCatalog struct {
	snap     *catalog.Snapshot
	rows     map[string]float64
	stats    map[catalog.OID]*catalog.Statistics
	settings map[string]string
	oid      catalog.OID
}

func newTestCatalog() *testCatalog {
	c := &testCatalog{snap: catalog.Bootstrap(), rows: map[string]float64{}, settings: map[string]string{},
		stats: map[catalog.OID]*catalog.Statistics{}, oid: catalog.FirstUserOID}
	c.snap.PutTable(&catalog.Table{OID: 9999, Schema: catalog.PgCatalogOID, Name: "pg_fixture",
		Virtual: &catalog.Virtual{},
		Columns: []catalog.Column{{AttNum: 1, Name: "name", Type: datum.Name, Typmod: -1}}})
	return c
}

func (c *testCatalog) Snapshot() *catalog.Snapshot { return c.snap }
func (c *testCatalog) Info() catalog.SessionInfo {
	return catalog.SessionInfo{User: "segue", Role: catalog.OwnerOID, SessionUser: "segue", SessionRole: catalog.OwnerOID,
		Database: "segue", SearchPath: []string{"$user", "public"}}
}
func (c *testCatalog) DatumEnv() *datum.Env                           { return nil }
func (c *testCatalog) TableRows(t *catalog.Table) float64             { return c.rows[t.Name] }
func (c *testCatalog) Statistics(oid catalog.OID) *catalog.Statistics { return c.stats[oid] }
func (c *testCatalog) DefaultModel() string                           { return "dsp" }
func (c *testCatalog) Setting(name string) (string, bool) {
	v, ok := c.settings[name]
	return v, ok || name == "search_path"
}
func (c *testCatalog) Model(model string) (catalog.Model, error) {
	switch model {
	case "":
		return catalog.Model{Name: "dsp", Dim: 3}, nil
	case "dsp", "mert", "mert/layer:4":
		return catalog.Model{Name: model, Dim: 3}, nil
	case "wide":
		return catalog.Model{Name: "wide", Dim: 4}, nil
	}
	return catalog.Model{}, sqlstate.New(sqlstate.UndefinedObject, "embedding model %q does not exist", model)
}

func (c *testCatalog) nextOID() catalog.OID { c.oid++; return c.oid }

// apply carries out a bound definition on the snapshot.
func (c *testCatalog) apply(n Node) {
	switch x := n.(type) {
	case *CreateTable:
		if !x.Exists {
			c.createTable(x)
		}
	case *CreateIndex:
		t := *x.Table
		ix := *x.Index
		ix.OID = c.nextOID()
		t.Indexes = append(append([]catalog.Index{}, t.Indexes...), ix)
		c.snap.PutTable(&t)
	case *CreateSchema:
		if x.Exists {
			return
		}
		sc := *x.Schema
		sc.OID = c.nextOID()
		c.snap.PutSchema(&sc)
	case *Drop:
		for _, t := range x.Tables {
			c.snap.RemoveTable(t.OID)
		}
		for _, q := range x.Sequences {
			c.snap.RemoveSequence(q.OID)
		}
		for _, s := range x.Schemas {
			c.snap.RemoveSchema(s.OID)
		}
	}
}

func (c *testCatalog) createTable(x *CreateTable) {
	t := *x.Table
	t.OID = c.nextOID()
	for i := range t.Indexes {
		t.Indexes[i].OID = c.nextOID()
		if t.Indexes[i].Unique {
			t.Indexes[i].Constraint = c.nextOID()
		}
	}
	for _, q := range x.Sequences {
		q.OID, q.OwnerTable = c.nextOID(), t.OID
		c.snap.PutSequence(q)
		t.Columns[t.Ordinal(q.OwnerAttNum)].Sequence = q.OID
	}
	c.snap.PutTable(&t)
}

// bindText parses and binds the first statement of sql; errors have their position.
func bindText(cat Catalog, sql string, params ...*datum.Type) (*Plan, error) {
	statements, err := parse.Parse(sql)
	if err != nil {
		return nil, err
	}
	s := statements[0]
	p, err := Bind(cat, s.Node, params)
	if err != nil {
		sqlstate.Locate(err, sql[:s.Offset], s.Text)
	}
	return p, err
}

// errorLine prints an error as a client sees it, with a caret under its position.
func errorLine(sql string, err error) string {
	var e *sqlstate.Error
	if !errors.As(err, &e) {
		return "not a SQL error: " + err.Error() + "\n"
	}
	out := fmt.Sprintf("%s: %s\n", e.Code, e.Message)
	if e.Pos > 0 {
		out += "at: " + string([]rune(sql)[e.Pos-1:]) + "\n"
	}
	if e.Detail != "" {
		out += "detail: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		out += "hint: " + e.Hint + "\n"
	}
	return out
}

// explained prints a plan as EXPLAIN (COSTS OFF) does.
func explained(p *Plan) string {
	return strings.Join(FormatExplain(p, &Explain{Input: p.Root, Format: "text"}, Run{}), "\n") + "\n"
}
