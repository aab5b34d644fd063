package server

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

const (
	// switchLockTimeout is how long the switch waits for the table's lock at a time where lock_timeout says nothing: those
	// who come meanwhile to write wait behind it.
	switchLockTimeout = 2 * time.Second
	// switchWork is how long writers may be kept away while the last rows are made.
	switchWork = 2 * time.Second
	// firstRows and mostRows bound how many rows are made between two commits, which take between stepMin and stepMax; of rows
	// that hold their audio mostFiles are read at a time.
	firstRows, mostRows, mostFiles = 16, 1024, 4
	stepMin, stepMax               = time.Second, 10 * time.Second
	// retryAfter is when what failed for another reason than its rows is tried again, and longestPause how long it rests after
	// it came to nothing because others were at the table.
	retryAfter, longestPause = 30 * time.Second, 30 * time.Second
)

// rebuild makes one generation: step by step the rows that are missing (relation.Backfill), until there are few; then it
// keeps the writers away, makes those, and switches the column over in the same commit.
type rebuild struct {
	owner  *rebuilds
	key    rebuildKey
	cancel context.CancelFunc
	again  chan struct{}

	fill   *relation.Backfill
	rows   int           // of the next step
	each   time.Duration // what a row takes; 0 when that is not known
	failed map[uint64]failedRow

	// progress, for segue_rebuilds
	mu    sync.Mutex
	shown rebuildProgress
}

// rebuildProgress is what others may know of a rebuild.
type rebuildProgress struct {
	state           string
	err             error
	missing, failed int // missing is -1 before that is known
	made            int // since it was begun or went on
	working         time.Duration
}

// failedRow is why a row has no vector; key is its primary key, as error messages show keys.
type failedRow struct {
	key string
	err error
}

// States of segue_rebuilds.
const (
	rebuildWaiting   = "waiting"
	rebuildRunning   = "running"
	rebuildSwitching = "switching"
	rebuildFailed    = "failed"
	rebuildKept      = "kept"
)

// errGone says that the generation is no longer to be made.
var errGone = errors.New("the generation is no longer being made")

func newRebuild(owner *rebuilds, key rebuildKey, cancel context.CancelFunc) *rebuild {
	return &rebuild{owner: owner, key: key, cancel: cancel, again: make(chan struct{}, 1), rows: firstRows, failed: map[uint64]failedRow{},
		shown: rebuildProgress{state: rebuildWaiting, missing: -1}}
}

func (j *rebuild) tryAgain() {
	select {
	case j.again <- struct{}{}:
	default:
	}
}

