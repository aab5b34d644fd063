package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

var (
	segueDSN    = flag.String("segue", "", "connection string of Segue")
	postgresDSN = flag.String("postgres", os.Getenv("SEGUE_ORACLE"), "connection string of PostgreSQL")
	seed        = flag.Uint64("seed", uint64(time.Now().UnixNano())%1e9*1e6, "the first query's seed")
	queries     = flag.Int("queries", 10000, "how many queries")
	clients     = flag.Int("clients", 2, "how many at once")
	show        = flag.Bool("show", false, "print every query")
	timeout     = flag.Duration("timeout", 20*time.Second, "each statement's statement_timeout")
	most        = flag.Int("most", 20, "stop after so many differences")
	slower      = flag.Float64("slower", 0, "print the queries for which Segue takes so many times as long as PostgreSQL, and over "+
		slowest.String())
)

// slowest is how long a query may take that -slower does not look at.
const slowest = 100 * time.Millisecond

func main() {
	flag.Parse()
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// queryCanceled is the SQLSTATE of a statement_timeout. Joins without a condition multiply: which server is through with a
// billion rows in time says nothing about the rows, so it is counted apart from the differences.
const queryCanceled = "57014"

// internalError is the SQLSTATE of "failed to build any 5-way joins" and the like: what PostgreSQL could not plan tells
// nothing of the rows, and is counted apart, too. One of Segue's own is a difference.
const internalError = "XX000"

// tally is what happened to the queries.
type tally struct {
	asked, rows, failed, differ atomic.Int64
	open                        atomic.Int64    // equalBut
	internal                    atomic.Int64    // internalError, of PostgreSQL's
	slow                        [2]atomic.Int64 // that Segue, that PostgreSQL alone did not finish in time
	codes                       sync.Map        // SQLSTATE → *atomic.Int64, of errors that both servers gave
}

func run(ctx context.Context) error {
	for _, dsn := range []string{*segueDSN, *postgresDSN} {
		if err := prepare(ctx, dsn); err != nil {
			return fmt.Errorf("prepare %s: %w", dsn, err)
		}
	}
	fmt.Printf("seeds %d … %d\n", *seed, *seed+uint64(*queries)-1)
	var t tally
	var next atomic.Int64
	var wg sync.WaitGroup
	failures := make(chan error, *clients)
	for range *clients {
		wg.Go(func() { failures <- ask(ctx, &t, &next) })
	}
	wg.Wait()
	for range *clients {
		if err := <-failures; err != nil {
			return err
		}
	}
	fmt.Printf("%d queries, %d rows; both refused %d; %d differences, %d of zeros that SQL leaves open, %d internal errors of "+
		"PostgreSQL's alone; too slow for Segue alone %d, for PostgreSQL alone %d\n",
		t.asked.Load(), t.rows.Load(), t.failed.Load(), t.differ.Load(), t.open.Load(), t.internal.Load(), t.slow[0].Load(),
		t.slow[1].Load())
	t.codes.Range(func(code, n any) bool {
		fmt.Printf("  both %s: %d\n", code, n.(*atomic.Int64).Load())
		return true
	})
	if t.differ.Load() > 0 {
		return errors.New("the servers differ")
	}
	return nil
}

func prepare(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err = conn.PgConn().Exec(ctx, schema).ReadAll(); err != nil {
		return err
	}
	_, err = conn.PgConn().Exec(ctx, "ANALYZE").ReadAll()
	return err
}

// ask takes seeds until none is left.
func ask(ctx context.Context, t *tally, next *atomic.Int64) error {
	segue, err := pgx.Connect(ctx, *segueDSN)
	if err != nil {
		return err
	}
	defer func() { _ = segue.Close(ctx) }()
	postgres, err := pgx.Connect(ctx, *postgresDSN)
	if err != nil {
		return err
	}
	defer func() { _ = postgres.Close(ctx) }()
	for _, c := range []*pgx.Conn{segue, postgres} {
		if _, err := c.Exec(ctx, fmt.Sprintf("SET statement_timeout = %d", timeout.Milliseconds())); err != nil {
			return err
		}
	}
	for {
		i := next.Add(1) - 1
		if i >= int64(*queries) || t.differ.Load() >= int64(*most) {
			return nil
		}
		at := *seed + uint64(i)
		sql := newGenerator(at).query()
		if *show {
			fmt.Printf("-- %d\n%s;\n", at, sql)
		}
		if err := compare(ctx, t, at, sql, segue, postgres); err != nil {
			return fmt.Errorf("seed %d: %w\n%s", at, err, sql)
		}
	}
}

// compare asks both servers. It fails only when a connection is lost.
func compare(ctx context.Context, t *tally, at uint64, sql string, segue, postgres *pgx.Conn) error {
	begun := time.Now()
	theirs := answerOf(ctx, postgres, sql)
	theirTime := time.Since(begun)
	ours := answerOf(ctx, segue, sql)
	ourTime := time.Since(begun) - theirTime
	if *slower > 0 && ourTime > slowest && ourTime.Seconds() > *slower*theirTime.Seconds() {
		fmt.Printf("-- seed %d: Segue %v, PostgreSQL %v\n%s;\n", at, ourTime.Round(time.Millisecond),
			theirTime.Round(time.Microsecond), sql)
	}
	t.asked.Add(1)
	t.rows.Add(int64(len(theirs.rows)))
	if segue.IsClosed() || postgres.IsClosed() {
		return fmt.Errorf("connection lost: %s %s", ours.message, theirs.message)
	}
	if ours.code == theirs.code && slices.Equal(ours.types, theirs.types) && slices.Equal(ours.rows, theirs.rows) {
		if ours.code != "" {
			t.failed.Add(1)
			n, _ := t.codes.LoadOrStore(ours.code, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}
		return nil
	}
	if i := slices.Index([]string{ours.code, theirs.code}, queryCanceled); i >= 0 {
		t.slow[i].Add(1)
		fmt.Printf("-- seed %d: %s\n", at, difference(ours, theirs))
		return nil
	}
	if theirs.code == internalError && ours.code != internalError {
		t.internal.Add(1)
		fmt.Printf("-- seed %d: %s\n", at, difference(ours, theirs))
		return nil
	}
	if ours.equalBut(theirs, sql) {
		t.open.Add(1)
		return nil
	}
	t.differ.Add(1)
	fmt.Printf("-- seed %d\n%s;\n%s\n", at, sql, difference(ours, theirs))
	return nil
}

// answer is what a server said: rows in text, sorted, or an error.
type answer struct {
	code, message string
	types         []uint32
	rows          []string
	values        []string // the rows with numerics without their last zeros, sorted
}

// keepsOne finds what keeps one of equal values, as 1.5 and 1.50 are: which one is the plan's choice, in PostgreSQL too.
var keepsOne = regexp.MustCompile(`\b(UNION|INTERSECT|EXCEPT|DISTINCT|GROUP BY|(min|max|greatest|least)\()`)

// equalBut says whether two answers differ in nothing but zeros at the end of numerics, where the query leaves them open.
func (a answer) equalBut(b answer, sql string) bool {
	return a.code == "" && b.code == "" && slices.Equal(a.types, b.types) && slices.Equal(a.values, b.values) && keepsOne.MatchString(sql)
}

func answerOf(ctx context.Context, conn *pgx.Conn, sql string) answer {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll()
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return answer{code: e.Code, message: e.Message}
	}
	if err != nil {
		return answer{code: "?", message: err.Error()}
	}
	var a answer
	for _, f := range results[0].FieldDescriptions {
		a.types = append(a.types, f.DataTypeOID)
	}
	for _, row := range results[0].Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			if cells[i] = string(v); v == nil {
				cells[i] = "NULL"
			}
		}
		a.rows = append(a.rows, strings.Join(cells, "|"))
		for i := range cells {
			if a.types[i] == pgtype.NumericOID && strings.Contains(cells[i], ".") {
				cells[i] = strings.TrimRight(strings.TrimRight(cells[i], "0"), ".")
			}
		}
		a.values = append(a.values, strings.Join(cells, "|"))
	}
	slices.Sort(a.rows)
	slices.Sort(a.values)
	return a
}

// difference says in a few lines how two answers differ.
func difference(ours, theirs answer) string {
	if ours.code != theirs.code {
		return fmt.Sprintf("-- Segue: %q %s; PostgreSQL: %q %s", ours.code, ours.message, theirs.code, theirs.message)
	}
	if !slices.Equal(ours.types, theirs.types) {
		return fmt.Sprintf("-- types: Segue %v, PostgreSQL %v", ours.types, theirs.types)
	}
	out := fmt.Sprintf("-- rows: Segue %d, PostgreSQL %d", len(ours.rows), len(theirs.rows))
	for i := range min(len(ours.rows), len(theirs.rows)) {
		if ours.rows[i] != theirs.rows[i] {
			return out + fmt.Sprintf("; row %d: Segue %s, PostgreSQL %s", i, ours.rows[i], theirs.rows[i])
		}
	}
	return out
}
