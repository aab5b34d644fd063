package relation

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// createSegments makes a table's segment table, and ties the two together. It returns the table's descriptor, which is
// another one then.
func (s *Stmt) createSegments(t, def *catalog.Table) (*catalog.Table, error) {
	return s.tieSegments(t, def, func(tied *catalog.Table, seg catalog.OID) { tied.Segments = seg })
}

// AddGeneration gives a table's definition a generation, with a table for its segments where def is one.
func (s *Stmt) AddGeneration(ctx context.Context, old, changed, def *catalog.Table) error {
	if err := s.PutGenerations(ctx, old, changed); err != nil || def == nil {
		return err
	}
	_, err := s.tieSegments(s.catalog.TableByOID(old.OID), def, func(tied *catalog.Table, seg catalog.OID) {
		tied.Generations = slices.Clone(tied.Generations)
		tied.Generations[len(tied.Generations)-1].Segments = seg
	})
	return err
}

// tieSegments makes a segment table, and has tie write its number into its table's definition.
func (s *Stmt) tieSegments(t, def *catalog.Table, tie func(tied *catalog.Table, seg catalog.OID)) (*catalog.Table, error) {
	seg := *def
	seg.OID, seg.ID, seg.SegmentsOf = s.newOID(), s.newID(), t.OID
	seg.Name = s.freeName(seg.Schema, seg.Name)
	seg.Columns, seg.Indexes = slices.Clone(seg.Columns), slices.Clone(seg.Indexes)
	for i := range seg.Indexes {
		s.numberIndex(&seg.Indexes[i])
		seg.Indexes[i].Name = s.freeName(seg.Schema, seg.Indexes[i].Name)
	}
	seg.ForeignKeys = slices.Clone(seg.ForeignKeys)
	seg.ForeignKeys[0].RefTable = t.OID
	tied := *t
	tie(&tied, seg.OID)
	if err := put(s, &tied); err != nil {
		return nil, err
	}
	if err := s.numberReferences(&seg); err != nil {
		return nil, err
	}
	if err := put(s, &seg); err != nil {
		return nil, err
	}
	return s.catalog.TableByOID(t.OID), nil
}

// swapSegments gives the segments that a table keeps now the names of those that it kept before, and those theirs.
func (s *Stmt) swapSegments(ctx context.Context, old, changed *catalog.Table) error {
	if old.Segments == changed.Segments {
		return nil
	}
	was, is := s.catalog.TableByOID(old.Segments), s.catalog.TableByOID(changed.Segments)
	if was == nil || is == nil {
		return nil
	}
	for _, seg := range []*catalog.Table{was, is} {
		if err := s.HoldDefinition(ctx, seg); err != nil {
			return err
		}
	}
	first, second := named(was, is), named(is, was)
	if err := errors.Join(put(s, first), put(s, second)); err != nil {
		return err
	}
	return s.repointViews(ctx, was, is)
}

// repointViews has the views of two segment tables, whose names were swapped, read what has the name that they read before.
func (s *Stmt) repointViews(ctx context.Context, was, is *catalog.Table) error {
	to := map[catalog.OID]catalog.OID{was.OID: is.OID, is.OID: was.OID}
	dims := func(t *catalog.Table) int { return int(t.Columns[catalog.SegmentVector].Typmod) }
	if bad := append(s.catalog.SegmentViews(was, dims(is)), s.catalog.SegmentViews(is, dims(was))...); len(bad) > 0 {
		return sqlstate.New(sqlstate.DependentObjectsStillExist, "view %s reads vectors of segments that get other dimensions", bad[0].Name)
	}
	views := s.catalog.ViewsOn(was.OID, 0)
	for _, view := range s.catalog.ViewsOn(is.OID, 0) {
		if !slices.Contains(views, view) {
			views = append(views, view)
		}
	}
	for _, view := range views {
		if err := s.HoldDefinition(ctx, view); err != nil {
			return err
		}
		moved, err := plan.Repointed(view.View, to)
		if err != nil {
			return err
		}
		fresh := *view
		fresh.View = moved
		if err := put(s, &fresh); err != nil {
			return err
		}
	}
	return nil
}

// named is a segment table with the names of another one.
func named(seg, as *catalog.Table) *catalog.Table {
	out := *seg
	out.Name = as.Name
	out.Indexes, out.ForeignKeys = slices.Clone(seg.Indexes), slices.Clone(seg.ForeignKeys)
	for i := range out.Indexes {
		out.Indexes[i].Name = as.Indexes[i].Name
	}
	for i := range out.ForeignKeys {
		out.ForeignKeys[i].Name = as.ForeignKeys[i].Name
	}
	return &out
}

// forgetSegments tells a table that stays that its segments go.
func (s *Stmt) forgetSegments(seg *catalog.Table) error {
	owner := s.catalog.TableByOID(seg.SegmentsOf)
	if owner == nil || owner.Segments != seg.OID {
		return nil
	}
	fresh := *owner
	fresh.Segments = 0
	fresh.Options = slices.DeleteFunc(slices.Clone(owner.Options), func(o string) bool {
		return strings.HasPrefix(o, catalog.SegmentsOption+"=")
	})
	return put(s, &fresh)
}
