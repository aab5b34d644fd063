package bench

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// timings are the durations of one way to do a thing. The first tenth warms up and does not count.
type timings struct{ all []time.Duration }

func (t *timings) time(f func() error) error {
	start := time.Now()
	err := f()
	t.all = append(t.all, time.Since(start))
	return err
}

// quantile is over the counted ones.
func (t *timings) quantile(q float64) time.Duration {
	counted := slices.Clone(t.all[len(t.all)/10:])
	slices.Sort(counted)
	return counted[int(q*float64(len(counted)-1))]
}

// timed is a row of a table.
type timed struct {
	name string
	t    *timings
}

// table prints quantiles, with ratios to the last row.
func table(out io.Writer, rows []timed) {
	rival := rows[len(rows)-1].t.quantile(0.5)
	fmt.Fprintf(out, "  %-34s %10s %10s %14s\n", "", "p50", "p99", "p50 / rival")
	for _, r := range rows {
		p50 := r.t.quantile(0.5)
		fmt.Fprintf(out, "  %-34s %10s %10s %14.2f\n", r.name, p50.Round(100*time.Nanosecond),
			r.t.quantile(0.99).Round(100*time.Nanosecond), float64(p50)/float64(rival))
	}
}
