package builtin

import (
	"encoding/binary"
	"math"
	"math/bits"
	"net/netip"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// networks are the functions and operators of inet, cidr and macaddr. The names are those of PostgreSQL's network.c.
func networks(r *registry) {
	for name, f := range map[string]func(p netip.Prefix) datum.Datum{
		"abbrev(inet)":    func(p netip.Prefix) datum.Datum { return datum.NewString(inetText(p)) },
		"broadcast(inet)": func(p netip.Prefix) datum.Datum { return inet(edge(p, 0xff), p.Bits()) },
		"cidr(inet)":      func(p netip.Prefix) datum.Datum { return datum.NewInet(p.Masked()) },
		"network(inet)":   func(p netip.Prefix) datum.Datum { return datum.NewInet(p.Masked()) },
		"family(inet)":    func(p netip.Prefix) datum.Datum { return datum.NewInt(int64(familyOf(p))) },
		"host(inet)":      func(p netip.Prefix) datum.Datum { return datum.NewString(datum.HostText(p.Addr())) },
		"hostmask(inet)":  func(p netip.Prefix) datum.Datum { return inet(edge(zeroOf(p), 0xff), p.Addr().BitLen()) },
		"netmask(inet)":   func(p netip.Prefix) datum.Datum { return inet(inverted(edge(zeroOf(p), 0xff)), p.Addr().BitLen()) },
		"masklen(inet)":   func(p netip.Prefix) datum.Datum { return datum.NewInt(int64(p.Bits())) },
		"text(inet)":      func(p netip.Prefix) datum.Datum { return datum.NewString(maskedText(p)) },
		"inetnot(inet)":   func(p netip.Prefix) datum.Datum { return inet(inverted(p.Addr().AsSlice()), p.Bits()) },
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return f(a[0].Prefix()), nil }, name)
	}
	for name, f := range map[string]func(a, b netip.Prefix) bool{
		"network_sub":      func(a, b netip.Prefix) bool { return a.Bits() > b.Bits() && contains(b, a) },
		"network_subeq":    func(a, b netip.Prefix) bool { return contains(b, a) },
		"network_sup":      func(a, b netip.Prefix) bool { return b.Bits() > a.Bits() && contains(a, b) },
		"network_supeq":    func(a, b netip.Prefix) bool { return contains(a, b) },
		"network_overlap":  func(a, b netip.Prefix) bool { return contains(a, b) || contains(b, a) },
		"inet_same_family": func(a, b netip.Prefix) bool { return sameFamily(a, b) },
	} {
		r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
			return datum.NewBool(f(a[0].Prefix(), a[1].Prefix())), nil
		}, name+"(inet,inet)")
	}
	for side, end := range map[string]func(*Env) netip.AddrPort{
		"client": func(env *Env) netip.AddrPort { return env.Session.Info().Client },
		"server": func(env *Env) netip.AddrPort { return env.Session.Info().Server },
	} {
		r.fn(ofEnd(end, func(a netip.AddrPort) datum.Datum { return inet(a.Addr().AsSlice(), a.Addr().BitLen()) }), "inet_"+side+"_addr()")
		r.fn(ofEnd(end, func(a netip.AddrPort) datum.Datum { return datum.NewInt(int64(a.Port())) }), "inet_"+side+"_port()")
	}
	r.fn(abbreviated, "abbrev(cidr)")
	r.fn(setMaskLength(false), "set_masklen(inet,int4)")
	r.fn(setMaskLength(true), "set_masklen(cidr,int4)")
	r.fn(mergeNetworks, "inet_merge(inet,inet)")
	r.fn(combineInets("AND", func(a, b byte) byte { return a & b }), "inetand(inet,inet)")
	r.fn(combineInets("OR", func(a, b byte) byte { return a | b }), "inetor(inet,inet)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return addToInet(a[0], a[1].Int()) }, "inetpl(inet,int8)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return addToInet(a[1], a[0].Int()) }, "int8pl_inet(int8,inet)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) { return subtractFromInet(a[0], a[1].Int()) }, "inetmi_int8(inet,int8)")
	r.fn(inetDifference, "inetmi(inet,inet)")
	r.fn(macOf(func(a, b byte) byte { return a & b }), "macaddr_and(macaddr,macaddr)")
	r.fn(macOf(func(a, b byte) byte { return a | b }), "macaddr_or(macaddr,macaddr)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(string(inverted([]byte(a[0].Str())))), nil
	}, "macaddr_not(macaddr)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(string(combineBytes([]byte(a[0].Str()), []byte("\xff\xff\xff\x00\x00\x00"),
			func(a, b byte) byte { return a & b }))), nil
	}, "trunc(macaddr)")
}

