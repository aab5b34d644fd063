package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

func serveCommand() *cobra.Command {
	c := server.Config{Trimmed: trimMalloc}
	var logLevel, socketMode string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a data directory over the Postgres protocol",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := newLogger(logLevel)
			if err != nil {
				return err
			}
			c.Logger = log
			if c.SocketMode, err = fileMode(socketMode); err != nil {
				return err
			}
			if c.Access, err = accessRules(cmd); err != nil {
				return err
			}
			return serve(cmd.Context(), c)
		},
	}
	serverFlags(cmd, &c)
	cmd.Flags().StringVar(&c.SocketDir, "socket-dir", "", "directory of a Unix socket beside the TCP port; none when empty")
	cmd.Flags().StringVar(&socketMode, "socket-mode", "0600", "permissions of the Unix socket, in octal: who may connect")
	cmd.Flags().StringVar(&c.Superuser, "superuser", "", "name of the first user of a new data directory (default segue)")
	cmd.Flags().StringVar(&c.TLS, "tls", "off", "off, or self-signed: a certificate made at the first start, kept in the data directory")
	cmd.Flags().StringVar(&c.TLSCertificate, "tls-cert", "", "PEM file of the TLS certificate")
	cmd.Flags().StringVar(&c.TLSKey, "tls-key", "", "PEM file of its private key")
	cmd.Flags().IntVar(&c.MaxConnections, "max-connections", 100, "sessions at once")
	cmd.Flags().IntVar(&c.MaxMessageMiB, "max-message-mib", 64, "largest protocol message, in MiB")
	cmd.Flags().IntVar(&c.ModelMiB, "model-mib", 0, "memory for models that stay loaded though nobody uses them, in MiB (default 2048)")
	cmd.Flags().IntVar(&c.CacheMiB, "cache-mib", 0, "memory for caches of columns, blocks, rows and vectors, in MiB (default 352)")
	cmd.Flags().DurationVar(&c.ShutdownGrace, "shutdown-grace", 0, "how long running statements may take to end (default 5s)")
	cmd.Flags().StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// fileMode reads permissions in octal.
func fileMode(text string) (os.FileMode, error) {
	mode, err := strconv.ParseUint(text, 8, 9)
	if err != nil || mode == 0 {
		return 0, fmt.Errorf("--socket-mode %q: permissions in octal, such as 0600 or 0660", text)
	}
	return os.FileMode(mode), nil
}

// serverFlags are those that every command which opens a data directory has.
func serverFlags(cmd *cobra.Command, c *server.Config) {
	f := cmd.Flags()
	f.StringVar(&c.DataDir, "data", "./"+server.DefaultDataDir, "data directory, made if missing")
	f.StringVar(&c.Listen, "listen", server.DefaultListen,
		"HOST:PORT of the Postgres protocol; one that other machines reach needs a password first (segue user)")
	f.StringVar(&c.Admin, "admin", server.DefaultAdmin, "loopback HOST:PORT of health and metrics; none when empty")
	f.StringVar(&c.AudioRoot, "audio-root", "", "folder that embed('…') reads below (default the working directory)")
	f.StringVar(&c.DefaultModel, "model", "", "model that embed() uses when none is named (default music)")
	f.StringVar(&c.ORTLibrary, "ort-lib", "", "path of libonnxruntime.so; searched for beside the binary and in the data directory")
	f.IntVar(&c.Workers, "workers", 0, "concurrent embeddings (default one a core)")
}

func newLogger(level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level %q: debug, info, warn or error", level)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})), nil
}

// serve runs until ctx ends (SIGINT or SIGTERM).
func serve(ctx context.Context, c server.Config) (err error) {
	e, err := server.OpenEngine(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	s, err := server.New(e, c)
	if err != nil {
		return err
	}
	data, _ := filepath.Abs(c.DataDir)
	c.Logger.Info("ready", "listen", fmt.Sprint(s.Addr()), "data", data,
		"connect", fmt.Sprintf("psql -h %s segue", hostPortFlags(s.Addr())))
	err = s.Serve(ctx)
	c.Logger.Info("stopped")
	return err
}
