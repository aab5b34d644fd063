package main

import (
	"context"
	"errors"
	"os"

	"github.com/seguedb/segue/bench/rival"
)

// postgresConf gives PostgreSQL what an administrator would: memory enough for the tables, its locale C and no JIT,
// which is slower on queries of this length. Everything else, parallel workers among it, is as it comes.
const postgresConf = `
shared_buffers = 1GB
work_mem = 256MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
fsync = on
synchronous_commit = on
full_page_writes = on
jit = off
autovacuum = on
`

// pair is the two servers under comparison.
type pair struct{ segue, postgres *rival.Server }

func (p *pair) both() []*rival.Server { return []*rival.Server{p.segue, p.postgres} }

func startPair(ctx context.Context, o options) (*pair, error) {
	if err := os.Chmod(o.dir, 0o755); err != nil {
		return nil, err
	}
	s, err := rival.StartSegue(ctx, o.segue, o.dir)
	if err != nil {
		return nil, err
	}
	pg, err := rival.StartPostgres(ctx, o.pgBin, o.dir, postgresConf)
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return &pair{s, pg}, nil
}

func (p *pair) stop() error { return errors.Join(p.segue.Stop(), p.postgres.Stop()) }
