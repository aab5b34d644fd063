package plan

import "math"

// planFilter chooses by cost how a vector search meets its filter: which rows pass is found first, from the whole table or
// by a scalar index, and the search ranks among them; or some more of the nearest rows than wanted are looked at one by one.
// The latter costs less where most rows pass, or where the one row that does not is named by its key (id <> 42).
func (o *optimizer) planFilter(v *VectorSearch) {
	if v.Filter == nil || v.FilterIndex != nil {
		return
	}
	scan := &Scan{Table: v.Table, Ordinals: v.Ordinals, Filter: v.Filter, TableRows: o.cat.TableRows(v.Table),
		Stats: o.cat.Statistics(v.Table.OID)}
	scan.Cols = v.Cols[:len(v.Ordinals)]
	v.Share = selectivity(v.Filter, scanFacts(scan))
	known := scan.Stats != nil || exceptKeys(v)
	narrow := *scan
	narrow.Ordinals = nil
	for _, c := range columnsOf(v.Filter) {
		narrow.Ordinals = append(narrow.Ordinals, v.Ordinals[c])
	}
	var first Estimate
	if r, used := o.bestIndex(scan); r != nil && r.Search == nil && len(without(conjuncts(scan.Filter), used)) == 0 {
		v.FilterIndex, v.FilterCovered = r, true
		first.Total = scan.TableRows * v.Share * cpuIndexTupleCost // its entries alone
	} else if o.useIndex(scan); scan.Index != nil {
		v.FilterIndex = scan.Index
		estimateScan(scan, &first)
	} else {
		first.Total = scanCost(&narrow)
	}
	if v.K == nil || v.Unordered || !known || volatile(v.Filter) {
		return
	}
	k, ok := constCount(v.K)
	if !ok {
		k = 10
	}
	quals := float64(len(conjuncts(v.Filter)))
	if scan.Index == nil && !exceptKeys(v) {
		first.Total /= columnScans
	}
	v.FilterAfter = v.Candidates(k)*(fetchCost+quals*cpuOperatorCost) < first.Total
}

// columnScans is how much less than its estimate it costs to hold a filter against a whole table, next to fetching
// candidates: its columns lie in the cache of package relation. 100,000 rows take 0.7 ms, a candidate 6 to 26 µs
// (2026-11-30), where the estimates are 1,250 and 0.4.
const columnScans = 30

// fetchCost is that of one of the rows that a search found.
const fetchCost = randomPageCost/10 + cpuTupleCost

// scanCost is that of reading the columns of a filter.
func scanCost(x *Scan) float64 {
	rows := math.Max(x.TableRows, 1)
	return rows*(cpuTupleCost+float64(len(conjuncts(x.Filter)))*cpuOperatorCost) +
		math.Ceil(rows*float64(rowWidthOf(x.Table, x.Ordinals))/pageBytes)
}

// Candidates is how many rows are searched for so that k of them most likely pass the filter.
func (v *VectorSearch) Candidates(k float64) float64 {
	if v.Share <= 0 {
		return math.Inf(1)
	}
	return math.Ceil(k/v.Share*1.3) + 8
}

// exceptKeys says whether a filter only leaves out rows that it names by a unique column: key <> value.
func exceptKeys(v *VectorSearch) bool {
	for _, c := range conjuncts(v.Filter) {
		call, ok := c.(*Call)
		if !ok || call.Op != "<>" || len(call.Args) != 2 {
			return false
		}
		col, ok := stripCast(call.Args[0]).(*Col)
		other := call.Args[1]
		if !ok {
			col, ok = stripCast(call.Args[1]).(*Col)
			other = call.Args[0]
		}
		if !ok || !freeOfColumns(other) || col.Index >= len(v.Ordinals) ||
			!isUniqueColumn(v.Table, v.Table.Columns[v.Ordinals[col.Index]].AttNum) {
			return false
		}
	}
	return true
}
