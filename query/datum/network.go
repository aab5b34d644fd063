package datum

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

// An inet or cidr is held as bytes in whose order PostgreSQL has such values: the family, the network with zeros behind its
// mask, the mask's length, and the whole address. A macaddr is its six bytes.

// Families of addresses as the wire and the bytes of a value have them.
const (
	familyV4 byte = 2
	familyV6 byte = 3
)

// IsNetwork says whether values are inet or cidr.
func IsNetwork(t *Type) bool { return t == Inet || t == CIDR }

// NewInet is an address with a mask.
func NewInet(p netip.Prefix) Datum {
	out := make([]byte, 0, 34)
	family := familyV4
	if !p.Addr().Is4() {
		family = familyV6
	}
	out = append(out, family)
	out = append(out, p.Masked().Addr().AsSlice()...)
	out = append(out, byte(p.Bits()))
	return NewString(string(append(out, p.Addr().AsSlice()...)))
}

// Prefix is the value of an inet or cidr.
func (d Datum) Prefix() netip.Prefix {
	n := (len(d.s) - 2) / 2
	if n != 4 && n != 16 {
		return netip.Prefix{} // of damaged bytes
	}
	addr, _ := netip.AddrFromSlice([]byte(d.s[n+2:]))
	return netip.PrefixFrom(addr, int(d.s[n+1]))
}

// parseNetwork reads an address, with a mask or without one.
func parseNetwork(t *Type, s string) (Datum, error) {
	var p netip.Prefix
	var ok bool
	switch {
	case strings.Contains(s, ":"):
		p, ok = parseV6(s)
	case t == CIDR:
		p, ok = parseCIDR4(s)
	default:
		p, ok = parseInet4(s)
	}
	switch {
	case !ok:
		return Null, syntaxError(t, s)
	case t == CIDR && p.Masked().Addr() != p.Addr():
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid cidr value: \"%s\"", s).
			WithDetail("Value has bits set to right of mask.")
	}
	return NewInet(p), nil
}

func parseV6(s string) (p netip.Prefix, ok bool) {
	text, mask, masked := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return p, false
	}
	bits := 128
	if masked {
		if bits, ok = maskLength(mask, 128); !ok || len(mask) > 1 && mask[0] == '0' {
			return p, false
		}
	}
	return netip.PrefixFrom(addr, bits), true
}

func maskLength(s string, most int) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= most
}

// octets reads up to four decimal bytes and a mask; bits is -1 without one.
func octets(s string) (addr [4]byte, count, bits int, ok bool) {
	text, mask, masked := strings.Cut(s, "/")
	if bits = -1; masked {
		if bits, ok = maskLength(mask, 32); !ok {
			return addr, 0, 0, false
		}
	}
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return addr, 0, 0, false
	}
	for i, part := range parts {
		n, ok := maskLength(part, 255)
		if !ok {
			return addr, 0, 0, false
		}
		addr[i] = byte(n)
	}
	return addr, len(parts), bits, true
}

// parseInet4 is inet_net_pton_ipv4: octets may be left out where the mask does not reach them.
func parseInet4(s string) (netip.Prefix, bool) {
	addr, count, bits, ok := octets(s)
	if bits == -1 && count == 4 {
		bits = 32
	}
	return netip.PrefixFrom(netip.AddrFrom4(addr), bits), ok && bits >= 0 && bits/8 <= count
}

// parseCIDR4 is inet_cidr_pton_ipv4: without a mask it is that of the address's class, or as wide as what is written.
func parseCIDR4(s string) (netip.Prefix, bool) {
	addr, count, bits, ok := octets(s)
	if bits == -1 {
		switch first := addr[0]; {
		case first >= 240:
			bits = 32
		case first >= 224:
			bits = 8
		case first >= 192:
			bits = 24
		case first >= 128:
			bits = 16
		default:
			bits = 8
		}
		bits = max(bits, 8*count)
		if bits == 8 && addr[0] == 224 {
			bits = 4
		}
	}
	return netip.PrefixFrom(netip.AddrFrom4(addr), bits), ok
}

