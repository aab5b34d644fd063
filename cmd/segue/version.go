package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/seguedb/segue/server"
	"github.com/seguedb/segue/vector/faiss"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of Segue and of what is linked into it",
		Args:  cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Printf("segue %s (%s, %s/%s), FAISS %s\n", server.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH, faiss.Version())
		},
	}
}
