package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// indexOnly lets the scans of an index that read columns of its keys alone leave out the rows: entries are versions of
// their own, so that none has to be asked whether it is seen. It comes when it is settled what a scan reads.
func (o *optimizer) indexOnly(n Node) Node {
	mapInputs(n, o.indexOnly)
	if scan, ok := n.(*Scan); ok {
		scan.IndexOnly = scan.Index != nil && o.readsKeys(scan, scan.Index)
	}
	return n
}

// readsKeys says whether the keys of an index have all that a scan by it reads, as it was written. A row that is to be
// changed is fetched in any case.
func (o *optimizer) readsKeys(x *Scan, r *IndexRange) bool {
	if r.Index.Method != "btree" || !o.allows("indexonlyscan") || x.RowID || x.Mark != 0 || x.CurrentOf != "" {
		return false
	}
	for _, ord := range x.Ordinals {
		col := &x.Table.Columns[ord]
		if !datum.KeyHoldsValue(col.Type) || !slices.ContainsFunc(r.Index.Keys, func(k catalog.KeyPart) bool {
			return k.Expr == "" && k.AttNum == col.AttNum
		}) {
			return false
		}
	}
	return true
}
