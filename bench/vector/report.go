package main

import (
	"fmt"
	"io"
	"time"
)

// report prints figures as they come.
type report struct{ out io.Writer }

// section titles the lines that follow.
func (r *report) section(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// headings names the columns of race.
func (r *report) headings() {
	fmt.Fprintf(r.out, "  %-27s %9s %8s %8s %6s %7s %8s  %9s %8s %8s %6s  %6s %6s %8s\n",
		"", "q/s", "CPU", "p50", "recall", "build", "memory", "Segue q/s", "CPU", "p50", "recall", "CPU ×", "q/s ×", "at least")
}

// race prints a peer beside us; the ratios are theirs to ours of processor time a query, and ours to theirs of queries a
// second. A bar is missed when processor time misses it: the clock depends on who else is at the machine.
func (r *report) race(name string, ours, theirs figures, b built, memory int64, bar float64) {
	ratio := float64(theirs.cpu) / float64(ours.cpu)
	fmt.Fprintf(r.out, "  %-27s %9s %8s %8s %6.3f %7s %8s  %9s %8s %8s %6.3f  %6.2f %6.2f %s\n", name, count(theirs.qps),
		short(theirs.cpu), short(theirs.p50), theirs.recall, seconds(b.took), mib(memory), count(ours.qps), short(ours.cpu),
		short(ours.p50), ours.recall, ratio, ours.qps/theirs.qps, verdict(ratio, bar))
}

// line prints one figure of ours beside what it has to be: at most the bar, or at least it.
func (r *report) line(name, figure string, value, bar float64, most bool) {
	text := ""
	if bar > 0 {
		text = fmt.Sprintf("at least %g", bar)
		if most {
			text = fmt.Sprintf("at most %g", bar)
		}
		if most && value > bar || !most && value < bar {
			text += "   misses"
		}
	}
	fmt.Fprintf(r.out, "  %-52s %14s   %s\n", name, figure, text)
}

// failed prints why there is no figure, and goes on with the others.
func (r *report) failed(name string, err error) { fmt.Fprintf(r.out, "  %-27s %s\n", name, err) }

func verdict(ratio, bar float64) string {
	switch {
	case bar == 0:
		return ""
	case ratio < bar:
		return fmt.Sprintf("%8.1f  misses", bar)
	}
	return fmt.Sprintf("%8.1f", bar)
}

func count(f float64) string {
	if f < 100 {
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.0f", f)
}

// short is a duration in three digits.
func short(d time.Duration) string {
	switch {
	case d < 100*time.Microsecond:
		return fmt.Sprintf("%.1fµs", float64(d)/1e3)
	case d < time.Millisecond:
		return fmt.Sprintf("%.0fµs", float64(d)/1e3)
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.2fms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.0fms", float64(d)/1e6)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1fs", d.Seconds()) }

func mib(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
