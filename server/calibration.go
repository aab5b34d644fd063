package server

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/sqlstate"
)

// Calibration implements builtin.Calibrator: 55000 for a column that ANALYZE has found nothing out about, or not as it is now.
func (s *Session) Calibration(table catalog.OID, attNum int16) (*catalog.Calibration, error) {
	t := s.Snapshot().TableByOID(table)
	if t == nil || t.Ordinal(attNum) < 0 {
		return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %d of relation %d does not exist", attNum, table)
	}
	col := &t.Columns[t.Ordinal(attNum)]
	c, err := s.engine.db.Calibration(t, col)
	if err != nil || c != nil {
		return c, err
	}
	return nil, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q has no similarity statistics",
		col.Name, t.Name).WithHint("Run ANALYZE on the table when it has vectors, all of the same model and dimensions.")
}

// calibrationRows are segue_vector_stats: of the columns that the user may read.
func (s *Session) calibrationRows(view *catalog.Table) [][]datum.Datum {
	var out [][]datum.Datum
	snap := s.Snapshot()
	for _, t := range snap.Tables() {
		schema := snap.SchemaByOID(t.Schema)
		if t.Virtual != nil || schema == nil ||
			snap.Held(s.info.Role, catalog.ObjectTable, t.OID, catalog.PrivSelect) == 0 {
			continue
		}
		for i := range t.Columns {
			col := &t.Columns[i]
			if col.Type.Kind != datum.KindVector {
				continue
			}
			c, err := s.engine.db.Calibration(t, col)
			if err != nil || c == nil {
				continue
			}
			row := map[string]datum.Datum{"schemaname": datum.NewString(schema.Name), "tablename": datum.NewString(t.Name),
				"attname": datum.NewString(col.Name), "dimensions": datum.NewInt(int64(c.Dims)),
				"sampled": datum.NewInt(int64(len(c.Sample)))}
			for name, f := range map[string]float64{"vectors": c.Vectors, "mean_similarity": c.Mean, "stddev_similarity": c.Deviation,
				"neighbour_similarity": c.Neighbour, "neighbour_similarity_floor": c.Floor, "hub_skew": c.Skew[0],
				"hub_skew_corrected": c.Skew[1], "anti_hubs": c.AntiHubs[0], "anti_hubs_corrected": c.AntiHubs[1]} {
				row[name] = datum.NewFloat(f)
			}
			out = append(out, asRow(view, row))
		}
	}
	return out
}

var _ builtin.Calibrator = (*Session)(nil)
