package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

var ctx = context.Background()

// code asserts an error's SQLSTATE.
func code(err error, want string) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != want {
		return fmt.Errorf("got %v, want SQLSTATE %s", err, want)
	}
	return nil
}

func drivePgx(url string) {
	version("pgx", "github.com/jackc/pgx/v5")
	db, err := pgx.Connect(ctx, url)
	if err != nil {
		check("connect", func() error { return err })
		return
	}
	pgxTypes(db)
	pgxWork(db)
	pgxTransactions(db)
	pgxProtocol(url, db)
	pgxOwnTypes(db)
}

func pgxTypes(db *pgx.Conn) {
	at := time.Date(2024, 2, 29, 12, 0, 0, 123456000, time.UTC)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeCacheDescribe,
		pgx.QueryExecModeDescribeExec, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		check("types by "+mode.String(), func() error {
			var i int64
			var f float64
			var s string
			var b bool
			var raw []byte
			var when time.Time
			var list []int32
			var texts []string
			var n pgtype.Numeric
			var null *string
			var iv pgtype.Interval
			err := db.QueryRow(ctx,
				`SELECT $1::int8, $2::float8, $3::text, $4::bool, $5::bytea, $6::timestamptz,
				$7::int4[], $8::text[], 12.50::numeric, NULL::text, '1 mon 2 days 3 us'::interval`,
				mode, int64(1)<<60, 1.5e-9, "ü'\\", true, []byte{0, 255}, at, []int32{1, -2}, []string{"a,b",
					`c"d`}).Scan(&i, &f, &s, &b, &raw, &when, &list, &texts, &n, &null, &iv)
			if err != nil {
				return err
			}
			return equal([]any{i, f, s, b, raw, when.UTC(), list, texts, n.Int, n.Exp, null == nil, iv},
				[]any{int64(1) << 60, 1.5e-9, "ü'\\", true, []byte{0, 255}, at, []int32{1, -2}, []string{"a,b", `c"d`},
					big.NewInt(1250), int32(-2), true, pgtype.Interval{Months: 1, Days: 2, Microseconds: 3, Valid: true}})
		})
	}
	check("json into a struct", func() error {
		var v struct{ A []int }
		err := db.QueryRow(ctx, "SELECT $1::jsonb", map[string]any{"A": []int{1, 2}}).Scan(&v)
		return errors.Join(err, equal(v.A, []int{1, 2}))
	})
}

type pgxTrack struct {
	ID     int64
	Title  string
	BPM    *float64
	Tags   []string
	Artist int32
}

