package server

import (
	"fmt"
	"log/slog"
	"os"
	"time"
)

// Config is everything that a server can be told. The zero value of a field means its default.
type Config struct {
	DataDir   string // the data directory, made if missing (default ./segue-data)
	Superuser string // the first user's name, until it is renamed in SQL (default "segue")
	AudioRoot string // the folder that embed('…') reads below (default the working directory)

	Listen string // HOST:PORT of the Postgres protocol (default 127.0.0.1:5433)
	// Access says how who may come in. Without any, this machine is trusted until the first password is given, others
	// need one, and so does everybody then but whom the Unix socket lets in.
	Access []AccessRule

	TLS                    string // "self-signed": with a certificate of its own; "" or "off": none, unless the files are named
	TLSCertificate, TLSKey string // PEM files

	SocketMode os.FileMode // of the Unix socket (default 0600: only the server's own user)
	SocketDir  string      // where the Unix socket .s.PGSQL.PORT goes; none when empty
	Admin      string      // HOST:PORT of health and metrics, a loopback address; none when empty

	DefaultModel   string // the model that embed() uses when none is named (default "music")
	ORTLibrary     string // path of libonnxruntime; searched for when empty
	Workers        int    // concurrent embeddings (default: one a core)
	MaxConnections int    // sessions at once (default 100)
	MaxMessageMiB  int    // largest message after login (default 64)
	ModelMiB       int    // what loaded models may take together, but for those in use (default 2048)
	CacheMiB       int    // what caches may hold: decoded columns, the store's blocks, single rows (default 352)

	ShutdownGrace time.Duration // how long running statements may take to end (default 5 s)
	Logger        *slog.Logger  // slog.Default() where nil
	Trimmed       func()        // called when memory was given back because nothing runs, for the process to do likewise; may be nil
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
	if c.SocketMode == 0 {
		c.SocketMode = 0o600
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
		{"cache-mib", c.CacheMiB, 1 << 20}, {"model-mib", c.ModelMiB, 1 << 20},
	} {
		if n.value < 0 || n.value > n.to {
			return fmt.Errorf("%s is %d: it must be 0 (its default) to %d", n.what, n.value, n.to)
		}
	}
	if c.TLS != "" && c.TLS != tlsOff && c.TLS != tlsSelfSigned {
		return fmt.Errorf("tls is %q: it must be off or self-signed (or name files with tls-cert and tls-key)", c.TLS)
	}
	for i, r := range c.Access {
		if err := r.check(i + 1); err != nil {
			return err
		}
	}
	return nil
}

// defaultCacheMiB is what the parts are told: 240 MiB, 64, 32 and 16.
const defaultCacheMiB = 352

func (c Config) cacheMiB() int {
	if c.CacheMiB == 0 {
		return defaultCacheMiB
	}
	return c.CacheMiB
}

// cacheBytes shares CacheMiB out: of 22 parts 15 to columns, four to blocks, two to rows, one to vectors.
func (c Config) cacheBytes() (columns, blocks, rows, vectors int64) {
	total := int64(c.cacheMiB()) << 20
	return total * 15 / 22, total * 4 / 22, total * 2 / 22, total / 22
}

// requireLoopback refuses an address that another machine could reach: admin HTTP asks nobody who they are.
func requireLoopback(what, address string) error {
	local, err := isLoopback(address)
	switch {
	case err != nil:
		return fmt.Errorf("%s address %q: %w", what, address, err)
	case !local:
		return fmt.Errorf("%s address %q is not a loopback address: it only listens on 127.0.0.1, ::1 or localhost "+
			"(reach it from elsewhere through an SSH tunnel)", what, address)
	}
	return nil
}
