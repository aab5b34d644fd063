package textsearch

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode/utf8"

	"github.com/seguedb/segue/query/sqlstate"
)

// Op is an operator of a query, by PostgreSQL's numbers; an operand's is none.
type Op byte

// The operators.
const (
	opNone   Op = 0
	OpNot    Op = 1
	OpAnd    Op = 2
	OpOr     Op = 3
	OpPhrase Op = 4
)

// priority binds tighter the greater it is.
func (o Op) priority() int { return [...]int{0, 4, 2, 1, 3}[o] }

// Node is a query, or a part of one: an operand, or an operator over its parts. A nil *Node is the empty query.
type Node struct {
	Op       Op
	Distance int // of a phrase: how far the right side is behind the left
	// Left is nil under a Not, which has its operand at the right.
	Left, Right *Node
	// Word is an operand's lexeme; Prefix asks for all that begin with it, Weights for those of a weight (bit 0 is D).
	Word    string
	Prefix  bool
	Weights byte
	stop    bool // an operand of which nothing was left
}

const (
	// maxQueryNodes bounds queries, which are read by recursion: a chain of that many operators takes some 200 MB of stack.
	maxQueryNodes = 1 << 20
	// maxQueryParens is how deep parentheses may be nested.
	maxQueryParens = 10000
)

// Count is the number of operands and operators.
func (n *Node) Count() int {
	if n == nil {
		return 0
	}
	return 1 + n.Left.Count() + n.Right.Count()
}

// Encode writes a query in PostgreSQL's binary format, which is how it is held and stored: every operator before its
// right side, that before the left.
//
//	nodes(4) [ 1 weights(1) prefix(1) word 00 | 2 operator(1) [ distance(2) of a phrase ] ]…      numbers big endian
func (n *Node) Encode() string {
	return string(n.append(binary.BigEndian.AppendUint32(nil, uint32(n.Count()))))
}

func (n *Node) append(dst []byte) []byte {
	switch {
	case n == nil:
		return dst
	case n.Op == opNone:
		prefix := byte(0)
		if n.Prefix {
			prefix = 1
		}
		dst = append(dst, 1, n.Weights, prefix)
		return append(append(dst, n.Word...), 0)
	}
	dst = append(dst, 2, byte(n.Op))
	if n.Op == OpPhrase {
		dst = binary.BigEndian.AppendUint16(dst, uint16(n.Distance))
	}
	return n.Left.append(n.Right.append(dst))
}

// DecodeQuery reads what Encode wrote. Bytes that Encode did not write are the empty query.
func DecodeQuery(b string) *Node {
	n, err := ReadQuery(b)
	if err != nil {
		return nil
	}
	return n
}

func badQuery(what string) error {
	return sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid tsquery: %s", what)
}

// ReadQuery reads a client's binary value. Damage is 22P03.
func ReadQuery(b string) (*Node, error) {
	if len(b) < 4 {
		return nil, badQuery("insufficient data")
	}
	r := &queryReader{rest: b[4:]}
	count := binary.BigEndian.Uint32([]byte(b[:4]))
	if count == 0 && r.rest == "" {
		return nil, nil
	}
	n, err := r.node(0)
	if err != nil {
		return nil, err
	}
	if r.rest != "" || uint32(n.Count()) != count {
		return nil, badQuery("extra nodes")
	}
	return n, nil
}

type queryReader struct{ rest string }

