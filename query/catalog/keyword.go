package catalog

import (
	"strings"
	"sync"
)

// Keyword is a row of pg_get_keywords.
type Keyword struct {
	Word string
	// Category is U unreserved, C unreserved but no function or type name, T reserved but may be one, R reserved.
	Category byte
	// BareLabel says whether it may be a column label without AS.
	BareLabel bool
}

// Keywords lists SQL's keywords in order. The slice is shared: do not modify.
var Keywords = sync.OnceValue(func() []Keyword {
	var out []Keyword
	for _, line := range strings.Split(strings.TrimSpace(keywordTSV), "\n") {
		f := strings.Split(line, "\t")
		out = append(out, Keyword{Word: f[0], Category: f[1][0], BareLabel: f[2] == "t"})
	}
	return out
})

// CategoryText says the category in words.
func (k Keyword) CategoryText() string {
	switch k.Category {
	case 'C':
		return "unreserved (cannot be function or type name)"
	case 'T':
		return "reserved (can be function or type name)"
	case 'R':
		return "reserved"
	default:
		return "unreserved"
	}
}

// LabelText says in words whether it may be a bare label.
func (k Keyword) LabelText() string {
	if k.BareLabel {
		return "can be bare label"
	}
	return "requires AS"
}
