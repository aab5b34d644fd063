package relation

import (
	"slices"
	"sync"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/storage"
)

// columnCache keeps columns of tables as they come out of rows, so that a scan need not read and decode the rows again:
// a row of ten columns costs some 300 ns, a cached value of it about one. It is by blocks of blockRows row identities.
//
// A block that was made at commit b may be read at commit s when no commit after the lesser of the two has changed it.
// Each commit notes the blocks it changes before anyone can take a snapshot of it, so a reader can only be too careful.
// A transaction with writes of its own to a table does without.
//
// It is bounded. What goes first is left to chance: scans that are larger than the cache come round and round, and the
// least recently used block is then the one needed next.
type columnCache struct {
	max int64

	mu     sync.Mutex
	latest uint64 // the last commit noted
	bytes  int64
	aside  int64 // of max, for the values that vector indexes keep
	tables map[uint32]*cachedTable
}

// blockRows is large enough that a block's cost is its rows', small enough that one changed row costs little.
const (
	blockShift = 12
	blockRows  = 1 << blockShift
)

// cachedTable is a table that has been scanned.
type cachedTable struct {
	desc    *catalog.Table
	all     uint64            // the last commit that may have changed everything
	changed map[uint64]uint64 // the last commit that changed a block
	blocks  map[uint64]*cachedBlock
}

// cachedBlock is the rows of one block at a commit. Its parts are never changed once they are in the cache; columns by
// attribute number are added by replacing the block.
type cachedBlock struct {
	built   uint64
	rows    []uint16 // offsets of the row identities in the block
	columns map[int16]*packedColumn
	bytes   int64
}

func (c *columnCache) init(max int64) { c.max, c.tables = max, map[uint32]*cachedTable{} }

// register begins to note the changes of a table. It says whether a reader at a commit may use the cache.
func (c *columnCache) register(desc *catalog.Table, at uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[desc.ID]
	if t == nil {
		t = &cachedTable{desc: desc, all: c.latest, changed: map[uint64]uint64{}, blocks: map[uint64]*cachedBlock{}}
		c.tables[desc.ID] = t
	}
	return t.all <= at
}

// get finds a block as it was at a commit, nil when it is not there.
func (c *columnCache) get(table uint32, block, at uint64) *cachedBlock {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[table]
	if t == nil {
		return nil
	}
	b := t.blocks[block]
	if b == nil || max(t.all, t.changed[block]) > min(at, b.built) {
		return nil
	}
	return b
}

// put keeps a block that was read at commit b.built.
func (c *columnCache) put(table uint32, block uint64, b *cachedBlock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.tables[table]
	if t == nil || max(t.all, t.changed[block]) > b.built {
		return
	}
	if old := t.blocks[block]; old != nil {
		c.bytes -= old.bytes
	}
	t.blocks[block] = b
	c.bytes += b.bytes
	c.evict()
}

// setAside leaves a part of the cache to others.
func (c *columnCache) setAside(bytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aside = bytes
	c.evict()
}

// drop empties the cache.
func (c *columnCache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tables {
		clear(t.blocks)
	}
	c.bytes = 0
}

// evict makes room: the order of a map is chance enough.
func (c *columnCache) evict() {
	for _, t := range c.tables {
		for at, b := range t.blocks {
			if c.bytes <= c.max-c.aside {
				return
			}
			delete(t.blocks, at)
			c.bytes -= b.bytes
		}
	}
}

// note marks what a commit changes. It is called before the commit can be seen.
func (c *columnCache) note(commit uint64, writes *storage.Layer, gone []dropped, after *catalog.Snapshot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.latest = commit
	for id, t := range c.tables {
		last := ^uint64(0)
		writes.Range(storage.RowRange(id), func(key, _ []byte, _ bool) {
			if block := storage.RowOf(key) >> blockShift; block != last {
				t.changed[block], last = commit, block
			}
		})
	}
	for _, d := range gone {
		c.forget(d.table)
	}
	if after == nil {
		return
	}
	for id, t := range c.tables {
		if after.TableByOID(t.desc.OID) != t.desc {
			c.forget(id)
		}
	}
}

// forget drops what is known of a table, whose next reader registers it again.
func (c *columnCache) forget(table uint32) {
	if t := c.tables[table]; t != nil {
		for _, b := range t.blocks {
			c.bytes -= b.bytes
		}
		delete(c.tables, table)
	}
}

// with returns a block that has further columns, read from the same rows.
func (b *cachedBlock) with(columns map[int16]*packedColumn) *cachedBlock {
	out := &cachedBlock{built: b.built, rows: b.rows, columns: map[int16]*packedColumn{}, bytes: int64(2*len(b.rows)) + 64}
	for _, list := range []map[int16]*packedColumn{b.columns, columns} {
		for att, col := range list {
			out.columns[att] = col
			out.bytes += col.bytes()
		}
	}
	return out
}

// missing lists the wanted columns that a block does not have, by position in cols.
func (b *cachedBlock) missing(cols []*catalog.Column) []int {
	var out []int
	for i, c := range cols {
		if p := b.columns[c.AttNum]; p == nil || p.kind != c.Type.Kind {
			out = append(out, i)
		}
	}
	return out
}

