package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// clientTime bounds one client's run: a client that waits for ever has found a bug, and must not hide the others'.
const clientTime = 10 * time.Minute

// client is one program that talks to the server as its users' programs do.
type client struct {
	name    string
	dir     string   // its folder, which has a setup.sh
	command []string // run in dir
	install string   // setup.sh's argument, for a client whose needs are not its folder's
}

// clients are in the order of the users that they have.
var clients = []client{
	{"psql", "psql", []string{"python3", "psql.py"}, ""},
	{"pgbench", "psql", []string{"python3", "pgbench.py"}, ""},
	{"pg_dump", "pgdump", []string{"python3", "pgdump.py"}, ""},
	{"psycopg3", "python", []string{"../.deps/psycopg/bin/python", "psycopg3.py"}, "psycopg"},
	{"psycopg2", "python", python("psycopg2_.py"), ""},
	{"asyncpg", "python", python("asyncpg_.py"), ""},
	{"sqlalchemy", "python", python("sqlalchemy_.py"), ""},
	{"alembic", "python", python("alembic_.py"), ""},
	{"django", "python", python("django_.py"), ""},
	{"django42", "python", []string{"../.deps/django42/bin/python", "django_.py"}, "django42"},
	{"pgvector-python", "python", python("pgvector_.py"), ""},
	{"pandas", "python", python("pandas_.py"), ""},
	{"pgx", "go", []string{"../.deps/go/compat-go", "pgx"}, ""},
	{"lib/pq", "go", []string{"../.deps/go/compat-go", "pq"}, ""},
	{"gorm", "go", []string{"../.deps/go/compat-go", "gorm"}, ""},
	{"node-postgres", "node", []string{"node", "pg.js"}, ""},
	{"postgres.js", "node", []string{"node", "postgres.js"}, ""},
	{"knex", "node", []string{"node", "knex.js"}, ""},
	{"sequelize", "node", []string{"node", "sequelize.js"}, ""},
	{"typeorm", "node", []string{"node", "typeorm.js"}, ""},
	{"drizzle", "node", []string{"node", "drizzle.js"}, ""},
	{"kysely", "node", []string{"node", "kysely.js"}, ""},
	{"pgjdbc", "java", []string{"../.deps/java/run"}, ""},
	{"psqlodbc", "odbc", python("odbc.py"), ""},
	{"activerecord", "ruby", []string{"ruby", "activerecord.rb"}, ""},
	{"superset", "python", []string{"../.deps/superset/bin/python", "superset_.py"}, "superset"},
	{"tools", "tools", python("tools.py"), ""},
}

// python runs a script with the interpreter that compat/python/setup.sh made.
func python(script string) []string { return []string{"../.deps/python/bin/python", script} }

// run drives the client with the environment that names the server. What it prints goes to log as it comes.
func (c client) run(env []string, log io.Writer) outcome {
	ctx, cancel := context.WithTimeout(context.Background(), clientTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Dir = filepath.Join("compat", c.dir)
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = 5 * time.Second
	var out bytes.Buffer
	cmd.Stdout = io.MultiWriter(&out, log)
	cmd.Stderr = cmd.Stdout
	err := cmd.Run()
	o := readOutcome(&out)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		o.fail("finish", fmt.Sprintf("still running after %s", clientTime))
	case errors.As(err, &exit) && len(o.failed) == 0:
		o.fail("finish", exit.String()+": "+lastLine(out.Bytes()))
	case err != nil && exit == nil:
		o.fail("start", err.Error())
	case len(o.failed)+o.passed == 0:
		o.fail("finish", "no check ran")
	}
	return o
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
