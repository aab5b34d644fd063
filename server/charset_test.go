package server_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/server"
)

// speak gives a connection whose texts are in an encoding other than UTF-8; pgconn itself converts nothing.
func speak(t *testing.T, i *instance, encoding string) *pgconn.PgConn {
	t.Helper()
	conn := i.connect().PgConn()
	if err := conn.Exec(context.Background(), "SET client_encoding TO "+encoding).Close(); err != nil {
		t.Fatal(err)
	}
	if got := conn.ParameterStatus("client_encoding"); !strings.EqualFold(got, encoding) {
		t.Fatalf("client_encoding is reported as %q", got)
	}
	return conn
}

// TestClientEncoding sends and reads text in LATIN1: queries, names, parameters and results in both formats, errors, COPY.
func TestClientEncoding(t *testing.T) {
	i := start(t, server.Config{})
	ctx, conn := context.Background(), speak(t, i, "LATIN1")
	for _, format := range []int16{pgx.TextFormatCode, pgx.BinaryFormatCode} {
		r := conn.ExecParams(ctx, "SELECT $1 || '\xe9', ARRAY[$1, 'z'], length($1) AS \"n\xe9\"", [][]byte{[]byte("a\xe8")}, []uint32{25},
			[]int16{format}, []int16{format}).Read()
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		array := "{a\xe8,z}"
		if format == pgx.BinaryFormatCode {
			array = "\x00\x00\x00\x02a\xe8\x00\x00\x00\x01z"
		}
		if got := r.Rows[0]; string(got[0]) != "a\xe8\xe9" || !strings.HasSuffix(string(got[1]), array) {
			t.Errorf("format %d: got %q", format, got)
		}
		if name := r.FieldDescriptions[2].Name; name != "n\xe9" {
			t.Errorf("the column is called %q", name)
		}
	}
	for query, want := range map[string]string{
		"SELECT * FROM \"caf\xe9\"": "relation \"caf\xe9\" does not exist",
		"SELECT chr(1046)":          `character with byte sequence 0xd0 0x96 in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
		"SELECT 1 AS \"\xe9\" FROM generate_series(1, chr(1046)::int)": `character with byte sequence 0xd0 0x96 in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
		"DO $$ BEGIN RAISE NOTICE '%', chr(1046); END $$":              `character with byte sequence 0xd0 0x96 in encoding "UTF8" has no equivalent in encoding "LATIN1"`,
	} {
		var e *pgconn.PgError
		if err := conn.Exec(ctx, query).Close(); !errors.As(err, &e) || e.Message != want {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// TestCopyEncoding copies in and out, by client_encoding and by the option ENCODING; SJIS has backslashes inside characters.
func TestCopyEncoding(t *testing.T) {
	i := start(t, server.Config{})
	ctx, conn := context.Background(), speak(t, i, "SJIS")
	if err := conn.Exec(ctx, "CREATE TABLE t (a text, b text)").Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ options, data string }{
		{"", "\x83\x5c\t\x95\x5c\\t\n"}, {"(ENCODING 'EUC_JP')", "\xa5\xbd\t\xc9\xbd\\t\n"}, {"(ENCODING UTF8)", "ソ\t表\\t\n"},
		{"(FORMAT csv, ENCODING 'utf-8')", "ソ,表\t\n"},
	} {
		_, err := conn.CopyFrom(ctx, strings.NewReader(c.data), "COPY t FROM STDIN "+c.options)
		if err != nil {
			t.Fatalf("%s: %v", c.options, err)
		}
		var out bytes.Buffer
		if _, err := conn.CopyTo(ctx, &out, "COPY (SELECT DISTINCT * FROM t) TO STDOUT "+c.options); err != nil || out.String() != c.data {
			t.Errorf("%s: %q, %v", c.options, out.String(), err)
		}
	}
	for data, want := range map[string]string{
		"a\tb\nc\t\x81\n":                       `invalid byte sequence for encoding "SJIS": 0x81 0x0a`,
		"a\tb\nc\t\x81\xad\n":                   `character with byte sequence 0x81 0xad in encoding "SJIS" has no equivalent in encoding "UTF8"`,
		strings.Repeat("a\tb\n", 9000) + "\x81": `invalid byte sequence for encoding "SJIS": 0x81`,
	} {
		var e *pgconn.PgError
		_, err := conn.CopyFrom(ctx, strings.NewReader(data), "COPY t FROM STDIN")
		if line := strings.Count(strings.TrimSuffix(data, "\n"), "\n") + 1; !errors.As(err, &e) || e.Message != want ||
			!strings.Contains(e.Where, "line ") {
			t.Errorf("line %d: %v, %q", line, err, e.Where)
		}
	}
}
