package builtin

import "github.com/seguedb/segue/query/datum"

func macaddr8Functions(r *registry) {
	r.fn(textToText(func(s string) string { return eachByte(s, s, func(a, _ byte) byte { return ^a }) }), "macaddr8_not(macaddr8)")
	r.fn(textsToText(func(s, t string) string { return eachByte(s, t, func(a, b byte) byte { return a & b }) }),
		"macaddr8_and(macaddr8,macaddr8)")
	r.fn(textsToText(func(s, t string) string { return eachByte(s, t, func(a, b byte) byte { return a | b }) }),
		"macaddr8_or(macaddr8,macaddr8)")
	r.fn(textToText(func(s string) string { return s[:3] + "\x00\x00\x00\x00\x00" }), "trunc(macaddr8)")
	r.fn(textToText(func(s string) string { return string([]byte{s[0] | 2}) + s[1:] }), "macaddr8_set7bit(macaddr8)")
	r.simpleCast("macaddr", datum.Macaddr8, datum.Macaddr)
	r.simpleCast("macaddr8", datum.Macaddr, datum.Macaddr8)
}

func eachByte(s, t string, f func(a, b byte) byte) string {
	out := make([]byte, len(s))
	for i := range out {
		out[i] = f(s[i], t[i])
	}
	return string(out)
}
