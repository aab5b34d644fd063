package relation

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
)

// Values are reserved on disk ahead of use, so that a crash skips some and never gives one twice. The reserve grows
// with use: a COPY of a million rows must not sync a million times.
const (
	firstReserve = 32
	lastReserve  = 8192
)

// sequences is the state of every sequence in use, outside transactions.
type sequences struct {
	store *storage.Store
	mu    sync.Mutex
	state map[uint32]*sequenceState
}

type sequenceState struct {
	next     int64 // the value that NextVal gives
	ended    bool  // next lies beyond the sequence's end
	reserved int64 // values left that the disk already counts as given
	reserve  int64
}

func (q *sequences) init(st *storage.Store) { q.store, q.state = st, map[uint32]*sequenceState{} }

// sequenceValue is what the disk holds: the next value that was not reserved, and whether the end was passed.
func sequenceValue(next int64, ended bool) []byte {
	out := binary.BigEndian.AppendUint64(nil, uint64(next))
	if ended {
		return append(out, 1)
	}
	return append(out, 0)
}

// of loads a sequence's state. The caller holds mu.
func (q *sequences) of(s *catalog.Sequence) (*sequenceState, error) {
	if st := q.state[s.ID]; st != nil {
		return st, nil
	}
	st := &sequenceState{next: s.Start, reserve: firstReserve}
	v, ok, err := q.store.Get(storage.SequenceKey(s.ID))
	if err != nil {
		return nil, fmt.Errorf("read sequence %s: %w", s.Name, err)
	}
	if ok {
		if len(v) != 9 {
			return nil, fmt.Errorf("%w: the value of sequence %s has %d bytes", storage.ErrCorrupt, s.Name, len(v))
		}
		st.next, st.ended = int64(binary.BigEndian.Uint64(v)), v[8] == 1
	}
	q.state[s.ID] = st
	return st, nil
}

// next gives values away, as many as CACHE says or as there are before the end: the first and the last of them.
func (q *sequences) next(s *catalog.Sequence) (first, last int64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	st, err := q.of(s)
	if err != nil {
		return 0, 0, err
	}
	if st.ended {
		if !s.Cycle {
			return 0, 0, reachedEnd(s)
		}
		st.next, st.ended, st.reserved = s.Min, false, 0
		if s.Increment < 0 {
			st.next = s.Max
		}
	}
	first = st.next
	steps := min(max(s.Cache, 1)-1, stepsLeft(s, first))
	if st.reserved <= steps {
		if err := q.refill(s, st, steps+1); err != nil {
			return 0, 0, err
		}
	}
	st.reserved -= steps + 1
	last, _ = advance(s, first, steps)
	st.next, st.ended = advance(s, last, 1)
	return first, last, nil
}

// refill reserves values on disk, at least as many as are wanted.
func (q *sequences) refill(s *catalog.Sequence, st *sequenceState, wanted int64) error {
	st.reserve = max(st.reserve, wanted)
	beyond, ended := advance(s, st.next, st.reserve)
	if err := q.write(s.ID, beyond, ended); err != nil {
		return err
	}
	st.reserved, st.reserve = st.reserve, min(2*st.reserve, lastReserve)
	return nil
}

// advance steps n times; ended says that the sequence's end lies before, and the value is then where it was. A sequence
// may span all of int64, so distances are unsigned.
func advance(s *catalog.Sequence, from, n int64) (value int64, ended bool) {
	if stepsLeft(s, from) < n {
		return from, true
	}
	return from + n*s.Increment, false
}

// stepsLeft is how many values follow one before the sequence's end.
func stepsLeft(s *catalog.Sequence, from int64) int64 {
	left := (uint64(s.Max) - uint64(from)) / uint64(max(s.Increment, 1))
	if s.Increment < 0 {
		left = (uint64(from) - uint64(s.Min)) / -uint64(s.Increment)
	}
	return int64(min(left, math.MaxInt64-1))
}

func (q *sequences) write(id uint32, next int64, ended bool) error {
	b := q.store.NewBatch()
	if err := b.Set(storage.SequenceKey(id), sequenceValue(next, ended)); err != nil {
		return errors.Join(err, b.Close())
	}
	return q.store.Commit(b)
}

// set is setval: the next value is v, or the one after it when v counts as given.
func (q *sequences) set(s *catalog.Sequence, v int64, called bool) error {
	if v < s.Min || v > s.Max {
		return sqlstate.New(sqlstate.NumericValueOutOfRange,
			"setval: value %d is out of bounds for sequence %q (%d..%d)", v, s.Name, s.Min, s.Max)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	st := &sequenceState{next: v, reserve: firstReserve}
	if called {
		st.next, st.ended = advance(s, v, 1)
	}
	if err := q.write(s.ID, st.next, st.ended); err != nil {
		return err
	}
	q.state[s.ID] = st
	return nil
}

// restart takes a sequence back to its start.
func (q *sequences) restart(s *catalog.Sequence) error { return q.set(s, s.Start, false) }

// sweep deletes the states of sequences that are no more: they are written outside transactions, so that a rollback
// leaves them behind.
func (q *sequences) sweep(snap *catalog.Snapshot) error {
	known := map[string]bool{}
	for _, s := range snap.Sequences() {
		known[string(storage.SequenceKey(s.ID))] = true
	}
	it, err := q.store.Iter(storage.SequenceRange(), false)
	if err != nil {
		return err
	}
	b, strays := q.store.NewBatch(), false
	for it.Next() {
		if !known[string(it.Key())] {
			strays = true
			err = errors.Join(err, b.Delete(it.Key()))
		}
	}
	if err = errors.Join(err, it.Err(), it.Close()); err != nil || !strays {
		return errors.Join(err, b.Close())
	}
	return q.store.Commit(b)
}

// close writes the exact next values, so that an orderly end skips none.
func (q *sequences) close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var err error
	for id, st := range q.state {
		if st.reserved > 0 {
			err = errors.Join(err, q.write(id, st.next, st.ended))
		}
	}
	q.state = map[uint32]*sequenceState{}
	return err
}

