package server

import (
	"context"
	"time"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/relation"
	"github.com/seguedb/segue/query/sqlstate"
)

// eraseWait is how long VACUUM (ERASE) waits for those who still read what is to go, unless lock_timeout says otherwise:
// enough for statements at work, not for a transaction that was left open.
const eraseWait = 5 * time.Second

// erase is VACUUM (ERASE), see relation.Database.Erase. Without tables it is of the whole database.
func (s *Session) erase(ctx context.Context, n *parse.VacuumStmt, tables []*catalog.Table) error {
	e := relation.Erasure{CachedVector: embed.CachedVector, Wait: eraseWait}
	if wait := s.settings.duration("lock_timeout"); wait > 0 {
		e.Wait = wait
	}
	if len(n.Tables) > 0 {
		e.Tables = tables
	}
	verbose := isOn(n.Options, "verbose")
	say := func(format string, args ...any) {
		if verbose {
			s.Notice("INFO", sqlstate.New(sqlstate.SuccessfulCompletion, format, args...))
		}
	}
	snap := s.Snapshot()
	for _, t := range e.Tables {
		say("erasing deleted rows of \"%s.%s.%s\"", DatabaseName, snap.SchemaByOID(t.Schema).Name, t.Name)
	}
	done, err := s.engine.db.Erase(ctx, e)
	if err != nil {
		return err
	}
	say("vector indexes: %d segments were written again", done.Segments)
	say("embedding cache: %d entries that no row has were removed", done.Cached)
	say("statistics: %d tables were analyzed again", done.Statistics)
	say("storage: %d files are gone or empty, %d bytes of tables among them", done.Files, done.Bytes)
	return nil
}

// mayErase refuses who does not own the tables, or for the whole database is no superuser.
func (s *Session) mayErase(n *parse.VacuumStmt, tables []*catalog.Table) error {
	snap := s.Snapshot()
	if len(n.Tables) == 0 {
		if !snap.Superuser(s.info.Role) {
			return sqlstate.New(sqlstate.InsufficientPrivilege, "must be superuser to erase from the whole database")
		}
		return nil
	}
	for _, t := range tables {
		switch {
		case t.Virtual != nil:
			return sqlstate.New(sqlstate.WrongObjectType, "cannot erase from %q", t.Name).
				WithDetail("It has no rows of its own.")
		case !snap.Owns(s.info.Role, catalog.ObjectTable.Class(), t.OID):
			return sqlstate.New(sqlstate.InsufficientPrivilege, "must be owner of table %s", t.Name)
		}
	}
	return nil
}