// packedColumn is a block's values of one column in as few bytes as is quick to undo: integers as offsets from the
// least, strings as numbers in a list of the distinct ones, or end to end.
type packedColumn struct {
	kind  datum.Kind
	nulls []bool
	base  int64
	i8    []uint8 // also the numbers of distinct strings
	i16   []uint16
	i32   []uint32 // also where each string ends
	i64   []int64
	f32   []float32
	f64   []float64
	b     []bool
	list  []string // the distinct strings
	text  string   // all strings, end to end
	d     []datum.Datum
}

func (p *packedColumn) bytes() int64 {
	n := len(p.nulls) + len(p.i8) + 2*len(p.i16) + 4*len(p.i32) + 8*len(p.i64) + 4*len(p.f32) + 8*len(p.f64) + len(p.b) +
		len(p.text) + 96*len(p.d) + 160
	for _, s := range p.list {
		n += 16 + len(s)
	}
	return int64(n)
}

func pack(v *datum.Vec) *packedColumn {
	p := &packedColumn{kind: v.Type.Kind, nulls: slices.Clone(v.Nulls)}
	switch v.Type.Kind {
	case datum.KindBool:
		p.b = slices.Clone(v.B)
	case datum.KindInt:
		p.packInts(v.I)
	case datum.KindFloat:
		if v.Type == datum.Float4 {
			for _, f := range v.F {
				p.f32 = append(p.f32, float32(f))
			}
			return p
		}
		p.f64 = slices.Clone(v.F)
	case datum.KindString:
		p.packStrings(v.S)
	default:
		p.d = slices.Clone(v.D)
	}
	return p
}

func (p *packedColumn) packInts(v []int64) {
	if len(v) == 0 {
		return
	}
	lo, hi := slices.Min(v), slices.Max(v)
	p.base = lo
	switch spread := uint64(hi) - uint64(lo); {
	case spread < 1<<8:
		p.i8 = make([]uint8, len(v))
		for i, x := range v {
			p.i8[i] = uint8(x - lo)
		}
	case spread < 1<<16:
		p.i16 = make([]uint16, len(v))
		for i, x := range v {
			p.i16[i] = uint16(x - lo)
		}
	case spread < 1<<32:
		p.i32 = make([]uint32, len(v))
		for i, x := range v {
			p.i32[i] = uint32(x - lo)
		}
	default:
		p.i64 = slices.Clone(v)
	}
}

func (p *packedColumn) packStrings(v []string) {
	numbers := map[string]uint8{}
	p.i8 = make([]uint8, len(v))
	for i, s := range v {
		n, known := numbers[s]
		if !known {
			if len(p.list) == 256 {
				p.endToEnd(v)
				return
			}
			n = uint8(len(p.list))
			numbers[s], p.list = n, append(p.list, s)
		}
		p.i8[i] = n
	}
}

func (p *packedColumn) endToEnd(v []string) {
	p.i8, p.list = nil, nil
	var all []byte
	p.i32 = make([]uint32, len(v))
	for i, s := range v {
		all = append(all, s...)
		p.i32[i] = uint32(len(all))
	}
	p.text = string(all)
}

// unpack appends values [lo, hi) to an empty column.
func (p *packedColumn) unpack(v *datum.Vec, lo, hi int) {
	if p.nulls != nil {
		v.Nulls = append(v.Nulls[:0], p.nulls[lo:hi]...)
	}
	switch p.kind {
	case datum.KindBool:
		v.B = append(v.B, p.b[lo:hi]...)
	case datum.KindInt:
		v.I = p.unpackInts(v.I, lo, hi)
	case datum.KindFloat:
		if p.f64 != nil {
			v.F = append(v.F, p.f64[lo:hi]...)
			return
		}
		for _, f := range p.f32[lo:hi] {
			v.F = append(v.F, float64(f))
		}
	case datum.KindString:
		v.S = p.unpackStrings(v.S, lo, hi)
	default:
		v.D = append(v.D, p.d[lo:hi]...)
	}
}

func (p *packedColumn) unpackInts(out []int64, lo, hi int) []int64 {
	switch {
	case p.i8 != nil:
		return unpackOffsets(out, p.i8[lo:hi], p.base)
	case p.i16 != nil:
		return unpackOffsets(out, p.i16[lo:hi], p.base)
	case p.i32 != nil:
		return unpackOffsets(out, p.i32[lo:hi], p.base)
	}
	return append(out, p.i64[lo:hi]...)
}

func unpackOffsets[T uint8 | uint16 | uint32](out []int64, in []T, base int64) []int64 {
	at := len(out)
	out = slices.Grow(out, len(in))[:at+len(in)]
	for i, x := range in {
		out[at+i] = base + int64(x)
	}
	return out
}

func (p *packedColumn) unpackStrings(out []string, lo, hi int) []string {
	if p.i32 == nil {
		for _, n := range p.i8[lo:hi] {
			out = append(out, p.list[n])
		}
		return out
	}
	start := uint32(0)
	if lo > 0 {
		start = p.i32[lo-1]
	}
	for _, end := range p.i32[lo:hi] {
		out = append(out, p.text[start:end])
		start = end
	}
	return out
}
