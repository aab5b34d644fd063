package builtin

import (
	"context"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// RecallMeasurer is a Session that can compare a vector index's answers with the exact ones.
type RecallMeasurer interface {
	// MeasureRecall asks an index for the k nearest of so many of its rows, exactly and at the session's segue.recall.
	MeasureRecall(ctx context.Context, index string, queries, k int) (RecallRow, error)
}

// RecallRow is a row of segue_recall. Recall is the mean share of the true rows found, Worst the least of any query; times
// are of a query, on average.
type RecallRow struct {
	Queries, K, ExactAnswers                      int
	Target, Recall, Worst, ExactMS, ApproximateMS float64
}

// maxRecallRows bounds what segue_recall does, in queries and in rows of a query.
const maxRecallRows = 10_000

// segueRecall is segue_recall(index, queries, k).
func segueRecall(env *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	m, ok := env.Session.(RecallMeasurer)
	if !ok {
		return sqlstate.New(sqlstate.FeatureNotSupported, "segue_recall is not supported here")
	}
	queries, k := a[1].Int(), a[2].Int()
	for _, n := range []struct {
		name  string
		value int64
	}{{"queries", queries}, {"k", k}} {
		if n.value < 1 || n.value > maxRecallRows {
			return sqlstate.New(sqlstate.InvalidParameterValue, "%s must be between 1 and %d", n.name, maxRecallRows)
		}
	}
	r, err := m.MeasureRecall(env.Ctx, a[0].Str(), int(queries), int(k))
	if err != nil {
		return err
	}
	return emit([]datum.Datum{
		datum.NewInt(int64(r.Queries)), datum.NewInt(int64(r.K)), datum.NewFloat(r.Target), datum.NewFloat(r.Recall),
		datum.NewFloat(r.Worst), datum.NewInt(int64(r.ExactAnswers)), datum.NewFloat(r.ExactMS), datum.NewFloat(r.ApproximateMS),
	})
}
