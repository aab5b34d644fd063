package server

import (
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/sqlstate"
)

const catCustom = "Customized Options"

// vectorSettings are FAISS's, which work on indexes USING faiss, and pgvector's, with its presets and ranges. Those trade
// recall for speed in its indexes; every search here is exact, whatever they say, and they are kept so that applications
// which set them run.
var vectorSettings = []setting{
	{name: "faiss.efSearch", preset: "64", kind: "integer", category: catCustom, low: 1, high: 65536,
		check: ranged("faiss.efSearch", "", 1, 65536), about: "Candidates that a graph of an index USING faiss keeps."},
	{name: "faiss.nprobe", preset: "16", kind: "integer", category: catCustom, low: 1, high: 65536,
		check: ranged("faiss.nprobe", "", 1, 65536), about: "Lists of an index USING faiss that a search visits."},
	{name: "hnsw.ef_search", preset: "40", kind: "integer", category: catCustom, low: 1, high: 1000,
		check: ranged("hnsw.ef_search", "", 1, 1000), about: "Size of pgvector's candidate list (searches are exact)."},
	scanMode("hnsw.iterative_scan", "off", "relaxed_order", "strict_order"),
	{name: "hnsw.max_scan_tuples", preset: "20000", kind: "integer", category: catCustom, low: 1, high: maxInt,
		check: ranged("hnsw.max_scan_tuples", "", 1, maxInt),
		about: "Rows that pgvector's iterative scan visits at most (searches are exact)."},
	{name: "hnsw.scan_mem_multiplier", preset: "1", kind: "real", category: catCustom,
		check: real("hnsw.scan_mem_multiplier", 1, 1000),
		about: "Multiple of work_mem for pgvector's iterative scan (searches are exact)."},
	scanMode("ivfflat.iterative_scan", "off", "relaxed_order"),
	{name: "ivfflat.max_probes", preset: "32768", kind: "integer", category: catCustom, low: 1, high: 32768,
		check: ranged("ivfflat.max_probes", "", 1, 32768),
		about: "Lists that pgvector's iterative scan probes at most (searches are exact)."},
	{name: "ivfflat.probes", preset: "1", kind: "integer", category: catCustom, low: 1, high: 32768,
		check: ranged("ivfflat.probes", "", 1, 32768), about: "Lists that pgvector probes (searches are exact)."},
}

func scanMode(name string, modes ...string) setting {
	return setting{name: name, preset: "off", kind: "enum", category: catCustom, options: modes, check: oneOf(name, modes...),
		about: "Mode of pgvector's iterative scan (searches are exact)."}
}

func real(name string, low, high float64) func(string) (string, error) {
	return func(v string) (string, error) {
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return "", invalidValue(name, v)
		}
		if !(f >= low && f <= high) {
			return "", sqlstate.New(sqlstate.InvalidParameterValue,
				"%g is outside the valid range for parameter %q (%g .. %g)", f, name, low, high)
		}
		return strconv.FormatFloat(f, 'g', -1, 64), nil
	}
}
