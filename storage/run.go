package storage

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// run is the entries of a layer that is too large for memory, in a file that nobody else can see: it has no name once it
// is written, so that no crash leaves it behind, and is gone with its last user. It is mapped: an entry's key and value
// point into the map, and are good for as long as the run is.
//
//	an entry:  value's length u32 │ key's length u32, its top bit set for a deletion │ value │ key │ zeros to a multiple of 8
//	then, of each entry:  where it begins u64
type run struct {
	data []byte
	at   []uint64
}

const (
	runHeaderBytes = 8
	runDeleted     = 1 << 31
)

// entry is the i-th.
func (r *run) entry(i int) entry {
	at := r.at[i]
	lengths := binary.LittleEndian.Uint64(r.data[at:])
	value, key := uint64(uint32(lengths)), lengths>>32
	deleted := key&runDeleted != 0
	key &^= runDeleted
	at += runHeaderBytes
	e := entry{key: unsafe.String(&r.data[at+value], key), write: write{deleted: deleted}}
	if !deleted {
		e.value = r.data[at : at+value : at+value]
	}
	return e
}

// unload gives back the memory of what was read. It is read again from the file, or the operating system's cache.
func (r *run) unload() { _ = unix.Madvise(r.data, unix.MADV_DONTNEED) } // a hint

// runWriter writes a run.
type runWriter struct {
	file *os.File
	out  *bufio.Writer
	at   []uint64
	size uint64
}

// newRunWriter begins a run in a directory.
func newRunWriter(dir string) (*runWriter, error) {
	f, err := os.CreateTemp(dir, "run-")
	if err != nil {
		return nil, fmt.Errorf("spill a transaction: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, fmt.Errorf("spill a transaction: %w", closingFile(f, err))
	}
	return &runWriter{file: f, out: bufio.NewWriterSize(f, 1<<20)}, nil
}

// add writes the next entry; keys ascend.
func (w *runWriter) add(e *entry) error {
	if len(e.key) >= runDeleted || len(e.value) > math.MaxUint32 {
		return fmt.Errorf("spill a transaction: an entry of %d and %d bytes", len(e.key), len(e.value))
	}
	key := uint64(len(e.key))
	if e.deleted {
		key |= runDeleted
	}
	w.at = append(w.at, w.size)
	var header [runHeaderBytes]byte
	binary.LittleEndian.PutUint64(header[:], key<<32|uint64(len(e.value)))
	pad := -(len(e.value) + len(e.key)) & 7
	w.size += uint64(runHeaderBytes + len(e.value) + len(e.key) + pad)
	// A bufio.Writer remembers its first error for Flush.
	_, _ = w.out.Write(header[:])
	_, _ = w.out.Write(e.value)
	_, _ = w.out.WriteString(e.key)
	_, err := w.out.Write(make([]byte, pad))
	return err
}

// finish maps what was written.
func (w *runWriter) finish() (*run, error) {
	_, _ = w.out.Write(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(w.at))), 8*len(w.at)))
	if err := w.out.Flush(); err != nil {
		return nil, w.abort(err)
	}
	n := len(w.at)
	data, err := unix.Mmap(int(w.file.Fd()), 0, int(w.size)+8*n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, w.abort(err)
	}
	r := &run{data: data[:w.size], at: unsafe.Slice((*uint64)(unsafe.Pointer(&data[w.size])), n)}
	runtime.AddCleanup(r, unmapRun, data)
	if err := w.file.Close(); err != nil {
		return nil, fmt.Errorf("spill a transaction: %w", err)
	}
	return r, nil
}

// unmapRun gives a run's memory and, with it, its file back. Only a map that is none can fail.
func unmapRun(data []byte) { _ = unix.Munmap(data) }

func (w *runWriter) abort(err error) error {
	return fmt.Errorf("spill a transaction: %w", closingFile(w.file, err))
}

func closingFile(f *os.File, err error) error {
	if cerr := f.Close(); cerr != nil {
		return fmt.Errorf("%w (and closing it: %w)", err, cerr)
	}
	return err
}
