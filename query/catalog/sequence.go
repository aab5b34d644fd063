package catalog

// SequenceOf finds the sequence that a serial or identity column owns, for pg_get_serial_sequence;
// nil when the column owns none.
func SequenceOf(snap *Snapshot, table OID, attNum int16) *Sequence {
	if t := snap.TableByOID(table); t != nil {
		if i := t.Ordinal(attNum); i >= 0 && t.Columns[i].Sequence != 0 {
			if q := snap.SequenceByOID(t.Columns[i].Sequence); q != nil && q.OwnerTable == table {
				return q
			}
		}
	}
	for _, q := range snap.Sequences() {
		if q.OwnerTable == table && q.OwnerAttNum == attNum && attNum != 0 {
			return q
		}
	}
	return nil
}

// isIdentity says whether the sequence is behind an identity column.
func (q *Sequence) isIdentity(snap *Snapshot) bool {
	t := snap.TableByOID(q.OwnerTable)
	if t == nil {
		return false
	}
	i := t.Ordinal(q.OwnerAttNum)
	return i >= 0 && t.Columns[i].Identity != 0
}
