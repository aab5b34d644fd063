package catalog

import "github.com/seguedb/segue/query/datum"

// liveByOID asks the server for rows that start with an OID, and returns the rest of each by it.
func (env *VirtualEnv) liveByOID(name string) map[OID][]datum.Datum {
	out := map[OID][]datum.Datum{}
	if env.Live == nil {
		return out
	}
	for _, row := range env.Live(name) {
		out[OID(row[0].Int())] = row[1:]
	}
	return out
}

// tableRows estimates every stored table's rows, as far as the server says.
func (env *VirtualEnv) tableRows() map[OID]float64 {
	out := map[OID]float64{}
	for oid, row := range env.liveByOID(LiveTableRows) {
		out[oid] = row[0].Float()
	}
	return out
}

// liveRows is for relations whose rows only the running server knows.
func liveRows(env *VirtualEnv, w *rowWriter) {
	if env.Live == nil {
		return
	}
	for _, row := range env.Live(w.table.Name) {
		copy(w.row, row)
		w.end()
	}
}
