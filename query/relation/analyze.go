package relation

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// Sizes of PostgreSQL's default_statistics_target of 100 (analyze.c): a sample of 300 times as many rows, as many common
// values and parts of the histogram. Values longer than widestValue are counted, and not kept.
const (
	statisticsTarget = 100
	sampleRows       = 300 * statisticsTarget
	samplePlaces     = sampleRows / 10
	widestValue      = 1024
)

// Analyze samples a table as a statement sees it.
func (s *Stmt) Analyze(ctx context.Context, t *catalog.Table) (*catalog.Statistics, error) {
	a := &analysis{stmt: s, table: t, rng: rand.New(rand.NewPCG(uint64(t.OID), 1))}
	for i := range t.Columns {
		if t.Columns[i].Type.Kind != datum.KindVector {
			a.ordinals = append(a.ordinals, i)
		}
	}
	if err := a.sample(ctx); err != nil {
		return nil, err
	}
	out := &catalog.Statistics{Rows: a.rows, Columns: map[int16]*catalog.ColumnStatistics{},
		Calibrations: map[int16]*catalog.Calibration{}}
	for i, o := range a.ordinals {
		if a.batch.Rows > 0 {
			out.Columns[t.Columns[o].AttNum] = a.column(a.batch.Cols[i])
		}
	}
	for i := range t.Columns {
		col := &t.Columns[i]
		if !isApart(col) {
			continue
		}
		c, err := a.calibrate(ctx, col)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out.Calibrations[col.AttNum] = c
		}
	}
	return out, nil
}

// analysis is one table's sample.
type analysis struct {
	stmt     *Stmt
	table    *catalog.Table
	rng      *rand.Rand
	ordinals []int
	rows     float64 // of the table
	batch    *datum.Batch
}

// sample reads the whole of a small table, and of a large one a few rows each at places drawn at random.
func (a *analysis) sample(ctx context.Context) error {
	a.rows = max(0, a.stmt.tx.db.TableRows(a.table)+float64(a.stmt.tx.state.counts[a.table.ID]))
	a.batch = datum.NewBatch(newTable(a.stmt, a.table).types(a.ordinals, false), 0)
	all := storage.RowRange(a.table.ID)
	if a.rows <= sampleRows {
		_, err := a.read(all, sampleRows)
		return err
	}
	it, err := a.stmt.view.Iter(all, true)
	if err != nil {
		return err
	}
	last := uint64(0)
	if it.Next() {
		last = storage.RowOf(it.Key())
	}
	if err := it.Close(); err != nil {
		return err
	}
	part := max(last/samplePlaces, 1)
	for at, i := uint64(0), uint64(0); i < samplePlaces; i++ { // no row twice: it would pass for two equal ones
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		at = max(at, i*part+a.rng.Uint64N(part))
		end, err := a.read(storage.Range{Low: storage.RowKey(a.table.ID, at), High: all.High}, sampleRows/samplePlaces)
		if err != nil {
			return err
		}
		at = max(at, end+1)
	}
	return nil
}

// read takes at most n rows of a range, and returns the last one's identity.
func (a *analysis) read(r storage.Range, n int) (last uint64, err error) {
	it, err := a.stmt.view.Iter(r, false)
	if err != nil {
		return 0, err
	}
	dec := newRowDecoder(a.table, a.ordinals)
	for ; n > 0 && it.Next(); n-- {
		if err := dec.decode(it.Value(), a.batch); err != nil {
			return last, errors.Join(err, it.Close())
		}
		a.batch.Rows++
		last = storage.RowOf(it.Key())
	}
	return last, errors.Join(it.Err(), it.Close())
}

// sampled is a value with its place in the sample.
type sampled struct {
	value datum.Datum
	at    int
}

