package plan

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/seguedb/segue/query/datum"
)

// TestGolden runs testdata/*.ddt. Each file has a catalog of its own. Commands:
//
//	create           binds definitions (separated by lines of ;) and applies them
//	rows table=n …   sets row counts
//	bind             prints the bound tree, before any rule; several statements are separated by ;
//	rules            prints the tree before the rules and after each that changed it
//	plan             prints EXPLAIN (COSTS OFF)
//	columns          prints the result's columns
//	explain          prints the output of an EXPLAIN statement
//	params           prints the types inferred for $1…; types=(…) declares some
func TestGolden(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		cat := newTestCatalog()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "rows" {
				for _, a := range d.CmdArgs {
					var n float64
					fmt.Sscan(a.Vals[0], &n)
					cat.rows[a.Key] = n
				}
				return ""
			}
			run, ok := commands[d.Cmd]
			if !ok {
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			var out strings.Builder
			for _, sql := range strings.Split(strings.TrimSuffix(strings.TrimSpace(d.Input), ";"), ";\n") {
				text, err := run(cat, d, sql)
				if err != nil {
					text = errorLine(sql, err)
				}
				out.WriteString(text)
			}
			return out.String()
		})
	})
}

var commands = map[string]func(*testCatalog, *datadriven.TestData, string) (string, error){
	"create": func(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
		p, err := bindText(c, sql)
		if err != nil || p.Root == nil {
			return "", err
		}
		c.apply(p.Root)
		return treeText(p.Root), nil
	},
	"bind": func(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
		p, err := bindText(c, sql)
		if err != nil {
			return "", err
		}
		if p.Root == nil {
			return p.Tag + "\n", nil
		}
		return treeText(p.Root), nil
	},
	"columns": func(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
		p, err := bindText(c, sql)
		if err != nil {
			return "", err
		}
		Optimize(c, p)
		var out []string
		for _, col := range p.Columns {
			out = append(out, col.Name+" "+col.Type.FormatTypmod(col.Typmod))
		}
		return strings.Join(out, ", ") + "\n", nil
	},
	"rules": rulesText,
	"plan": func(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
		p, err := bindText(c, sql)
		if err != nil {
			return "", err
		}
		return explained(Optimize(c, p)), nil
	},
	"explain": func(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
		p, err := bindText(c, sql)
		if err != nil {
			return "", err
		}
		Optimize(c, p)
		return strings.Join(FormatExplain(p, p.Root.(*Explain), Run{}), "\n") + "\n", nil
	},
	"params": func(c *testCatalog, d *datadriven.TestData, sql string) (string, error) {
		var declared []*datum.Type
		for _, a := range d.CmdArgs {
			for _, v := range a.Vals {
				declared = append(declared, datum.TypeByName(v))
			}
		}
		p, err := bindText(c, sql, declared...)
		if err != nil {
			return "", err
		}
		var out []string
		for i, t := range p.Params {
			out = append(out, fmt.Sprintf("$%d %s", i+1, t))
		}
		for _, col := range p.Columns {
			out = append(out, fmt.Sprintf("%s %s", col.Name, col.Type.FormatTypmod(col.Typmod)))
		}
		return strings.Join(out, "\n") + "\n", nil
	},
}

// rulesText shows the work of each rule.
func rulesText(c *testCatalog, _ *datadriven.TestData, sql string) (string, error) {
	p, err := bindText(c, sql)
	if err != nil {
		return "", err
	}
	last := treeText(p.Root)
	out := "bound:\n" + last
	optimizeTraced(c, p, func(rule string, root Node) {
		if now := treeText(root); now != last {
			out += rule + ":\n" + now
			last = now
		}
	})
	return out, nil
}
