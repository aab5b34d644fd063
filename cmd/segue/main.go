// Command segue is the database in one binary: the server, a small SQL client, folder ingest, a demo and the
// benchmarks. `segue help` lists its commands; their flags, which are stable, are also read from the environment
// (SEGUE_DATA for --data) and from a TOML file (--config), in that order of precedence.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones work on machines without the database of them

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := rootCommand().ExecuteContext(ctx)
	stop()
	if status := statusError(0); errors.As(err, &status) {
		os.Exit(int(status))
	}
	if err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "segue:", err)
		}
		os.Exit(1)
	}
}

// errReported ends the command with status 1 after its message was printed.
var errReported = errors.New("already reported")

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "segue",
		Short:         "A music-similarity database that speaks Postgres",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.PersistentFlags().String("config", "", "TOML file with any of the flags, by name (environment: SEGUE_CONFIG)")
	root.AddCommand(serveCommand(), sqlCommand(), ingestCommand(), modelCommand(), demoCommand(), benchCommand(),
		userCommand(), versionCommand())
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return applyConfig(cmd) }
	return root
}
