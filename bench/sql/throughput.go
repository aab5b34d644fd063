package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/seguedb/segue/bench/rival"
)

// load is what one client does again and again; n counts its calls.
type load func(ctx context.Context, c *pgconn.PgConn, client, n int) error

// clients are connections to one server that run a load at the same time.
type clients struct {
	server *rival.Server
	conns  []*pgconn.PgConn
	calls  []int
}

// pace is how fast a load went: calls a second, and the server's processor time a call.
type pace struct{ rate, cpu float64 }

func openClients(ctx context.Context, server *rival.Server, dsn string, n int,
	prepare func(context.Context, *pgconn.PgConn) error) (*clients, error) {
	c := &clients{server: server, calls: make([]int, n)}
	for range n {
		conn, err := pgconn.Connect(ctx, dsn)
		if err != nil {
			return nil, err
		}
		if err := prepare(ctx, conn); err != nil {
			return nil, err
		}
		c.conns = append(c.conns, conn)
	}
	return c, nil
}

func (c *clients) close(ctx context.Context) {
	for _, conn := range c.conns {
		_ = conn.Close(ctx)
	}
}

// turn runs the load on every connection for a while.
func (c *clients) turn(ctx context.Context, d time.Duration, f load) (pace, error) {
	before, err := c.server.CPU()
	if err != nil {
		return pace{}, err
	}
	var wg sync.WaitGroup
	var calls atomic.Int64
	var failed atomic.Pointer[error]
	start := time.Now()
	for i, conn := range c.conns {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for time.Since(start) < d && failed.Load() == nil {
				if err := f(ctx, conn, i, c.calls[i]); err != nil {
					failed.Store(&err)
					return
				}
				c.calls[i]++
				calls.Add(1)
			}
		}()
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return pace{}, *err
	}
	took := time.Since(start)
	after, err := c.server.CPU()
	n := float64(calls.Load())
	return pace{n / took.Seconds(), float64(after-before) / n}, err
}

// race alternates turns of a load on both servers, and returns each one's median pace. The first turns
// warm up and do not count.
func (p *pair) race(ctx context.Context, o options, n int, dsn func(*rival.Server) string,
	prepare func(context.Context, *pgconn.PgConn) error, f load) (ours, theirs pace, err error) {
	rates, costs := make([][]float64, 2), make([][]float64, 2)
	both := make([]*clients, 2)
	for i, r := range p.both() {
		if both[i], err = openClients(ctx, r, dsn(r), n, prepare); err != nil {
			return ours, theirs, err
		}
		defer both[i].close(ctx)
	}
	for round := range o.rounds + 1 {
		for i, c := range both {
			went, err := c.turn(ctx, o.turn, f)
			if err != nil {
				return ours, theirs, err
			}
			if round > 0 {
				rates[i], costs[i] = append(rates[i], went.rate), append(costs[i], went.cpu)
			}
		}
	}
	return pace{median(rates[0]), median(costs[0])}, pace{median(rates[1]), median(costs[1])}, nil
}
