package main

import (
	"fmt"
	"time"
)

// maxNamed is how many paths a report lists of a kind.
const maxNamed = 50

// statusError ends the command with a status of its own, after everything was said.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("status %d", int(s)) }

// report says what the run has done, whatever ended it.
func (r *ingestion) report(took time.Duration, err error) {
	if r.o.quiet {
		r.reportRejects()
		return
	}
	fmt.Fprintf(r.out, "%d added, %d changed, %d unchanged", r.added, r.changed, r.same+r.touched)
	if r.touched > 0 {
		fmt.Fprintf(r.out, " (%d of them read again)", r.touched)
	}
	fmt.Fprintf(r.out, " of %d %s, %.1f MB, in %s", r.files, plural(r.files, "file"), float64(r.bytes)/1e6, took.Round(10*time.Millisecond))
	if working := time.Since(r.started).Seconds(); r.doneFiles > 0 && working > 0 {
		fmt.Fprintf(r.out, ": %.1f files/s", float64(r.doneFiles)/working)
		if r.seconds > 0 {
			fmt.Fprintf(r.out, ", %.0f × real time", r.seconds/working)
		}
	}
	fmt.Fprintln(r.out)
	if err != nil {
		fmt.Fprintln(r.out, "not finished: the same command goes on from here")
	}
	r.reportVanished()
	r.reportRejects()
}

func (r *ingestion) reportVanished() {
	switch n := len(r.vanished); {
	case n == 0:
		return
	case r.o.deleteVanished:
		fmt.Fprintf(r.out, "%d vanished, %d deleted:\n", n, r.deleted)
	default:
		fmt.Fprintf(r.out, "%d vanished, and still in the table (--delete-vanished deletes them):\n", n)
	}
	for i, path := range r.vanished {
		if i == maxNamed {
			fmt.Fprintf(r.out, "  and %d more\n", len(r.vanished)-i)
			return
		}
		fmt.Fprintf(r.out, "  %s\n", path)
	}
}

func (r *ingestion) reportRejects() {
	if len(r.rejects) == 0 {
		return
	}
	fmt.Fprintf(r.out, "%d left out (files are in segue_rejects, too):\n", len(r.rejects))
	for i, x := range r.rejects {
		if i == maxNamed {
			fmt.Fprintf(r.out, "  and %d more\n", len(r.rejects)-i)
			return
		}
		fmt.Fprintf(r.out, "  %s: %s (SQLSTATE %s)\n", x.path, x.message, x.code)
	}
}
