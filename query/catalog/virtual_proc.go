package catalog

import (
	"slices"

	"github.com/seguedb/segue/query/datum"
)

func procRows(env *VirtualEnv, w *rowWriter) {
	w.float("procost", 1).zero("prosupport").no("prosecdef", "proleakproof").keep()
	for _, p := range env.Snapshot.allProcs() {
		w.oid("oid", p.OID).str("proname", p.Name).oid("pronamespace", p.Schema).oid("prolang", p.languageOID()).
			float("prorows", p.estimatedRows()).oid("provariadic", p.variadicOID()).char("prokind", p.Kind).
			bool("proisstrict", p.Strict).bool("proretset", p.RetSet).char("provolatile", p.Volatile).
			char("proparallel", p.parallel()).int("pronargs", int64(len(p.Args))).
			int("pronargdefaults", int64(p.Defaults)).oid("prorettype", p.Ret.OID).
			set("proargtypes", oidVector(typeOIDs(p.Args))).str("prosrc", p.Name).
			oid("proowner", env.Snapshot.Owner(ClassFunction, p.OID)).acl(env, "proacl", ObjectFunction, p.OID)
		if p.User != nil {
			w.userProc(env, p)
		} else {
			w.procArguments(p)
		}
		w.end()
	}
}

// procArguments sets the columns that are NULL for a function of plain IN arguments.
func (w *rowWriter) procArguments(p *Proc) {
	if len(p.OutTypes) > 0 || p.Variadic != nil {
		all := append(typeOIDs(p.Args), typeOIDs(p.OutTypes)...)
		w.set("proallargtypes", datum.ArrayFrom(datum.Oid, oidDatums(all)))
		modes := slices.Repeat([]string{"i"}, len(p.Args))
		if p.Variadic != nil {
			modes[len(modes)-1] = "v"
		}
		modes = append(modes, slices.Repeat([]string{"o"}, len(p.OutTypes))...)
		w.set("proargmodes", datum.ArrayFrom(datum.Char, textDatums(modes)))
	}
	if len(p.ArgNames) > 0 || len(p.OutNames) > 0 {
		names := make([]string, len(p.Args))
		copy(names, p.ArgNames)
		w.set("proargnames", datum.ArrayFrom(datum.Text, textDatums(append(names, p.OutNames...))))
	}
}

func typeOIDs(types []*datum.Type) []OID {
	out := make([]OID, len(types))
	for i, t := range types {
		out[i] = t.OID
	}
	return out
}

func (p *Proc) languageOID() OID {
	switch p.language() {
	case "c":
		return cLanguageOID
	case "sql":
		return sqlLanguageOID
	case PLpgSQL:
		return plpgsqlLanguageOID
	}
	return internalLanguageOID
}

// estimatedRows is pg_proc.prorows, PostgreSQL's default of 1000 for sets.
func (p *Proc) estimatedRows() float64 {
	switch {
	case p.User != nil:
		return p.User.Rows
	case p.RetSet:
		return 1000
	}
	return 0
}

func (p *Proc) variadicOID() OID {
	if p.Variadic == nil {
		return 0
	}
	return p.Variadic.OID
}

// orderedSetAggregates take WITHIN GROUP; all else is a plain aggregate.
var orderedSetAggregates = map[string]int64{"percentile_cont": 1, "percentile_disc": 1, "mode": 0}

// OrderedSet is pg_aggregate.aggkind of the aggregates that take WITHIN GROUP: 'o', or 'h' for those of a
// hypothetical row, whose arguments are any list beside as many sort expressions. 0 is any other function.
func (p *Proc) OrderedSet() byte {
	if p.User != nil && p.User.Agg != nil && p.User.Agg.Kind != "n" {
		return p.User.Agg.Kind[0]
	}
	_, ordered := orderedSetAggregates[p.Name]
	switch {
	case p.Kind != 'a' || p.Schema != PgCatalogOID:
		return 0
	case ordered:
		return 'o'
	case p.Variadic == datum.Any:
		return 'h'
	}
	return 0
}

// DirectArgs is how many arguments of an ordered-set aggregate stand before WITHIN GROUP.
func (p *Proc) DirectArgs() int {
	if p.User != nil && p.User.Agg != nil {
		return p.User.Agg.Direct
	}
	return int(orderedSetAggregates[p.Name])
}
