package main

import (
	"fmt"
	"io"
	"slices"
)

// report prints figures as they come.
type report struct{ out io.Writer }

// section titles the lines that follow.
func (r *report) section(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// raceHeadings names the columns of race.
func (r *report) raceHeadings() {
	fmt.Fprintf(r.out, "  %-27s %12s %8s   %16s %8s  %8s   %s\n",
		"", "audio s / s", "ratio", "audio s / core-s", "ratio", "cosine", "at least")
}

// race prints a graph's turns, with the median of their ratios to the plain graph's turn of the same round, by the clock
// and by processor time. The bar is for the ratio by the clock where the machine is ours alone; on a busy one, where
// processor time alone says something, reaching it there is enough.
func (r *report) race(v variant, turns, plain []cost, cosine float64) {
	var rate, cpuRate, ratio, cpuRatio []float64
	for i, t := range turns {
		rate, cpuRate = append(rate, t.perSecond()), append(cpuRate, t.perCoreSecond())
		ratio = append(ratio, t.perSecond()/plain[i].perSecond())
		cpuRatio = append(cpuRatio, t.perCoreSecond()/plain[i].perCoreSecond())
	}
	verdict := ""
	if v.bar > 0 {
		verdict = fmt.Sprintf("%.1f", v.bar)
		if max(median(ratio), median(cpuRatio)) < v.bar {
			verdict += "  misses"
		}
	}
	fmt.Fprintf(r.out, "  %-27s %12.1f %8.2f   %16.2f %8.2f  %8.5f   %s\n", v.name, median(rate), median(ratio),
		median(cpuRate), median(cpuRatio), cosine, verdict)
}

// line prints one figure beside what it has to be: at most the bar, or at least it.
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
	fmt.Fprintf(r.out, "  %-52s %12s   %s\n", name, figure, text)
}

func mib(n int64) string { return fmt.Sprintf("%d", n>>20) }

func median(all []float64) float64 {
	s := slices.Clone(all)
	slices.Sort(s)
	return s[len(s)/2]
}
