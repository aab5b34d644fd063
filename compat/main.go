package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	only := flag.String("only", "", "clients to drive, separated by commas; all when empty")
	kind := flag.String("target", "segue", "segue, or postgres: the one that "+oracleVariable+" names")
	binary := flag.String("segue", filepath.Join("bin", "segue"), "the binary")
	logs := flag.String("logs", filepath.Join("bin", "compat"), "folder of the clients' output")
	verbose := flag.Bool("v", false, "print every failed check, not the first of each client")
	flag.Parse()
	bad, err := drive(*only, *kind, *binary, *logs, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(2)
	}
	if bad > 0 {
		os.Exit(1)
	}
}

// drive runs the clients and says how many failures nothing explains.
func drive(only, kind, binary, logs string, verbose bool) (int, error) {
	chosen, err := choose(only)
	if err != nil {
		return 0, err
	}
	t, err := targetOf(kind, binary)
	if err != nil {
		return 0, err
	}
	k, err := readKnown(filepath.Join("compat", "known.txt"))
	if err != nil {
		return 0, err
	}
	if kind != "segue" {
		k = known{} // what is known of Segue excuses nothing in PostgreSQL
	}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return 0, err
	}
	r := newReport(os.Stdout, k, verbose)
	in := install(chosen)
	for _, c := range chosen {
		r.add(c.name, attempt(c, t, kind, logs, in))
	}
	return r.close(), nil
}

// choose finds clients by name.
func choose(only string) ([]client, error) {
	if only == "" {
		return clients, nil
	}
	var out []client
	for _, name := range strings.Split(only, ",") {
		i := slices.IndexFunc(clients, func(c client) bool { return c.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no client %q", name)
		}
		out = append(out, clients[i])
	}
	return out, nil
}

func targetOf(kind, binary string) (target, error) {
	switch kind {
	case "segue":
		return segue{binary}, nil
	case "postgres":
		if url := os.Getenv(oracleVariable); url != "" {
			return postgres{url}, nil
		}
		return nil, fmt.Errorf("-target postgres wants %s (scripts/with-postgres.sh sets it)", oracleVariable)
	}
	return nil, fmt.Errorf("-target %q: segue or postgres", kind)
}

// attempt sets one client up and runs it on a fresh database.
func attempt(c client, t target, kind, logs string, in installation) (o outcome) {
	if err := in.wait(c); err != nil {
		o.fail("setup", err.Error())
		return o
	}
	log, err := os.Create(filepath.Join(logs, strings.ReplaceAll(c.name, "/", "-")+".log"))
	if err != nil {
		o.fail("log", err.Error())
		return o
	}
	at, stop, err := t.open(strings.ReplaceAll(c.name, "/", "_"))
	if err != nil {
		o.fail("server", err.Error())
		return o
	}
	o = c.run(at.env(kind), log)
	if err := stop(); err != nil {
		_, werr := fmt.Fprintln(log, err)
		o.fail("server", errors.Join(err, werr).Error())
	}
	if err := log.Close(); err != nil {
		o.fail("log", err.Error())
	}
	return o
}

// report prints the table and counts.
type report struct {
	out                       io.Writer
	known                     known
	verbose                   bool
	clients, passed, expected int
	bad                       int
}

func newReport(w io.Writer, k known, verbose bool) *report {
	r := &report{out: w, known: k, verbose: verbose}
	r.row("client", "version", "passed", "failed", "first failure")
	return r
}

// row prints as soon as a client is through: a run takes minutes.
func (r *report) row(name, version, passed, failed, first string) {
	fmt.Fprintf(r.out, "%-16s %-24s %6s %6s  %s\n", name, version, passed, failed, first)
}

func (r *report) add(name string, o outcome) {
	bad := r.known.unexplained(name, o.failed)
	shown := bad
	if len(bad) == 0 {
		shown = o.failed
	}
	first := ""
	if len(shown) > 0 {
		first = short(shown[0])
	}
	r.row(name, o.version, fmt.Sprint(o.passed), fmt.Sprint(len(o.failed)), first)
	for _, f := range o.failed {
		if r.verbose {
			fmt.Fprintln(r.out, "   ", short(f))
		}
	}
	r.clients++
	r.passed += o.passed
	r.bad += len(bad)
	r.expected += len(o.failed) - len(bad)
}

// close prints the closing count and returns the number of failures that nothing explains.
func (r *report) close() int {
	fmt.Fprintf(r.out, "\n%d clients: %d passed, %d failed, %d of them known\n", r.clients, r.passed, r.bad+r.expected, r.expected)
	return r.bad
}

// short is a failure on one line that a terminal holds.
func short(f failure) string {
	text := []rune(f.check + ": " + strings.Join(strings.Fields(f.reason), " "))
	if len(text) > 160 {
		text = append(text[:159], '…')
	}
	return string(text)
}
