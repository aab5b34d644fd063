package relation

import (
	"encoding/binary"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/seguedb/segue/storage"
)

// pointCache keeps the values of single keys, index entries and rows, for those who look them up one at a time: the
// store's look-up of a key in its cached blocks costs 2.5 µs, and a point select needs two; one here costs a tenth of that.
//
// An entry that was read at commit b may be given to a reader at commit s ≥ b: a commit changes its own, or takes them out,
// before anyone can take a snapshot of it, and from then on nobody who reads an older one can put them back.
//
// Entries lie in two arenas of bytes a shard. The young one takes what is read and what is found in the old one; when it
// is full it becomes the old one, whose memory it gets. So what is used stays, and the garbage collector sees no pointers.
type pointCache struct {
	half   int // bytes of one arena; 0 keeps nothing
	shards [pointShards]pointShard
}

const (
	pointShards     = 16
	pointShardShift = 64 - 4
	// noteKeys bounds the changes that are taken out one by one; a larger commit empties the cache.
	noteKeys = 4096
)

type pointShard struct {
	mu         sync.Mutex
	changed    uint64 // the last commit that changed one of its keys
	young, old pointArena
}

// pointArena holds entries one after the other, found by their keys' hashes: the commit, 8 bytes, the lengths of key and
// value, 4 bytes each, key and value.
type pointArena struct {
	at   map[uint64]uint32
	data []byte
}

const pointHeaderBytes = 16

func (c *pointCache) init(max int64) { c.half = int(max / (2 * pointShards)) }

// get appends a key's value as a reader at a commit has it to dst.
func (c *pointCache) get(key []byte, at uint64, dst []byte) (value []byte, ok bool) {
	if c.half == 0 {
		return nil, false
	}
	h := xxhash.Sum64(key)
	s := &c.shards[h>>pointShardShift]
	s.mu.Lock()
	defer s.mu.Unlock()
	built, found, ok := s.young.find(h, key)
	if !ok {
		if built, found, ok = s.old.find(h, key); ok && s.fits(c.half, len(key)+len(found)) {
			found = s.young.add(h, key, found, built)
		}
	}
	if !ok || built > at {
		return nil, false
	}
	return append(dst, found...), true
}

// put keeps what a reader at a commit has read.
func (c *pointCache) put(key, value []byte, at uint64) {
	if c.half == 0 {
		return
	}
	h := xxhash.Sum64(key)
	s := &c.shards[h>>pointShardShift]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed <= at {
		s.add(c.half, h, key, value, at)
	}
}

// note gives what is kept the values that a commit wrote, and takes out what it deleted.
func (c *pointCache) note(commit uint64, writes *storage.Layer, dropped bool) {
	if c.half == 0 {
		return
	}
	if dropped || writes.Len() > noteKeys {
		c.drop(commit)
		return
	}
	writes.Each(func(key string, value []byte, deleted bool) {
		h := xxhash.Sum64String(key)
		s := &c.shards[h>>pointShardShift]
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed = commit
		for _, a := range []*pointArena{&s.young, &s.old} {
			if deleted || !a.renew(h, key, value, commit) {
				delete(a.at, h)
			}
		}
	})
}

// drop empties the cache. The commit is what it is for, 0 for none.
func (c *pointCache) drop(commit uint64) {
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		s.changed = max(s.changed, commit)
		s.young, s.old = pointArena{}, pointArena{}
		s.mu.Unlock()
	}
}

// add puts an entry into the young arena. One that would fill an eighth of it is not kept.
func (s *pointShard) add(half int, h uint64, key, value []byte, at uint64) {
	size := len(key) + len(value)
	if size > half/8 {
		return
	}
	if !s.fits(half, size) {
		clear(s.old.at)
		gone := pointArena{s.old.at, s.old.data[:0]}
		s.old, s.young = s.young, gone
	}
	s.young.add(h, key, value, at)
}

// fits says whether the young arena has room for a key and value of a size.
func (s *pointShard) fits(half, size int) bool {
	return len(s.young.data)+pointHeaderBytes+size <= half
}

// add puts an entry behind the others, and returns its value there.
func (a *pointArena) add(h uint64, key, value []byte, at uint64) []byte {
	if a.at == nil {
		a.at = map[uint64]uint32{}
	}
	a.at[h] = uint32(len(a.data))
	a.data = binary.LittleEndian.AppendUint64(a.data, at)
	a.data = binary.LittleEndian.AppendUint32(a.data, uint32(len(key)))
	a.data = binary.LittleEndian.AppendUint32(a.data, uint32(len(value)))
	a.data = append(append(a.data, key...), value...)
	return a.data[len(a.data)-len(value):]
}

// renew puts a new value over an entry's, if it has one of the same length.
func (a *pointArena) renew(h uint64, key string, value []byte, at uint64) bool {
	i, ok := a.at[h]
	if !ok {
		return false
	}
	e := a.data[i:]
	keyLen, valueLen := binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
	if int(valueLen) != len(value) || string(e[pointHeaderBytes:pointHeaderBytes+keyLen]) != key {
		return false
	}
	binary.LittleEndian.PutUint64(e, at)
	copy(e[pointHeaderBytes+keyLen:], value)
	return true
}

// find finds a key's entry. Another key may have its hash.
func (a *pointArena) find(h uint64, key []byte) (built uint64, value []byte, ok bool) {
	at, ok := a.at[h]
	if !ok {
		return 0, nil, false
	}
	e := a.data[at:]
	keyLen, valueLen := binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint32(e[12:])
	e = e[pointHeaderBytes:]
	if string(e[:keyLen]) != string(key) {
		return 0, nil, false
	}
	return binary.LittleEndian.Uint64(a.data[at:]), e[keyLen : keyLen+valueLen], true
}

// lookUp reads one key as the statement sees it, through the cache. The value is valid until buf is used again, and must
// not be changed.
func (s *Stmt) lookUp(key, buf []byte) (value []byte, ok bool, err error) {
	if value, ok, found := s.view.Own(key); found {
		return value, ok, nil
	}
	cache := &s.tx.db.points
	if value, ok := cache.get(key, s.snap.commits, buf); ok {
		return value, true, nil
	}
	value, ok, err = s.view.Get(key)
	if ok && err == nil {
		cache.put(key, value, s.snap.commits)
	}
	return value, ok, err
}
