package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/seguedb/segue/server"
)

// applyConfig fills in the flags that were not given on the command line: from the environment, then from
// the TOML file.
func applyConfig(cmd *cobra.Command) error {
	file, err := readConfig(cmd)
	if err != nil {
		return err
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if err != nil || f.Changed || f.Name == "config" || f.Name == "help" {
			return
		}
		if v, ok := os.LookupEnv(envName(f.Name)); ok {
			err = setFlag(cmd, f.Name, v, envName(f.Name))
		} else if v, ok := file[f.Name]; ok {
			err = setFlag(cmd, f.Name, fmt.Sprint(v), "the configuration file")
		}
	})
	return err
}

func setFlag(cmd *cobra.Command, name, value, source string) error {
	if err := cmd.Flags().Set(name, value); err != nil {
		return fmt.Errorf("%s from %s: %w", name, source, err)
	}
	return nil
}

// envName is a flag's environment variable: --audio-root is SEGUE_AUDIO_ROOT.
func envName(flag string) string {
	return "SEGUE_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// readConfig reads the TOML file, if one is named. A key that is no flag of any command is a typing slip.
func readConfig(cmd *cobra.Command) (map[string]any, error) {
	path, _ := cmd.Flags().GetString("config")
	if path == "" {
		path = os.Getenv(envName("config"))
	}
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	var file map[string]any
	if err := toml.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read configuration %s: %w", path, err)
	}
	known := knownFlags(cmd.Root())
	known[accessKey] = true
	for key := range file {
		if !known[key] {
			return nil, fmt.Errorf("read configuration %s: there is no setting %q", path, key)
		}
	}
	return file, nil
}

// accessKey is the configuration file's list of access rules: [[access]] tables, which no flag can hold.
const accessKey = "access"

// accessRules reads that list.
func accessRules(cmd *cobra.Command) ([]server.AccessRule, error) {
	file, err := readConfig(cmd)
	if err != nil || file[accessKey] == nil {
		return nil, err
	}
	text, err := toml.Marshal(map[string]any{accessKey: file[accessKey]})
	if err != nil {
		return nil, fmt.Errorf("read the access rules: %w", err)
	}
	var rules struct{ Access []server.AccessRule }
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&rules); err != nil {
		return nil, fmt.Errorf("read the access rules: type, database, user, address and method are known: %w", err)
	}
	return rules.Access, nil
}

// knownFlags is the names of every command's flags: one file serves them all.
func knownFlags(root *cobra.Command) map[string]bool {
	known := map[string]bool{}
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) { known[f.Name] = true })
	}
	return known
}
