package vector

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Cache keeps the vectors last read from Sources, for all indexes that are opened with it: those of a small index all
// stay, which makes up for the reading, and so do those that many queries find. A version's vector never changes, so
// nothing in it grows old. It is safe for use by several goroutines.
//
// A look-up is one load and no lock. A version has one slot, and what comes into a slot drives out what was there: next to
// reading a row that costs little, and the versions of a segment that has no more than there are slots never meet.
type Cache struct {
	slots []atomic.Pointer[cached]
	max   int64
	bytes atomic.Int64

	mu   sync.Mutex
	hand int // of the clock that makes room
}

// cached is a version's vector. The block is named by its number, for a pointer would keep it in memory.
type cached struct {
	block uint64
	i     int
	vec   []float32
}

// cachedBytes is what a vector takes beside its numbers.
const cachedBytes = int64(unsafe.Sizeof(cached{}))

// cacheSlotBytes: a budget has a slot for each so many bytes, a vector of 256 dimensions.
const cacheSlotBytes = 1 << 10

// NewCache returns a cache of so many bytes of vectors; none for 0 or less.
func NewCache(bytes int64) *Cache {
	bytes = max(bytes, 0)
	return &Cache{max: bytes, slots: make([]atomic.Pointer[cached], bytes/cacheSlotBytes)}
}

// slot is where a version's vector is, if anywhere: side by side for those of a block.
func (c *Cache) slot(p place) *atomic.Pointer[cached] {
	return &c.slots[(p.b.serial*0x9E3779B97F4A7C15>>20+uint64(p.i))%uint64(len(c.slots))]
}

// get returns a version's vector, or nil.
func (c *Cache) get(p place) []float32 {
	if c == nil || len(c.slots) == 0 {
		return nil
	}
	if e := c.slot(p).Load(); e != nil && e.block == p.b.serial && e.i == p.i {
		return e.vec
	}
	return nil
}

// put keeps a version's vector.
func (c *Cache) put(p place, vec []float32) {
	size := cachedBytes + 4*int64(len(vec))
	if c == nil || len(c.slots) == 0 || size > c.max {
		return
	}
	c.account(size, c.slot(p).Swap(&cached{p.b.serial, p.i, vec}))
	for c.bytes.Load() > c.max {
		c.evict()
	}
}

// account counts what came and what went.
func (c *Cache) account(size int64, gone *cached) {
	if gone != nil {
		size -= cachedBytes + 4*int64(len(gone.vec))
	}
	c.bytes.Add(size)
}

// evict empties the next slot that is not empty.
func (c *Cache) evict() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range c.slots {
		c.hand = (c.hand + 1) % len(c.slots)
		if gone := c.slots[c.hand].Swap(nil); gone != nil {
			c.account(0, gone)
			return
		}
	}
}

// Drop empties the cache.
func (c *Cache) Drop() {
	if c == nil {
		return
	}
	for i := range c.slots {
		if gone := c.slots[i].Swap(nil); gone != nil {
			c.account(0, gone)
		}
	}
}

// Bytes is what the cache holds.
func (c *Cache) Bytes() int64 {
	if c == nil {
		return 0
	}
	return c.bytes.Load()
}
