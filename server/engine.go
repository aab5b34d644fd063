package server

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/storage"
)

// parseCacheBytes bounds the trees of recent statement texts: a hot query costs 19 µs to parse and
// nothing to find (DESIGN.md §3).
const parseCacheBytes = 16 << 20

// DatabaseName is the one database.
const DatabaseName = catalog.DatabaseName

// Engine is the database without its sockets: storage, the SQL engine and the embedding path, and the
// sessions that use them. It may be used from any goroutine; a Session may not.
type Engine struct {
	config      Config
	temp        string // see tempDir
	store       *storage.Store
	db          *relation.Database
	embedder    *embedder
	trees       *parse.Cache
	metrics     *metrics
	copies      copyProgress
	rebuilds    *rebuilds
	activity    activity
	notifier    notifier
	failures    failures                       // of logins
	system      atomic.Pointer[systemSettings] // of ALTER SYSTEM
	systemMu    sync.Mutex                     // held while its file is written
	secret      []byte                         // see password.Mock
	certificate *x509.Certificate              // of TLS; nil without
	log         *slog.Logger
	started     time.Time
	ownPIDs     atomic.Int32
	closeOnce   sync.Once
	closeErr    error

	// terminate and cancel reach other sessions' connections; nil without a wire server.
	cancel, terminate func(pid uint32) bool
}

// OpenEngine opens the data directory and everything that works on it. The error wraps
// storage.ErrLocked when another process has the directory open.
func OpenEngine(ctx context.Context, c Config) (*Engine, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{config: c, trees: parse.NewCache(parseCacheBytes), log: c.Logger, started: time.Now(),
		temp: filepath.Join(c.DataDir, "tmp")}
	e.rebuilds = newRebuilds(e)
	if err := e.open(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	e.metrics = newMetrics(e)
	e.rebuilds.start()
	return e, nil
}

func (e *Engine) open(ctx context.Context) (err error) {
	columns, blocks, rows, vectors := e.config.cacheBytes()
	e.store, err = storage.Open(e.config.DataDir, storage.Options{Logger: e.log, CacheBytes: blocks})
	if err != nil {
		return fmt.Errorf("open data directory %s: %w", e.config.DataDir, err)
	}
	if err := e.loadSystemFile(); err != nil {
		return err
	}
	if err := e.clearTemp(); err != nil {
		return fmt.Errorf("make the directory of temporary files: %w", err)
	}
	e.db, err = relation.Open(ctx, e.store, relation.Options{
		Superuser: e.config.Superuser,
		VectorDir: filepath.Join(e.config.DataDir, "vectors"), Logger: e.log, ColumnCacheBytes: columns, PointCacheBytes: rows,
		VectorCacheBytes: vectors, Defined: e.rebuilds.wake, SpillDir: e.temp,
	})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	if e.embedder, err = openEmbedder(e.config, e.store); err != nil {
		return fmt.Errorf("open the embedding path: %w", err)
	}
	return nil
}

// Close ends everything that was opened. Sessions must be closed first. Closing twice is no error.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() {
		e.rebuilds.close()
		if e.embedder != nil {
			e.closeErr = errors.Join(e.closeErr, e.embedder.Close())
		}
		if e.db != nil {
			e.closeErr = errors.Join(e.closeErr, e.db.Close())
		}
		if e.store != nil {
			e.closeErr = errors.Join(e.closeErr, e.store.Close())
		}
	})
	return e.closeErr
}

// nextPID numbers the sessions of the embedded API, which have no connection to take a number from:
// negative, so that they never meet a connection's.
func (e *Engine) nextPID() int32 { return -e.ownPIDs.Add(1) }

// Superuser is the name of the user that every data directory begins with.
func (e *Engine) Superuser() string { return e.db.Catalog().RoleName(catalog.OwnerOID) }

// tempDir is where statements that outgrow work_mem put temporary files.
func (e *Engine) tempDir() string { return e.temp }

// clearTemp makes the directory, without what a crash may have left in it.
func (e *Engine) clearTemp() error {
	if err := os.RemoveAll(e.tempDir()); err != nil {
		return err
	}
	return os.MkdirAll(e.tempDir(), 0o700)
}

// LockedOut says that the superuser has no password while somebody else has: by the rules that hold without any, it then
// comes in through the Unix socket only.
func (e *Engine) LockedOut() bool {
	snap := e.db.Catalog()
	return len(e.config.Access) == 0 && snap.HasPassword() && snap.RoleByOID(catalog.OwnerOID).Verifier == ""
}
