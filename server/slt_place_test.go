package server_test

import (
	"context"
	"flag"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seguedb/segue/server"
)

var oracle = flag.String("oracle", "", "run the scripts against the PostgreSQL of this connection string")

// place is where a script runs: a fresh database.
type place interface {
	name() string // as onlyif names it
	connect() *pgx.Conn
	restart()
}

func openPlace(t *testing.T) place {
	if *oracle != "" {
		return createDatabase(t)
	}
	return start(t, server.Config{Superuser: "postgres", Access: []server.AccessRule{{Type: "host", Method: "trust"}}})
}

func (i *instance) name() string { return "segue" }

// postgres is a database of the oracle, dropped when the test ends.
type postgres struct {
	t      *testing.T
	config *pgx.ConnConfig
}

// asked counts the statements that PostgreSQL was asked.
var asked atomic.Int64

func count(p place) {
	if p.name() == "postgres" {
		asked.Add(1)
	}
}

func createDatabase(t *testing.T) *postgres {
	admin, err := pgx.Connect(context.Background(), *oracle)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("slt_%d", time.Now().UnixNano())
	if _, err := admin.Exec(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		_ = admin.Close(context.Background())
		t.Logf("PostgreSQL was asked %d statements", asked.Load())
	})
	config, err := pgx.ParseConfig(*oracle)
	if err != nil {
		t.Fatal(err)
	}
	config.Database, config.OnNotice = name, noteNotice
	return &postgres{t, config}
}

func (p *postgres) name() string { return "postgres" }

// restart does nothing: what a script says after it holds without one too.
func (p *postgres) restart() {}

func (p *postgres) connect() *pgx.Conn {
	p.t.Helper()
	conn, err := pgx.ConnectConfig(context.Background(), p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
