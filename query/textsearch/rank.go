package textsearch

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Weights are how much a word of weight D, C, B and A counts in a rank.
type Weights [4]float32

// DefaultWeights are those of a rank without any given.
var DefaultWeights = Weights{0.1, 0.2, 0.4, 1.0}

// The normalisations of ranks, to be or-ed.
const (
	byLogLength  = 1
	byLength     = 2
	byExtent     = 4
	byUnique     = 8
	byLogUnique  = 16
	bySelfPlusOn = 32
)

// Rank is ts_rank: by how often, and how near each other, the query's words stand in a document. Arithmetic is in single
// precision where PostgreSQL's is (tsrank.c), so that ranks print alike.
func Rank(w Weights, v Vector, q *Node, method int) float32 {
	if len(v) == 0 || q == nil {
		return 0
	}
	var res float32
	if q.Op == OpAnd || q.Op == OpPhrase {
		res = rankAll(w, v, q)
	} else {
		res = rankAny(w, v, q)
	}
	if res < 0 {
		res = 1e-20
	}
	if method&byLogLength != 0 {
		res = float32(float64(res) / (math.Log(float64(v.wordCount()+1)) / math.Log(2)))
	}
	if method&byLength != 0 {
		res /= float32(v.wordCount())
	}
	if method&byUnique != 0 {
		res /= float32(len(v))
	}
	if method&byLogUnique != 0 {
		res = float32(float64(res) / (math.Log(float64(len(v)+1)) / math.Log(2)))
	}
	if method&bySelfPlusOn != 0 {
		res /= res + 1
	}
	return res
}

// wordCount counts the words of a document; a lexeme without positions is one.
func (v Vector) wordCount() int {
	n := 0
	for _, l := range v {
		n += max(1, len(l.Positions))
	}
	return n
}

// operands lists a query's operands, each word once, in the order of the words.
func (n *Node) operands() []*Node {
	var all []*Node
	n.each(func(o *Node) { all = append(all, o) })
	slices.SortStableFunc(all, func(a, b *Node) int { return strings.Compare(a.Word, b.Word) })
	return slices.CompactFunc(all, func(a, b *Node) bool { return a.Word == b.Word })
}

// each calls f for the operands, in the order of the binary format.
func (n *Node) each(f func(*Node)) {
	switch {
	case n == nil:
	case n.Op == opNone:
		f(n)
	default:
		n.Right.each(f)
		n.Left.each(f)
	}
}

// wordDistance is how much two words count together that are so far apart.
func wordDistance(d int) float32 {
	if d > 100 {
		return 1e-30
	}
	return float32(1.0 / (1.005 + 0.05*math.Exp(float64(float32(d))/1.5-2)))
}

func (w Weights) of(p Position) float32 { return w[p.Weight()] }

// rankAll ranks by the pairs of different words.
func rankAll(w Weights, v Vector, q *Node) float32 {
	words := q.operands()
	if len(words) < 2 {
		return rankAny(w, v, q)
	}
	nowhere := []Position{maxPosition}
	pos := make([][]Position, len(words))
	bare := make([]bool, len(words))
	res := float32(-1)
	for i, word := range words {
		for _, l := range v.find(word.Word, word.Prefix) {
			pos[i], bare[i] = l.Positions, len(l.Positions) == 0
			if bare[i] {
				pos[i] = nowhere
			}
			for k := range i {
				res = rankPairs(w, res, pos[i], pos[k], bare[i] || bare[k])
			}
		}
	}
	return res
}

func rankPairs(w Weights, res float32, a, b []Position, bare bool) float32 {
	for _, x := range a {
		for _, y := range b {
			dist := x.At() - y.At()
			if dist < 0 {
				dist = -dist
			}
			if dist == 0 && !bare {
				continue
			}
			if dist == 0 {
				dist = maxPosition + 1
			}
			pair := float32(math.Sqrt(float64(float32(w.of(x)*w.of(y)) * wordDistance(dist))))
			if res < 0 {
				res = pair
			} else {
				res = float32(1.0 - (1.0-float64(res))*(1.0-float64(pair)))
			}
		}
	}
	return res
}

// rankAny ranks by the words, each for itself.
func rankAny(w Weights, v Vector, q *Node) float32 {
	words := q.operands()
	var res float32
	for _, word := range words {
		for _, l := range v.find(word.Word, word.Prefix) {
			positions := l.Positions
			if len(positions) == 0 {
				positions = []Position{0}
			}
			sum, best, at := float32(0), float32(-1), 0
			for j, p := range positions {
				sum += w.of(p) / float32((j+1)*(j+1))
				if w.of(p) > best {
					best, at = w.of(p), j
				}
			}
			// The sum of 1/i² over all i is π²/6.
			part := float32(best+sum) - best/float32((at+1)*(at+1))
			res = float32(float64(res) + float64(part)/1.64493406685)
		}
	}
	if len(words) > 0 {
		res /= float32(len(words))
	}
	return res
}

