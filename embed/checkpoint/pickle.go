package checkpoint

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// maxPickleBytes bounds one pickle: a model of a thousand tensors has some 150 kB.
const maxPickleBytes = 2 << 20

// The opcodes that torch.save's protocol 2 uses, and those of protocols 3 to 5 that
// say the same (Lib/pickletools.py).
const (
	opMark, opStop, opPop, opPopMark, opDup          = '(', '.', '0', '1', '2'
	opNone, opTrue, opFalse                          = 'N', 0x88, 0x89
	opInt1, opInt2, opInt4, opLong1, opLong4, opReal = 'K', 'M', 'J', 0x8a, 0x8b, 'G'
	opText, opShortText, opText8                     = 'X', 0x8c, 0x8d
	opBytes, opShortBytes                            = 'B', 'C'
	opEmptyTuple, opTuple                            = ')', 't'
	opTuple1, opTuple2, opTuple3                     = 0x85, 0x86, 0x87
	opEmptyList, opAppend, opAppends                 = ']', 'a', 'e'
	opEmptyDict, opSetItem, opSetItems               = '}', 's', 'u'
	opGlobal, opStackGlobal, opReduce, opBuild       = 'c', 0x93, 'R', 'b'
	opPut1, opPut4, opGet1, opGet4, opMemoize        = 'q', 'r', 'h', 'j', 0x94
	opPersistent, opProto, opFrame                   = 'Q', 0x80, 0x95
)

// What can stand on the machine's stack, beside nil, bool, int64, float64 and string.
type (
	tuple []any
	list  struct{ items []any }
	// dict keeps its items in the order of the file; OrderedDict is one too.
	dict struct{ items []pair }
	pair struct{ key, value any }
	// global is a name that the whitelist has.
	global string
	// long is an integer of more than 64 bits, little-endian: the legacy format's magic.
	long string
)

// machine runs one pickle. A value made once may stand in many places; nothing here
// walks values, so a list that holds itself is no more than a list.
type machine struct {
	r     *bufio.Reader
	left  int64 // bytes that it may still read
	stack []any
	marks []int
	memo  map[uint32]any
	// persistent makes a storage of its id.
	persistent func(id any) (*storage, error)
}

// unpickle reads one pickle from r, exactly to its end.
func unpickle(r *bufio.Reader, persistent func(any) (*storage, error)) (any, error) {
	m := &machine{r: r, left: maxPickleBytes, memo: map[uint32]any{}, persistent: persistent}
	for {
		op, err := m.byte()
		if err != nil {
			return nil, err
		}
		if op == opStop {
			return m.pop()
		}
		if err := m.step(op); err != nil {
			return nil, err
		}
	}
}

// step does one opcode.
func (m *machine) step(op byte) error {
	for _, group := range []func(*machine, byte) (bool, error){
		(*machine).constant, (*machine).container, (*machine).shuffle, (*machine).object,
	} {
		if known, err := group(m, op); known || err != nil {
			return err
		}
	}
	return unsupported("pickle opcode %#02x", op)
}

// constant pushes what the opcode itself holds.
func (m *machine) constant(op byte) (bool, error) {
	switch op {
	case opNone:
		m.push(nil)
	case opTrue, opFalse:
		m.push(op == opTrue)
	case opInt1, opInt2, opInt4:
		return true, m.integer(map[byte]int{opInt1: 1, opInt2: 2, opInt4: 4}[op])
	case opReal:
		b, err := m.bytes(8)
		if err != nil {
			return true, err
		}
		m.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
	case opLong1, opLong4:
		return true, m.long(map[byte]int{opLong1: 1, opLong4: 4}[op])
	case opShortText, opShortBytes:
		return true, m.text(1)
	case opText, opBytes:
		return true, m.text(4)
	case opText8:
		return true, m.text(8)
	default:
		return false, nil
	}
	return true, nil
}

// integer pushes a little-endian one; only that of four bytes has a sign.
func (m *machine) integer(size int) error {
	n, err := m.unsigned(size)
	if err != nil {
		return err
	}
	if size == 4 {
		m.push(int64(int32(n)))
	} else {
		m.push(int64(n))
	}
	return nil
}

// long pushes an integer in two's complement after its length.
func (m *machine) long(lengthBytes int) error {
	b, err := m.counted(lengthBytes)
	if err != nil {
		return err
	}
	if len(b) > 8 {
		m.push(long(b))
		return nil
	}
	v := int64(0)
	for i, x := range b {
		v |= int64(x) << (8 * i)
	}
	if n := len(b); n > 0 && n < 8 && b[n-1] >= 0x80 {
		v -= 1 << (8 * n)
	}
	m.push(v)
	return nil
}

// text pushes a string after its length. Bytes are strings here too.
func (m *machine) text(lengthBytes int) error {
	b, err := m.counted(lengthBytes)
	if err != nil {
		return err
	}
	m.push(string(b))
	return nil
}

// counted reads bytes after their number.
func (m *machine) counted(lengthBytes int) ([]byte, error) {
	n, err := m.unsigned(lengthBytes)
	if err != nil {
		return nil, err
	}
	return m.bytes(n)
}

// unsigned reads a little-endian integer.
func (m *machine) unsigned(size int) (uint64, error) {
	b, err := m.bytes(uint64(size))
	if err != nil {
		return 0, err
	}
	n := uint64(0)
	for i, x := range b {
		n |= uint64(x) << (8 * i)
	}
	return n, nil
}

func (m *machine) byte() (byte, error) {
	if m.left == 0 {
		return 0, unsupported("a pickle of more than %d bytes", maxPickleBytes)
	}
	m.left--
	b, err := m.r.ReadByte()
	if err != nil {
		return 0, readError(err)
	}
	return b, nil
}

// bytes reads n bytes, which are the caller's.
func (m *machine) bytes(n uint64) ([]byte, error) {
	if n > uint64(m.left) {
		return nil, unsupported("a pickle of more than %d bytes", maxPickleBytes)
	}
	m.left -= int64(n)
	// Little by little: the length may be a lie of a short file.
	b := make([]byte, 0, min(n, 512))
	for uint64(len(b)) < n {
		part := min(n-uint64(len(b)), 4096)
		b = append(b, make([]byte, part)...)
		if _, err := io.ReadFull(m.r, b[uint64(len(b))-part:]); err != nil {
			return nil, readError(err)
		}
	}
	return b, nil
}

// line reads up to a newline.
func (m *machine) line() (string, error) {
	var b []byte
	for {
		c, err := m.byte()
		switch {
		case err != nil:
			return "", err
		case c == '\n':
			return string(b), nil
		case len(b) == 256:
			return "", malformed("a name of more than %d bytes", len(b))
		}
		b = append(b, c)
	}
}

// readError tells the end of a file from a failure to read it.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return malformed("it ends within a pickle")
	}
	return err
}
