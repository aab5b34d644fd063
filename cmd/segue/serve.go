package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

func serveCommand() *cobra.Command {
	c := server.Config{}
	var logLevel string
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
			return serve(cmd.Context(), c)
		},
	}
	serverFlags(cmd, &c)
	cmd.Flags().StringVar(&c.SocketDir, "socket-dir", "", "directory of a Unix socket beside the TCP port; none when empty")
	cmd.Flags().IntVar(&c.MaxConnections, "max-connections", 100, "sessions at once")
	cmd.Flags().IntVar(&c.MaxMessageMiB, "max-message-mib", 64, "largest protocol message, in MiB")
	cmd.Flags().DurationVar(&c.ShutdownGrace, "shutdown-grace", 0, "how long running statements may take to end (default 5s)")
	cmd.Flags().StringVar(&logLevel, "log-level", "info", "debug, info, warn or error")
	return cmd
}

// serverFlags are those that every command which opens a data directory has.
func serverFlags(cmd *cobra.Command, c *server.Config) {
	f := cmd.Flags()
	f.StringVar(&c.DataDir, "data", "./"+server.DefaultDataDir, "data directory, made if missing")
	f.StringVar(&c.Listen, "listen", server.DefaultListen, "loopback HOST:PORT of the Postgres protocol")
	f.StringVar(&c.Admin, "admin", server.DefaultAdmin, "loopback HOST:PORT of health and metrics; none when empty")
	f.StringVar(&c.AudioRoot, "audio-root", "", "folder that embed('…') reads below (default the working directory)")
	f.StringVar(&c.DefaultModel, "model", "", "model that embed() uses when none is named (default dsp)")
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
