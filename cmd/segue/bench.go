package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/seguedb/segue/bench"
)

func benchCommand() *cobra.Command {
	o := bench.Options{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Print the benchmark figures: top-k over a socket beside FAISS, ingest by model",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Out = cmd.OutOrStdout()
			if err := bench.TopK(cmd.Context(), o); err != nil {
				return err
			}
			if o.AudioRoot == "" {
				return nil
			}
			fmt.Fprintln(o.Out)
			return bench.Ingest(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.Rows, "rows", 1300, "vectors in the top-k benchmark")
	f.IntVar(&o.Queries, "queries", 2000, "timed queries")
	f.StringVar(&o.AudioRoot, "audio-root", "", "folder of audio for the ingest benchmark; skipped when empty")
	return cmd
}
