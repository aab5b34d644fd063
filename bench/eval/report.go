package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// report is what a run found.
type report struct {
	options      options
	tracks       []track
	performances []performance
	results      []result
	took         time.Duration
}

// write prints the table, and writes it and the page.
func (r *report) write(to io.Writer) error {
	if err := os.MkdirAll(r.options.out, 0o755); err != nil {
		return err
	}
	table := r.markdown()
	if _, err := io.WriteString(to, table); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(r.options.out, "eval.md"), []byte(table), 0o644); err != nil {
		return err
	}
	page := filepath.Join(r.options.out, "eval.html")
	fmt.Fprintln(os.Stderr, "the page:", page)
	return os.WriteFile(page, []byte(r.page()), 0o644)
}

// what says what was measured, in one line.
func (r *report) what() string {
	var parts []string
	if len(r.tracks) > 0 {
		albums, artists := map[string]bool{}, map[string]bool{}
		for _, t := range r.tracks {
			albums[t.album], artists[t.artist] = true, true
		}
		heard := fmt.Sprintf("the first %g s of each", r.options.seconds)
		if r.options.seconds == 0 {
			heard = "all of each, excerpts too"
		}
		parts = append(parts, fmt.Sprintf("%d tracks of %d albums by %d artists (%s)", len(r.tracks), len(albums), len(artists), heard))
	}
	if len(r.performances) > 0 {
		parts = append(parts, fmt.Sprintf("%d synthesised performances of %d pieces in %d styles", len(r.performances),
			len(r.performances)/renderingsOfOne, len(styles)))
	}
	return strings.Join(parts, "; ")
}

// markdown is the table: a row a figure, a column a model.
func (r *report) markdown() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s. Means, with 90 %% bootstrap intervals in brackets. %s.\n\n", r.what(), r.took.Round(time.Second))
	out.WriteString("| |")
	for _, x := range r.results {
		out.WriteString(" " + x.model + " |")
	}
	out.WriteString("\n|---|" + strings.Repeat("---|", len(r.results)) + "\n")
	for _, line := range r.lines() {
		out.WriteString("| " + line.name + " |")
		for i := range r.results {
			out.WriteString(" " + line.cell(&r.results[i]) + " |")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// line is a row of the table.
type line struct {
	name string
	cell func(*result) string
}

func (r *report) lines() []line {
	var out []line
	of := func(name string, f func(*result) figure) {
		if slices.ContainsFunc(r.results, func(x result) bool { return f(&x).n > 0 }) {
			out = append(out, line{name, func(x *result) string { return f(x).String() }})
		}
	}
	of("same album, MAP", func(x *result) figure { return x.albumMAP })
	of("same album, R-precision", func(x *result) figure { return x.albumR })
	of("same album, MAP averaged over albums", func(x *result) figure { return x.albumMacro })
	of("same artist, MAP", func(x *result) figure { return x.artistMAP })
	of("same artist, R-precision", func(x *result) figure { return x.artistR })
	of("same artist, MAP averaged over artists", func(x *result) figure { return x.artistMacro })
	of("genre of the 10 nearest by others", func(x *result) figure { return x.genre })
	for _, n := range excerptSeconds {
		kind := fmt.Sprint(n, " s")
		of("track of an excerpt, MRR, "+kind, func(x *result) figure { return x.excerpts[kind] })
	}
	for _, d := range troubles {
		of("… 5 s, "+d.name, func(x *result) figure { return x.excerpts[d.name] })
	}
	of("… 5 s, of what the library heard", func(x *result) figure { return x.excerpts[heardExcerpt] })
	of("… 5 s, of what the library heard, together", func(x *result) figure { return x.excerpts[heardTogether] })
	of("other rendering of a synthesised piece, MRR", func(x *result) figure { return x.rendering })
	of("synthesised, same artist, MAP", func(x *result) figure { return x.artistSynth })
	of("synthesised, style of the 10 nearest by others", func(x *result) figure { return x.genreSynth })
	if len(r.tracks) == 0 {
		return out
	}
	for i, how := range []string{"", ", corrected"} {
		out = append(out,
			line{"hubness: skewness of 10-occurrence" + how, func(x *result) string { return fmt.Sprintf("%.2f", x.skew[i]) }},
			line{"hubness: in no one's 10 nearest" + how, func(x *result) string { return fmt.Sprintf("%.1f %%", 100*x.never[i]) }})
	}
	of("same album, MAP, corrected", func(x *result) figure { return x.albumCorrected })
	of("track of an excerpt, MRR, 5 s, corrected", func(x *result) figure { return x.excerptCorrected })
	return out
}
