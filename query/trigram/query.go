package trigram

import "slices"

// Query is which trigrams the texts have that meet a condition: the one of a leaf, or what at least Least of Kids say. Other
// texts may have them too. A nil Query says nothing: any text may meet the condition.
type Query struct {
	Trigram Trigram
	Least   int // 0 for a leaf
	Kids    []*Query
}

// The operators that a Query is made for, by pg_trgm's names for them with the indexed text on the left.
const (
	Equal       = "="
	Like        = "~~"
	ILike       = "~~*"
	Match       = "~"
	IMatch      = "~*"
	Similar     = "%"
	WordSimilar = "%>"
	StrictWord  = "%>>"
)

// Of is the query of a text that an operator other than those of regular expressions is given. limit is how alike texts must
// be, for the operators of similarity.
func Of(operator, text string, limit float32) *Query {
	switch operator {
	case Equal:
		return all(Set(text))
	case Like, ILike:
		return ofPattern(text)
	case Similar, WordSimilar, StrictWord:
		return alike(Set(text), limit)
	}
	return nil
}

// Narrows says whether an operator with a text may have a query, for whoever does not know the limit. A regular expression is
// PostgreSQL's, which is read as Go's: where that says nothing it has none.
func Narrows(operator, text string) bool {
	if operator == Match || operator == IMatch {
		q, err := OfRegexp(text)
		return err != nil || q != nil
	}
	return Of(operator, text, 1) != nil
}

// Wants is the least number of trigrams that a text has of those that the query is about.
func (q *Query) Wants() int {
	if q.Kids == nil {
		return 1
	}
	kids := make([]int, len(q.Kids))
	for i, kid := range q.Kids {
		kids[i] = kid.Wants()
	}
	slices.Sort(kids)
	total := 0
	for _, n := range kids[:q.Least] {
		total += n
	}
	return total
}

// alike is at least so many of the trigrams that the rest of those could be all that the text has: the similarity, common
// among all, is at most common among the query's.
func alike(wanted []Trigram, limit float32) *Query {
	if len(wanted) == 0 || !(limit > 0) {
		return nil
	}
	q := all(wanted)
	if len(wanted) == 1 {
		return q
	}
	for q.Least = 1; q.Least < len(wanted) && float32(q.Least)/float32(len(wanted)) < limit; q.Least++ {
	}
	return q
}

func all(set []Trigram) *Query {
	var kids []*Query
	for _, t := range set {
		kids = append(kids, &Query{Trigram: t})
	}
	return and(kids...)
}

// and leaves out those that say nothing, or what another does.
func and(parts ...*Query) *Query {
	var kids []*Query
	said := map[Trigram]bool{}
	add := func(q *Query) {
		if q == nil || q.Kids == nil && said[q.Trigram] {
			return
		}
		if q.Kids == nil {
			said[q.Trigram] = true
		}
		kids = append(kids, q)
	}
	for _, q := range parts {
		if q == nil || q.Kids == nil || q.Least < len(q.Kids) {
			add(q)
			continue
		}
		for _, kid := range q.Kids {
			add(kid)
		}
	}
	switch len(kids) {
	case 0:
		return nil
	case 1:
		return kids[0]
	}
	return &Query{Least: len(kids), Kids: kids}
}

// or says nothing where one of its parts does.
func or(kids ...*Query) *Query {
	switch {
	case len(kids) == 0 || slices.Contains(kids, nil):
		return nil
	case len(kids) == 1:
		return kids[0]
	}
	return &Query{Least: 1, Kids: kids}
}
