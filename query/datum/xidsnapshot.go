package datum

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
)

// PgSnapshot says which transactions' work a snapshot has, and TxidSnapshot is its older name: both are held as their text,
// xmin:xmax:xip,…, in the one form that it has.
var (
	PgSnapshot        = base(5038, "pg_snapshot", "pg_snapshot", KindString, -1, 'U', false)
	PgSnapshotArray   = arrayOf(5039, PgSnapshot)
	TxidSnapshot      = base(2970, "txid_snapshot", "txid_snapshot", KindString, -1, 'U', false)
	TxidSnapshotArray = arrayOf(2949, TxidSnapshot)
)

// XidSnapshot is a value of PgSnapshot: what is below Min has ended, what is not below Max had not, nor had those of Running.
type XidSnapshot struct {
	Min, Max uint64
	Running  []uint64
}

// NewXidSnapshot makes a value.
func NewXidSnapshot(s XidSnapshot) Datum {
	out := strconv.AppendUint(nil, s.Min, 10)
	out = append(strconv.AppendUint(append(out, ':'), s.Max, 10), ':')
	for i, x := range s.Running {
		if i > 0 {
			out = append(out, ',')
		}
		out = strconv.AppendUint(out, x, 10)
	}
	return NewString(string(out))
}

// XidSnapshot takes a value apart.
func (d Datum) XidSnapshot() XidSnapshot {
	s, _ := readXidSnapshot(d.Str())
	return s
}

// Has says whether a snapshot has the work of a transaction that committed.
func (s XidSnapshot) Has(xid uint64) bool {
	if xid < s.Min || xid >= s.Max {
		return xid < s.Min
	}
	_, running := slices.BinarySearch(s.Running, xid)
	return !running
}

// parseXidSnapshot reads a snapshot as parse_snapshot of xid8funcs.c does.
func parseXidSnapshot(text string) (Datum, error) {
	s, ok := readXidSnapshot(text)
	if !ok {
		return Null, syntaxError(PgSnapshot, text)
	}
	return NewXidSnapshot(s), nil
}

func readXidSnapshot(text string) (s XidSnapshot, ok bool) {
	low, rest, ok1 := strings.Cut(text, ":")
	high, list, ok2 := strings.Cut(rest, ":")
	var err error
	if s.Min, err = strconv.ParseUint(low, 10, 64); err != nil || !ok1 || !ok2 || s.Min == 0 {
		return s, false
	}
	if s.Max, err = strconv.ParseUint(high, 10, 64); err != nil || s.Max < s.Min {
		return s, false
	}
	for list != "" {
		var one string
		one, list, _ = strings.Cut(list, ",")
		x, err := strconv.ParseUint(one, 10, 64)
		if err != nil || !s.add(x) {
			return s, false
		}
	}
	return s, true
}

// add notes a running transaction, which must not come before the last one; one that comes twice counts once.
func (s *XidSnapshot) add(x uint64) bool {
	last := s.Min
	if n := len(s.Running); n > 0 {
		last = s.Running[n-1]
	}
	if x < last || x >= s.Max {
		return false
	}
	if len(s.Running) == 0 || x != last {
		s.Running = append(s.Running, x)
	}
	return true
}

func parseXidSnapshotBinary(b []byte) (Datum, error) {
	if len(b) < 20 || len(b) != 20+8*int(int32(binary.BigEndian.Uint32(b))) {
		return Null, badBinary(PgSnapshot)
	}
	s := XidSnapshot{Min: binary.BigEndian.Uint64(b[4:]), Max: binary.BigEndian.Uint64(b[12:])}
	if s.Min == 0 || s.Max < s.Min {
		return Null, badBinary(PgSnapshot)
	}
	for rest := b[20:]; len(rest) > 0; rest = rest[8:] {
		if !s.add(binary.BigEndian.Uint64(rest)) {
			return Null, badBinary(PgSnapshot)
		}
	}
	return NewXidSnapshot(s), nil
}

func appendXidSnapshotBinary(dst []byte, text string) []byte {
	s, _ := readXidSnapshot(text)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.Running)))
	dst = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(dst, s.Min), s.Max)
	for _, x := range s.Running {
		dst = binary.BigEndian.AppendUint64(dst, x)
	}
	return dst
}
