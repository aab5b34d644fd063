package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
)

func modelCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{Use: "model", Short: "Show the embedding models of a running server"}
	cmd.PersistentFlags().StringVar(&address, "connect", server.DefaultListen, "HOST:PORT of the server")
	list := &cobra.Command{
		Use:   "list",
		Short: "List the models that embed() can use",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			conn, err := connect(cmd.Context(), address)
			if err != nil {
				return err
			}
			defer disconnect(conn)
			return runSQL(cmd.Context(), conn,
				"SELECT name, dim, sample_rate, window_seconds, licence, is_default, description FROM segue_models()", nil, os.Stdout)
		},
	}
	cmd.AddCommand(list)
	return cmd
}
