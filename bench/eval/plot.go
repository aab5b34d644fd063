package main

import (
	_ "embed"
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// colours tell albums and models apart, in light and in dark surroundings.
var colours = []string{"#3b6fb6", "#d1603d", "#4d9a57", "#8e5bb5", "#c99a2e", "#2fa3a8", "#c2528b", "#7a7a7a", "#6b8f23", "#a5573a",
	"#5465c4", "#b0892f", "#3f8f7b", "#9c4a6a"}

// pageHead begins the page, with its styles.
//
//go:embed head.html
var pageHead string

// page is one file that needs no other.
func (r *report) page() string {
	var out strings.Builder
	out.WriteString(pageHead)
	fmt.Fprintf(&out, "<h1>How well the models find music</h1>\n<p class=faint>%s; %s.</p>\n", html.EscapeString(r.what()),
		time.Now().UTC().Format("2 January 2006"))
	if len(r.tracks) > 0 {
		r.maps(&out)
		r.curves(&out)
		r.bars(&out)
	}
	out.WriteString("<h2>All figures</h2>\n<p>Means, with 90 % bootstrap intervals in brackets.</p>\n<table><tr><th>")
	for _, x := range r.results {
		out.WriteString("<th>" + html.EscapeString(x.model))
	}
	for _, l := range r.lines() {
		out.WriteString("\n<tr><td>" + html.EscapeString(l.name))
		for i := range r.results {
			out.WriteString("<td>" + l.cell(&r.results[i]))
		}
	}
	out.WriteString("\n</table>\n</html>\n")
	return out.String()
}

// key is a legend.
func key(out *strings.Builder, names []string) {
	out.WriteString(`<p class=key>`)
	for i, n := range names {
		fmt.Fprintf(out, `<span><i style="background:%s"></i>%s</span>`, colours[i%len(colours)], html.EscapeString(n))
	}
	out.WriteString("</p>\n")
}

// maps draws the library by each model: a dot a track, a colour an album.
func (r *report) maps(out *strings.Builder) {
	albums := map[string]int{}
	for _, t := range r.tracks {
		albums[t.album] = 0
	}
	names := slices.Sorted(maps.Keys(albums))
	for i, n := range names {
		albums[n] = i
	}
	out.WriteString("<h2>The library</h2>\n<p>The two directions in which its vectors differ most (PCA). A dot is a track, its " +
		"colour the album; point at it for the name. What is apart here is apart; what is together here need not be.</p>\n")
	key(out, names)
	out.WriteString("<div class=row>\n")
	for _, x := range r.results {
		fmt.Fprintf(out, "<figure><figcaption>%s</figcaption><svg width='330' height='330' viewBox='0 0 330 330'>",
			html.EscapeString(x.model))
		low, high := bounds(x.points)
		for i, p := range x.points {
			at := func(axis int) float64 { return 12 + 306*(p[axis]-low[axis])/max(high[axis]-low[axis], 1e-9) }
			t := r.tracks[i]
			fmt.Fprintf(out, "<circle cx='%.1f' cy='%.1f' r='5' fill='%s' fill-opacity='.8'><title>%s\n%s</title></circle>", at(0), at(1),
				colours[albums[t.album]%len(colours)], html.EscapeString(t.album), html.EscapeString(t.name))
		}
		out.WriteString("</svg></figure>\n")
	}
	out.WriteString("</div>\n")
}

func bounds(points [][2]float64) (low, high [2]float64) {
	low, high = [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		for axis := range p {
			low[axis], high[axis] = min(low[axis], p[axis]), max(high[axis], p[axis])
		}
	}
	return low, high
}

// curves draws how many excerpts find their track among the first k.
func (r *report) curves(out *strings.Builder) {
	out.WriteString("<h2>Finding a track by five seconds of it</h2>\n<p>How many excerpts have their track among the first k.</p>\n")
	r.modelKey(out)
	out.WriteString("<div class=row>\n")
	for _, kind := range r.measured(firstExcerpt, "noise 10 dB", "telephone", together) {
		const w, h = 240.0, 180.0
		fmt.Fprintf(out, "<figure><figcaption>%s</figcaption><svg width='%.0f' height='%.0f' viewBox='-40 -8 %.0f %.0f'>",
			kind, w+50, h+40, w+50, h+40)
		for _, share := range []float64{0, .25, .5, .75, 1} {
			y := h * (1 - share)
			fmt.Fprintf(out, "<line class='axis' x1='0' x2='%.0f' y1='%.1f' y2='%.1f' />", w, y, y)
			fmt.Fprintf(out, "<text class='faint' x='-6' y='%.1f' text-anchor='end'>%.0f%%</text>", y+4, 100*share)
		}
		last := math.Log(float64(max(len(r.tracks), 2)))
		for _, k := range []int{1, 2, 5, 10, 20, 50, 100, 200, 500} {
			if x := w * math.Log(float64(k)) / last; x <= w {
				fmt.Fprintf(out, "<text class='faint' x='%.1f' y='%.0f' text-anchor='middle'>%d</text>", x, h+18, k)
			}
		}
		for i, x := range r.results {
			fmt.Fprintf(out, "<polyline fill='none' stroke-width='2' stroke='%s' points='%s'/>", colours[i%len(colours)],
				recallCurve(x.ranks[kind], len(r.tracks), w, h))
		}
		out.WriteString("</svg></figure>\n")
	}
	out.WriteString("</div>\n")
}

// measured are those kinds of excerpts that there are figures of.
func (r *report) measured(kinds ...string) []string {
	return slices.DeleteFunc(kinds, func(kind string) bool {
		return !slices.ContainsFunc(r.results, func(x result) bool { return x.excerpts[kind].n > 0 })
	})
}

func (r *report) modelKey(out *strings.Builder) {
	var names []string
	for _, x := range r.results {
		names = append(names, x.model)
	}
	key(out, names)
}

// recallCurve has a point for each k, on a logarithmic scale.
func recallCurve(ranks []int, tracks int, w, h float64) string {
	var out strings.Builder
	for k := 1; k <= tracks; k++ {
		found := 0
		for _, rank := range ranks {
			if rank <= k {
				found++
			}
		}
		x := w * math.Log(float64(k)) / math.Log(float64(max(tracks, 2)))
		fmt.Fprintf(&out, "%.1f,%.1f ", x, h*(1-float64(found)/float64(max(len(ranks), 1))))
	}
	return out.String()
}

// bars draws what each trouble costs.
func (r *report) bars(out *strings.Builder) {
	out.WriteString("<h2>One trouble at a time</h2>\n<p>Mean reciprocal rank of the track of a damaged five seconds; " +
		"the line is its 90 % interval.</p>\n")
	r.modelKey(out)
	names := []string{firstExcerpt}
	for _, d := range troubles {
		names = append(names, d.name)
	}
	kinds := r.measured(names...)
	each := 8.0*float64(len(r.results)) + 10
	height := each * float64(len(kinds))
	fmt.Fprintf(out, "<svg width='760' height='%.0f' viewBox='-130 -4 760 %.0f'>", height+24, height+24)
	for _, share := range []float64{0, .25, .5, .75, 1} {
		fmt.Fprintf(out, "<line class='axis' x1='%.0f' x2='%.0f' y1='0' y2='%.0f' />", barWidth*share, barWidth*share, height)
		fmt.Fprintf(out, "<text class='faint' x='%.0f' y='%.0f' text-anchor='middle'>%.2f</text>", barWidth*share, height+16, share)
	}
	for k, kind := range kinds {
		top := each * float64(k)
		fmt.Fprintf(out, "<text x='-8' y='%.1f' text-anchor='end'>%s</text>", top+each/2, html.EscapeString(kind))
		for i, x := range r.results {
			if f := x.excerpts[kind]; f.n > 0 {
				bar(out, x.model, f, top+4+8*float64(i), colours[i%len(colours)])
			}
		}
	}
	out.WriteString("</svg>\n")
}

// barWidth is that of a bar of 1.
const barWidth = 600.0

// bar draws a figure with its interval.
func bar(out *strings.Builder, model string, f figure, y float64, colour string) {
	fmt.Fprintf(out, "<rect x='0' y='%.1f' width='%.1f' height='6' fill='%s'><title>%s: %s</title></rect>", y, barWidth*f.mean, colour,
		html.EscapeString(model), f)
	fmt.Fprintf(out, "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='currentColor' stroke-width='1' />",
		barWidth*f.low, barWidth*f.high, y+3, y+3)
}
