package checkpoint

import (
	"bufio"
	"encoding/binary"
	"io"
)

const (
	// legacyMagic is torch.serialization.MAGIC_NUMBER, little-endian.
	legacyMagic = long("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19")
	// legacyProtocol is torch.serialization.PROTOCOL_VERSION.
	legacyProtocol = 1001
)

// readLegacy reads what torch.save wrote before PyTorch 1.6: pickles of the magic
// number, the protocol, the machine that wrote it, the object and the storages' keys;
// then each storage in the order of the keys, its number of elements (int64) first.
func readLegacy(r io.ReaderAt, sizeBytes int64) (map[string]Tensor, error) {
	section := &counter{r: io.NewSectionReader(r, 0, sizeBytes)}
	l := &legacy{r: bufio.NewReader(section), storages: map[string]*storage{}}
	if err := l.preamble(); err != nil {
		return nil, err
	}
	v, err := unpickle(l.r, l.storage)
	if err != nil {
		return nil, err
	}
	keys, err := unpickle(l.r, noStorage)
	if err != nil {
		return nil, err
	}
	if err := l.place(r, keys, section.n-int64(l.r.Buffered()), sizeBytes); err != nil {
		return nil, err
	}
	return stateDict(v)
}

// legacy is a file being read.
type legacy struct {
	r        *bufio.Reader
	storages map[string]*storage
}

// counter counts the bytes that were read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func noStorage(any) (*storage, error) { return nil, malformed("a storage where none belongs") }

// preamble checks the first three pickles.
func (l *legacy) preamble() error {
	magic, err := unpickle(l.r, noStorage)
	if err != nil {
		return err
	}
	if magic != any(legacyMagic) {
		return unsupported("a pickle that torch.save did not write")
	}
	protocol, err := unpickle(l.r, noStorage)
	if err != nil {
		return err
	}
	if protocol != any(int64(legacyProtocol)) {
		return unsupported("torch.save's protocol %v", protocol)
	}
	system, err := unpickle(l.r, noStorage)
	if err != nil {
		return err
	}
	d, ok := system.(*dict)
	if !ok {
		return malformed("the description of the machine that wrote it is no dictionary")
	}
	for _, p := range d.items {
		if p.key == any("little_endian") && p.value != any(true) {
			return unsupported("a file of a big-endian machine")
		}
	}
	return nil
}

// storage remembers a storage; where it lies is known only after the last pickle. Views
// of storages, as the oldest files have them, are refused.
func (l *legacy) storage(id any) (*storage, error) {
	t, key, elements, rest, err := storageID(id)
	if err != nil {
		return nil, err
	}
	if len(rest) > 1 || len(rest) == 1 && rest[0] != nil {
		return nil, unsupported("a storage that is a view of another")
	}
	if s := l.storages[key]; s != nil {
		if s.dtype != t || s.elements != elements {
			return nil, malformed("storage %q is two", key)
		}
		return s, nil
	}
	s := &storage{offset: -1, elements: elements, dtype: t}
	l.storages[key] = s
	return s, nil
}

// place finds each storage's bytes, from at on.
func (l *legacy) place(r io.ReaderAt, keys any, at, sizeBytes int64) error {
	list, ok := keys.(*list)
	if !ok || len(list.items) != len(l.storages) {
		return malformed("the list of storages has not all of them")
	}
	for _, k := range list.items {
		key, ok := k.(string)
		s := l.storages[key]
		if !ok || s == nil || s.offset >= 0 {
			return malformed("storage %v is unknown or there twice", k)
		}
		var head [8]byte
		if _, err := r.ReadAt(head[:], at); err != nil {
			return readError(err)
		}
		if n := int64(binary.LittleEndian.Uint64(head[:])); n != s.elements {
			return malformed("storage %q has %d elements, not %d", key, n, s.elements)
		}
		at += 8
		size := dtypeBytes[s.dtype]
		if s.elements > (sizeBytes-at)/size {
			return malformed("storage %q reaches past the end of the file", key)
		}
		s.offset = at
		at += s.elements * size
	}
	return nil
}
