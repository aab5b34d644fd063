package catalog

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/datum"
)

// Segments. A table whose storage parameter segments is on has a table beside it, which holds the window embeddings that
// its rows' embedding was pooled from:
//
//	tracks  id … emb                    Segments ──▶ tracks_segments
//	tracks_segments  track from_s to_s emb           SegmentsOf ──▶ tracks, SegmentsColumn ──▶ its emb
//
// Statements write to it only by writing to the table that it belongs to. A foreign key takes its rows away.

// SegmentsOption is the storage parameter: on, off, or the column whose segments are kept.
const SegmentsOption = "segments"

// WantsSegments says whether the storage parameter asks for segments, and of which column: "" leaves that to the table.
func (t *Table) WantsSegments() (column string, on bool) {
	for _, o := range t.Options {
		value, ok := strings.CutPrefix(o, SegmentsOption+"=")
		if !ok {
			continue
		}
		switch strings.ToLower(value) {
		case "on", "true", "yes", "1":
			column, on = "", true
		case "off", "false", "no", "0":
			column, on = "", false
		default:
			column, on = value, true
		}
	}
	return column, on
}

// Columns of a segment table, by ordinal.
const (
	SegmentTrack = iota
	SegmentFrom
	SegmentTo
	SegmentVector
)

// SegmentViews lists the views that cannot read another segment table, whose vectors have so many dimensions, in the place of
// this one: those that show its vectors where it has others, and those that show its rows as values, which are of its own type.
func (s *Snapshot) SegmentViews(kept *Table, dim int) []*Table {
	was := kept.Columns[SegmentVector].Typmod
	return slices.DeleteFunc(s.ViewsOn(kept.OID, 0), func(view *Table) bool {
		return !slices.ContainsFunc(view.Columns, func(c Column) bool {
			vector := c.Type == datum.Halfvec || c.Type == datum.Vector
			return c.Type.Relation == kept.OID || vector && c.Typmod == was && int(was) != dim
		})
	})
}

// segmentDependencies tie a view that reads segments to the primary key that those have: a dump makes the view after it.
func (s *Snapshot) segmentDependencies(view *Table) []dependency {
	var out []dependency
	for _, u := range view.View.Uses {
		kept := s.TableByOID(u.Relation)
		if kept == nil || kept.SegmentsOf == 0 {
			continue
		}
		if of := s.TableByOID(kept.SegmentsOf); of != nil && of.PrimaryKey() != nil {
			out = append(out, dependency{object{rewriteClassOID, ruleOID(view.OID), 0},
				object{constraintClassOID, of.PrimaryKey().Constraint, 0}, 'n'})
		}
	}
	return out
}
