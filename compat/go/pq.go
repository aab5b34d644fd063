package main

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lib/pq"
)

func pqCode(err error, want string) error {
	var e *pq.Error
	if !errors.As(err, &e) || string(e.Code) != want {
		return fmt.Errorf("got %v, want SQLSTATE %s", err, want)
	}
	return nil
}

func drivePq(url string) {
	version("lib/pq", "github.com/lib/pq")
	db, err := sql.Open("postgres", url)
	if err != nil {
		check("open", func() error { return err })
		return
	}
	db.SetMaxOpenConns(4)
	pqWork(db)
	pqTransactions(db)
	check("listener", func() error {
		l := pq.NewListener(url, 10*time.Millisecond, time.Second, nil)
		defer func() { _ = l.Close() }()
		if err := l.Listen("news"); err != nil {
			return err
		}
		if _, err := db.Exec("SELECT pg_notify('news', 'hello')"); err != nil {
			return err
		}
		select {
		case n := <-l.Notify:
			return equal(n.Channel+" "+n.Extra, "news hello")
		case <-time.After(5 * time.Second):
			return errors.New("no notification")
		}
	})
}

func pqWork(db *sql.DB) {
	check("create and insert", func() error {
		_,
			err := db.Exec(`CREATE TABLE artist (id serial PRIMARY KEY, name text NOT NULL UNIQUE, tags text[],
			at timestamptz DEFAULT now(), raw bytea, n numeric(10,2))`)
		if err != nil {
			return err
		}
		var id int
		err = db.QueryRow("INSERT INTO artist (name, tags, raw, n) VALUES ($1, $2, $3, $4) RETURNING id", "Can",
			pq.Array([]string{"a,b", "c"}), []byte{0, 1}, "1.50").Scan(&id)
		return errors.Join(err, equal(id, 1))
	})
	check("scan", func() error {
		var name, n string
		var tags []string
		var at time.Time
		var raw []byte
		err := db.QueryRow("SELECT name, tags, at, raw, n FROM artist WHERE id = $1", 1).Scan(&name, pq.Array(&tags), &at, &raw, &n)
		return errors.Join(err, equal([]any{name, tags, raw, n, at.IsZero()}, []any{"Can", []string{"a,b", "c"}, []byte{0,
			1}, "1.50", false}))
	})
	check("CopyIn", func() error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		st, err := tx.Prepare(pq.CopyIn("artist", "name", "n"))
		if err != nil {
			return err
		}
		for i := range 500 {
			if _, err := st.Exec(fmt.Sprint("band\t", i), i); err != nil {
				return err
			}
		}
		r, err := st.Exec()
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		return errors.Join(err, st.Close(), tx.Commit(), equal(n, int64(500)))
	})
	check("ANY, aggregates, column types", func() error {
		rows, err := db.Query("SELECT count(*), sum(n) AS s FROM artist WHERE id = ANY($1)", pq.Array([]int{1, 2, 3}))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		t, err := rows.ColumnTypes()
		if err != nil {
			return err
		}
		return errors.Join(equal([]string{t[0].DatabaseTypeName(), t[1].DatabaseTypeName(), t[1].Name()}, []string{"INT8",
			"NUMERIC", "s"}), rows.Err())
	})
	check("prepared statement", func() error {
		st, err := db.Prepare("SELECT name FROM artist WHERE id = $1")
		if err != nil {
			return err
		}
		var name string
		for range 5 {
			err = errors.Join(err, st.QueryRow(1).Scan(&name))
		}
		return errors.Join(err, st.Close(), equal(name, "Can"))
	})
}

func pqTransactions(db *sql.DB) {
	check("transaction that fails", func() error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO artist (name) VALUES ('Can')")
		_, after := tx.Exec("SELECT 1")
		return errors.Join(pqCode(err, "23505"), pqCode(after, "25P02"), tx.Rollback())
	})
	check("read only", func() error {
		tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		_, err = tx.Exec("DELETE FROM artist")
		return errors.Join(pqCode(err, "25006"), tx.Rollback())
	})
	check("error fields", func() error {
		_, err := db.Exec("INSERT INTO artist (name) VALUES ('Can')")
		var e *pq.Error
		if !errors.As(err, &e) {
			return err
		}
		return equal([]string{e.Constraint, e.Table, e.Detail, e.Code.Name()}, []string{"artist_name_key", "artist",
			"Key (name)=(Can) already exists.", "unique_violation"})
	})
}