// ofEnd is about an end of the session's connection, NULL where that is none of TCP.
func ofEnd(end func(*Env) netip.AddrPort, f func(netip.AddrPort) datum.Datum) Func {
	return func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if a := end(env); a.IsValid() {
			return f(a), nil
		}
		return datum.Null, nil
	}
}

// inet is an address of raw bytes with a mask.
func inet(raw []byte, bits int) datum.Datum {
	addr, _ := netip.AddrFromSlice(raw)
	return datum.NewInet(netip.PrefixFrom(addr, bits))
}

func familyOf(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 4
	}
	return 6
}

func sameFamily(a, b netip.Prefix) bool { return familyOf(a) == familyOf(b) }

// contains says whether network b is within a, or is a.
func contains(a, b netip.Prefix) bool {
	return sameFamily(a, b) && a.Bits() <= b.Bits() && netip.PrefixFrom(b.Addr(), a.Bits()).Masked() == a.Masked()
}

func zeroOf(p netip.Prefix) netip.Prefix {
	addr, _ := netip.AddrFromSlice(make([]byte, p.Addr().BitLen()/8))
	return netip.PrefixFrom(addr, p.Bits())
}

// edge is an address whose bits behind the mask are set by or.
func edge(p netip.Prefix, or byte) []byte {
	raw := p.Addr().AsSlice()
	for i := range raw {
		if free := 8*(i+1) - p.Bits(); free > 0 {
			raw[i] |= or >> max(8-free, 0)
		}
	}
	return raw
}

func inverted(raw []byte) []byte {
	out := make([]byte, len(raw))
	for i, b := range raw {
		out[i] = ^b
	}
	return out
}

func maskedText(p netip.Prefix) string {
	return datum.HostText(p.Addr()) + "/" + strconv.Itoa(p.Bits())
}

func inetText(p netip.Prefix) string {
	if p.Bits() == p.Addr().BitLen() {
		return datum.HostText(p.Addr())
	}
	return maskedText(p)
}

// abbreviated is abbrev(cidr): the network without what its mask does not reach.
func abbreviated(_ *Env, a []datum.Datum) (datum.Datum, error) {
	p := a[0].Prefix()
	text := ""
	if p.Addr().Is4() {
		raw := p.Addr().As4()
		parts := make([]string, max((p.Bits()+7)/8, 1))
		for i := range parts {
			parts[i] = strconv.Itoa(int(raw[i]))
		}
		text = strings.Join(parts, ".")
	} else {
		text = abbreviatedV6(p.Masked())
	}
	return datum.NewString(text + "/" + strconv.Itoa(p.Bits())), nil
}

// abbreviatedV6 writes the words that a mask reaches, two at least, as inet_cidr_ntop_ipv6 does: the longest run of zeros among
// them is ::, and what begins like an IPv4 address in IPv6 ends like one.
func abbreviatedV6(p netip.Prefix) string {
	if p.Bits() <= 0 {
		return "::"
	}
	raw := p.Addr().As16()
	words := max((p.Bits()+15)/16, 2)
	word := func(i int) uint16 { return binary.BigEndian.Uint16(raw[2*i:]) }
	from, run := 0, 0
	for i, n := 0, 0; i < words; i++ {
		if n++; word(i) != 0 {
			n = 0
		}
		if n > run {
			from, run = i-n+1, n
		}
	}
	dotted := run != words && from == 0 && (run == 6 || run == 5 && word(5) == 0xffff || run == 7 && raw[14] != 0 && raw[15] != 1)
	var out strings.Builder
	for i := range words {
		switch {
		case run > 0 && i >= from && i < from+run:
			if i == from {
				out.WriteByte(':')
			}
			if i == words-1 {
				out.WriteByte(':')
			}
		case dotted && i > 5:
			out.WriteString(map[bool]string{true: ":", false: "."}[i == 6] + strconv.Itoa(int(raw[2*i])))
			if i != 7 || p.Bits() > 120 { // the last octet may be dropped
				out.WriteString("." + strconv.Itoa(int(raw[2*i+1])))
			}
		default:
			if out.Len() > 0 {
				out.WriteByte(':')
			}
			out.WriteString(strconv.FormatUint(uint64(word(i)), 16))
		}
	}
	return out.String()
}