func pgxWork(db *pgx.Conn) {
	check("create tables", func() error {
		_, err := db.Exec(ctx, `CREATE TABLE artist (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
			CREATE TABLE track (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL,
				bpm float8 CHECK (bpm > 0), tags text[], artist int REFERENCES artist ON DELETE CASCADE)`)
		return err
	})
	check("batch", func() error {
		b := &pgx.Batch{}
		for _, name := range []string{"Can", "Neu!", "Faust"} {
			b.Queue("INSERT INTO artist (name) VALUES ($1) RETURNING id", name)
		}
		b.Queue("SELECT count(*) FROM artist")
		r := db.SendBatch(ctx, b)
		var id, n int
		for range 3 {
			if err := r.QueryRow().Scan(&id); err != nil {
				return err
			}
		}
		err := r.QueryRow().Scan(&n)
		return errors.Join(err, r.Close(), equal([]int{id, n}, []int{3, 3}))
	})
	check("CopyFrom", func() error {
		n, err := db.CopyFrom(ctx, pgx.Identifier{"track"}, []string{"title", "bpm", "tags", "artist"},
			pgx.CopyFromSlice(1000, func(i int) ([]any, error) {
				return []any{fmt.Sprint("track ", i), float64(i + 1), []string{"a", fmt.Sprint(i % 7)}, int32(1 + i%3)}, nil
			}))
		return errors.Join(err, equal(n, int64(1000)))
	})
	check("CollectRows by name and position", func() error {
		rows, _ := db.Query(ctx, "SELECT * FROM track WHERE artist = $1 AND tags @> $2 ORDER BY id LIMIT 3", 1, []string{"3"})
		got, err := pgx.CollectRows(rows, pgx.RowToStructByName[pgxTrack])
		if err != nil {
			return err
		}
		rows, _ = db.Query(ctx, "SELECT name FROM artist ORDER BY id")
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		return errors.Join(err, equal([]any{len(got), got[0].Title, names}, []any{3, "track 3", []string{"Can", "Neu!", "Faust"}}))
	})
	check("named arguments, aggregates", func() error {
		rows, _ := db.Query(ctx,
			`SELECT a.name, count(*), max(t.bpm)
			FROM artist a JOIN track t ON t.artist = a.id WHERE t.bpm > @least GROUP BY 1 ORDER BY 1`, pgx.NamedArgs{"least": 500})
		got, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) ([3]any, error) { v, err := r.Values(); return [3]any(v), err })
		return errors.Join(err, equal(got, [][3]any{{"Can", int64(167), 1000.0}, {"Faust", int64(167), 999.0}, {"Neu!",
			int64(166), 998.0}}))
	})
	check("COPY TO", func() error {
		var out bytes.Buffer
		tag, err := db.PgConn().CopyTo(ctx, &out,
			"COPY (SELECT id, title FROM track ORDER BY id LIMIT 2) TO STDOUT WITH (FORMAT csv, HEADER)")
		return errors.Join(err, equal([]string{out.String(), tag.String()}, []string{"id,title\n1,track 0\n2,track 1\n", "COPY 2"}))
	})
}

func pgxTransactions(db *pgx.Conn) {
	check("nested transactions", func() error {
		return pgx.BeginTxFunc(ctx, db, pgx.TxOptions{IsoLevel: pgx.Serializable}, func(tx pgx.Tx) error {
			err := pgx.BeginFunc(ctx, tx, func(inner pgx.Tx) error {
				_, err := inner.Exec(ctx, "INSERT INTO artist (name) VALUES ('Can')")
				return err
			})
			if err := code(err, "23505"); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "INSERT INTO artist (name) VALUES ('Cluster')")
			return err
		})
	})
	for sql, want := range map[string]string{"INSERT INTO track (title, artist) VALUES ('x', 99)": "23503",
		"UPDATE track SET bpm = -1 WHERE id = 1": "23514", "SELECT nosuch": "42703", "SELECT 1/0": "22012",
		"INSERT INTO track (title) VALUES (NULL)": "23502", "SELECT * FROM nowhere": "42P01", "SELEC": "42601",
		"SELECT 'x'::int": "22P02"} {
		check("error "+want, func() error { _, err := db.Exec(ctx, sql); return code(err, want) })
	}
	check("fields of an error", func() error {
		_, err := db.Exec(ctx, "INSERT INTO artist (name) VALUES ('Can')")
		var e *pgconn.PgError
		errors.As(err, &e)
		if e == nil {
			return fmt.Errorf("no error: %w", err)
		}
		return equal([]string{e.Severity, e.Message, e.Detail, e.SchemaName, e.TableName, e.ConstraintName},
			[]string{"ERROR", `duplicate key value violates unique constraint "artist_name_key"`,
				"Key (name)=(Can) already exists.", "public", "artist", "artist_name_key"})
	})
}

