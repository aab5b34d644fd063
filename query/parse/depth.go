package parse

import "strings"

// maxNesting bounds how deep the syntax tree of a text may get, in the units that depthScan counts:
// operators, words and brackets that can put one node below another. pg_query's writer of the tree
// recurses in C on the thread's stack without a check of its own, at some 370 bytes a unit: 4,500
// units stay below the 2 MB that glibc gives a thread when the stack is unlimited (the usual 8 MB
// end between 20,000 and 40,000). That is about Postgres's own reach: with its default
// max_stack_depth PostgreSQL 15 takes 3,000 terms of 1+1+… and refuses 5,000 (measured 2026-11-24).
const maxNesting = 4500

// shortText is a length below which no text can reach maxNesting: every unit takes a byte.
const shortText = maxNesting

// maxCopyBytes bounds the bytes that pg_query moves while it writes the tree: its protobuf writer
// shifts a message by a few bytes after writing it, once per level around it, so that deep and long
// text costs depth times length.
const maxCopyBytes = 16 << 30

// checkDepth refuses text whose tree would be too deep with 54001, before any C code recurses over
// it. It looks at tokens alone and counts at least as deep as the tree will be.
func checkDepth(sql string) error {
	if len(sql) < shortText {
		return nil
	}
	d := depthScan{text: sql, frames: make([]frame, 1, 64)}
	if !d.run() || int64(d.deepest)*int64(len(sql)) > maxCopyBytes {
		return tooDeep()
	}
	return nil
}

// frame is an open bracket, an open CASE, or the statement itself. Within it, elements that cannot be
// above or below each other in the tree are told apart by separators (commas, AND, OR, WHEN…).
type frame struct {
	open byte // '(' for both brackets, 'c' for CASE, 0 for the statement
	// chain counts units of the current element, child is the deepest closed frame in it. An element
	// is at most chain+child deep: in (x)+1+1 the bracket ends up below both operators.
	chain, child int
	// elements is the deepest element before the current one.
	elements int
	// links counts what nests across separators: set operations and joins lean left over commas.
	links int
	// between counts BETWEENs whose AND is still to come: that AND separates nothing.
	between int
	// boolean says that AND or OR occurred, whose two levels are in links.
	boolean bool
	// sets says that the word SET occurred: a bracket right after it, or after a comma, may be the
	// (a, b) of SET (a, b) = …; assign marks such a bracket, whose commas are counted.
	sets, assign bool
	commas       int
}

// depth is how deep the frame's tree can be.
func (f *frame) depth() int { return max(f.elements, f.chain+f.child) + f.links + 1 }

// separate starts a new element.
func (f *frame) separate() {
	f.elements = max(f.elements, f.chain+f.child)
	f.chain, f.child = 0, 0
}

// depthScan walks the tokens of a text and keeps the frames open at each.
type depthScan struct {
	text               string
	frames             []frame
	afterDot, afterSet bool
	deepest            int // of any statement so far
	assigned           int // columns in SET (a, b, …) = …, for each of which the grammar copies the source
}

// top is the innermost open frame.
func (d *depthScan) top() *frame { return &d.frames[len(d.frames)-1] }

// run scans the text; false means too deep.
func (d *depthScan) run() bool {
	for i := 0; i < len(d.text); {
		next := d.token(i)
		if next < 0 {
			return false
		}
		i = next
	}
	for len(d.frames) > 1 {
		d.closeTop()
	}
	d.endStatement()
	return d.deepest <= maxNesting && d.assigned*len(d.text) <= 2*maxTextBytes
}

// token accounts for the token at i and returns where it ends, -1 when the limit is passed.
func (d *depthScan) token(i int) int {
	s, b := d.text, d.text[i]
	switch {
	case isSpace(b):
		return i + 1
	case isWordStart(b):
		return d.word(i)
	case b == '\'':
		i = skipQuoted(s, i)
	case b == '"':
		d.top().chain++
		i = skipQuoted(s, i)
	case isDigit(b):
		i = skipNumber(s, i)
	case strings.HasPrefix(s[i:], "--"):
		return skipLineComment(s, i)
	case strings.HasPrefix(s[i:], "/*"):
		return skipBlockComment(s, i)
	case b == '$':
		i = skipDollar(s, i)
	case isOperator(b):
		end, operators := skipOperator(s, i)
		d.top().chain += operators
		i = end
	case b == '.':
		d.afterDot, d.afterSet = true, false
		return i + 1
	default:
		d.punctuation(b)
		d.afterDot, d.afterSet = false, b == ',' && d.top().sets
		i++
	}
	if b != ',' {
		d.afterDot, d.afterSet = false, false
	}
	if f := d.top(); len(d.frames) > maxNesting || f.depth() > maxNesting {
		return -1
	}
	return i
}

