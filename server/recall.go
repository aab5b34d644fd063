package server

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// MeasureRecall implements builtin.RecallMeasurer. Who may read the table may ask.
func (s *Session) MeasureRecall(ctx context.Context, name string, queries, k int) (builtin.RecallRow, error) {
	t, ix, err := s.vectorIndexNamed(name)
	if err != nil {
		return builtin.RecallRow{}, err
	}
	snap := s.Snapshot()
	if role := s.Info().Role; snap.Held(role, catalog.ObjectTable, t.OID, catalog.PrivSelect) == 0 {
		return builtin.RecallRow{}, sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied for table %s", t.Name)
	}
	target, err := strconv.ParseFloat(s.settings.get("segue.recall"), 64)
	if err != nil {
		return builtin.RecallRow{}, invalidValue("segue.recall", s.settings.get("segue.recall"))
	}
	q := relation.RecallQuestion{Metric: metricOf(ix), Recall: target, Queries: queries, K: k}
	for name, to := range map[string]*int{"faiss.nprobe": &q.Tuning.NProbe, "faiss.efSearch": &q.Tuning.EfSearch} {
		*to, _ = strconv.Atoi(s.settings.get(name)) // checked when it was set
	}
	r, err := s.engine.db.MeasureRecall(ctx, t, ix, q)
	if err != nil {
		return builtin.RecallRow{}, err
	}
	each := func(d time.Duration) float64 {
		return float64(d) / float64(time.Millisecond) / float64(max(r.Queries, 1))
	}
	return builtin.RecallRow{Queries: r.Queries, K: r.K, Target: target, Recall: r.Recall, Worst: r.Worst,
		ExactAnswers: r.Exact, ExactMS: each(r.ExactTime), ApproximateMS: each(r.ApproximateTime)}, nil
}

// vectorIndexNamed finds a vector index by its name, perhaps with its schema's: one that was created, or the operator's own.
func (s *Session) vectorIndexNamed(name string) (*catalog.Table, *catalog.Index, error) {
	snap := s.Snapshot()
	for _, t := range snap.Tables() {
		for i := range t.Indexes {
			ix := &t.Indexes[i]
			if sc := snap.SchemaByOID(t.Schema); ix.Name != name && (sc == nil || sc.Name+"."+ix.Name != name) {
				continue
			}
			if ix.KeepsVectors() {
				return t, ix, nil
			}
			if len(ix.Keys) != 1 || ix.Keys[0].AttNum == 0 || t.VectorIndex(ix.Keys[0].AttNum) == nil || ix.Where != "" || !ix.Implicit &&
				ix.Method != "hnsw" && ix.Method != "ivfflat" && ix.Method != "faiss" {
				return nil, nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not an index that serves vector searches", name)
			}
			return t, ix, nil
		}
	}
	return nil, nil, sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", name)
}

// metricOf is the distance that an index's operator class, or its option, names; the operator's own serves all, and is asked
// for the cosine.
func metricOf(ix *catalog.Index) plan.Metric {
	switch {
	case slices.Contains(ix.Options, "metric=l2"):
		return plan.L2
	case slices.Contains(ix.Options, "metric=ip"):
		return plan.NegInner
	}
	switch class := ix.Keys[0].OpClass; {
	case strings.HasSuffix(class, "_l2_ops"):
		return plan.L2
	case strings.HasSuffix(class, "_ip_ops"):
		return plan.NegInner
	case strings.HasSuffix(class, "_l1_ops"):
		return plan.L1
	}
	return plan.Cosine
}

var _ builtin.RecallMeasurer = (*Session)(nil)
