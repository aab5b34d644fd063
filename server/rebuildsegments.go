package server

import (
	"context"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// withSegments finds where the generation's segments are kept.
func (w *rebuildWork) withSegments(snap *catalog.Snapshot, column *plan.Rebuilt) error {
	if column.Segments == nil {
		return nil
	}
	kept := snap.TableByOID(w.of.Segments)
	if kept == nil { // they are kept since it was begun
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "the rebuild was begun without segments, which table %q keeps now",
			w.table.Name).WithHint("Cancel it, and begin it again.")
	}
	segments := *column.Segments
	segments.Table = kept
	w.segments = &segments
	return nil
}

// keepSegments makes the segments of the rows at stored, whose vectors are those of the new model.
func (j *rebuild) keepSegments(ctx context.Context, s *relation.Stmt, w *rebuildWork, rows *datum.Batch, vectors *datum.Vec,
	stored []int,
) error {
	made := *rows
	made.Cols = slices.Clone(rows.Cols)
	made.Cols[w.segments.Column] = vectors
	env := exec.Env{Embedder: j.owner.engine.embedder, Session: w.session, Relations: s}
	return exec.KeepSegments(ctx, &env, w.segments, made.Gather(stored))
}
