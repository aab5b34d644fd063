package parse

import (
	"fmt"
	"strings"
)

// bare writes operators and what is shaped like one, without the parentheses around.
func (d *deparser) bare(e Expr) {
	switch e := e.(type) {
	case *OpExpr:
		if e.Left != nil {
			d.operand(e.Left)
			d.w(" ")
		}
		d.w(operatorName(e.Name), " ")
		d.operand(e.Right)
	case *AnyAllExpr:
		d.operand(e.Left)
		word := " ANY "
		if e.All {
			word = " ALL "
		}
		d.w(" ", operatorName(e.Name), word)
		d.list("(", []Expr{e.Right}, ")")
	case *InExpr:
		d.operand(e.Left)
		d.w(" ", not(e.Not), "IN ")
		d.list("(", e.List, ")")
	case *BetweenExpr:
		d.between(e)
	case *DistinctExpr:
		d.operand(e.Left)
		d.w(" IS ", not(e.Not), "DISTINCT FROM ")
		d.operand(e.Right)
	case *SimilarExpr:
		d.operand(e.Left)
		d.w(" ", not(e.Not), "SIMILAR TO ")
		d.operand(e.Right)
		if e.Escape != nil {
			d.w(" ESCAPE ")
			d.operand(e.Escape)
		}
	case *BoolExpr:
		d.boolean(e)
	case *NullTest:
		d.operand(e.Arg)
		d.w(" IS ", not(e.Not), "NULL")
	case *BoolTest:
		d.operand(e.Arg)
		d.w(" IS ", not(e.Not), map[byte]string{'t': "TRUE", 'f': "FALSE", 'u': "UNKNOWN"}[e.Value])
	case *CollateExpr:
		d.operand(e.Arg)
		d.w(" COLLATE ", qualified(e.Name))
	}
}

// operatorName is the operator as it stands between its arguments.
func operatorName(n Name) string {
	if len(n) == 1 {
		return n[0]
	}
	last := len(n) - 1
	return fmt.Sprintf("OPERATOR(%s.%s)", qualified(n[:last]), n[last])
}

// between writes BETWEEN.
func (d *deparser) between(e *BetweenExpr) {
	d.operand(e.Arg)
	d.w(" ", not(e.Not), "BETWEEN ")
	if e.Symmetric {
		d.w("SYMMETRIC ")
	}
	d.operand(e.Lo)
	d.w(" AND ")
	d.operand(e.Hi)
}

// boolean writes AND, OR and NOT.
func (d *deparser) boolean(e *BoolExpr) {
	if e.Op == Not {
		d.w("NOT ")
	}
	for i, arg := range e.Args {
		if i > 0 {
			d.w(map[BoolOp]string{And: " AND ", Or: " OR "}[e.Op])
		}
		d.expr(arg)
	}
}

// systemTypes are the names that SQL gives to pg_catalog types, as Postgres's format_type writes
// them; the grammar turns each back into the pg_catalog name.
var systemTypes = map[string]string{
	"bool": "boolean", "int2": "smallint", "int4": "integer", "int8": "bigint", "float4": "real",
	"float8": "double precision", "numeric": "numeric", "varchar": "character varying",
	"time": "time without time zone", "timetz": "time with time zone",
	"timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
	"interval": "interval", "varbit": "bit varying",
}

// typeName writes a type.
func (d *deparser) typeName(t *TypeName) {
	if t.SetOf {
		d.w("SETOF ")
	}
	n := t.Name
	switch sql := ""; {
	case len(n) == 2 && n[0] == "pg_catalog" && systemTypes[n[1]] != "" && (n[1] != "interval" || len(t.Mods) == 0):
		// The precision of the date types stands before WITH or WITHOUT.
		sql = systemTypes[n[1]]
		word, zone, hasZone := strings.Cut(sql, " with")
		d.w(word)
		d.mods(t.Mods)
		if hasZone {
			d.w(" with", zone)
		}
	case len(n) == 2 && n[0] == "pg_catalog" && (n[1] == "bpchar" || n[1] == "bit") && len(t.Mods) == 1:
		d.w(map[string]string{"bpchar": "character", "bit": "bit"}[n[1]])
		d.mods(t.Mods)
	default:
		d.w(qualified(n))
		d.mods(t.Mods)
	}
	if t.PctType {
		d.w("%TYPE")
	}
	d.w(strings.Repeat("[]", t.ArrayDims))
}

// mods writes type modifiers.
func (d *deparser) mods(mods []Expr) {
	if len(mods) > 0 {
		d.list("(", mods, ")")
	}
}
