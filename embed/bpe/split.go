package bpe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// split cuts a text into pieces, which together are the text, by GPT-2's expression:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
func split(text string) []string {
	var pieces []string
	for text != "" {
		n := pieceLength(text)
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return pieces
}

var contractions = []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}

// pieceLength is how many bytes the first piece has.
func pieceLength(text string) int {
	for _, c := range contractions {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	lead := 0
	if text[0] == ' ' && len(text) > 1 {
		lead = 1
	}
	r, _ := utf8.DecodeRuneInString(text[lead:])
	if kind := kindOf(r); kind != space {
		return lead + runLength(text[lead:], kind)
	}
	return spaceLength(text)
}

// spaceLength is how many bytes of the spaces that a text begins with are one piece: all
// at its end; before a word all but the last, which is the word's if it is ' ', and a
// piece of its own if not.
func spaceLength(text string) int {
	n := runLength(text, space)
	if n == len(text) {
		return n
	}
	_, last := utf8.DecodeLastRuneInString(text[:n])
	if n > last {
		return n - last
	}
	return n
}

type kind int

const (
	other kind = iota
	letter
	number
	space
)

func kindOf(r rune) kind {
	switch {
	case unicode.IsLetter(r):
		return letter
	case unicode.IsNumber(r):
		return number
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// runLength is how many bytes of one kind a text begins with.
func runLength(text string, k kind) int {
	for i, r := range text {
		if kindOf(r) != k {
			return i
		}
	}
	return len(text)
}
