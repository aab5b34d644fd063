package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/seguedb/segue/query/datum"
)

// TestGolden runs testdata/*.ddt over the sample database. Commands:
//
//	columns relation=r          prints a virtual relation's columns and types
//	rows relation=r where=(c,v) prints the rows whose column c is v, or is an OID from v up when v ends in +;
//	                            a relation of information_schema is i.r. NULLs are left out
//	defs                        prints the definition texts of every index, constraint and column default
//	names                       for each line "type name" prints the OID and how it is written back
//	functions                   for each line, a signature, prints arguments, result and definition
func TestGolden(t *testing.T) {
	env := sampleEnv()
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			switch d.Cmd {
			case "columns":
				printColumns(&out, relationArg(t, env, d))
			case "rows":
				printRows(&out, env, relationArg(t, env, d), d)
			case "defs":
				printDefs(&out, env.Snapshot)
			case "names":
				for _, line := range strings.Split(d.Input, "\n") {
					out.WriteString(nameLine(env, line) + "\n")
				}
			case "functions":
				for _, line := range strings.Split(d.Input, "\n") {
					printFunction(&out, env, line)
				}
			default:
				d.Fatalf(t, "unknown command %q", d.Cmd)
			}
			return out.String()
		})
	})
}

func relationArg(t *testing.T, env *VirtualEnv, d *datadriven.TestData) *Table {
	var name string
	d.ScanArgs(t, "relation", &name)
	schema := PgCatalogOID
	if n, ok := strings.CutPrefix(name, "i."); ok {
		schema, name = InfoSchemaOID, n
	}
	table := env.Snapshot.Table(schema, name)
	if table == nil {
		d.Fatalf(t, "no relation %s", name)
	}
	return table
}

func printColumns(out *strings.Builder, t *Table) {
	for _, c := range t.Columns {
		fmt.Fprintf(out, "%s %s", c.Name, c.Type)
		if c.NotNull {
			out.WriteString(" not null")
		}
		out.WriteString("\n")
	}
}

func printRows(out *strings.Builder, env *VirtualEnv, t *Table, d *datadriven.TestData) {
	var column, value string
	for _, a := range d.CmdArgs {
		if a.Key == "where" {
			column, value = a.Vals[0], a.Vals[1]
		}
	}
	names := &datum.Env{Names: NameEnv{Snapshot: env.Snapshot, SearchPath: env.Session.SearchPath, User: env.Session.User}}
	t.Virtual.Rows(env, func(row []datum.Datum) {
		if column != "" && !matches(t, row, column, value) {
			return
		}
		var cells []string
		for i, v := range row {
			if !v.IsNull() {
				cells = append(cells, t.Columns[i].Name+"="+datum.Format(t.Columns[i].Type, v, names))
			}
		}
		out.WriteString(strings.Join(cells, " ") + "\n")
	})
}

func matches(t *Table, row []datum.Datum, column, value string) bool {
	i := t.ColumnIndex(column)
	have := datum.Format(t.Columns[i].Type, row[i], nil)
	if low, ok := strings.CutSuffix(value, "+"); ok {
		a, _ := strconv.Atoi(have)
		b, _ := strconv.Atoi(low)
		return a >= b
	}
	return have == value
}

func printDefs(out *strings.Builder, s *Snapshot) {
	for _, t := range s.userTables() {
		for i := range t.Indexes {
			ix := &t.Indexes[i]
			for _, pretty := range []bool{false, true} {
				def, ok := IndexDef(s, ix.OID, 0, pretty, nil)
				fmt.Fprintf(out, "%s %v %s\n", ix.Name, ok, def)
			}
			key, _ := IndexDef(s, ix.OID, 1, true, nil)
			none, ok := IndexDef(s, ix.OID, 9, true, nil)
			fmt.Fprintf(out, "%s first key %q, ninth %q %v\n", ix.Name, key, none, ok)
		}
		for _, c := range t.constraints() {
			plain, _ := ConstraintDef(s, nil, c.oid, false, nil)
			pretty, _ := ConstraintDef(s, nil, c.oid, true, nil)
			fmt.Fprintf(out, "%s %s | %s | over %v\n", c.name, plain, pretty, c.attNums())
		}
		for _, c := range t.Columns {
			if e := DefaultExpr(s, t.OID, c.AttNum); e != "" {
				fmt.Fprintf(out, "%s.%s default %s\n", t.Name, c.Name, e)
			}
			if q := SequenceOf(s, t.OID, c.AttNum); q != nil {
				name, _ := QualifiedRelationName(s, q.OID)
				fmt.Fprintf(out, "%s.%s owns %s\n", t.Name, c.Name, name)
			}
			fmt.Fprintf(out, "%s.%s is %s\n", t.Name, c.Name, FormatType(s, []string{"public"}, c.TypeOID, c.Typmod))
		}
	}
}

func nameLine(env *VirtualEnv, line string) string {
	typ, name, _ := strings.Cut(line, " ")
	t := datum.TypeByName(typ)
	names := NameEnv{Snapshot: env.Snapshot, SearchPath: env.Session.SearchPath, User: env.Session.User}
	oid, err := names.OIDOf(t, name)
	if err != nil {
		return line + ": " + err.Error()
	}
	written, _ := names.NameOf(t, oid)
	hidden := NameEnv{Snapshot: env.Snapshot, SearchPath: []string{"Radio"}, User: env.Session.User}
	elsewhere, _ := hidden.NameOf(t, oid)
	return fmt.Sprintf("%s: %d, written %s, from Radio %s", line, oid, written, elsewhere)
}

func printFunction(out *strings.Builder, env *VirtualEnv, signature string) {
	p, err := ResolveProcedure(env.Snapshot, env.Session.Path(), signature)
	if err != nil {
		fmt.Fprintf(out, "%s: %v\n", signature, err)
		return
	}
	args, _ := FunctionArguments(env.Snapshot, nil, p.OID)
	identity, _ := FunctionIdentityArguments(env.Snapshot, nil, p.OID)
	result, _ := FunctionResult(env.Snapshot, nil, p.OID)
	def, ok := FunctionDef(env.Snapshot, nil, p.OID)
	fmt.Fprintf(out, "(%s) (%s) %s\n", args, identity, result)
	if ok {
		out.WriteString(def)
	}
}