// punctuation accounts for brackets and separators.
func (d *depthScan) punctuation(b byte) {
	switch b {
	case '(', '[':
		d.frames = append(d.frames, frame{open: '(', assign: d.afterSet})
	case ')', ']':
		for len(d.frames) > 1 {
			bracket := d.top().open == '('
			d.closeTop()
			if bracket {
				break
			}
		}
	case ',':
		d.top().commas++
		d.top().separate()
	case ';':
		if len(d.frames) == 1 {
			d.endStatement()
		} else {
			d.top().separate()
		}
	case ':':
		d.top().chain++
	}
}

// closeTop closes the innermost frame into the one around it.
func (d *depthScan) closeTop() {
	last := d.top()
	depth := last.depth()
	if last.assign {
		d.assigned += last.commas + 1
	}
	d.frames = d.frames[:len(d.frames)-1]
	d.top().child = max(d.top().child, depth)
}

// endStatement starts afresh at a semicolon outside all brackets.
func (d *depthScan) endStatement() {
	d.deepest = max(d.deepest, d.top().depth())
	d.frames[0] = frame{}
}

// word accounts for the word at i. Words after a dot are names whatever they say.
func (d *depthScan) word(i int) int {
	s := d.text
	end := skipWord(s, i)
	word, named := s[i:end], d.afterDot
	d.afterDot, d.afterSet = false, false
	if end < len(s) && s[end] == '\'' {
		if len(word) == 1 && word[0]|0x20 == 'e' {
			return skipEscaped(s, end)
		}
		return end
	}
	if named || len(word) < 2 || len(word) > len("INTERSECT") || !d.keyword(word) {
		d.top().chain++
	}
	if f := d.top(); len(d.frames) > maxNesting || f.depth() > maxNesting {
		return -1
	}
	return end
}

// keyword accounts for the words that change how tokens nest; false leaves word to be counted like
// any other.
func (d *depthScan) keyword(word string) bool {
	f := d.top()
	switch len(word) {
	case 2:
		if strings.EqualFold(word, "or") {
			d.boolean()
			return true
		}
	case 3:
		switch {
		case strings.EqualFold(word, "and"):
			if f.between > 0 {
				f.between--
				return false
			}
			d.boolean()
			return true
		case strings.EqualFold(word, "end") && f.open == 'c':
			d.closeTop()
			return true
		case strings.EqualFold(word, "set"):
			d.afterSet, f.sets = true, true
		}
	case 4:
		return d.keyword4(word)
	case 6:
		if strings.EqualFold(word, "select") {
			f.chain++ // SELECT in an expression is three nodes for a bracket and a word
		}
	case 7:
		if strings.EqualFold(word, "between") {
			f.between++
		}
	}
	switch {
	case strings.EqualFold(word, "union"), strings.EqualFold(word, "except"), strings.EqualFold(word, "intersect"):
		f.links += 2
		return true
	}
	return false
}

// keyword4 is keyword for the words of four letters.
func (d *depthScan) keyword4(word string) bool {
	f := d.top()
	switch {
	case strings.EqualFold(word, "case"):
		d.frames = append(d.frames, frame{open: 'c'})
		d.top().links++ // CASE and its WHEN are a level each
		return true
	case strings.EqualFold(word, "join"):
		f.links++
		return true
	case f.open == 'c' &&
		(strings.EqualFold(word, "when") || strings.EqualFold(word, "then") || strings.EqualFold(word, "else")):
		f.separate()
		return true
	}
	return false
}

// boolean accounts for AND and OR, whose lists the grammar flattens: two levels for all of them.
func (d *depthScan) boolean() {
	f := d.top()
	if !f.boolean {
		f.boolean, f.links = true, f.links+2
	}
	f.separate()
}
