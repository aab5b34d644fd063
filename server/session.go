package server

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/wire"
)

// Session is one user's conversation with the engine: settings, a transaction, prepared statements and
// portals. It belongs to one goroutine at a time. It knows no socket: wiresession.go speaks the protocol
// for it, the embedded API calls it directly.
type Session struct {
	engine *Engine
	info   catalog.SessionInfo
	login  catalog.OID // who logged in
	tls    *tls.ConnectionState
	app    string
	addr   net.Addr
	notify func(severity string, err *sqlstate.Error)

	settings  settings
	txn       transaction
	several   bool                 // the query string has several statements: they are a block, though nobody said BEGIN
	models    uint64               // the version of the models that the planner was told of since bind began, 0 for none
	sequences relation.SequenceUse // for currval and lastval
	holder    *relation.Holder     // of its locks
	temp      *exec.TempSpace      // of its temporary files; nil before the first use
	conn      *wire.Conn           // to send notifications to; nil in the embedded API
	listener  *listener            // nil while it listens to nothing

	statements map[string]*Statement
	portals    map[string]*Portal

	routines routines
	programs programs
	within   *relation.Stmt // of a function that is running, whose catalog is the session's; nil for none
	// transitions are the transition tables of the trigger whose function that is.
	transitions []exec.Transition
	// boxedKey is the key of plans as PlanKey gave it last: making an interface of it costs more than comparing it.
	boxedKey   any
	unboxedKey planKey
	// ending is the portal whose procedure ends the transaction right now: it does not end with that.
	ending  *Portal
	unnamed int // cursors that functions opened without a name

	becameAuth, becameRole string // the settings that info's roles were taken from

	env    *datum.Env // made of the settings and the transaction; nil when the settings changed
	envFor *catalog.Snapshot

	began     time.Time // of the session
	random    builtin.Random
	statement time.Time // of the statement at hand
	listing   *activeSession
}

// SessionOptions says who opens a session.
type SessionOptions struct {
	User, ApplicationName string
	// PID is the connection's number; 0 gives the session one of its own.
	PID int32
	// Addr is where the client is, Local where it reached us; nil for none. TLS is the encryption between, nil for none.
	Addr, Local net.Addr
	TLS         *tls.ConnectionState
	// Notify takes notices and warnings, from the session's goroutine; nil drops them.
	Notify func(severity string, err *sqlstate.Error)
}

// NewSession opens a session. Close it.
func (e *Engine) NewSession(o SessionOptions) *Session {
	if o.PID == 0 {
		o.PID = e.nextPID()
	}
	role := e.sessionRole(o)
	if o.Notify == nil {
		o.Notify = func(string, *sqlstate.Error) {}
	}
	holder := e.db.NewHolder(o.PID)
	s := &Session{
		engine: e, notify: o.Notify, began: time.Now(), holder: holder, addr: o.Addr, tls: o.TLS,
		info: catalog.SessionInfo{Database: DatabaseName, PID: o.PID, TempSchema: tempSchema(o.PID), Client: addrPort(o.Addr),
			Server: addrPort(o.Local)},
		login:      role.OID,
		settings:   newSettings(role.Name, o.ApplicationName, holder),
		statements: map[string]*Statement{}, portals: map[string]*Portal{},
	}
	s.adoptSystem()
	s.applyRoleSettings()
	s.listing = e.activity.add(s)
	e.db.CountSession()
	return s
}

// sessionRole is the role that the options name: the bootstrap superuser where they name none that there is, as who
// embeds the engine has the whole directory anyway.
func (e *Engine) sessionRole(o SessionOptions) *catalog.Role {
	snap := e.db.Catalog()
	if r := snap.Role(o.User); r != nil {
		return r
	}
	return snap.RoleByOID(catalog.OwnerOID)
}

// Close rolls back what is open and frees what the session holds.
func (s *Session) Close() {
	s.rollback()
	for _, p := range s.portals { // held cursors
		p.Close()
	}
	s.dropTempAtEnd()
	s.stopListening()
	s.holder.Close()
	s.engine.activity.remove(s.listing)
}