func reachedEnd(s *catalog.Sequence) error {
	which, value := "maximum", s.Max
	if s.Increment < 0 {
		which, value = "minimum", s.Min
	}
	return sqlstate.New(sqlstate.SequenceGeneratorLimitExceeded, "nextval: reached %s value of sequence %q (%d)",
		which, s.Name, value)
}

// NextVal implements exec.Relations.
func (s *Stmt) NextVal(_ context.Context, seq catalog.OID) (int64, error) {
	q, err := s.sequenceToChange(seq, "nextval")
	if err != nil {
		return 0, err
	}
	u := s.tx.session()
	if v, ok := u.cached(q); ok {
		return v, nil
	}
	first, last, err := s.tx.db.sequences.next(q)
	if err == nil {
		u.note(q, first, last)
	}
	return first, err
}

// SetVal implements exec.Relations.
func (s *Stmt) SetVal(_ context.Context, seq catalog.OID, value int64, isCalled bool) error {
	q, err := s.sequenceToChange(seq, "setval")
	if err != nil {
		return err
	}
	if err := s.tx.db.sequences.set(q, value, isCalled); err != nil {
		return err
	}
	s.tx.session().forget(seq)
	if isCalled {
		s.tx.session().note(q, value, value)
	}
	return nil
}

// CurrVal implements exec.Relations.
func (s *Stmt) CurrVal(seq catalog.OID) (int64, error) {
	q, err := s.sequence(seq)
	if err != nil {
		return 0, err
	}
	if v, ok := s.tx.session().values[seq]; ok {
		return v.last, nil
	}
	return 0, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState,
		"currval of sequence %q is not yet defined in this session", q.Name)
}

// LastVal implements exec.Relations.
func (s *Stmt) LastVal() (int64, error) {
	u := s.tx.session()
	if u.last == 0 {
		return 0, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	return u.values[u.last].last, nil
}

// sequenceToChange finds a sequence for a function that changes it.
func (s *Stmt) sequenceToChange(oid catalog.OID, function string) (*catalog.Sequence, error) {
	if s.tx.readOnly {
		return nil, sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot execute %s() in a read-only transaction", function)
	}
	return s.sequence(oid)
}

func (s *Stmt) sequence(oid catalog.OID) (*catalog.Sequence, error) {
	if q := s.catalog.SequenceByOID(oid); q != nil {
		return q, nil
	}
	return nil, sqlstate.New(sqlstate.UndefinedTable, "sequence with OID %d does not exist", oid)
}

// SequenceUse is what a session remembers of sequences, for currval and lastval, and the values it has taken ahead: one
// for each session, handed to its transactions by Tx.SetSequenceUse.
type SequenceUse struct {
	values map[catalog.OID]sequenceUse
	last   catalog.OID
}

// sequenceUse is the value that a session got last, and the last one that it may give without asking. They are of the
// sequence's state with that ID: a sequence that is changed has another one.
type sequenceUse struct {
	id           uint32
	last, cached int64
}

// cached gives the next of the values taken ahead, where there is one.
func (u *SequenceUse) cached(q *catalog.Sequence) (int64, bool) {
	v, ok := u.values[q.OID]
	if !ok || v.id != q.ID || v.last == v.cached {
		return 0, false
	}
	v.last += q.Increment
	u.values[q.OID], u.last = v, q.OID
	return v.last, true
}

// note remembers values that were taken: the first is given now.
func (u *SequenceUse) note(q *catalog.Sequence, first, last int64) {
	if u.values == nil {
		u.values = map[catalog.OID]sequenceUse{}
	}
	u.values[q.OID], u.last = sequenceUse{id: q.ID, last: first, cached: last}, q.OID
}

// forget drops the values taken ahead: those that come are others.
func (u *SequenceUse) forget(seq catalog.OID) {
	if v, ok := u.values[seq]; ok {
		v.cached = v.last
		u.values[seq] = v
	}
}

// SetSequenceUse gives the transaction its session's memory of sequences.
func (tx *Tx) SetSequenceUse(u *SequenceUse) { tx.use = u }

func (tx *Tx) session() *SequenceUse {
	if tx.use == nil {
		tx.use = &SequenceUse{}
	}
	return tx.use
}
