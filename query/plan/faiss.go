package plan

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// An index USING faiss is made by a factory string of FAISS's, which the relation hands to it, and serves one metric. Every
// column that can have one has the exact operator's index as well, so a user who makes one asks for approximate answers:
// it is used for the nearest rows by its metric, unless enable_indexscan is off. A cut-off on the distance stays exact.

// faissMetrics are the metrics by the option's values.
var faissMetrics = map[Metric]string{Cosine: "cosine", NegInner: "ip", L2: "l2"}

func faissOptions(ix *catalog.Index, opts []parse.DefElem) error {
	values := map[string]string{"metric": "cosine"}
	for _, o := range opts {
		if o.Name != "factory" && o.Name != "metric" {
			return unknownParameter(o)
		}
		values[o.Name], _ = optionText(o)
	}
	switch m := values["metric"]; m {
	case "cosine", "ip", "l2":
	default:
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for enum option \"metric\": %s", m).
			WithDetail("Valid values are \"cosine\", \"ip\", and \"l2\".")
	}
	const longest = 256
	switch f := values["factory"]; {
	case f == "":
		return sqlstate.New(sqlstate.InvalidParameterValue, "parameter \"factory\" is required by access method \"faiss\"").
			WithHint("Name a factory string of FAISS's, such as factory = 'IVF256,Flat'.")
	case len(f) > longest || strings.ContainsRune(f, 0):
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for option \"factory\": %q", f)
	}
	ix.Options = append(ix.Options, "factory="+values["factory"], "metric="+values["metric"])
	return nil
}

// faissOption is one of an index's options.
func faissOption(ix *catalog.Index, name string) string {
	for _, o := range ix.Options {
		if v, ok := strings.CutPrefix(o, name+"="); ok {
			return v
		}
	}
	return ""
}

// propose lets a search for the nearest rows be served by an index USING faiss on its column and of its metric.
func (o *optimizer) propose(v *VectorSearch) {
	metric := faissMetrics[v.Metric]
	if v.Max != nil || metric == "" || !o.allows("indexscan") {
		return
	}
	for i := range v.Table.Indexes {
		ix := &v.Table.Indexes[i]
		if ix.Method == "faiss" && ix.Keys[0].AttNum == v.AttNum && faissOption(ix, "metric") == metric {
			v.Index = ix
			return
		}
	}
}
