package server

import (
	_ "embed"
	"net"
	"strings"
)

// serverSettings are PostgreSQL's parameters that clients read and no session changes here: what describes the server,
// and what has one value because there is nothing to choose. Their names, types, contexts and descriptions are
// PostgreSQL 15's, their values the truth about Segue.
var serverSettings = readServerSettings(settingTSV)

// settingTSV is name, type, unit, context, value, an enum's options, category, description; "-" is none.
//
//go:embed setting.tsv
var settingTSV string

func readServerSettings(tsv string) []setting {
	var out []setting
	for line := range strings.Lines(tsv) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for i := range f {
			if f[i] == "-" {
				f[i] = ""
			}
		}
		d := setting{name: f[0], kind: f[1], unit: f[2], context: f[3], preset: f[4], category: f[6], about: f[7]}
		if f[5] != "" {
			d.options = strings.Split(f[5], ",")
		}
		switch d.context {
		case "internal", "postmaster", "sighup", "superuser-backend", "backend":
			d.internal, d.restart = true, d.context == "postmaster"
		default:
			d.fixed = true
		}
		out = append(out, d)
	}
	return out
}

// indexBuildSettings are what pgvector's users are told to raise before they build an index. A build here takes neither.
var indexBuildSettings = []setting{
	{name: "maintenance_work_mem", preset: "65536", kind: "integer", unit: "kB", category: catMemory, low: 1024, high: maxInt,
		check: ranged("maintenance_work_mem", "kB", 1024, maxInt),
		about: "Sets the maximum memory to be used for maintenance operations (an index build has a fixed part of the caches)."},
	{name: "max_parallel_maintenance_workers", preset: "2", kind: "integer", category: catPlanner, low: 0, high: 1024,
		check: ranged("max_parallel_maintenance_workers", "", 0, 1024),
		about: "Sets the maximum number of parallel processes per maintenance operation (it runs in one)."},
}

// address is where the server listens, as listen_addresses and port say it.
func (e *Engine) address() (host, port string) {
	host, port, err := net.SplitHostPort(e.config.Listen)
	if err != nil {
		return "", "0"
	}
	return host, port
}