func (r *queryReader) take(n int) (string, error) {
	if len(r.rest) < n {
		return "", badQuery("insufficient data")
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out, nil
}

func (r *queryReader) node(depth int) (*Node, error) {
	if depth > maxQueryNodes {
		return nil, badQuery("too deep")
	}
	head, err := r.take(2)
	if err != nil {
		return nil, err
	}
	switch head[0] {
	case 1:
		return r.operand(head[1])
	case 2:
		return r.operator(Op(head[1]), depth)
	}
	return nil, badQuery("unrecognized node type")
}

func (r *queryReader) operand(weights byte) (*Node, error) {
	prefix, err := r.take(1)
	if err != nil {
		return nil, err
	}
	end := strings.IndexByte(r.rest, 0)
	if weights > 0xf || prefix[0] > 1 || end < 0 || end > maxLexemeBytes+1 || !utf8.ValidString(r.rest[:end]) {
		return nil, badQuery("malformed operand")
	}
	n := &Node{Word: r.rest[:end], Weights: weights, Prefix: prefix[0] == 1}
	r.rest = r.rest[end+1:]
	return n, nil
}

func (r *queryReader) operator(op Op, depth int) (*Node, error) {
	if op < OpNot || op > OpPhrase {
		return nil, badQuery("unrecognized operator type")
	}
	n := &Node{Op: op}
	if op == OpPhrase {
		d, err := r.take(2)
		if err != nil {
			return nil, err
		}
		n.Distance = int(d[0])<<8 | int(d[1])
	}
	var err error
	if n.Right, err = r.node(depth + 1); err != nil || op == OpNot {
		return n, err
	}
	n.Left, err = r.node(depth + 1)
	return n, err
}

// Append writes a query as SQL reads it: 'fat' & ( 'rat' | 'cat' ).
func (n *Node) Append(dst []byte) []byte { return n.appendText(dst, 0, false) }

func (n *Node) appendText(dst []byte, outer int, phraseRight bool) []byte {
	if n == nil {
		return dst
	}
	if n.Op == opNone {
		return n.appendOperand(dst)
	}
	own := n.Op.priority()
	parens := own < outer || n.Op == OpPhrase && phraseRight
	if parens {
		dst = append(dst, "( "...)
	}
	if n.Op == OpNot {
		dst = n.Right.appendText(append(dst, '!'), own, false)
	} else {
		dst = n.Left.appendText(dst, own, false)
		dst = append(dst, n.sign()...)
		dst = n.Right.appendText(dst, own, n.Op == OpPhrase)
	}
	if parens {
		dst = append(dst, " )"...)
	}
	return dst
}

func (n *Node) sign() string {
	switch {
	case n.Op == OpAnd:
		return " & "
	case n.Op == OpOr:
		return " | "
	case n.Distance != 1:
		return " <" + itoa(n.Distance) + "> "
	}
	return " <-> "
}

func (n *Node) appendOperand(dst []byte) []byte {
	dst = appendWord(dst, n.Word)
	if n.Prefix || n.Weights != 0 {
		dst = append(dst, ':')
	}
	if n.Prefix {
		dst = append(dst, '*')
	}
	for i := range 4 {
		if n.Weights&(8>>i) != 0 {
			dst = append(dst, 'A'+byte(i))
		}
	}
	return dst
}

func (n *Node) wordBytes() int {
	if n == nil {
		return 0
	}
	if n.Op == opNone {
		return len(n.Word) + 1
	}
	return n.Left.wordBytes() + n.Right.wordBytes()
}

func compareNodes(a, b *Node) int {
	switch {
	case a == nil || b == nil:
		return 0
	case (a.Op == opNone) != (b.Op == opNone):
		if a.Op == opNone { // an operand's type is the smaller number, and the greater type comes first
			return 1
		}
		return -1
	case a.Op == opNone:
		if x, y := checksum(a.Word), checksum(b.Word); x != y {
			return cmp.Compare(y, x)
		}
		return strings.Compare(a.Word, b.Word)
	case a.Op != b.Op:
		return cmp.Compare(b.Op, a.Op)
	}
	if c := compareNodes(a.Right, b.Right); c != 0 {
		return c
	}
	if c := compareNodes(a.Left, b.Left); c != 0 {
		return c
	}
	return cmp.Compare(b.Distance, a.Distance)
}

// checksum is PostgreSQL's legacy CRC-32 of a word: the table of one kind with the shifts of the other.
func checksum(word string) int32 {
	crc := ^uint32(0)
	for i := range len(word) {
		crc = crc32.IEEETable[byte(crc>>24)^word[i]] ^ crc<<8
	}
	return int32(^crc)
}

// OrderKey appends bytes whose order is that of the operators < and > on queries: by number of nodes, by size, then node by node,
// operands by a checksum first. Weights and prefixes do not count. ReadQueryKey makes a query of them again.
//
//	nodes(4) size(4) [ 1 operator(1) node… distance(2) of a phrase | 2 checksum(4) word 00 ]…      inverted but for the word
func (n *Node) OrderKey(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(n.Count()))
	return n.appendKey(binary.BigEndian.AppendUint32(dst, uint32(n.wordBytes())))
}

func (n *Node) appendKey(dst []byte) []byte {
	switch {
	case n == nil:
		return dst
	case n.Op == opNone:
		dst = binary.BigEndian.AppendUint32(append(dst, 2), ^(uint32(checksum(n.Word)) ^ 1<<31))
		return append(append(dst, n.Word...), 0)
	}
	dst = n.Left.appendKey(n.Right.appendKey(append(dst, 1, ^byte(n.Op))))
	if n.Op == OpPhrase {
		dst = binary.BigEndian.AppendUint16(dst, ^uint16(n.Distance))
	}
	return dst
}

// ReadQueryKey reads what OrderKey wrote through a reader of single bytes; ok is false for anything else.
func ReadQueryKey(next func() (byte, bool)) (n *Node, ok bool) {
	r := &keyBytes{next: next}
	count := r.number(4)
	r.number(4)
	if count > 0 {
		n = r.node(0)
	}
	return n, !r.failed && n.Count() == count
}

// keyBytes reads numbers of a key. After a failure it reads zeros.
type keyBytes struct {
	next   func() (byte, bool)
	failed bool
}

func (r *keyBytes) number(size int) (n int) {
	for range size {
		b, ok := r.next()
		if r.failed = r.failed || !ok; r.failed {
			return 0
		}
		n = n<<8 | int(b)
	}
	return n
}

func (r *keyBytes) word() string {
	var out []byte
	for b := r.number(1); b != 0; b = r.number(1) {
		out = append(out, byte(b))
	}
	return string(out)
}

func (r *keyBytes) node(depth int) *Node {
	kind := r.number(1)
	if kind == 2 {
		r.number(4)
		return &Node{Word: r.word()}
	}
	n := &Node{Op: ^Op(r.number(1))}
	if kind != 1 || n.Op < OpNot || n.Op > OpPhrase || depth > maxQueryNodes {
		r.failed = true
		return n
	}
	n.Right = r.node(depth + 1)
	if n.Op != OpNot {
		n.Left = r.node(depth + 1)
	}
	if n.Op == OpPhrase {
		n.Distance = r.number(2) ^ 0xffff
	}
	return n
}
