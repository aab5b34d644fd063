package main

import (
	"fmt"
	"slices"
	"strings"
)

// nearest is how many neighbours genre precision and hubness look at.
const nearest = 10

// result is what was measured of a model.
type result struct {
	model                       string
	albumMAP, albumR, artistMAP figure
	albumMacro, artistMacro     figure
	artistR                     figure
	genre, genreSynth           figure
	artistSynth, rendering      figure
	excerpts                    map[string]figure // MRR by kind of excerpt
	ranks                       map[string][]int
	skew, never                 [2]float64 // as they are, and corrected
	albumCorrected              figure
	excerptCorrected            figure
	points                      [][2]float64
}

// byLabel asks for each track that has company for the others of its label.
func byLabel(m matrix, label []string) (ap, rp scores) {
	for q, l := range label {
		if l == "" {
			continue
		}
		var relevant []bool
		for _, col := range ranked(m.row(q), func(col int) bool { return col != q }) {
			relevant = append(relevant, label[col] == l)
		}
		if slices.Contains(relevant, true) {
			ap.add(averagePrecision(relevant), l)
			rp.add(rPrecision(relevant), l)
		}
	}
	return ap, rp
}

// genrePrecision is the share of a track's genre among its k nearest of other artists; tracks whose genre no other artist
// has are not asked.
func genrePrecision(m matrix, genre, artist []string, k int) scores {
	var out scores
	for q, g := range genre {
		if g == "" {
			continue
		}
		var relevant []bool
		for _, col := range ranked(m.row(q), func(col int) bool { return genre[col] != "" && artist[col] != artist[q] }) {
			relevant = append(relevant, genre[col] == g)
		}
		if slices.Contains(relevant, true) {
			out.add(precisionAt(relevant, k), g)
		}
	}
	return out
}

// evaluateTracks measures what a library and its excerpts say; excerpts are by kind, with the track of each.
func evaluateTracks(r *result, tracks []track, v clipVectors) {
	var albums, artists, genres []string
	for _, t := range tracks {
		albums, artists, genres = append(albums, t.album), append(artists, t.artist), append(genres, t.genre)
	}
	m := similarities(v.library, v.library)
	ap, rp := byLabel(m, albums)
	r.albumMAP, r.albumR, r.albumMacro = ap.micro(), rp.micro(), ap.macro()
	ap, rp = byLabel(m, artists)
	r.artistMAP, r.artistR, r.artistMacro = ap.micro(), rp.micro(), ap.macro()
	genre := genrePrecision(m, genres, artists, nearest)
	r.genre = genre.micro()
	c := corrected(m, m, nearest)
	r.skew[0], r.never[0] = hubness(m, nearest)
	r.skew[1], r.never[1] = hubness(c, nearest)
	ap, _ = byLabel(c, albums)
	r.albumCorrected = ap.micro()
	r.excerpts, r.ranks = map[string]figure{}, map[string][]int{}
	for kind, queries := range v.excerpts {
		mrr, ranks := find(similarities(queries.vectors, v.library), queries.tracks, tracks)
		r.excerpts[kind], r.ranks[kind] = mrr.micro(), ranks
	}
	if queries := v.excerpts[firstExcerpt]; len(queries.vectors) > 0 {
		mrr, _ := find(corrected(similarities(queries.vectors, v.library), m, nearest), queries.tracks, tracks)
		r.excerptCorrected = mrr.micro()
	}
	r.points = principal(v.library)
}

// find asks for the track that each query is an excerpt of.
func find(m matrix, truth []int, tracks []track) (mrr scores, ranks []int) {
	for q, t := range truth {
		rank := rankOf(m.row(q), t)
		mrr.add(1/float64(rank), tracks[t].album)
		ranks = append(ranks, rank)
	}
	return mrr, ranks
}

// evaluateSynth measures what is said of performances: of one piece by others, of one artist, of one style.
func evaluateSynth(r *result, list []performance, vectors [][]float32) {
	var pieces, artists, styles []string
	for _, p := range list {
		artist := fmt.Sprint(p.piece.style.name, p.piece.artist)
		pieces, artists, styles = append(pieces, fmt.Sprint(artist, p.piece.number)), append(artists, artist),
			append(styles, p.piece.style.name)
	}
	m := similarities(vectors, vectors)
	var mrr scores
	for q, piece := range pieces {
		for i, col := range ranked(m.row(q), func(col int) bool { return col != q }) {
			if pieces[col] == piece {
				mrr.add(1/float64(i+1), strings.TrimRight(piece, "0123456789"))
				break
			}
		}
	}
	r.rendering = mrr.micro()
	ap, _ := byLabel(m, artists)
	genre := genrePrecision(m, styles, artists, nearest)
	r.artistSynth, r.genreSynth = ap.micro(), genre.micro()
}
