package bpe

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Tokenizer is a vocabulary with its merges. It is read-only and may be used concurrently.
type Tokenizer struct {
	begin, end int
	max        int // tokens of a text, with the first and the last
	vocab      map[string]int
	merges     []string // "left right", the most urgent first
	rank       map[pair]int
}

// pair is two neighbours.
type pair struct{ left, right string }

// Limits are what the model's configuration says of tokens.
type Limits struct {
	Begin, End int // the tokens around a text
	Max        int // tokens of a text, with those two
	Vocab      int // numbers are below it
}

// newTokenizer checks that every merge has its parts and its result in the vocabulary, as
// every byte is.
func newTokenizer(vocab map[string]int, merges []string, l Limits) (*Tokenizer, error) {
	t := &Tokenizer{begin: l.Begin, end: l.End, max: l.Max, vocab: vocab, merges: merges, rank: make(map[pair]int, len(merges))}
	if l.Max < 3 {
		return nil, refuse("room for %d tokens", l.Max)
	}
	for word, id := range vocab {
		if id < 0 || id >= l.Vocab {
			return nil, refuse("token %q has number %d, and the model has %d", word, id, l.Vocab)
		}
	}
	for b := range 256 {
		if _, ok := vocab[letters[b]]; !ok {
			return nil, refuse("the vocabulary lacks byte %d (%q)", b, letters[b])
		}
	}
	for i, m := range merges {
		left, right, ok := strings.Cut(m, " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return nil, refuse("merge %d is %q, not two parts", i, m)
		}
		for _, part := range []string{left, right, left + right} {
			if _, ok := vocab[part]; !ok {
				return nil, refuse("merge %d is %q, and the vocabulary lacks %q", i, m, part)
			}
		}
		if _, twice := t.rank[pair{left, right}]; twice {
			return nil, refuse("merge %q is there twice", m)
		}
		t.rank[pair{left, right}] = i
	}
	return t, nil
}

// maxPiece bounds what is joined at once, since joining takes time by the square: a word
// beyond it is cut. The longest word of the training data had some tens of letters.
const maxPiece = 512

// Encode turns a text into its tokens, with the first and the last token; what is beyond
// the most that the model takes is left out. Bytes that are no UTF-8 are replaced.
func (t *Tokenizer) Encode(text string) []int {
	ids := []int{t.begin}
	for _, piece := range split(strings.ToValidUTF8(text, string(utf8.RuneError))) {
		for len(piece) > 0 && len(ids) < t.max-1 {
			n := min(len(piece), maxPiece)
			for _, part := range t.join(piece[:n]) {
				ids = append(ids, t.vocab[part])
			}
			piece = piece[n:]
		}
	}
	return append(ids[:min(len(ids), t.max-1)], t.end)
}

// join makes the parts of a piece: its bytes, of which the most urgent pair becomes one
// until there is none to join.
func (t *Tokenizer) join(piece string) []string {
	word := make([]string, len(piece))
	for i := range len(piece) {
		word[i] = letters[piece[i]]
	}
	for {
		best, found := len(t.merges), pair{}
		for i := range len(word) - 1 {
			if r, ok := t.rank[pair{word[i], word[i+1]}]; ok && r < best {
				best, found = r, pair{word[i], word[i+1]}
			}
		}
		if best == len(t.merges) {
			return word
		}
		word = found.joined(word)
	}
}

// joined is a word in which every such pair, from the left, is one part.
func (p pair) joined(word []string) []string {
	out := word[:0]
	for i := 0; i < len(word); i++ {
		if i+1 < len(word) && word[i] == p.left && word[i+1] == p.right {
			out = append(out, p.left+p.right)
			i++
			continue
		}
		out = append(out, word[i])
	}
	return out
}

// letters are bytes as a vocabulary writes them: printable Latin-1 as itself, the others
// as the letters from U+0100 on, in order.
var letters = func() (list [256]string) {
	next := rune(0x100)
	for b := range list {
		r := rune(b)
		if !(b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE) {
			r = next
			next++
		}
		list[b] = string(r)
	}
	return list
}()

// stored is what a Tokenizer is written as.
type stored struct {
	Begin  int            `json:"begin"`
	End    int            `json:"end"`
	Max    int            `json:"max"`
	Vocab  map[string]int `json:"vocab"`
	Merges []string       `json:"merges"`
}

// MarshalJSON writes it whole; the same tokenizer has the same bytes.
func (t *Tokenizer) MarshalJSON() ([]byte, error) {
	return json.Marshal(stored{t.begin, t.end, t.max, t.vocab, t.merges})
}

// Read reads what MarshalJSON wrote, and holds it to the model's limits.
func Read(text []byte, l Limits) (*Tokenizer, error) {
	var s stored
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTokenizer, err)
	}
	if s.Begin != l.Begin || s.End != l.End || s.Max > l.Max {
		return nil, refuse("tokens %d to %d, at most %d, and the model has %d, %d and %d", s.Begin, s.End, s.Max, l.Begin, l.End, l.Max)
	}
	l.Max = s.Max
	return newTokenizer(s.Vocab, s.Merges, l)
}