// CancelSession implements builtin.Server: pg_cancel_backend and pg_terminate_backend. It reaches connections only:
// a session of the embedded API is cancelled by its context.
func (s *Session) CancelSession(pid int32, terminate bool) (found bool, err error) {
	if err := s.maySignal(pid, terminate); err != nil {
		return false, err
	}
	reach := s.engine.cancel
	if terminate {
		reach = s.engine.terminate
	}
	return reach != nil && pid > 0 && reach(uint32(pid)), nil
}

// Info says who the session is.
func (s *Session) Info() catalog.SessionInfo { return s.info }

// TxStart is when the transaction began: now() and its kin.
func (s *Session) TxStart() time.Time {
	if s.txn.tx != nil {
		return s.txn.began
	}
	return s.statement
}

// StatementStart is when the statement at hand arrived.
func (s *Session) StatementStart() time.Time { return s.statement }

// Snapshot is the catalog as the session sees it: its own transaction's definitions included.
func (s *Session) Snapshot() *catalog.Snapshot {
	if s.within != nil {
		return s.within.Catalog()
	}
	if s.txn.tx != nil {
		return s.txn.tx.Catalog()
	}
	return s.engine.db.Catalog()
}

// DatumEnv is how this session reads and writes values. It changes with the settings and the
// transaction: ask anew for every statement.
func (s *Session) DatumEnv() *datum.Env {
	snap, now := s.Snapshot(), s.TxStart()
	switch {
	case s.env == nil || s.envFor != snap:
		names := catalog.NameEnv{Snapshot: snap, SearchPath: s.info.Path(), User: s.info.User,
			QuoteAll: s.settings.get("quote_all_identifiers") == "on"}
		s.env, s.envFor = s.settings.datumEnv(now, names), snap
		s.env.Domains = &exec.Domains{Catalog: s, Session: s}
	case !s.env.Now.Equal(now): // a copy: who runs keeps the old one
		env := *s.env
		env.Now = now
		s.env = &env
	}
	return s.env
}

// Notice sends a notice or warning to the client, if its client_min_messages lets it through.
func (s *Session) Notice(severity string, err error) {
	e := asSQL(err)
	if severityRank[severity] < severityRank[s.settings.get("client_min_messages")] {
		return
	}
	s.notify(severity, e)
}

// severityRank orders severities as client_min_messages does; INFO always goes out.
var severityRank = map[string]int{
	"debug5": 1, "debug4": 1, "debug3": 1, "debug2": 1, "debug1": 1, "DEBUG": 1,
	"log": 2, "LOG": 2, "info": 3, "notice": 3, "NOTICE": 3, "warning": 4, "WARNING": 4, "error": 5, "INFO": 6,
}

// Setting returns a run-time parameter's value; ok is false when there is none of that name.
func (s *Session) Setting(name string) (string, bool) { return s.showSetting(name) }

// SetSetting is SET or SET LOCAL (set_config).
func (s *Session) SetSetting(name, value string, local bool) error {
	if local && !s.txn.block {
		s.ensureTransaction()
	}
	return s.set(name, value, local)
}

// Statistics is what ANALYZE found out about a table, for the planner and pg_stats.
func (s *Session) Statistics(oid catalog.OID) *catalog.Statistics { return s.engine.db.Statistics(oid) }

// TableRows estimates a table's rows for the planner.
func (s *Session) TableRows(t *catalog.Table) float64 { return s.engine.db.TableRows(t) }

// Model describes an embedding model.
func (s *Session) Model(name string) (catalog.Model, error) {
	s.asksModels()
	return s.engine.embedder.Model(name)
}

// DefaultModel is the model that embed uses when none is named.
func (s *Session) DefaultModel() string {
	s.asksModels()
	return s.engine.embedder.DefaultModel()
}

// asksModels notes which models a plan in the making has to do with.
func (s *Session) asksModels() {
	if s.models == 0 {
		s.models = s.engine.embedder.engine.ModelsVersion()
	}
}

func isolationOf(name string) relation.Isolation {
	switch name {
	case "repeatable read", "serializable":
		return relation.RepeatableRead
	}
	return relation.ReadCommitted
}

// withTimeout puts statement_timeout on ctx: it counts from the arrival of the client's message.
func (s *Session) withTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	if d := s.settings.statementTimeout; d > 0 {
		return context.WithDeadlineCause(ctx, s.statement.Add(d), errStatementTimeout)
	}
	return ctx, func() {}
}

// Random is the session's generator, which setseed sets.
func (s *Session) Random() *builtin.Random { return &s.random }
