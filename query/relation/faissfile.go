package relation

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
	"golang.org/x/sys/unix"

	"github.com/seguedb/segue/vector/faiss"
)

// A faiss index's file, vectors/faiss-ID, little-endian:
//
//	"SEGUEFAI" │ version u32 │ dim u32 │ metric u32 │ bytes of the factory u32 │ seq u64 │ rows u64
//	the factory string │ row identities, u64 each │ what FAISS wrote │ xxHash64 of all before u64
//
// FAISS believes whatever it reads, so nothing is read by it before the checksum holds. A file of 0 rows says that there
// were too few to train on, and has no FAISS part.
const (
	faissMagic   = "SEGUEFAI"
	faissVersion = 1
	faissHead    = 8 + 4*4 + 2*8
)

var faissMetricNumbers = map[string]uint32{"cosine": 1, "ip": 2, "l2": 3}

var errFaissFile = errors.New("the file is damaged, or of another index")

// save writes the file in place of the old one; nil says that there are too few rows.
func (ix *faissIndex) save(b *faissBuilt) error {
	if err := os.MkdirAll(filepath.Dir(ix.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(ix.path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = ix.write(f, b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), ix.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", ix.path, err), os.Remove(f.Name()))
	}
	d, err := os.Open(filepath.Dir(ix.path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (ix *faissIndex) write(f *os.File, b *faissBuilt) error {
	var seq, rows uint64
	if b != nil {
		seq, rows = b.seq, uint64(len(b.rows))
	}
	head := ix.head(seq, rows)
	if b != nil {
		for _, row := range b.rows {
			head = binary.LittleEndian.AppendUint64(head, row)
		}
	}
	if _, err := f.Write(head); err != nil {
		return err
	}
	if b != nil {
		if err := b.index.Write(f); err != nil {
			return err
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := xxhash.New()
	if _, err := io.Copy(sum, bufio.NewReaderSize(f, 1<<20)); err != nil {
		return err
	}
	_, err := f.Write(binary.LittleEndian.AppendUint64(nil, sum.Sum64()))
	return err
}

func (ix *faissIndex) head(seq, rows uint64) []byte {
	out := []byte(faissMagic)
	out = binary.LittleEndian.AppendUint32(out, faissVersion)
	out = binary.LittleEndian.AppendUint32(out, uint32(ix.dim))
	out = binary.LittleEndian.AppendUint32(out, faissMetricNumbers[ix.metric])
	out = binary.LittleEndian.AppendUint32(out, uint32(len(ix.factory)))
	out = binary.LittleEndian.AppendUint64(out, seq)
	out = binary.LittleEndian.AppendUint64(out, rows)
	return append(out, ix.factory...)
}

// load reads the file; nil without an error when it says that there were too few rows. A file that knows of commits after
// seq, which the store does not have, is of no use.
func (ix *faissIndex) load(seq uint64) (*faissBuilt, error) {
	f, err := os.Open(ix.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < faissHead+8 {
		return nil, errFaissFile
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	b, err := ix.decode(data, seq)
	return b, errors.Join(err, unix.Munmap(data))
}

// decode reads a file's bytes: any bytes give an index or an error.
func (ix *faissIndex) decode(data []byte, seq uint64) (*faissBuilt, error) {
	if len(data) < faissHead+8 || string(data[:8]) != faissMagic {
		return nil, errFaissFile
	}
	body := data[:len(data)-8]
	if xxhash.Sum64(body) != binary.LittleEndian.Uint64(data[len(body):]) {
		return nil, fmt.Errorf("%w: checksum", errFaissFile)
	}
	b := &faissBuilt{seq: binary.LittleEndian.Uint64(body[24:])}
	n := binary.LittleEndian.Uint64(body[32:])
	start := uint64(faissHead) + uint64(binary.LittleEndian.Uint32(body[20:]))
	if start > uint64(len(body)) || n > (uint64(len(body))-start)/8 ||
		string(body[:start]) != string(ix.head(b.seq, n)) {
		return nil, errFaissFile
	}
	switch {
	case b.seq > seq:
		return nil, fmt.Errorf("%w: of commit %d, after the store's last", errFaissFile, b.seq)
	case n == 0:
		return nil, nil
	}
	b.rows = make([]uint64, n)
	for i := range b.rows {
		b.rows[i] = binary.LittleEndian.Uint64(body[start+8*uint64(i):])
	}
	var err error
	if b.index, err = faiss.Read(body[start+8*n:]); err != nil {
		return nil, err
	}
	if b.index.Dim() != ix.dim || b.index.Len() != int(n) {
		return nil, errors.Join(errFaissFile, b.index.Close())
	}
	return b, nil
}
