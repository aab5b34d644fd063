package catalog

import (
	"strings"

	"github.com/seguedb/segue/query/datum"
)

func classRows(env *VirtualEnv, w *rowWriter) {
	w.zero("reloftype", "reltablespace", "relpages", "relallvisible", "reltoastrelid", "relchecks",
		"relrewrite").
		no("relisshared", "relhassubclass", "relrowsecurity", "relforcerowsecurity", "relispartition").
		yes("relispopulated").keep()
	rows := env.tableRows()
	for _, r := range env.Snapshot.relations() {
		w.oid("oid", r.oid).str("relname", r.name).oid("relnamespace", r.schema).
			oid("relowner", env.Snapshot.Owner(ClassRelation, r.oid)).char("relkind", byte(r.kind)).
			oid("relam", r.accessMethod()).oid("relfilenode", r.fileNode()).float("reltuples", r.tuples(rows)).
			int("relnatts", r.attributeCount()).char("relreplident", r.replicaIdentity()).
			bool("relhasrules", r.hasRules()).oid("reltype", r.typeOID())
		if r.index == nil {
			w.acl(env, "relacl", env.Snapshot.KindOf(ClassRelation, r.oid), r.oid)
		}
		w.bool("relhasindex", r.index == nil && r.table != nil && len(r.table.shownIndexes()) > 0)
		w.bool("relhastriggers", r.hasTriggers(env.Snapshot)).char("relpersistence", r.persistence())
		if frozen := r.frozen(); frozen {
			w.oid("relfrozenxid", firstXid).oid("relminmxid", 1)
		} else {
			w.oid("relfrozenxid", 0).oid("relminmxid", 0)
		}
		if r.index == nil && r.table != nil {
			w.int("relchecks", int64(len(r.table.Checks)))
			if v := r.table.View; v != nil {
				w.bool("relispopulated", !v.Unpopulated)
				if len(v.Options) > 0 {
					w.set("reloptions", datum.ArrayFrom(datum.Text, textDatums(v.Options)))
				}
			}
		}
		if options := r.options(); len(options) > 0 {
			w.set("reloptions", datum.ArrayFrom(datum.Text, textDatums(options)))
		}
		w.end()
	}
}

// firstXid is FirstNormalTransactionId: no row is older than that, and none waits to be frozen.
const firstXid = 3

// frozen says whether the relation has rows that PostgreSQL would have to freeze.
func (r relation) frozen() bool {
	return r.index == nil && (r.kind == KindTable || r.kind == KindMatView)
}

// FileNode is pg_relation_filenode, 0 for none.
func (s *Snapshot) FileNode(oid OID) OID {
	if r, ok := s.relationByOID(oid); ok && r.kind != KindView {
		return r.fileNode()
	}
	return 0
}

// typeOID is pg_class.reltype: the type of the relation's rows.
func (r relation) typeOID() OID {
	if r.table == nil || r.index != nil {
		return 0
	}
	return r.table.RowTypeOID()
}

// hasRules: a view's query is one.
func (r relation) hasRules() bool {
	return r.kind == KindView || r.kind == KindMatView || r.index == nil && r.table != nil && len(r.table.Rules) > 0
}

// hasTriggers: PostgreSQL enforces foreign keys by triggers, on both tables.
func (r relation) hasTriggers(snap *Snapshot) bool {
	return r.table != nil && r.index == nil && len(r.table.Triggers) > 0 ||
		r.kind == KindTable && (len(r.table.ForeignKeys) > 0 || snap.Referenced(r.oid))
}

func (r relation) persistence() byte {
	if r.table != nil && r.table.Temp || r.sequence != nil && r.sequence.Temp {
		return 't'
	}
	if r.table != nil && r.table.Unlogged {
		return 'u'
	}
	return 'p'
}

func (r relation) options() []string {
	switch {
	case r.index != nil:
		return r.index.Options
	case r.table != nil:
		return r.table.Options
	}
	return nil
}

// tuples is pg_class.reltuples; -1 is unknown.
func (r relation) tuples(rows map[OID]float64) float64 {
	switch {
	case r.kind == KindSequence:
		return 1
	case r.kind == KindView || r.kind == KindComposite:
		return 0
	}
	n, ok := rows[r.table.OID]
	if !ok {
		return -1
	}
	return float64(float32(n))
}

func (r relation) accessMethod() OID {
	switch r.kind {
	case KindTable, KindMatView:
		return HeapAMOID
	case KindIndex:
		return accessMethodOID(r.index.Method)
	}
	return 0
}

func (r relation) fileNode() OID {
	switch {
	case r.index != nil:
		return OID(r.index.ID)
	case r.sequence != nil:
		return OID(r.sequence.ID)
	case r.table.Composite:
		return 0
	default:
		return OID(r.table.ID)
	}
}

func (r relation) attributeCount() int64 {
	switch {
	case r.index != nil:
		return int64(len(r.index.Keys) + len(r.index.Include))
	case r.sequence != nil:
		return int64(len(sequenceColumns))
	default:
		return int64(r.table.NextAttNum) - 1
	}
}

// replicaIdentity is 'd', the primary key, for users' tables and 'n', nothing, for all else.
func (r relation) replicaIdentity() byte {
	if (r.kind == KindTable || r.kind == KindMatView) && r.table.Virtual == nil {
		return 'd'
	}
	return 'n'
}