// HostText is an address without a mask: as netip writes it, but for the dotted form of ::1.2.3.4.
func HostText(a netip.Addr) string {
	raw := a.As16()
	if a.Is6() && !a.Is4In6() && binary.BigEndian.Uint64(raw[:8]) == 0 && binary.BigEndian.Uint32(raw[8:]) == 0 &&
		binary.BigEndian.Uint16(raw[12:]) != 0 {
		return "::" + netip.AddrFrom4([4]byte(raw[12:])).String()
	}
	return a.String()
}

func appendNetwork(dst []byte, t *Type, s string) []byte {
	p := NewString(s).Prefix()
	dst = append(dst, HostText(p.Addr())...)
	if t == CIDR || p.Bits() != p.Addr().BitLen() {
		dst = strconv.AppendInt(append(dst, '/'), int64(p.Bits()), 10)
	}
	return dst
}

// networkText is text(inet), which always names the mask.
func networkText(d Datum) string {
	p := d.Prefix()
	return HostText(p.Addr()) + "/" + strconv.Itoa(p.Bits())
}

func appendNetworkBinary(dst []byte, t *Type, s string) []byte {
	p := NewString(s).Prefix()
	cidr := byte(0)
	if t == CIDR {
		cidr = 1
	}
	raw := p.Addr().AsSlice()
	return append(append(dst, s[0], byte(p.Bits()), cidr, byte(len(raw))), raw...)
}

// parseNetworkBinary is network_recv.
func parseNetworkBinary(t *Type, b []byte) (Datum, error) {
	bad := func(what string) (Datum, error) {
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid %s in external \"%s\" value", what, t.Name)
	}
	if len(b) < 4 {
		return Null, badBinary(t)
	}
	size := map[byte]int{familyV4: 4, familyV6: 16}[b[0]]
	switch {
	case size == 0:
		return bad("address family")
	case int(b[1]) > 8*size:
		return bad("bits")
	case int(b[3]) != size:
		return bad("length")
	case len(b) != 4+size:
		return Null, badBinary(t)
	}
	addr, _ := netip.AddrFromSlice(b[4:])
	p := netip.PrefixFrom(addr, int(b[1]))
	if t == CIDR && p.Masked().Addr() != addr {
		return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid external \"cidr\" value").
			WithDetail("Value has bits set to right of mask.")
	}
	return NewInet(p), nil
}

// The ways in which a hardware address may be written, as macaddr_in scans them.
var macFormats = []*regexp.Regexp{
	regexp.MustCompile(`^` + strings.Repeat(`\s*([0-9A-Fa-f]+):`, 5) + `\s*([0-9A-Fa-f]+)\s*$`),
	regexp.MustCompile(`^` + strings.Repeat(`\s*([0-9A-Fa-f]+)-`, 5) + `\s*([0-9A-Fa-f]+)\s*$`),
	regexp.MustCompile(`^\s*` + macHalf + `:` + macHalf + `\s*$`),
	regexp.MustCompile(`^\s*` + macHalf + `-` + macHalf + `\s*$`),
	regexp.MustCompile(`^\s*` + macPair + `\.` + macPair + `\.` + macPair + `\s*$`),
	regexp.MustCompile(`^\s*` + macPair + `-` + macPair + `-` + macPair + `\s*$`),
	regexp.MustCompile(`^\s*` + macHalf + macHalf + `\s*$`),
}

const (
	macPair = `([0-9A-Fa-f]{2})([0-9A-Fa-f]{2})`
	macHalf = macPair + `([0-9A-Fa-f]{2})`
)

func parseMacaddr(s string) (Datum, error) {
	for _, format := range macFormats {
		found := format.FindStringSubmatch(s)
		if found == nil {
			continue
		}
		out := make([]byte, 6)
		for i := range out {
			n, err := strconv.ParseUint(found[i+1], 16, 32)
			if err != nil || n > 255 {
				return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "invalid octet value in \"macaddr\" value: \"%s\"", s)
			}
			out[i] = byte(n)
		}
		return NewString(string(out)), nil
	}
	return Null, syntaxError(Macaddr, s)
}

func appendMacaddr(dst []byte, s string) []byte {
	for i := range len(s) {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = hex.AppendEncode(dst, []byte{s[i]})
	}
	return dst
}