func setMaskLength(network bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		p, n := a[0].Prefix(), int(a[1].Int())
		if n == -1 {
			n = p.Addr().BitLen()
		}
		if n < 0 || n > p.Addr().BitLen() {
			return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid mask length: %d", n)
		}
		p = netip.PrefixFrom(p.Addr(), n)
		if network {
			p = p.Masked()
		}
		return datum.NewInet(p), nil
	}
}

// mergeNetworks is the smallest network that has both.
func mergeNetworks(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a, b := args[0].Prefix(), args[1].Prefix()
	if !sameFamily(a, b) {
		return datum.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot merge addresses from different families")
	}
	x, y := a.Addr().AsSlice(), b.Addr().AsSlice()
	common := 0
	for i := range x {
		same := bits.LeadingZeros8(x[i] ^ y[i])
		if common += same; same < 8 {
			break
		}
	}
	n := min(common, a.Bits(), b.Bits())
	return datum.NewInet(netip.PrefixFrom(a.Addr(), n).Masked()), nil
}

func differentSizes(verb string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "cannot %s inet values of different sizes", verb)
}

func combineInets(verb string, f func(a, b byte) byte) Func {
	return func(_ *Env, args []datum.Datum) (datum.Datum, error) {
		a, b := args[0].Prefix(), args[1].Prefix()
		if !sameFamily(a, b) {
			return datum.Null, differentSizes(verb)
		}
		return inet(combineBytes(a.Addr().AsSlice(), b.Addr().AsSlice(), f), max(a.Bits(), b.Bits())), nil
	}
}

func combineBytes(a, b []byte, f func(a, b byte) byte) []byte {
	out := make([]byte, min(len(a), len(b)))
	for i := range out {
		out[i] = f(a[i], b[i])
	}
	return out
}

func macOf(f func(a, b byte) byte) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(string(combineBytes([]byte(a[0].Str()), []byte(a[1].Str()), f))), nil
	}
}

func resultOutOfRange() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "result is out of range")
}

// halves is an address as a number of 128 bits; those of IPv4 are below 2^32.
func halves(p netip.Prefix) (hi, lo uint64) {
	if p.Addr().Is4() {
		raw := p.Addr().As4()
		return 0, uint64(binary.BigEndian.Uint32(raw[:]))
	}
	raw := p.Addr().As16()
	return binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
}

// fromHalves is the address again, with p's family and mask.
func fromHalves(p netip.Prefix, hi, lo uint64) datum.Datum {
	raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, hi), lo)
	if p.Addr().Is4() {
		raw = raw[12:]
	}
	return inet(raw, p.Bits())
}

func addToInet(d datum.Datum, n int64) (datum.Datum, error) {
	if n < 0 {
		return moveInet(d, uint64(-n), true)
	}
	return moveInet(d, uint64(n), false)
}

func subtractFromInet(d datum.Datum, n int64) (datum.Datum, error) {
	if n < 0 {
		return moveInet(d, uint64(-n), false)
	}
	return moveInet(d, uint64(n), true)
}

// moveInet moves an address by a distance, backwards or forwards.
func moveInet(d datum.Datum, by uint64, back bool) (datum.Datum, error) {
	p := d.Prefix()
	hi, lo := halves(p)
	var carry uint64
	if back {
		lo, carry = bits.Sub64(lo, by, 0)
		hi, carry = bits.Sub64(hi, 0, carry)
	} else {
		lo, carry = bits.Add64(lo, by, 0)
		hi, carry = bits.Add64(hi, 0, carry)
	}
	if carry != 0 || p.Addr().Is4() && (hi != 0 || lo > math.MaxUint32) {
		return datum.Null, resultOutOfRange()
	}
	return fromHalves(p, hi, lo), nil
}

func inetDifference(_ *Env, args []datum.Datum) (datum.Datum, error) {
	a, b := args[0].Prefix(), args[1].Prefix()
	if !sameFamily(a, b) {
		return datum.Null, differentSizes("subtract")
	}
	ahi, alo := halves(a)
	bhi, blo := halves(b)
	lo, borrow := bits.Sub64(alo, blo, 0)
	hi, _ := bits.Sub64(ahi, bhi, borrow)
	if int64(lo) < 0 && hi != math.MaxUint64 || int64(lo) >= 0 && hi != 0 {
		return datum.Null, resultOutOfRange()
	}
	return datum.NewInt(int64(lo)), nil
}
