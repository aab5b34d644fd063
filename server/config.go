package server

import (
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"
)

// Config is everything that a server can be told. The zero value of a field means its default.
type Config struct {
	DataDir   string // the data directory, made if missing (default ./segue-data)
	Superuser string // the first user's name, until it is renamed in SQL (default "segue")
	AudioRoot string // the folder that embed('…') reads below (default the working directory)

	Listen    string // HOST:PORT of the Postgres protocol, a loopback address (default 127.0.0.1:5433)
	SocketDir string // where the Unix socket .s.PGSQL.PORT goes; none when empty
	Admin     string // HOST:PORT of health and metrics, a loopback address; none when empty

	DefaultModel   string // the model that embed() uses when none is named (default "dsp")
	ORTLibrary     string // path of libonnxruntime; searched for when empty
	Workers        int    // concurrent embeddings (default: one a core)
	MaxConnections int    // sessions at once (default 100)
	MaxMessageMiB  int    // largest message after login (default 64)

	ShutdownGrace time.Duration // how long running statements may take to end (default 5 s)
	Logger        *slog.Logger  // slog.Default() where nil
}

// Defaults of the addresses and the data directory, as `segue serve` prints them.
const (
	DefaultDataDir = "segue-data"
	DefaultListen  = "127.0.0.1:5433"
	DefaultAdmin   = "127.0.0.1:8433"
)

func (c Config) withDefaults() (Config, error) {
	if c.DataDir == "" {
		c.DataDir = DefaultDataDir
	}
	if c.AudioRoot == "" {
		dir, err := os.Getwd()
		if err != nil {
			return c, fmt.Errorf("find the working directory for the audio root: %w", err)
		}
		c.AudioRoot = dir
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c, c.check()
}

// check refuses numbers that mean nothing.
func (c Config) check() error {
	for _, n := range []struct {
		what      string
		value, to int
	}{
		{"workers", c.Workers, 1 << 10}, {"max-connections", c.MaxConnections, 1 << 18}, {"max-message-mib", c.MaxMessageMiB, 1023},
	} {
		if n.value < 0 || n.value > n.to {
			return fmt.Errorf("%s is %d: it must be 0 (its default) to %d", n.what, n.value, n.to)
		}
	}
	return nil
}

// requireLoopback refuses an address that another machine could reach: until there is authentication,
// whoever connects is let in.
func requireLoopback(what, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%s address %q: %w", what, address, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s address %q is not a loopback address: this version has no authentication, so it only "+
		"listens on 127.0.0.1, ::1 or localhost (reach it from elsewhere through an SSH tunnel)", what, address)
}
