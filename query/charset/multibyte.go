package charset

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func newTable() *table { return &table{decode: map[uint32]rune{}, encode: map[rune]uint32{}} }

// add notes a character both ways; of two codes for one the first is written.
func (t *table) add(c uint32, r rune) {
	t.decode[c] = r
	if _, there := t.encode[r]; !there {
		t.encode[r] = c
	}
}

// fill adds the characters that x/text has for the codes prefix·a·b with lo ≤ a and lo2 ≤ b, but those left out.
func (t *table) fill(of encoding.Encoding, prefix []byte, lo, lo2 int, without func(c uint32) bool) {
	decoder := of.NewDecoder()
	for a := lo; a <= 0xfe; a++ {
		for b := lo2; b <= 0xfe; b++ {
			raw := append(prefix[:len(prefix):len(prefix)], byte(a), byte(b))
			c := code(string(raw))
			if without != nil && without(c) {
				continue
			}
			text, err := decoder.Bytes(raw)
			if err != nil {
				continue
			}
			if r, n := utf8.DecodeRune(text); r != utf8.RuneError && n == len(text) {
				t.add(c, r)
			}
		}
	}
}

// between is a set of codes: pairs of a first and a last one.
func between(pairs ...uint32) func(uint32) bool {
	return func(c uint32) bool {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] <= c && c <= pairs[i+1] {
				return true
			}
		}
		return false
	}
}

var shiftJIS = sync.OnceValue(func() *table {
	t := newTable()
	for b := range uint32(0xdf - 0xa1 + 1) {
		t.add(0xa1+b, '｡'+rune(b))
	}
	t.fill(japanese.ShiftJIS, nil, 0x81, 0x40, between(0xa000, 0xdfff))
	for c := range t.decode { // IBM's extensions are written rather than NEC's, of the same characters
		if r := t.decode[c]; c >= 0xfa40 && t.encode[r] != 0x81ca && t.encode[r] != 0x81e6 {
			t.encode[r] = c
		}
	}
	for r, c := range map[rune]uint32{'¢': 0x8191, '£': 0x8192, '¥': 0x5c, '¬': 0x81ca, '‖': 0x8161, '‾': 0x7e,
		'−': 0x817c, '〜': 0x8160} {
		t.encode[r] = c // and read as other characters
	}
	return t
})

// ibmKanji are EUC_JP's from 8F F3 F3 on, 94 a row.
const ibmKanji = "" +
	"\u2170\u2171\u2172\u2173\u2174\u2175\u2176\u2177\u2178\u2179\u2160\u2161\u2162\u2163\u2164\u2165" +
	"\u2166\u2167\u2168\u2169\uff07\uff02\u3231\u2116\u2121\u70bb\u4efc\u50f4\u51ec\u5307\u5324\ufa0e" +
	"\u548a\u5759\ufa0f\ufa10\u589e\u5bec\u5cf5\u5d53\ufa11\u5fb7\u6085\u6120\u654e\u663b\u6665\ufa12" +
	"\uf929\u6801\ufa13\ufa14\u6a6b\u6ae2\u6df8\u6df2\u7028\ufa15\ufa16\u7501\u7682\u769e\ufa17\u7930" +
	"\ufa18\ufa19\ufa1a\ufa1b\u7ae7\ufa1c\ufa1d\u7da0\u7dd6\ufa1e\u8362\ufa1f\u85b0\ufa20\ufa21\u8807" +
	"\ufa22\u8b7f\u8cf4\u8d76\ufa23\ufa24\ufa25\u90de\ufa26\u9115\ufa27\ufa28\u9592\uf9dc\ufa29\u973b" +
	"\u974d\u9751\ufa2a\ufa2b\ufa2c\u999e\u9ad9\u9b72\ufa2d\u9ed1"

var eucJP = sync.OnceValue(func() *table {
	t := newTable()
	for b := range uint32(0xdf - 0xa1 + 1) {
		t.add(0x8ea1+b, '｡'+rune(b))
	}
	t.fill(japanese.EUCJP, nil, 0xa1, 0xa1, between(0xf9a1, 0xfcfe))
	t.fill(japanese.EUCJP, []byte{0x8f}, 0xa1, 0xa1, between(0x8fa2b7, 0x8fa2b7, 0x8fa2c3, 0x8fa2c3))
	t.add(0x8fa2c3, '￤')
	t.encode['¦'] = 0x8fa2c3
	c := uint32(0x8ff3f3)
	for _, r := range ibmKanji {
		t.add(c, r)
		if c++; c&0xff == 0xff {
			c += 0xa2
		}
	}
	return t
})

var eucCN = sync.OnceValue(func() *table {
	t := newTable()
	t.add(0xa1a4, '・')
	t.add(0xa1aa, '―')
	t.fill(simplifiedchinese.GBK, nil, 0xa1, 0xa1, between(0xa1a4, 0xa1a4, 0xa1aa, 0xa1aa, 0xa2a1, 0xa2aa, 0xa2e3, 0xa2e3,
		0xa6e0, 0xa6f5, 0xa8bb, 0xa8c0, 0xa8bf, 0xa8bf, 0xfea1, 0xfefe))
	return t
})

var eucKR = sync.OnceValue(func() *table {
	t := newTable()
	t.fill(korean.EUCKR, nil, 0xa1, 0xa1, nil)
	t.add(0xa2e8, '㉾')
	return t
})

var uhc = sync.OnceValue(func() *table {
	t := newTable()
	t.fill(korean.EUCKR, nil, 0x81, 0x41, nil)
	t.add(0xa2e8, '㉾')
	for i := range uint32(94) { // for users to define
		t.add(0xc9a1+i, '\ue000'+rune(i))
		t.add(0xfea1+i, '\ue05e'+rune(i))
	}
	return t
})

var gbk = sync.OnceValue(func() *table {
	t := newTable()
	t.fill(simplifiedchinese.GBK, nil, 0x81, 0x40, between(0xa2e3, 0xa2e3, 0xa3a0, 0xa3a0, 0xa8bf, 0xa8bf, 0xa989, 0xa995,
		0xfe50, 0xfefe))
	t.encode['€'] = 0x80 // and not read
	return t
})

func eucLength(s string) int {
	switch {
	case s[0] < 0x80:
		return 1
	case s[0] == 0x8f:
		return 3
	}
	return 2
}

func twoBytes(s string) int {
	if s[0] < 0x80 {
		return 1
	}
	return 2
}

func sjisLength(s string) int {
	if s[0] >= 0xa1 && s[0] <= 0xdf {
		return 1
	}
	return twoBytes(s)
}

func eucByte(b byte) bool { return b >= 0xa1 && b <= 0xfe }

func validEUC(s string) bool { return len(s) == 2 && eucByte(s[0]) && eucByte(s[1]) }

func validEUCJP(s string) bool {
	switch s[0] {
	case 0x8e:
		return s[1] >= 0xa1 && s[1] <= 0xdf
	case 0x8f:
		return eucByte(s[1]) && eucByte(s[2])
	}
	return validEUC(s)
}

func validSJIS(s string) bool {
	if len(s) == 1 {
		return true
	}
	head := s[0] >= 0x81 && s[0] <= 0x9f || s[0] >= 0xe0 && s[0] <= 0xfc
	return head && s[1] >= 0x40 && s[1] != 0x7f && s[1] <= 0xfc
}

func noZero(s string) bool { return len(s) == 2 && s[1] != 0 }
