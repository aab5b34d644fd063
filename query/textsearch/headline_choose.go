package textsearch

import "math"

// excerpt is a candidate for a headline: tokens, how many of them are words, and how many the query names.
type excerpt struct {
	from, to, words, found int
	whole                  bool // all of the cover is in it
	chosen, excluded       bool
}

// chooseWords chooses one excerpt: the best around any stretch that meets the query.
func (h *headline) chooseWords() {
	if h.HighlightAll {
		h.mark(0, len(h.words)-1)
		return
	}
	best := excerpt{from: -1, to: -1, found: -1}
	for p, q, ok := h.nextCover(0); ok; p, q, ok = h.nextCover(p + 1) {
		e := h.around(p, q)
		better := e.whole && !best.whole
		if e.whole == best.whole {
			better = e.found > best.found || e.found == best.found && !h.badEnd(e.to) && h.badEnd(best.to)
		}
		if better {
			best = e
		}
	}
	if best.found < 0 {
		h.markBeginning()
		return
	}
	h.mark(best.from, best.to)
}

func (h *headline) add(e *excerpt, i, by int) {
	e.words += by * h.count(i)
	if h.interesting(i) {
		e.found += by
	}
}

// around makes a stretch longer where there is room, or shorter where it must be.
func (h *headline) around(p, q int) excerpt {
	e := excerpt{from: p, to: p}
	i := p
	for ; i <= q && e.words < h.MaxWords; i++ {
		h.add(&e, i, 1)
		e.to = i
	}
	if e.words < h.MaxWords {
		h.lengthen(&e, i-1, p, q)
	} else {
		for i = min(i, q); e.words > h.MinWords && h.badEnd(i); i-- {
			h.add(&e, i, -1)
			e.to = i - 1
		}
	}
	e.whole = e.from <= p && e.to >= q
	return e
}

// lengthen goes on to a good end, and at the end of the text to the left.
func (h *headline) lengthen(e *excerpt, i, p, q int) {
	for ; i < len(h.words) && e.words < h.MaxWords; i++ {
		if i > q {
			h.add(e, i, 1)
		}
		e.to = i
		if !h.badEnd(i) && e.words >= h.MinWords {
			break
		}
	}
	if e.words >= h.MinWords {
		return
	}
	for i = p - 1; i >= 0; i-- {
		h.add(e, i, 1)
		if e.words >= h.MaxWords || !h.badEnd(i) && e.words >= h.MinWords {
			break
		}
	}
	e.from = max(i, 0)
}

// chooseFragments chooses up to MaxFragments excerpts, those with most of what the query names first.
func (h *headline) chooseFragments() {
	var all []excerpt
	for p, q, ok := h.nextCover(0); ok; p, q, ok = h.nextCover(p + 1) {
		all = h.pieces(all, p, q)
	}
	marked := false
	for range h.MaxFragments {
		best := -1
		found, words := 0, math.MaxInt32
		for i := range all {
			e := &all[i]
			if !e.chosen && !e.excluded && (found < e.found || found == e.found && words > e.words) {
				best, found, words = i, e.found, e.words
			}
		}
		if best < 0 {
			break
		}
		e := &all[best]
		e.chosen, marked = true, true
		if e.words < h.MaxWords {
			h.widen(e)
		}
		h.mark(e.from, e.to)
		for i := range all {
			if o := &all[i]; i != best && o.from <= e.to && o.to >= e.from {
				o.excluded = true
			}
		}
	}
	if !marked {
		h.markBeginning()
	}
}

// pieces cuts a stretch into excerpts of at most MaxWords words that begin and end with what the query names.
func (h *headline) pieces(all []excerpt, p, q int) []excerpt {
	for from := p; from <= q; {
		e := excerpt{from: from, to: q}
		for i := from; i <= q; i++ {
			if e.from = i; h.interesting(i) {
				break
			}
		}
		i := e.from
		for ; i <= e.to && e.words < h.MaxWords; i++ {
			h.add(&e, i, 1)
		}
		if e.to > i {
			e.to = i
			for ; i >= e.from; i-- {
				if e.to = i; h.interesting(i) {
					break
				}
				e.words -= h.count(i)
			}
		}
		all = append(all, e)
		from = e.to + 1
	}
	return all
}

// widen takes in words at both sides, up to good ends and to what is marked already.
func (h *headline) widen(e *excerpt) {
	most, taken := (h.MaxWords-e.words)/2, 0
	edge := e.from
	for i := e.from - 1; i >= 0 && taken < most && !h.words[i].in; i-- {
		taken += h.count(i)
		edge = i
	}
	e.words += taken
	for edge < e.from && h.badEnd(edge) {
		e.words -= h.count(edge)
		edge++
	}
	e.from = edge
	edge = e.to
	for i := e.to + 1; i < len(h.words) && e.words < h.MaxWords && !h.words[i].in; i++ {
		e.words += h.count(i)
		edge = i
	}
	for edge > e.to && h.badEnd(edge) {
		e.words -= h.count(edge)
		edge--
	}
	e.to = edge
}
