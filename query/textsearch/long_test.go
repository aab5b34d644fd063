package textsearch

import (
	"strings"
	"testing"
	"time"
)

// TestLong gives the parsers what a careless machine takes long for, or overflows its stack with.
func TestLong(t *testing.T) {
	for _, s := range []string{strings.Repeat("!", 9000) + "a", strings.Repeat("(", 9000) + "a" + strings.Repeat(")", 9000), strings.Repeat("a&", 50000) + "a", strings.Repeat("!a|", 5000) + "a", strings.Repeat("a<->", 20000) + "a"} {
		at := time.Now()
		n, err := ParseQuery(s, nil)
		out := n.Append(nil)
		b := n.Encode()
		_, err2 := ReadQuery(b)
		if err != nil || err2 != nil || len(out) == 0 {
			t.Errorf("%.9s: %v, %v", s, err, err2)
		}
		m := n.Match(Vector{{Word: "a", Positions: []Position{1, 2, 3}}})
		t.Logf("%.9s %v %v", s, m, time.Since(at))
		if time.Since(at) > 20*time.Second {
			t.Errorf("%.9s took %v", s, time.Since(at))
		}
	}
	for _, s := range []string{strings.Repeat("a@", 50000), strings.Repeat("a.", 50000), strings.Repeat("<a ", 10000), strings.Repeat("a-", 50000), strings.Repeat("1.", 50000), strings.Repeat("/a", 50000), strings.Repeat("word ", 100000)} {
		at := time.Now()
		v, err := ToVector(ConfigNamed("english"), s, nil)
		if err != nil || time.Since(at) > 20*time.Second {
			t.Errorf("%.4s: %d lexemes, %v, after %v", s, len(v), err, time.Since(at))
		}
	}
}