// shownIndexes lists the indexes that users see.
func (t *Table) shownIndexes() []*Index {
	var out []*Index
	for i := range t.Indexes {
		if !t.Indexes[i].Implicit {
			out = append(out, &t.Indexes[i])
		}
	}
	return out
}

func namespaceRows(env *VirtualEnv, w *rowWriter) {
	for _, sc := range env.Snapshot.Schemas() {
		w.oid("oid", sc.OID).str("nspname", sc.Name).oid("nspowner", env.Snapshot.Owner(ClassSchema, sc.OID)).
			acl(env, "nspacl", ObjectSchema, sc.OID).end()
	}
}

func sequenceRows(env *VirtualEnv, w *rowWriter) {
	for _, q := range env.Snapshot.Sequences() {
		w.oid("seqrelid", q.OID).oid("seqtypid", q.TypeOID).int("seqstart", q.Start).int("seqincrement", q.Increment).
			int("seqmax", q.Max).int("seqmin", q.Min).int("seqcache", q.Cache).bool("seqcycle", q.Cycle).end()
	}
}

func indexRows(env *VirtualEnv, w *rowWriter) {
	w.no("indcheckxmin", "indisreplident").
		yes("indisvalid", "indisready", "indislive").keep()
	for _, r := range env.Snapshot.relations() {
		ix := r.index
		if ix == nil {
			continue
		}
		n := len(ix.Keys)
		collations, classes, options := make([]OID, n), make([]OID, n), make([]int16, n)
		for i, k := range ix.Keys {
			collations[i] = collationOf(r.table.typeOf(k.AttNum))
			if o := r.table.Ordinal(k.AttNum); o >= 0 && r.table.Columns[o].Collation != 0 {
				collations[i] = r.table.Columns[o].Collation
			}
			if k.Expr != "" {
				collations[i] = collationOf(datum.TypeByOID(k.TypeOID))
			}
			if c := ix.opClass(r.table, k); c != nil {
				classes[i] = c.oid
			}
			options[i] = k.indexOptions()
		}
		w.oid("indexrelid", ix.OID).oid("indrelid", r.table.OID).int("indnatts", int64(n+len(ix.Include))).int("indnkeyatts", int64(n)).
			bool("indisunique", ix.Unique).bool("indisclustered", ix.Clustered).bool("indisexclusion", ix.Excludes()).
			bool("indimmediate", !ix.Deferrable).bool("indnullsnotdistinct", ix.NullsNotDistinct).
			bool("indisprimary", ix.Primary).set("indkey", int2Vector(append(ix.attNums(), ix.Include...))).
			set("indcollation", oidVector(collations)).set("indclass", oidVector(classes)).
			set("indoption", int2Vector(options)).expressions(env, r.table, ix).end()
	}
}

// expressions sets what is left of a partial index, and of one with expressions.
func (w *rowWriter) expressions(env *VirtualEnv, t *Table, ix *Index) *rowWriter {
	var exprs []string
	for _, k := range ix.Keys {
		if k.Expr != "" {
			exprs = append(exprs, t.indexExpr(k.Expr, false, env.Views))
		}
	}
	if len(exprs) > 0 {
		w.str("indexprs", strings.Join(exprs, ", "))
	}
	if ix.Where != "" {
		w.str("indpred", t.indexExpr(ix.Where, false, env.Views))
	}
	return w
}

// typeOf is the type of a column, nil when there is none.
func (t *Table) typeOf(attNum int16) *datum.Type {
	if i := t.Ordinal(attNum); i >= 0 {
		return t.Columns[i].Type
	}
	return nil
}

// collationOf is pg_attribute.attcollation of a type's columns.
func collationOf(t *datum.Type) OID {
	if f := factOf(t); f != nil {
		return f.collation
	}
	return 0
}

func constraintRows(env *VirtualEnv, w *rowWriter) {
	w.zero("contypid", "conparentid", "confrelid", "coninhcount").yes("conislocal", "connoinherit").
		char("confupdtype", ' ').char("confdeltype", ' ').char("confmatchtype", ' ').keep()
	domainConstraintRows(env, w)
	for _, t := range env.Snapshot.userTables() {
		for _, c := range t.constraints() {
			w.oid("oid", c.oid).str("conname", c.name).oid("connamespace", t.Schema).char("contype", c.kind).
				oid("conrelid", t.OID).zero("conindid").
				set("conkey", datum.ArrayFrom(datum.Int2, int2Datums(c.attNums()))).bool("condeferrable", c.deferrable()).
				bool("condeferred", c.deferred()).bool("convalidated", c.validated())
			switch {
			case c.index != nil:
				w.oid("conindid", c.index.OID)
				if c.index.Excludes() {
					w.set("conexclop", datum.ArrayFrom(datum.Oid, oidDatums(c.index.Exclude)))
				}
			case c.foreign != nil:
				w.foreignKey(env.Snapshot, c.foreign)
			case c.trigger != nil:
				w.set("conkey", datum.Null)
			default:
				w.bool("connoinherit", c.check.NoInherit).str("conbin", c.checkExpr(false, env.Views))
			}
			w.end()
		}
	}
}
