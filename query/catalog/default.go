package catalog

import (
	"regexp"
	"strconv"

	"github.com/seguedb/segue/query/parse"
)

// NextVal is the default of a column that draws from a sequence, as it is kept: by OID.
func NextVal(sequence OID) string {
	return "nextval('" + strconv.FormatUint(uint64(sequence), 10) + "'::regclass)"
}

var keptRelation = regexp.MustCompile(`'(\d+)'::regclass`)

// defaultOf is a column's default or generation expression as PostgreSQL would write it.
func (env *VirtualEnv) defaultOf(t *Table, c *Column) string {
	if env.Views == nil {
		return c.defaultExpr()
	}
	return env.Views.Default(t, c)
}

// ShowDefault is a default as people read it: with the names that the search path needs in place of OIDs.
func ShowDefault(snap *Snapshot, searchPath []string, text string) string {
	return keptRelation.ReplaceAllStringFunc(text, func(kept string) string {
		name, ok := RelationName(snap, searchPath, keptOID(kept))
		if !ok {
			return kept
		}
		return parse.QuoteLiteral(name) + "::regclass"
	})
}

func keptOID(kept string) OID {
	n, err := strconv.ParseUint(keptRelation.FindStringSubmatch(kept)[1], 10, 32)
	if err != nil {
		return 0
	}
	return OID(n)
}

// DrawsFrom says whether a column's default names a sequence.
func (c *Column) DrawsFrom(sequence OID) bool {
	if c.Sequence == sequence {
		return true
	}
	for _, kept := range keptRelation.FindAllString(c.Default, -1) {
		if keptOID(kept) == sequence {
			return true
		}
	}
	return false
}

// DefaultExpr is the SQL text of a column's default or generation expression, "" for none: what
// pg_attrdef.adbin holds here and pg_get_expr gives back.
func DefaultExpr(snap *Snapshot, table OID, attNum int16) string {
	t := snap.TableByOID(table)
	if t == nil {
		return ""
	}
	i := t.Ordinal(attNum)
	if i < 0 {
		return ""
	}
	return t.Columns[i].defaultExpr()
}

func (c *Column) defaultExpr() string {
	if c.Generated != "" {
		return c.Generated
	}
	return c.Default
}

// attrDefOID makes up the OID of a default's row in pg_attrdef, which has no object of its own here:
// above 2³¹, where no object gets to, and the same as long as the column lives.
func attrDefOID(table OID, attNum int16) OID {
	const maxColumns = 1600 // MaxHeapAttributeNumber
	return 1<<31 | (table*maxColumns+OID(attNum))&(1<<31-1)
}
