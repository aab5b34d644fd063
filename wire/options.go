package wire

import (
	"crypto/tls"
	"log/slog"
	"time"
)

// Options are a Server's settings; the zero value of each means its default.
type Options struct {
	// MaxConnections is how many sessions may be open at once (default 100, as in Postgres). The next one is
	// refused with 53300; a CancelRequest is served even then.
	MaxConnections int

	// ReservedConnections of them are for those whom the Authenticator says so of (superuser_reserved_connections).
	ReservedConnections int

	// TLS is how connections are encrypted whose clients ask for it; nil is not at all.
	TLS *tls.Config

	// MaxMessageBytes limits the body of one message after login (default 64 MiB). A longer one is refused with
	// 54000 before any of it is read, and the connection closes. Before login the limit is 10,000 bytes
	// (MAX_STARTUP_PACKET_LENGTH), as it is always for messages that carry a name only.
	MaxMessageBytes int

	// StartupTimeout limits the time from connecting to being let in, TLS and authentication included (default 60 s,
	// as Postgres's authentication_timeout).
	StartupTimeout time.Duration

	// WriteTimeout limits one write to a client that does not read; none by default, as in Postgres.
	WriteTimeout time.Duration

	// WatchAfter is how long a statement runs before the socket is watched for a client that has gone away
	// (default 100 ms). Short statements never pay for the watch.
	WatchAfter time.Duration

	// ShutdownGrace is how long running statements may take to end once Serve's context is done (default 5 s).
	ShutdownGrace time.Duration

	// Logger gets what clients must not see: defects with their log ids, panics with their stacks, lost
	// connections. slog.Default() where nil.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	setDefault(&o.MaxConnections, 100)
	setDefault(&o.MaxMessageBytes, 64<<20)
	setDefault(&o.StartupTimeout, time.Minute)
	setDefault(&o.WatchAfter, 100*time.Millisecond)
	setDefault(&o.ShutdownGrace, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

func setDefault[T int | time.Duration](value *T, otherwise T) {
	if *value == 0 {
		*value = otherwise
	}
}
