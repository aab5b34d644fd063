package trigram

import "strings"

// words collects the trigrams that a text must have of which only parts are known. A word's end has its blanks where what
// lies beyond it is known to be no part of the word.
type words struct {
	word     []rune
	begins   bool // the word at hand begins where it does
	boundary bool // what comes next would begin a word
	found    []Trigram
}

// add adds a character that is known.
func (w *words) add(r rune) {
	if !ofWord(r) {
		w.end(true)
		return
	}
	if len(w.word) == 0 {
		w.begins = w.boundary
	}
	w.word = append(w.word, r)
}

// end ends the word at hand; known says that no character of a word comes next.
func (w *words) end(known bool) {
	w.boundary = known
	if len(w.word) == 0 {
		return
	}
	text := string(w.word)
	if w.begins {
		text = "  " + text
	}
	if known {
		text += " "
	}
	chars := []rune(text)
	for i := 0; i+3 <= len(chars); i++ {
		w.found = append(w.found, of(chars[i], chars[i+1], chars[i+2]))
	}
	w.word = w.word[:0]
}

// ofPattern is the query of a pattern of LIKE.
func ofPattern(pattern string) *Query {
	w := words{boundary: true}
	chars := []rune(strings.ToLower(pattern))
	for i := 0; i < len(chars); i++ {
		switch c := chars[i]; {
		case c == '%' || c == '_' || c == '\\' && i+1 == len(chars):
			w.end(false)
			continue
		case c == '\\':
			i++
		}
		w.add(chars[i])
	}
	w.end(true)
	return all(distinct(w.found))
}
