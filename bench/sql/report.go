package main

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// report prints figures as they come.
type report struct {
	out      io.Writer
	failures int
}

// failed prints why there is no figure, and goes on with the others.
func (r *report) failed(name string, err error) {
	r.failures++
	fmt.Fprintf(r.out, "  %-42s %s\n", name, err)
}

func (r *report) heading(p *pair) {
	fmt.Fprintf(r.out, "%-44s %12s %12s %8s %8s %22s\n", "", p.segue.Name, p.postgres.Name, "ratio", "at least", "CPU a call, ratio")
}

// section titles the lines that follow.
func (r *report) section(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// rate prints two throughputs; the ratio is ours to theirs.
func (r *report) rate(name, unit string, ours, theirs, bar float64) {
	fmt.Fprintf(r.out, "  %-42s %12s %12s %8.2f %8s\n", name, count(ours)+unit, count(theirs)+unit, ours/theirs, barText(bar))
}

// race prints two paces: the rates and their ratio as rate does, and the processor time of a call, theirs to ours.
func (r *report) race(name string, ours, theirs pace, bar float64) {
	fmt.Fprintf(r.out, "  %-42s %12s %12s %8.2f %8s %7.1f %6.1fµs %6.2f\n", name, count(ours.rate), count(theirs.rate),
		ours.rate/theirs.rate, barText(bar), ours.cpu/1e3, theirs.cpu/1e3, theirs.cpu/ours.cpu)
}

// duration prints two times; the ratio is theirs to ours, so that more is better here as well.
func (r *report) duration(name string, ours, theirs time.Duration, bar float64) {
	fmt.Fprintf(r.out, "  %-42s %12s %12s %8.2f %8s\n", name, ours.Round(10*time.Microsecond), theirs.Round(10*time.Microsecond),
		float64(theirs)/float64(ours), barText(bar))
}

// size prints two amounts of memory.
func (r *report) size(name string, ours, theirs int64) {
	fmt.Fprintf(r.out, "  %-42s %12s %12s %8.2f\n", name, mib(ours), mib(theirs), float64(theirs)/float64(ours))
}

func barText(bar float64) string {
	if bar == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", bar)
}

func count(f float64) string { return fmt.Sprintf("%.0f", f) }

func mib(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }

func median[T int64 | float64 | time.Duration](all []T) T {
	s := slices.Clone(all)
	slices.Sort(s)
	return s[len(s)/2]
}