// occurrence is a place of a document where a lexeme of the query stands.
type occurrence struct {
	pos   Position
	entry int // the lexeme, by its number
	words []*Node
}

// RankCover is ts_rank_cd: by the stretches of a document that meet the query, and how short they are.
func RankCover(w Weights, v Vector, q *Node, method int) float32 {
	if q == nil {
		return 0
	}
	doc := occurrences(v, q)
	if len(doc) == 0 {
		return 0
	}
	var rank, sumDist, last float64
	extents := 0
	c := &coverDocument{doc: doc, query: q}
	for c.next() {
		inverse := 0.0
		for _, o := range doc[c.begin : c.end+1] {
			inverse += 1 / float64(w.of(o.pos))
		}
		size := c.end - c.begin
		noise := c.q - c.p - size
		if noise < 0 {
			noise = size / 2
		}
		rank += float64(size+1) / inverse / float64(1+noise)
		middle := float64(c.q+c.p) / 2
		if extents > 0 && middle > last {
			sumDist += 1 / (middle - last)
		}
		last = middle
		extents++
	}
	return float32(normalizeCover(rank, v, method, extents, sumDist))
}

func normalizeCover(rank float64, v Vector, method, extents int, sumDist float64) float64 {
	if method&byLogLength != 0 {
		rank /= math.Log(float64(v.wordCount() + 1))
	}
	if method&byLength != 0 {
		rank /= float64(v.wordCount())
	}
	if method&byExtent != 0 && extents > 0 && sumDist > 0 {
		rank /= float64(extents) / sumDist
	}
	if method&byUnique != 0 {
		rank /= float64(len(v))
	}
	if method&byLogUnique != 0 {
		rank /= math.Log(float64(len(v)+1)) / math.Log(2)
	}
	if method&bySelfPlusOn != 0 {
		rank /= rank + 1
	}
	return rank
}

// occurrences lists the places of a query's words, by position, weight and lexeme.
func occurrences(v Vector, q *Node) []occurrence {
	var all []occurrence
	q.each(func(n *Node) {
		found := v.find(n.Word, n.Prefix)
		first, _ := slices.BinarySearchFunc(v, n.Word, func(l Lexeme, w string) int { return strings.Compare(l.Word, w) })
		for i, l := range found {
			for _, p := range l.Positions {
				if n.Weights == 0 || n.Weights&(1<<p.Weight()) != 0 {
					all = append(all, occurrence{p, first + i, []*Node{n}})
				}
			}
		}
	})
	slices.SortStableFunc(all, func(a, b occurrence) int {
		return cmp.Or(cmp.Compare(a.pos.At(), b.pos.At()), cmp.Compare(a.pos.Weight(), b.pos.Weight()), cmp.Compare(a.entry, b.entry))
	})
	out := all[:0]
	for _, o := range all {
		if n := len(out); n > 0 && out[n-1].pos == o.pos && out[n-1].entry == o.entry {
			out[n-1].words = append(out[n-1].words, o.words...)
			continue
		}
		out = append(out, o)
	}
	return out
}

// coverDocument is a stretch of a document as what a query is held against, and finds the stretches that meet it: each is
// the shortest that ends where it ends.
type coverDocument struct {
	doc        []occurrence
	query      *Node
	from       int // where the next stretch may begin
	begin, end int // the stretch that was found, as occurrences
	p, q       int // and as positions

	seen    map[*Node][]Position
	reverse bool
}

func (c *coverDocument) operand(n *Node, out *places) verdict {
	at, ok := c.seen[n]
	if !ok {
		return no
	}
	if out != nil {
		out.at = at
		if c.reverse {
			out.at = slices.Clone(at)
			slices.Reverse(out.at)
		}
	}
	return yes
}

func (c *coverDocument) add(o *occurrence) {
	for _, n := range o.words {
		at := c.seen[n]
		if len(at) > 0 && at[len(at)-1].At() == o.pos.At() {
			continue
		}
		c.seen[n] = append(at, o.pos)
	}
}

func (c *coverDocument) next() bool {
	for {
		c.seen, c.reverse = map[*Node][]Position{}, false
		c.p, c.q = math.MaxInt32, 0
		last := -1
		for i := c.from; i < len(c.doc); i++ {
			c.add(&c.doc[i])
			if execute(c.query, c) {
				if at := c.doc[i].pos.At(); at > c.q {
					c.q, c.end, last = at, i, i
				}
				break
			}
		}
		if last < 0 {
			return false
		}
		c.seen, c.reverse = map[*Node][]Position{}, true
		i := last
		for ; i >= c.from; i-- {
			c.add(&c.doc[i])
			if execute(c.query, c) {
				if at := c.doc[i].pos.At(); at < c.p {
					c.begin, c.p = i, at
				}
				break
			}
		}
		if c.p <= c.q {
			c.from = i + 1
			return true
		}
		c.from++
	}
}
