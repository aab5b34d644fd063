package storage_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/seguedb/segue/storage"
)

// eraseFixture fills a store with rows and index entries that hold tokens of chance, which no compression hides.
type eraseFixture struct {
	t   *testing.T
	dir string
	st  *storage.Store
	rng *rand.Rand
}

func openErase(t *testing.T, dir string) *eraseFixture {
	st, err := storage.Open(dir, storage.Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return &eraseFixture{t: t, dir: dir, st: st, rng: rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))}
}

func (f *eraseFixture) token() []byte {
	b := make([]byte, 24)
	for i := range b {
		b[i] = byte(f.rng.UintN(256))
	}
	return b
}

// write commits one batch.
func (f *eraseFixture) write(fill func(b *storage.Batch) error) {
	f.t.Helper()
	b := f.st.NewBatch()
	if err := errors.Join(fill(b), f.st.Commit(b)); err != nil {
		f.t.Fatal(err)
	}
}

func entryKey(index uint32, token []byte) []byte { return append(storage.IndexPrefix(index), token...) }

// put writes a row with a token in its value and in an index entry's key, and returns the token.
func (f *eraseFixture) put(table uint32, row uint64, size int) []byte {
	f.t.Helper()
	token := f.token()
	f.write(func(b *storage.Batch) error {
		value := append(append([]byte{}, token...), make([]byte, size)...)
		return errors.Join(b.Set(storage.RowKey(table, row), value), b.Set(entryKey(table, token), []byte("x")))
	})
	return token
}

func (f *eraseFixture) delete(table uint32, row uint64, token []byte) {
	f.t.Helper()
	f.write(func(b *storage.Batch) error {
		return errors.Join(b.Delete(storage.RowKey(table, row)), b.Delete(entryKey(table, token)))
	})
}

// found names the files with a token in them. Keys are stored without what they share with the one before, so the
// token's end is looked for.
func found(t *testing.T, dir string, token []byte) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if bytes.Contains(data, token[4:]) {
			out = append(out, filepath.Base(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestErase deletes rows that lie in the log, in memory, in tables of several levels and in the list of files, and erases:
// no file has them, and every other row is there.
func TestErase(t *testing.T) {
	ctx := context.Background()
	f := openErase(t, t.TempDir())
	live, gone := map[uint64][]byte{}, [][]byte{}
	for round := range 4 {
		for i := range uint64(40) {
			row := uint64(round)*1000 + i
			token := f.put(7, row, 2000)
			if i%3 == 0 {
				gone = append(gone, token)
				f.delete(7, row, token)
				if i%2 == 0 {
					live[row] = f.put(7, row, 100)
				}
			} else {
				live[row] = token
			}
		}
		if err := f.st.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	for row, token := range live { // what was written last is in the log
		if row%5 == 0 {
			f.delete(7, row, token)
			gone = append(gone, token)
			delete(live, row)
		}
	}
	before := 0
	for _, token := range gone {
		if len(found(t, f.dir, token)) > 0 {
			before++
		}
	}
	if before < len(gone)/2 {
		t.Fatalf("only %d of %d deleted tokens were in a file before: the test shows nothing", before, len(gone))
	}
	done, err := f.st.Erase(ctx, []storage.Range{storage.Everything()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d of %d tokens were in files; %d files went", before, len(gone), done.Files)
	for _, token := range gone {
		if at := found(t, f.dir, token); len(at) > 0 {
			t.Fatalf("a deleted token is in %v", at)
		}
	}
	for row, token := range live {
		value, ok, err := f.st.Get(storage.RowKey(7, row))
		if err != nil || !ok || !bytes.HasPrefix(value, token) {
			t.Fatalf("row %d: %v, %v", row, ok, err)
		}
	}
}

// TestEraseRepeatedly erases while others write, over logs that Pebble has kept for later.
func TestEraseRepeatedly(t *testing.T) {
	ctx := context.Background()
	f := openErase(t, t.TempDir())
	for round := range 3 {
		var gone [][]byte
		for i := range uint64(10) {
			token := f.put(3, i, 100)
			gone = append(gone, token)
			f.delete(3, i, token)
			if err := f.st.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for i := uint64(0); ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				b := f.st.NewBatch()
				if err := errors.Join(b.Set(storage.RowKey(4, i), make([]byte, 4000)), f.st.Commit(b)); err != nil {
					t.Error(err)
					return
				}
			}
		}()
		_, err := f.st.Erase(ctx, []storage.Range{storage.Everything()})
		close(stop)
		<-stopped
		if err != nil {
			t.Fatal(err)
		}
		for _, token := range gone {
			if at := found(t, f.dir, token); len(at) > 0 {
				t.Fatalf("round %d: a deleted token is in %v", round, at)
			}
		}
	}
}

// TestErasePart rewrites the files of one table, and leaves another's large ones as they are.
func TestErasePart(t *testing.T) {
	ctx := context.Background()
	f := openErase(t, t.TempDir())
	for table := range uint32(3) {
		for i := range uint64(50) {
			f.put(table, i, 100_000)
		}
	}
	if _, err := f.st.Erase(ctx, []storage.Range{storage.Everything()}); err != nil {
		t.Fatal(err)
	}
	token := f.put(1, 1000, 10)
	f.delete(1, 1000, token)
	ranges := storage.Gaps([]storage.Range{storage.RowRange(0), storage.RowRange(2)})
	if len(ranges) != 3 {
		t.Fatalf("gaps: %x", ranges)
	}
	if _, err := f.st.Erase(ctx, ranges); err != nil {
		t.Fatal(err)
	}
	if at := found(t, f.dir, token); len(at) > 0 {
		t.Fatalf("a deleted token is in %v", at)
	}
	if _, ok, err := f.st.Get(storage.RowKey(2, 49)); !ok || err != nil {
		t.Fatal(ok, err)
	}
}

// TestEraseOldSnapshot shows what the owner must see to: a snapshot keeps what was deleted after it.
func TestEraseOldSnapshot(t *testing.T) {
	ctx := context.Background()
	f := openErase(t, t.TempDir())
	token := f.put(1, 1, 100)
	snap := f.st.Snapshot()
	f.delete(1, 1, token)
	if _, err := f.st.Erase(ctx, []storage.Range{storage.Everything()}); err != nil {
		t.Fatal(err)
	}
	if len(found(t, f.dir, token)) == 0 {
		t.Error("the snapshot's row is in no file")
	}
	if value, ok, err := snap.Get(storage.RowKey(1, 1)); !ok || err != nil || !bytes.HasPrefix(value, token) {
		t.Fatal(ok, err)
	}
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.st.Erase(ctx, []storage.Range{storage.Everything()}); err != nil {
		t.Fatal(err)
	}
	if at := found(t, f.dir, token); len(at) > 0 {
		t.Fatalf("a deleted token is in %v", at)
	}
}
