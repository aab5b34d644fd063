package server_test

import (
	"bytes"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// TestDomainsOfBinaryValues: what comes in binary, as a parameter or by COPY, passes the domain's checks like any other.
func TestDomainsOfBinaryValues(t *testing.T) {
	i := start(t, server.Config{})
	conn, err := pgconn.Connect(t.Context(), i.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), `CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0); CREATE TABLE d (v positive)`).ReadAll(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value []byte
		code  string
	}{{[]byte{0, 0, 0, 1}, ""}, {[]byte{0xff, 0xff, 0xff, 0xff}, "23514"}, {nil, "23502"}} {
		r := conn.ExecParams(t.Context(), `SELECT $1::positive`, [][]byte{c.value}, nil, []int16{1}, nil).Read()
		if got := codeOf(r.Err); got != c.code {
			t.Errorf("parameter %v: %q, want %q", c.value, got, c.code)
		}
	}
	file := []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04\xff\xff\xff\xff\xff\xff")
	_, err = conn.CopyFrom(t.Context(), bytes.NewReader(file), `COPY d FROM STDIN (FORMAT binary)`)
	if got := codeOf(err); got != "23514" {
		t.Errorf("COPY: %q", got)
	}
}
