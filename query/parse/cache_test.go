package parse

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

func TestCacheSharesTrees(t *testing.T) {
	c := NewCache(1 << 20)
	first, err := c.Parse("SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Parse("SELECT 1")
	if err != nil {
		t.Fatal(err)
	}
	if first[0].Node != second[0].Node {
		t.Error("the second parse of a text made a new tree")
	}
	if c.Len() != 2 { // with its shape
		t.Errorf("%d entries, want 2", c.Len())
	}
}

func TestCacheForgetsTheOldest(t *testing.T) {
	text := func(i int) string { return fmt.Sprintf("SELECT c%06d", i) }
	perEntry := (&cached{text: text(0)}).cost()
	c := NewCache(10 * perEntry)
	for i := range 10 {
		mustParse(t, c, text(i))
		mustParse(t, c, text(i))
	}
	mustParse(t, c, text(0)) // now the most recent
	mustParse(t, c, text(10))
	mustParse(t, c, text(10))
	if c.Len() != 10 {
		t.Errorf("%d entries, want 10", c.Len())
	}
	if c.lookup(text(0)) == nil {
		t.Error("a recently used text was dropped")
	}
	if c.lookup(text(1)) != nil {
		t.Error("the oldest text was kept")
	}
}

// TestCacheIsNotFilledByTextsThatComeOnce: they get a quarter of it.
func TestCacheIsNotFilledByTextsThatComeOnce(t *testing.T) {
	perEntry := (&cached{text: "SELECT a100"}).cost()
	c := NewCache(40 * perEntry)
	for i := range 100 {
		mustParse(t, c, fmt.Sprint("SELECT a", 100+i))
	}
	if n := c.Len(); n != 11 {
		t.Errorf("%d entries, want 11", n)
	}
	mustParse(t, c, "SELECT a199")
	if c.lookup("SELECT a199") == nil {
		t.Error("a text that came twice was not kept")
	}
}

func TestCacheKeepsNeitherErrorsNorGiants(t *testing.T) {
	c := NewCache(64 << 10)
	if _, err := c.Parse("SELEC"); err == nil {
		t.Fatal("no error")
	}
	mustParse(t, c, "SELECT '"+strings.Repeat("x", 8<<10)+"'")
	if c.Len() != 0 {
		t.Errorf("%d entries, want none", c.Len())
	}
	none := NewCache(0)
	mustParse(t, none, "SELECT 1")
	if none.Len() != 0 {
		t.Error("a cache of no bytes kept a text")
	}
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	c := NewCache(8 << 10)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 50 {
				if _, err := c.Parse(fmt.Sprintf("SELECT %d", (g+i)%20)); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if c.bytes > c.maxBytes {
		t.Errorf("%d bytes kept, the bound is %d", c.bytes, c.maxBytes)
	}
}

func mustParse(t *testing.T, c *Cache, sql string) {
	t.Helper()
	if _, err := c.Parse(sql); err != nil {
		t.Fatal(err)
	}
}