// run works until the generation is the column's, or is no more, or ctx ends.
func (j *rebuild) run(ctx context.Context) {
	defer func() {
		if j.fill != nil {
			j.fill.Close()
		}
	}()
	for pause := time.Second; ctx.Err() == nil; {
		err := j.turn(ctx)
		switch {
		case err == nil || errors.Is(err, errGone):
			return
		case errors.Is(err, exec.ErrConflict): // a definition changed: look again
			continue
		case sqlstate.CodeOf(err) == sqlstate.LockNotAvailable, sqlstate.CodeOf(err) == sqlstate.DeadlockDetected:
			j.note(rebuildSwitching, err)
			j.rest(ctx, pause)
			pause = min(2*pause, longestPause)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		j.note(rebuildFailed, err)
		j.owner.engine.log.Warn("a rebuild of embeddings has failed", "error", messageOf(err))
		j.rest(ctx, retryAfter)
	}
}

// rest waits until somebody asks for another try, rows were written, or some time has passed. Rows that failed are tried
// again only when somebody asks.
func (j *rebuild) rest(ctx context.Context, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	var written <-chan struct{}
	if j.fill != nil && len(j.failed) > 0 {
		written = j.fill.Woken()
	}
	select {
	case <-ctx.Done():
	case <-written:
	case <-timer.C:
	case <-j.again:
		j.retryRows()
	}
}

func (j *rebuild) retryRows() {
	for row := range j.failed {
		j.fill.GiveBack([]uint64{row})
	}
	clear(j.failed)
}

// turn waits for its turn, and works until there is nothing to do or an error.
func (j *rebuild) turn(ctx context.Context) error {
	select {
	case j.owner.turn <- struct{}{}:
		defer func() { <-j.owner.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	w, err := j.prepare(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	j.note(rebuildRunning, nil)
	for {
		if err := j.fillUp(ctx, w); err != nil {
			return err
		}
		done, err := j.trySwitch(ctx, w)
		if err != nil {
			return err
		}
		if done {
			if err := j.owner.engine.db.AnalyzeAgain(ctx, w.table.OID); err != nil && ctx.Err() == nil {
				j.owner.engine.log.Warn("analyze after a rebuild", "table", w.table.Name, "error", err)
			}
			return nil
		}
	}
}

// rebuildWork is what a turn works with: the table as it is defined at the time.
type rebuildWork struct {
	session *Session
	table   *catalog.Table
	of      *catalog.Generation
	column  *plan.Rebuilt
	most    int   // rows to make at a time
	key     []int // ordinals of the primary key
	reads   []int // column.Reads and those
	// segments makes those that go with the generation; nil where none do.
	segments *plan.Segments
}

func (w *rebuildWork) close() { w.session.Close() }

// prepare binds the column's new expression, with the rights of who asked for it.
func (j *rebuild) prepare(ctx context.Context) (*rebuildWork, error) {
	db := j.owner.engine.db
	t, g := j.find(db.Catalog())
	if g == nil {
		return nil, errGone
	}
	if j.fill == nil || !j.fill.Of(t) {
		if j.fill != nil {
			j.fill.Close()
		}
		clear(j.failed)
		var err error
		if j.fill, err = db.Backfill(ctx, t, g.Place); err != nil {
			return nil, err
		}
	}
	role := db.Catalog().RoleByOID(g.Role)
	if role == nil {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "the role that began the rebuild does not exist any more").
			WithHint("Cancel it, and begin it again.")
	}
	session := j.owner.engine.NewSession(SessionOptions{User: role.Name, ApplicationName: "segue rebuild"})
	w := &rebuildWork{session: session, table: t, of: g}
	column, err := w.session.rebuilt(t, t.Ordinal(g.AttNum), g.Model)
	if err == nil && column.By.Fingerprint != g.ModelHash {
		err = errOtherModel(g)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	if err := w.withSegments(db.Catalog(), column); err != nil {
		w.close()
		return nil, err
	}
	w.column, w.reads, w.most = column, slices.Clone(column.Reads), mostRows
	for _, o := range w.reads {
		if t.Columns[o].Type == datum.Bytea { // whole files
			w.most = mostFiles
		}
	}
	if pk := t.PrimaryKey(); pk != nil {
		for _, k := range pk.Keys {
			w.key = append(w.key, t.Ordinal(k.AttNum))
		}
	}
	for _, o := range w.key {
		if !slices.Contains(w.reads, o) {
			w.reads = append(w.reads, o)
		}
	}
	return w, nil
}

// find is the generation in a catalog, nil when it is not being made.
func (j *rebuild) find(snap *catalog.Snapshot) (*catalog.Table, *catalog.Generation) {
	t := snap.TableByOID(j.key.table)
	if t == nil {
		return nil, nil
	}
	for i := range t.Generations {
		if g := &t.Generations[i]; g.Place == j.key.place && !g.Kept {
			return t, g
		}
	}
	return t, nil
}

// fillUp makes rows until so few are missing that they can be made while writers wait, and none has failed.
func (j *rebuild) fillUp(ctx context.Context, w *rebuildWork) error {
	for {
		if err := j.forgetChanged(); err != nil {
			return err
		}
		switch n := j.fill.Missing(); {
		case n == 0 && len(j.failed) > 0:
			return j.failure(w)
		case n == 0, len(j.failed) == 0 && j.each > 0 && time.Duration(n)*j.each < switchWork/2:
			return nil
		}
		begin := time.Now()
		stored, err := j.step(ctx, w)
		if err != nil {
			return err
		}
		took := time.Since(begin)
		if stored > 0 {
			j.each = took / time.Duration(stored)
		}
		j.progress(stored, took)
		switch {
		case stored == 0:
			j.rest(ctx, time.Second) // others have the rows
		case took < stepMin:
			j.rows = 2 * j.rows
		case took > stepMax:
			j.rows = max(j.rows/2, 1)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
}

// step makes some rows and commits them. What is read and what is computed hold neither locks nor a snapshot.
func (j *rebuild) step(ctx context.Context, w *rebuildWork) (stored int, err error) {
	j.rows = min(j.rows, w.most)
	taken := j.fill.Take(j.rows)
	defer func() {
		if err != nil {
			j.fill.GiveBack(taken)
		}
	}()
	w.session.holder.LockTimeout = 0
	read, err := j.read(ctx, w, taken)
	if err != nil {
		return 0, err
	}
	vectors, errs, err := j.compute(ctx, w, read)
	if err != nil {
		return 0, err
	}
	tx := w.session.holder.Begin(relation.ReadCommitted, false)
	defer tx.Rollback()
	if stored, err = j.store(ctx, tx, w, read, vectors, errs); err != nil {
		return 0, err
	}
	return stored, tx.Commit(ctx)
}

func (j *rebuild) read(ctx context.Context, w *rebuildWork, rows []uint64) (*relation.BackfillRows, error) {
	tx := w.session.holder.Begin(relation.ReadCommitted, true)
	defer tx.Rollback()
	return j.readIn(ctx, tx, w, rows)
}

func (j *rebuild) readIn(ctx context.Context, tx *relation.Tx, w *rebuildWork, rows []uint64) (*relation.BackfillRows, error) {
	s, err := tx.Statement(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Abort()
	if s.Catalog().TableByOID(w.table.OID) != w.table {
		return nil, exec.ErrConflict
	}
	return j.fill.Read(ctx, s, w.table, rows, w.reads)
}

// compute makes the vectors, NULL for rows that failed.
func (j *rebuild) compute(ctx context.Context, w *rebuildWork, read *relation.BackfillRows) (*datum.Vec, []error, error) {
	env := exec.Env{Embedder: j.owner.engine.embedder, Session: w.session}
	vectors, errs, err := exec.ComputeRows(ctx, &env, w.column.Value, read.Rows)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	for i, failed := range errs {
		switch code := sqlstate.CodeOf(failed); {
		case failed == nil:
		case code == sqlstate.UndefinedObject, code == sqlstate.UndefinedFile, code == sqlstate.DataCorrupted:
			return nil, nil, failed // the model's fault, not the row's
		default:
			j.failed[read.IDs[i]] = failedRow{w.keyOf(read.Rows, i), failed}
		}
	}
	return vectors, errs, err
}

func (j *rebuild) store(ctx context.Context, tx *relation.Tx, w *rebuildWork, read *relation.BackfillRows, vectors *datum.Vec,
	errs []error,
) (int, error) {
	s, err := tx.Statement(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Abort()
	done, stored, err := j.fill.Store(ctx, s, w.table, read, vectors, errs)
	if err == nil && w.segments != nil && len(stored) > 0 {
		err = j.keepSegments(ctx, s, w, read.Rows, vectors, stored)
	}
	if err != nil {
		return 0, err
	}
	return done, s.Finish()
}
