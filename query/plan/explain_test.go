package plan

import (
	"encoding/json"
	"strings"
	"testing"
)

func explainFixture(t *testing.T, sql string) (*Plan, *Explain) {
	t.Helper()
	cat := newTestCatalog()
	p, err := bindText(cat, "CREATE TABLE t (id int8 PRIMARY KEY, name text, emb vector(3) NOT NULL)")
	if err != nil {
		t.Fatal(err)
	}
	cat.apply(p.Root)
	if p, err = bindText(cat, sql); err != nil {
		t.Fatal(err)
	}
	Optimize(cat, p)
	return p, p.Root.(*Explain)
}

// EXPLAIN ANALYZE divides totals by the loops, says what never ran, and prints what operators tell of their work.
func TestExplainAnalyze(t *testing.T) {
	p, x := explainFixture(t, "EXPLAIN (ANALYZE, COSTS OFF) SELECT name FROM t "+
		"WHERE name = 'a' OR id = (SELECT 2) ORDER BY emb <-> '[1,2,3]' LIMIT 5")
	actual := func(n Node) (Actual, bool) {
		switch n.(type) {
		case *Limit:
			return Actual{Rows: 5, Loops: 1, StartupMS: 0.5, TotalMS: 1.25}, true
		case *VectorSearch:
			details := []Detail{{Name: "Exact", Value: true}, {Name: "Scanned", Value: 1300}}
			return Actual{Rows: 12, Loops: 2, StartupMS: 1, TotalMS: 2, Details: details}, true
		}
		return Actual{}, false
	}
	got := strings.Join(FormatExplain(p, x, Run{Actual: actual, PlanningMS: 0.1, ExecutionMS: 2}), "\n")
	want := `Limit (actual time=0.500..1.250 rows=5 loops=1)
  InitPlan 1 (returns $0)
    ->  Result (never executed)
  ->  Vector Search on t (actual time=0.500..1.000 rows=6 loops=2)
        Order By: (emb <-> '[1,2,3]'::vector)
        Nearest: 5
        Filter: ((name = 'a'::text) OR (id = $0))
        Exact: true
        Scanned: 1300
Planning Time: 0.100 ms
Execution Time: 2.000 ms`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FORMAT JSON is valid JSON with Postgres's keys.
func TestExplainJSON(t *testing.T) {
	p, x := explainFixture(t, "EXPLAIN (ANALYZE, FORMAT json) "+
		`SELECT count(*) FROM t a JOIN t b USING (name) WHERE a.name = '"<'`)
	actual := func(Node) (Actual, bool) { return Actual{Rows: 7, Loops: 1}, true }
	lines := FormatExplain(p, x, Run{Actual: actual, ExecutionMS: 3})
	var out []struct {
		Plan struct {
			NodeType   string  `json:"Node Type"`
			ActualRows float64 `json:"Actual Rows"`
			Plans      []struct {
				HashCond string `json:"Hash Cond"`
				Plans    []struct {
					Relation string `json:"Relation Name"`
				}
			}
		}
		ExecutionTime float64 `json:"Execution Time"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &out); err != nil {
		t.Fatalf("%v in\n%s", err, lines[0])
	}
	top := out[0].Plan
	if top.NodeType != "Aggregate" || top.ActualRows != 7 || out[0].ExecutionTime != 3 {
		t.Errorf("top node is %+v", top)
	}
	join := top.Plans[0]
	if len(join.Plans) != 2 || join.Plans[0].Relation != "t" || !strings.Contains(join.HashCond, " = ") {
		t.Errorf("join is %+v", join)
	}
}

// Every kind of node has children that the walkers reach.
func TestChildren(t *testing.T) {
	in := &Values{}
	for _, n := range []Node{
		&Filter{Input: in}, &Project{Input: in}, &ProjectSet{Input: in}, &Join{Left: in, Right: in}, &Aggregate{Input: in},
		&Window{Input: in}, &Dedup{Input: in}, &Sort{Input: in}, &Limit{Input: in}, &SetOp{Left: in, Right: in},
		&Insert{Input: in}, &Update{Input: in}, &Delete{Input: in}, &CopyTo{Input: in}, &CreateTable{Source: in},
		&Explain{Input: in},
	} {
		seen := 0
		mapInputs(n, func(x Node) Node { seen++; return x })
		if len(n.Children()) == 0 || seen != len(n.Children()) {
			t.Errorf("%T: %d children, %d replaceable", n, len(n.Children()), seen)
		}
	}
}
