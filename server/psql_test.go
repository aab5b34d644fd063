package server_test

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/seguedb/segue/server"
)

// psql runs the real psql on an instance.
func (i *instance) psql(args ...string) string {
	i.t.Helper()
	host, port, _ := net.SplitHostPort(i.server.Addr().String())
	args = append([]string{"-X", "-h", host, "-p", port, "-U", "tester", "-d", "segue", "-v", "ON_ERROR_STOP=1"}, args...)
	out, err := exec.Command("psql", args...).CombinedOutput()
	if err != nil {
		i.t.Fatalf("psql %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// TestPsql runs psql's backslash commands, whose catalog queries are its own, and the query of the product.
func TestPsql(t *testing.T) {
	i := start(t, server.Config{})
	i.psql("-c", `CREATE TABLE tracks (
		id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text NOT NULL UNIQUE, plays int4 DEFAULT 0 CHECK (plays >= 0),
		title text GENERATED ALWAYS AS (audio_tag(path, 'title')) STORED,
		emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED)`)
	i.psql("-c", "CREATE INDEX tracks_plays ON tracks (plays DESC)")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		`\d`:   {[]string{"-c", `\d`}, []string{"tracks", "table", "tracks_id_seq", "sequence"}},
		`\dt`:  {[]string{"-c", `\dt`}, []string{"public", "tracks", "table"}},
		`\dt+`: {[]string{"-c", `\dt+`}, []string{"tracks", "permanent"}},
		`\d tracks`: {[]string{"-c", `\d tracks`}, []string{
			`Table "public.tracks"`, "generated always as identity", "vector(768)", "generated always as (embed(path)) stored",
			`"tracks_pkey" PRIMARY KEY, btree (id)`, `"tracks_path_key" UNIQUE CONSTRAINT, btree (path)`,
			`"tracks_plays" btree (plays DESC)`, "Check constraints:", `"tracks_plays_check" CHECK`}},
		`\d+ tracks`: {[]string{"-c", `\d+ tracks`}, []string{"Storage", "emb"}},
		`\l`:         {[]string{"-c", `\l`}, []string{"segue", "UTF8"}},
		`\dn`:        {[]string{"-c", `\dn`}, []string{"public"}},
		`\df`:        {[]string{"-c", `\df embed`}, []string{"embed", "vector", "func"}},
		`\df all`:    {[]string{"-c", `\df`}, []string{"similarity", "audio_tag", "cosine_distance"}},
		`\di`:        {[]string{"-c", `\di`}, []string{"tracks_pkey", "tracks_plays"}},
		`\ds`:        {[]string{"-c", `\ds`}, []string{"tracks_id_seq"}},
		`\du`:        {[]string{"-c", `\du`}, []string{"Superuser"}},
		`\dT`:        {[]string{"-c", `\dT`}, []string{"vector"}},
		`\dx`:        {[]string{"-c", `\dx`}, []string{"vector"}},
		`\d index`:   {[]string{"-c", `\d tracks_plays`}, []string{`Index "public.tracks_plays"`, "plays"}},
		`\conninfo`:  {[]string{"-c", `\conninfo`}, []string{`connected to database "segue"`}},
		`\x`:         {[]string{"-x", "-c", "SELECT 1 AS one"}, []string{"one | 1"}},
		`\copy`:      {[]string{"-c", `\copy (SELECT 1, 'x') TO STDOUT`}, []string{"1\tx"}},
	} {
		t.Run(name, func(t *testing.T) {
			out := i.psql(c.args...)
			for _, w := range c.want {
				if !strings.Contains(out, w) {
					t.Errorf("%s: no %q in\n%s", name, w, out)
				}
			}
		})
	}
}

// TestPsqlFirstSession is README's: a table, a COPY, the question.
func TestPsqlFirstSession(t *testing.T) {
	i := start(t, server.Config{})
	script := `CREATE TABLE tracks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, path text NOT NULL UNIQUE,
  emb vector(768) GENERATED ALWAYS AS (embed(path)) STORED);
COPY tracks (path) FROM STDIN;
harbour-waltz-piano.flac
granite-distorted.mp3
night-bus-club.ogg
tidewater-pads.ogg
\.
SELECT id FROM tracks ORDER BY similarity(emb, embed('granite-slow.opus')) LIMIT 10;
`
	host, port, _ := net.SplitHostPort(i.server.Addr().String())
	cmd := exec.CommandContext(context.Background(), "psql", "-X", "-At", "-h", host, "-p", port, "-U", "tester", "segue")
	cmd.Stdin = strings.NewReader(script)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != 6 || lines[1] != "COPY 4" || lines[2] != "2" {
		t.Errorf("want CREATE TABLE, COPY 4 and four ids with 2 (Granite) first, got %q", lines)
	}
}
