package catalog

import "github.com/seguedb/segue/query/datum"

// SequenceTable is a sequence seen as a relation, SELECT last_value FROM seq: a virtual table of one
// row, with the sequence's OID.
func SequenceTable(q *Sequence) *Table {
	t := &Table{OID: q.OID, Schema: q.Schema, Name: q.Name, Columns: sequenceColumns,
		NextAttNum: int16(len(sequenceColumns) + 1), Virtual: &Virtual{Kind: KindSequence}}
	t.Virtual.Rows = func(env *VirtualEnv, emit func(row []datum.Datum)) {
		w := newRowWriter(t, emit).int("last_value", q.Start).int("log_cnt", 0).bool("is_called", false)
		if v := env.liveByOID(LiveSequenceValues)[q.OID]; v != nil {
			w.set("last_value", v[0]).set("is_called", v[1])
		}
		w.end()
	}
	return t
}
