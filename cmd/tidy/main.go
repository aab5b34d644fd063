// Command tidy checks the rules of the repository that no compiler checks, and exits with status 1 after
// printing every breach:
//
//   - imports go one way, as the drawing in imports.go says, and cgo stays in its rooms;
//   - every path and every symbol that the maps of the house name (maps.go) exists;
//   - no file carries a path of somebody's machine;
//   - functions stay under 80 lines, lines under 140 columns.
//
// Run it from the module's root: go run ./cmd/tidy. Its own test runs it as well.
package main

import (
	"fmt"
	"os"
)

func main() {
	breaches, err := check(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "tidy:", err)
		os.Exit(2)
	}
	for _, b := range breaches {
		fmt.Println(b)
	}
	if len(breaches) > 0 {
		os.Exit(1)
	}
}

// check runs every rule on the module in dir.
func check(dir string) ([]string, error) {
	m, err := readModule(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, rule := range []func(*module) []string{importRule, cgoRule, mapRule, machineRule, sizeRule} {
		out = append(out, rule(m)...)
	}
	return out, nil
}
