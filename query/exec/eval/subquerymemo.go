package eval

import (
	"encoding/binary"
	"math"

	"github.com/seguedb/segue/query/datum"
)

// subqueryMemo remembers what a subplan gave, by the values of the slots that it reads. Rows that come of joins repeat such
// values, and seldom one after the other. It forgets everything when it is full, and gives up where values hardly ever
// come again. A nil one remembers nothing.
type subqueryMemo struct {
	known        map[string]subqueryResult
	key          []byte
	bytes        int
	asked, found int
}

const (
	// memoBytes is roughly what a memo may hold.
	memoBytes = 1 << 20
	// memoTrial is after how many questions a memo must have answered a tenth of them.
	memoTrial = 2000
	memoEntry = 96
)

// find looks the present values up; after false the result may be kept for them.
func (m *subqueryMemo) find(ctx *Context, slots []int) (subqueryResult, bool) {
	if m == nil {
		return subqueryResult{}, false
	}
	m.key = m.key[:0]
	if m.asked++; m.asked > memoTrial && m.found < m.asked/10 {
		m.known = nil
		return subqueryResult{}, false
	}
	var exact bool
	if m.key, exact = ctx.AppendSlots(m.key, slots); !exact {
		m.key = m.key[:0]
		return subqueryResult{}, false
	}
	r, ok := m.known[string(m.key)]
	if ok {
		m.found++
	}
	return r, ok
}

// keep remembers what find had no answer for.
func (m *subqueryMemo) keep(r subqueryResult) {
	if m == nil || len(m.key) == 0 {
		return
	}
	size := memoEntry + len(m.key) + 64*len(r.column)
	if r.set != nil {
		size += 64 * r.set.len()
	}
	if r.value.Kind() == datum.KindString {
		size += len(r.value.Str())
	}
	if size > memoBytes/4 {
		return
	}
	if m.bytes += size; m.known == nil || m.bytes > memoBytes {
		m.known, m.bytes = map[string]subqueryResult{}, size
	}
	m.known[string(m.key)] = r
}

// AppendSlots appends bytes that tell the present values of slots apart, as far as these are of kinds that it does so for.
func (c *Context) AppendSlots(dst []byte, slots []int) ([]byte, bool) {
	for _, s := range slots {
		var ok bool
		if dst, ok = appendExact(dst, c.slots[s].value); !ok {
			return dst, false
		}
	}
	return dst, true
}

// appendExact appends bytes that are the same only for values that are alike in every respect: 1.5 and 1.50 are not. It
// says no to kinds of values that are large, or are compared in some other way.
func appendExact(dst []byte, d datum.Datum) ([]byte, bool) {
	dst = append(dst, byte(d.Kind()))
	switch d.Kind() {
	case datum.KindNull:
	case datum.KindBool:
		if d.Bool() {
			return append(dst, 1), true
		}
		return append(dst, 0), true
	case datum.KindInt:
		return binary.BigEndian.AppendUint64(dst, uint64(d.Int())), true
	case datum.KindFloat:
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(d.Float())), true
	case datum.KindString:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(d.Str())))
		return append(dst, d.Str()...), true
	case datum.KindNumeric:
		return append(dst, d.Numeric().Text('E')+";"...), true
	case datum.KindInterval:
		v := d.Interval()
		dst = binary.BigEndian.AppendUint32(dst, uint32(v.Months))
		dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
		return binary.BigEndian.AppendUint64(dst, uint64(v.Micros)), true
	default:
		return dst, false
	}
	return dst, true
}
