package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/seguedb/segue/embed"
	"github.com/seguedb/segue/embed/registry"
	"github.com/seguedb/segue/server"
)

// modelCommand manages the models of a data directory: its folder models, which a running server looks into too. No
// server is needed, and none is disturbed.
func modelCommand() *cobra.Command {
	t := &modelTool{}
	cmd := &cobra.Command{Use: "model", Short: "Add, list and remove embedding models"}
	cmd.PersistentFlags().StringVar(&t.data, "data", "./"+server.DefaultDataDir, "data directory")
	cmd.AddCommand(t.addCommand(), t.listCommand(), t.showCommand(), t.removeCommand(), t.defaultCommand())
	return cmd
}

type modelTool struct{ data string }

func (t *modelTool) registry() *registry.Registry { return registry.Open(t.data) }

// models calls f with the models as a server on the data directory would have them.
func (t *modelTool) models(f func(*embed.Engine) error) error {
	e, err := embed.New(embed.Options{
		Registry: t.registry(), Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	defer e.Close() // nothing was loaded
	return f(e)
}

func (t *modelTool) listCommand() *cobra.Command {
	var address string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models that embed() can use",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("connect") {
				return t.models(func(e *embed.Engine) error {
					printModels(cmd.OutOrStdout(), e.Models())
					return nil
				})
			}
			conn, err := connect(cmd.Context(), address)
			if err != nil {
				return err
			}
			defer disconnect(conn)
			return runSQL(cmd.Context(), conn, "SELECT name, dim, pooling, precision, sample_rate, window_seconds, licence, "+
				"is_default, description FROM segue_models", nil, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&address, "connect", server.DefaultListen, "ask the server at HOST:PORT, not the data directory")
	return cmd
}

func printModels(out io.Writer, list []embed.ModelInfo) {
	w := table.NewWriter()
	w.SetOutputMirror(out)
	w.SetStyle(plainStyle())
	w.AppendHeader(table.Row{"name", "dim", "pooling", "precision", "Hz", "window s", "licence", "default", "description"})
	for _, m := range list {
		chosen := ""
		if m.Default {
			chosen = "yes"
		}
		w.AppendRow(table.Row{m.Name, m.Dim, m.Pooling, m.Precision, m.SampleRateHz, m.WindowSeconds, m.Licence, chosen, m.Description})
	}
	w.Render()
}

func (t *modelTool) showCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "Show what is known of one model; NAME/POOLING shows another pooling's dimensions",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.models(func(e *embed.Engine) error {
				m, err := e.Model(args[0])
				if err != nil {
					return err
				}
				out := cmd.OutOrStdout()
				fmt.Fprintf(out, "name         %s\ndimensions   %d\npooling      %s\nprecision    %s\n", m.Name, m.Dim, m.Pooling,
					m.Precision)
				fmt.Fprintf(out, "sample rate  %d Hz\nwindow       %g s\nlicence      %s\n", m.SampleRateHz, m.WindowSeconds,
					licenceText(m.Licence))
				if m.Texts {
					fmt.Fprintln(out, "texts        embed_text() embeds them in the same space")
				}
				fmt.Fprintf(out, "fingerprint  %s\ndescription  %s\n", m.Fingerprint, m.Description)
				if added, err := t.registry().Get(args[0]); err == nil {
					fmt.Fprintf(out, "source       %s\nweights      %d bytes, SHA-256 %s\n", added.Source, added.SizeBytes, added.SHA256)
				}
				return nil
			})
		},
	}
}

// licenceText says when nobody said.
func licenceText(licence string) string {
	if licence == "" {
		return "unknown"
	}
	return licence
}

func (t *modelTool) defaultCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "default [NAME]",
		Short: "Choose the model that embed() uses when none is named, or print it",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return t.models(func(e *embed.Engine) error {
				if len(args) == 0 {
					fmt.Fprintln(cmd.OutOrStdout(), e.DefaultModel())
					return nil
				}
				m, err := e.Model(args[0])
				if err != nil {
					return err
				}
				return t.registry().SetDefault(m.Name)
			})
		},
	}
}
