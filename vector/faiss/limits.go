package faiss

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ErrLimit says that a factory string asks for what would take more memory than any index is worth: FAISS itself asks for
// the memory first, and the operating system ends the process.
var ErrLimit = errors.New("faiss: beyond a limit")

// Limits of a factory string's numbers. FAISS has none.
const (
	maxLists     = 1 << 20 // 48 bytes each before there is a row; FAISS's own guide ends at this size
	maxNeighbors = 512     // of a graph: 4 KiB a row
	maxOutput    = 16_000  // dimensions, and parts of a vector: pgvector's VECTOR_MAX_DIM
	maxBits      = 16      // of a part's code
	maxCodebooks = 1 << 30 // bytes
)

// part is a word of a factory string with its numbers: IVF1024, PQ16x8, OPQ16_64, IMI2x9.
var part = regexp.MustCompile(`([A-Za-z]+)([0-9]+[kM]?(?:[x_][0-9]+)*)`)

// checkLimits refuses numbers that are absurd, by name.
func checkLimits(dim int, factory string) error {
	for _, m := range part.FindAllStringSubmatch(factory, -1) {
		var numbers []int
		for _, text := range strings.FieldsFunc(m[2], func(r rune) bool { return r == 'x' || r == '_' }) {
			numbers = append(numbers, number(text))
		}
		if err := checkPart(dim, m[1], numbers); err != nil {
			return err
		}
	}
	return nil
}

// number reads digits, and a k or an M after them; what is too large for an int is the largest.
func number(text string) int {
	scale := 1
	switch {
	case strings.HasSuffix(text, "k"):
		scale = 1 << 10
	case strings.HasSuffix(text, "M"):
		scale = 1 << 20
	}
	n, err := strconv.Atoi(strings.TrimRight(text, "kM"))
	if err != nil || n > 1<<40 {
		n = 1 << 40
	}
	return n * scale
}

func checkPart(dim int, word string, numbers []int) error {
	atMost := func(n, limit int, what string) error {
		if n > limit {
			return fmt.Errorf("%w: %s of at most %d %s", ErrLimit, word, limit, what)
		}
		return nil
	}
	first, last := numbers[0], numbers[len(numbers)-1]
	switch word {
	case "IVF":
		return atMost(first, maxLists, "lists")
	case "HNSW", "NSG", "NNDescent":
		return atMost(first, maxNeighbors, "neighbors")
	case "IMI", "Residual":
		if len(numbers) == 1 {
			return atMost(first, maxLists, "lists")
		}
		return atMost(first*min(last, 64), 20, "bits") // two to their power are the lists
	case "PQ", "RQ", "LSQ", "PRQ", "PLSQ":
		bits := 8
		if len(numbers) > 1 {
			bits = last
		}
		if err := errors.Join(atMost(first, maxOutput, "parts"), atMost(bits, maxBits, "bits")); err != nil {
			return err
		}
		books := 1 // a product's together are of one vector
		if word != "PQ" {
			for _, n := range numbers[:max(1, len(numbers)-1)] {
				books = min(books*n, maxCodebooks)
			}
		}
		return atMost(4*dim<<bits*books, maxCodebooks, "bytes of codebooks")
	}
	for _, n := range numbers {
		if err := atMost(n, maxOutput, "dimensions"); err != nil {
			return err
		}
	}
	return nil
}