// column is compute_scalar_stats.
func (a *analysis) column(v *datum.Vec) *catalog.ColumnStatistics {
	c := &catalog.ColumnStatistics{Type: v.Type}
	var values []sampled
	nulls, width := 0, 0
	var scratch []byte
	for i := range v.Len() {
		if v.IsNull(i) {
			nulls++
			continue
		}
		d := v.Get(i)
		n := int(v.Type.Len)
		if n <= 0 {
			scratch = datum.AppendValue(scratch[:0], v.Type, d)
			n = len(scratch)
		}
		if width += n; n <= widestValue {
			values = append(values, sampled{d, i})
		}
	}
	n := v.Len()
	c.NullFrac = float64(nulls) / float64(n)
	if n > nulls {
		c.Width = math.Trunc(float64(width) / float64(n-nulls))
	}
	if !datum.Comparable(v.Type) || v.Type == datum.AnyArray || len(values) == 0 {
		return c
	}
	slices.SortFunc(values, func(x, y sampled) int {
		if o := datum.Compare(v.Type, x.value, y.value); o != 0 {
			return o
		}
		return cmp.Compare(x.at, y.at)
	})
	a.summarise(c, values, float64(n-nulls))
	return c
}

// run is equal values in the sorted sample.
type run struct{ first, count int }

func (a *analysis) summarise(c *catalog.ColumnStatistics, values []sampled, present float64) {
	var runs []run
	for i := range values {
		if i > 0 && datum.Compare(c.Type, values[i].value, values[i-1].value) == 0 {
			runs[len(runs)-1].count++
		} else {
			runs = append(runs, run{i, 1})
		}
	}
	once := 0
	for _, r := range runs {
		if r.count == 1 {
			once++
		}
	}
	c.Distinct = a.distinct(float64(len(runs)), float64(once), float64(len(values)), c.NullFrac)
	common := a.common(runs, once, len(values), c.Distinct)
	isCommon := make(map[int]bool, len(common))
	for _, r := range common {
		c.Common = append(c.Common, values[r.first].value)
		c.Frequencies = append(c.Frequencies, float64(r.count)/float64(len(values))*present/float64(a.batch.Rows))
		isCommon[r.first] = true
	}
	c.Histogram = histogram(values, runs, isCommon)
	c.Correlation = correlation(values)
}

// distinct estimates the table's distinct values (Haas and Stokes, in analyze.c: n*d / (n - f1 + f1*n/N)).
func (a *analysis) distinct(found, once, n, nullFrac float64) float64 {
	total := a.rows * (1 - nullFrac)
	switch {
	case once == 0 || n >= total:
	case once == found:
		return -(1 - nullFrac) // every value is taken to be unique
	default:
		found = min(max(n*found/(n-once+once*n/total), found), total)
	}
	if found > 0.1*a.rows {
		return -found / max(a.rows, 1)
	}
	return math.Round(found)
}

// common picks the values that are worth a place: all when there are few, else those a quarter more frequent than the
// average.
func (a *analysis) common(runs []run, once, n int, distinct float64) []run {
	list := slices.Clone(runs)
	slices.SortStableFunc(list, func(x, y run) int { return y.count - x.count })
	if len(list) <= statisticsTarget && once == 0 && distinct > 0 {
		return list
	}
	least := max(2, 1.25*float64(n)/float64(len(runs)))
	for i, r := range list {
		if i == statisticsTarget || float64(r.count) < least {
			return list[:i]
		}
	}
	return list
}

// histogram divides the values that are not common.
func histogram(values []sampled, runs []run, isCommon map[int]bool) []datum.Datum {
	var rest []datum.Datum
	distinct := 0
	for _, r := range runs {
		if isCommon[r.first] {
			continue
		}
		distinct++
		for i := range r.count {
			rest = append(rest, values[r.first+i].value)
		}
	}
	bounds := min(distinct, statisticsTarget+1)
	if bounds < 2 {
		return nil
	}
	out := make([]datum.Datum, bounds)
	for i := range out {
		out[i] = rest[i*(len(rest)-1)/(bounds-1)]
	}
	return out
}

// correlation of places in the sorted sample and in the table.
func correlation(values []sampled) float64 {
	n := float64(len(values))
	if n < 2 {
		return 1
	}
	byPlace := slices.Clone(values)
	slices.SortFunc(byPlace, func(x, y sampled) int { return cmp.Compare(x.at, y.at) })
	rank := make(map[int]float64, len(values))
	for i, v := range byPlace {
		rank[v.at] = float64(i)
	}
	var products float64
	for i, v := range values {
		products += float64(i) * rank[v.at]
	}
	mean, squares := (n-1)/2, n*(n-1)*(2*n-1)/6
	return (products - n*mean*mean) / (squares - n*mean*mean)
}
