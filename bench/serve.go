package bench

import (
	"context"
	"errors"
	"log/slog"

	"github.com/seguedb/segue/server"
)

// served is a server in this process, behind a real socket.
type served struct {
	address string
	stop    func() error
}

func serve(ctx context.Context, c server.Config) (*served, error) {
	c.Logger = slog.New(slog.DiscardHandler)
	e, err := server.OpenEngine(ctx, c)
	if err != nil {
		return nil, err
	}
	s, err := server.New(e, c)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	return &served{address: s.Addr().String(), stop: func() error {
		cancel()
		return errors.Join(<-done, e.Close())
	}}, nil
}
