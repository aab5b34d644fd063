package builtin

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"
	"time"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// Version is Segue's own version.
const Version = "0.1.0"

// started is when the process was, as near as a program can tell: its packages are set up first.
var started = time.Now()

func systemFunctions(r *registry) {
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewString(versionText(env)), nil
	}, "version()")
	r.fn(constant(datum.NewString(Version)), "segue_version()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(env.Session.Info().PID)), nil
	}, "pg_backend_pid()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewString(env.Session.Info().Database), nil
	}, "current_database()")
	r.fn(newUUID, "gen_random_uuid()")
	r.fn(sleep, "pg_sleep(float8)")
	r.fn(signal(false), "pg_cancel_backend(int4)")
	r.fn(signal(true), "pg_terminate_backend(int4,int8)")
	r.typed["pg_typeof(any)"] = func(_ *Env, types []*datum.Type, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewInt(int64(types[0].OID)), nil
	}
	r.typed["pg_column_size(any)"] = columnSize
	r.fn(constant(datum.NewBool(false)), "pg_is_in_recovery()")
	tempSchemas(r)
	enums(r)
	encodings(r)
	clocks(r)
}

func versionText(env *Env) string {
	server := "15"
	if env.Session != nil {
		if v, ok := env.Session.Setting("server_version"); ok {
			server = v
		}
	}
	return fmt.Sprintf("PostgreSQL %s (Segue %s) on %s-pc-%s-gnu, compiled by %s, 64-bit",
		server, Version, machine(), runtime.GOOS, runtime.Version())
}

func machine() string {
	switch runtime.GOARCH {
	case "amd64":
		return "x86_64"
	case "arm64":
		return "aarch64"
	}
	return runtime.GOARCH
}

// newUUID is a random UUID of version 4.
func newUUID(*Env, []datum.Datum) (datum.Datum, error) {
	var u [16]byte
	if _, err := rand.Read(u[:]); err != nil {
		return datum.Null, fmt.Errorf("read random bytes: %w", err)
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return datum.NewString(string(u[:])), nil
}

// sleep waits, unless the statement is cancelled first.
func sleep(env *Env, a []datum.Datum) (datum.Datum, error) {
	const year = 365 * 24 * 3600.0
	timer := time.NewTimer(time.Duration(min(max(a[0].Float(), 0), year) * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return datum.NewString(""), nil
	case <-env.Ctx.Done():
		return datum.Null, context.Cause(env.Ctx)
	}
}

// signal asks the server to end what another session is doing, or that session.
func signal(terminate bool) Func {
	return func(env *Env, a []datum.Datum) (datum.Datum, error) {
		server, ok := env.Session.(Server)
		if !ok {
			return datum.Null, unsupported("this session has no server whose other sessions it could cancel")
		}
		pid := a[0].Int()
		found, err := server.CancelSession(int32(pid), terminate)
		if err != nil {
			return datum.Null, err
		}
		if !found {
			env.Session.Notice("WARNING", sqlstate.New(sqlstate.Warning, "PID %d is not a PostgreSQL backend process", pid))
		}
		return datum.NewBool(found), nil
	}
}

// columnSize is how many bytes a value takes: of its own for a type of fixed length, of its stored form
// otherwise.
func columnSize(_ *Env, types []*datum.Type, a []datum.Datum) (datum.Datum, error) {
	if a[0].IsNull() {
		return datum.Null, nil
	}
	t := known(types[0])
	if t.Len > 0 {
		return datum.NewInt(int64(t.Len)), nil
	}
	return datum.NewInt(int64(len(datum.AppendValue(nil, t, a[0])))), nil
}

func encodings(r *registry) {
	r.fn(constant(datum.NewString("UTF8")), "getdatabaseencoding()")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if e := charset.ByNumber(a[0].Int()); e != nil {
			return datum.NewString(e.Name), nil
		}
		return datum.NewString(""), nil
	}, "pg_encoding_to_char(int4)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if e := charset.Lookup(a[0].Str()); e != nil {
			return datum.NewInt(int64(e.Number)), nil
		}
		return datum.NewInt(-1), nil
	}, "pg_char_to_encoding(name)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if e := charset.ByNumber(a[0].Int()); e != nil {
			return datum.NewInt(int64(e.MaxLen)), nil
		}
		return datum.Null, nil
	}, "pg_encoding_max_length(int4)")
}

func clocks(r *registry) {
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) { return instant(env.txStart()), nil },
		"now()", "transaction_timestamp()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return instant(env.Session.StatementStart()), nil
	}, "statement_timestamp()")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) { return instant(time.Now()), nil }, "clock_timestamp()")
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		return datum.NewString(time.Now().In(env.location()).Format("Mon Jan 02 15:04:05.000000 2006 MST")), nil
	}, "timeofday()")
	r.fn(constant(instant(started)), "pg_postmaster_start_time()", "pg_conf_load_time()")
}

func instant(t time.Time) datum.Datum { return datum.NewInt(datum.TimestampFromTime(t)) }

// info is who asks.
func (e *Env) info() catalog.SessionInfo { return e.Session.Info() }
