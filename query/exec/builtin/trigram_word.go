package builtin

import "github.com/seguedb/segue/query/trigram"

// wordSimilarity is how alike a text is to the part of another that is most like it, from any trigram to any other.
func wordSimilarity(part, whole string) float32 { return partSimilarity(part, whole, false) }

// strictWordSimilarity is the same where the part begins and ends as words do.
func strictWordSimilarity(part, whole string) float32 { return partSimilarity(part, whole, true) }

func partSimilarity(part, whole string, strict bool) float32 {
	wanted := trigram.Set(part)
	number, found := map[trigram.Trigram]int{}, []bool{}
	for i, t := range wanted {
		number[t] = i
		found = append(found, true)
	}
	text := trigram.InOrder(whole)
	places := make([]int, len(text))
	for i, t := range text {
		n, ok := number[t.Trigram]
		if !ok {
			n = len(found)
			number[t.Trigram] = n
			found = append(found, false)
		}
		places[i] = n
	}
	if len(wanted) == 0 || len(text) == 0 {
		return 0
	}
	s := &partSearch{strict: strict, text: text, places: places, found: found, wanted: len(wanted), lower: -1}
	if strict {
		s.lower = 0
	}
	s.last = make([]int, len(found))
	for i := range s.last {
		s.last[i] = -1
	}
	return s.run()
}

// partSearch slides over a text's trigrams (iterate_word_similarity): lower is where the part at hand begins, distinct how
// many trigrams it has and common how many of those are wanted. last is where in the part each trigram was last.
type partSearch struct {
	strict           bool
	text             []trigram.Placed
	places           []int // of text: the trigram's number
	found            []bool
	wanted           int
	last             []int
	lower            int
	common, distinct int
}

func (s *partSearch) run() (best float32) {
	for i, n := range s.places {
		if s.lower >= 0 || s.found[n] {
			if s.last[n] < 0 {
				s.distinct++
				if s.found[n] {
					s.common++
				}
			}
			s.last[n] = i
		}
		if s.strict && s.text[i].Last || !s.strict && s.found[n] {
			best = max(best, s.endsAt(i))
		}
	}
	return best
}

// endsAt is the similarity of the best part that ends at upper, from which the search goes on.
func (s *partSearch) endsAt(upper int) float32 {
	if s.lower == -1 {
		s.lower, s.distinct = upper, 1
	}
	best := alike(s.common, s.wanted, s.distinct)
	common, distinct, was := s.common, s.distinct, s.lower
	for from := was; from <= upper; from++ {
		if !s.strict || s.text[from].First {
			if now := alike(common, s.wanted, distinct); now > best {
				best, s.distinct, s.lower, s.common = now, distinct, from, common
			}
		}
		if n := s.places[from]; s.last[n] == from {
			distinct--
			if s.found[n] {
				common--
			}
		}
	}
	for at := was; at < s.lower; at++ {
		if n := s.places[at]; s.last[n] == at {
			s.last[n] = -1
		}
	}
	return best
}
