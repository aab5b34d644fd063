package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// installation is what clients need being installed: each folder's setup.sh, all at once, while the clients whose needs
// are there already run.
type installation map[string]chan error

// install starts what the clients need.
func install(chosen []client) installation {
	in := installation{}
	for _, c := range chosen {
		key := c.dir + " " + c.install
		if in[key] != nil {
			continue
		}
		done := make(chan error, 1)
		in[key] = done
		go func() { done <- c.setup() }()
	}
	return in
}

// wait returns once the client's needs are installed, with what went wrong.
func (in installation) wait(c client) error {
	done := in[c.dir+" "+c.install]
	err := <-done
	done <- err // for the next of the folder
	return err
}

// setup runs the folder's setup.sh.
func (c client) setup() error {
	cmd := exec.Command("bash", "setup.sh")
	if c.install != "" {
		cmd.Args = append(cmd.Args, c.install)
	}
	cmd.Dir = filepath.Join("compat", c.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("setup: %w: %s", err, lastLine(out))
	}
	return nil
}