func pgxProtocol(url string, db *pgx.Conn) {
	check("a context's deadline cancels", func() error {
		c, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		if _, err = c.Exec(short, "SELECT pg_sleep(20)"); err == nil {
			return errors.New("it was not cancelled")
		}
		return nil
	})
	check("prepare describes", func() error {
		d, err := db.Prepare(ctx, "ps", "SELECT id, title, bpm FROM track WHERE id = $1 AND tags @> $2")
		if err != nil {
			return err
		}
		var names []string
		for _, f := range d.Fields {
			names = append(names, fmt.Sprint(f.Name, " ", f.DataTypeOID))
		}
		return equal([]any{names, d.ParamOIDs}, []any{[]string{"id 20", "title 25", "bpm 701"}, []uint32{20, 1009}})
	})
	check("pipeline", func() error {
		p := db.PgConn().StartPipeline(ctx)
		for range 3 {
			p.SendQueryParams("SELECT $1::int + 1", [][]byte{[]byte("1")}, nil, nil, nil)
		}
		if err := p.Sync(); err != nil {
			return err
		}
		for range 3 {
			r, err := p.GetResults()
			if err != nil {
				return err
			}
			if got := r.(*pgconn.ResultReader).Read(); got.Err != nil || string(got.Rows[0][0]) != "2" {
				return fmt.Errorf("got %v", got)
			}
		}
		return p.Close()
	})
	pgxMessages(url, db)
}

// pgxMessages is what a server says without being asked.
func pgxMessages(url string, db *pgx.Conn) {
	check("notifications", func() error {
		if _, err := db.Exec(ctx, "LISTEN news"); err != nil {
			return err
		}
		if _, err := db.Exec(ctx, "NOTIFY news, 'hello'"); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		n, err := db.WaitForNotification(short)
		if err != nil {
			return err
		}
		return equal(n.Channel+" "+n.Payload, "news hello")
	})
	check("pool", func() error {
		pool, err := pgxpool.New(ctx, url+"&pool_max_conns=4&application_name=compat")
		if err != nil {
			return err
		}
		defer pool.Close()
		got := make(chan error, 40)
		for range 40 {
			go func() {
				var name string
				err := pool.QueryRow(ctx, "SHOW application_name").Scan(&name)
				got <- errors.Join(err, equal(name, "compat"))
			}()
		}
		for range 40 {
			err = errors.Join(err, <-got)
		}
		return err
	})
	check("notice", func() error {
		c, err := pgx.ParseConfig(url)
		if err != nil {
			return err
		}
		var seen []string
		c.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { seen = append(seen, n.Message) }
		conn, err := pgx.ConnectConfig(ctx, c)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "DROP TABLE IF EXISTS nowhere")
		return errors.Join(err, equal(strings.Join(seen, ";"), `table "nowhere" does not exist, skipping`))
	})
}

func pgxOwnTypes(db *pgx.Conn) {
	check("LoadType: enum and its array", func() error {
		if _, err := db.Exec(ctx, "CREATE TYPE mood AS ENUM ('sad', 'ok')"); err != nil {
			return err
		}
		types, err := db.LoadTypes(ctx, []string{"mood", "_mood"})
		if err != nil {
			return err
		}
		db.TypeMap().RegisterTypes(types)
		var one string
		var many []string
		err = db.QueryRow(ctx, "SELECT 'ok'::mood, $1::mood[]", []string{"sad", "ok"}).Scan(&one, &many)
		return errors.Join(err, equal([]any{one, many}, []any{"ok", []string{"sad", "ok"}}))
	})
	check("LoadType: composite", func() error {
		if _, err := db.Exec(ctx, "CREATE TYPE venue AS (name text, seats int4)"); err != nil {
			return err
		}
		t, err := db.LoadType(ctx, "venue")
		if err != nil {
			return err
		}
		db.TypeMap().RegisterType(t)
		var v struct {
			Name  string
			Seats int32
		}
		err = db.QueryRow(ctx, "SELECT ROW('Bataclan', 1500)::venue").Scan(&v)
		return errors.Join(err, equal(v.Seats, int32(1500)))
	})
	check("LoadType: a table's row", func() error {
		t, err := db.LoadType(ctx, "artist")
		if err != nil {
			return err
		}
		db.TypeMap().RegisterType(t)
		var a struct {
			ID   int32
			Name string
		}
		err = db.QueryRow(ctx, "SELECT a FROM artist a WHERE id = 1").Scan(&a)
		return errors.Join(err, equal(a.Name, "Can"))
	})
}
