package builtin

import (
	"context"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Reject is a row that COPY … ON_ERROR ignore left out: a row of segue_rejects.
type Reject struct {
	Number   int64 // rises; given when it is stored
	At       time.Time
	Role     catalog.OID // whose COPY it was, by its name then
	User     string
	Relation catalog.OID // the table, by its names then
	Schema   string
	Table    string
	Format   string // text, csv or audio
	Line     int64  // of the data, the first is 1; in a folder the number of the file
	Path     string // of an audio file; "" where none is to blame
	Column   string // that could not be read, or that could not be computed; "" where none is to blame
	Value    string // that was refused, or that the column was computed from
	Code     sqlstate.Code
	Message  string
	Hint     string
}

// RejectStore keeps rejects; its writes belong to the transaction.
type RejectStore interface {
	// Reject keeps one. Of a statement only the first MaxRejectsOfCopy are kept, of all the newest MaxRejects.
	Reject(ctx context.Context, r Reject) error
	// Rejects gives those that the statement sees, the oldest first.
	Rejects() ([]Reject, error)
	// Forget removes some.
	Forget(ctx context.Context, rejects []Reject) error
}

// Bounds of segue_rejects: a CSV file of the wrong delimiter has millions of bad lines, and says so in one.
const (
	MaxRejectsOfCopy = 10_000
	MaxRejects       = 100_000
)

// RejectRows are the rows of segue_rejects that a role may see: those of its own COPYs, and of tables that it may read.
func RejectRows(snap *catalog.Snapshot, role catalog.OID, rejects []Reject) [][]datum.Datum {
	var rows [][]datum.Datum
	for i := range rejects {
		r := &rejects[i]
		readable := snap.TableByOID(r.Relation) != nil &&
			snap.Held(role, catalog.ObjectTable, r.Relation, catalog.PrivSelect) == catalog.PrivSelect
		if snap.Superuser(role) || snap.HasRole(role, r.Role) || readable {
			rows = append(rows, r.row())
		}
	}
	return rows
}

func (r *Reject) row() []datum.Datum {
	return []datum.Datum{
		datum.NewInt(r.Number), datum.NewInt(datum.TimestampFromTime(r.At)), datum.NewString(r.User),
		datum.NewString(r.Schema), datum.NewString(r.Table), datum.NewInt(int64(r.Relation)), datum.NewString(r.Format),
		datum.NewInt(r.Line), orNull(r.Path), orNull(r.Column), orNull(r.Value), datum.NewString(string(r.Code)),
		datum.NewString(r.Message), orNull(r.Hint),
	}
}

func orNull(s string) datum.Datum {
	if s == "" {
		return datum.Null
	}
	return datum.NewString(s)
}

// clearRejects is segue_clear_rejects([table]): it removes those of the role's own COPYs and tables, and says how many.
func clearRejects(env *Env, a []datum.Datum) (datum.Datum, error) {
	store, ok := env.Sequences.(RejectStore)
	if !ok || env.Session == nil {
		return datum.Null, unsupported("segue_clear_rejects is not supported here")
	}
	rejects, err := store.Rejects()
	if err != nil {
		return datum.Null, err
	}
	snap, role := env.snapshot(), env.Session.Info().Role
	var gone []Reject
	for _, r := range rejects {
		own := snap.Superuser(role) || snap.HasRole(role, r.Role) ||
			snap.TableByOID(r.Relation) != nil && snap.Owns(role, catalog.ClassRelation, r.Relation)
		if own && (len(a) == 0 || int64(r.Relation) == a[0].Int()) {
			gone = append(gone, r)
		}
	}
	return datum.NewInt(int64(len(gone))), store.Forget(env.Ctx, gone)
}
