package parse

import (
	"container/list"
	"hash/maphash"
	"sync"
)

// entryCost estimates what a cached text costs beside itself: the tree takes some ten to twenty
// times the text (measured on the statements of testdata/corpus.sql), and an entry has a fixed part.
const (
	treeBytesPerTextByte = 16
	entryBytes           = 512
)

// Cache keeps the trees of recent texts, least recently used first out, within a bound in bytes.
// Its trees are shared by all who ask and must not be changed. Safe for concurrent use.
type Cache struct {
	maxBytes int64

	mu      sync.Mutex
	entries map[string]*list.Element // of *cached
	recent  *list.List               // most recent first
	bytes   int64

	// seen are hashes of texts that were not kept, the last of each place.
	seed maphash.Seed
	seen [seenTexts]uint64
}

// seenTexts is how many texts are remembered that came once.
const seenTexts = 4096

// cached is one text and its statements, or a shape of texts and its template, nil where it has none.
type cached struct {
	text       string
	statements []Statement
	template   *template
}

// cost is the estimate of what the entry keeps in memory.
func (e *cached) cost() int64 {
	return entryBytes + int64(len(e.text))*(1+treeBytesPerTextByte)
}

// NewCache makes a cache that keeps about maxBytes of texts and trees; 0 keeps nothing.
func NewCache(maxBytes int64) *Cache {
	return &Cache{maxBytes: maxBytes, entries: map[string]*list.Element{}, recent: list.New(), seed: maphash.MakeSeed()}
}

// Parse is the function Parse through the cache. Errors are not kept. A text that differs from one before in the values of
// its literals alone, each as long as it was, is not parsed: see template. Once a quarter of the cache is full, a text is kept
// when it comes for the second time: clients that write values into their statements send each text once, and their trees
// would push out the others and be looked through at every collection of garbage. A text of more than an eighth
// of the cache is not kept either: a large INSERT comes once and would push out the hot queries.
// Two sessions that miss on the same text at once both parse it.
func (c *Cache) Parse(sql string) ([]Statement, error) {
	if e := c.lookup(sql); e != nil {
		return e.statements, nil
	}
	shape, literals, ok := shapeOf(sql)
	var known *cached
	if ok {
		known = c.lookup(shape)
	}
	if known != nil && known.template != nil {
		if err := checkText(sql); err != nil {
			return nil, err
		}
		statements := known.template.make(sql, literals)
		c.store(&cached{text: sql, statements: statements}, true)
		return statements, nil
	}
	statements, err := Parse(sql)
	if err != nil {
		return nil, err
	}
	if ok && known == nil {
		c.store(&cached{text: shape, template: newTemplate(sql, statements, literals)}, false)
	}
	c.store(&cached{text: sql, statements: statements}, false)
	return statements, nil
}

// lookup finds a text or a shape, and makes it the most recent.
func (c *Cache) lookup(text string) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[text]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*cached)
}

// store adds an entry and drops the oldest ones beyond the bound. One that is cheap to make again must have come before.
func (c *Cache) store(entry *cached, cheap bool) {
	cost := entry.cost()
	if cost > c.maxBytes/8 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.entries[entry.text]; ok || (cheap || c.bytes > c.maxBytes/4) && !c.cameBefore(entry.text) {
		return
	}
	c.entries[entry.text] = c.recent.PushFront(entry)
	c.bytes += cost
	for c.bytes > c.maxBytes {
		oldest := c.recent.Remove(c.recent.Back()).(*cached)
		delete(c.entries, oldest.text)
		c.bytes -= oldest.cost()
	}
}

// cameBefore says whether a text that is not kept has come before, and remembers it.
func (c *Cache) cameBefore(text string) bool {
	h := maphash.String(c.seed, text)
	place := &c.seen[h%seenTexts]
	before := *place == h
	*place = h
	return before
}

// Len is how many texts are kept.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}
