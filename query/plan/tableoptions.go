package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// tableOptions checks the storage parameters of a table and gives them as pg_class.reloptions holds them. Only segments
// has a meaning here: the others tune how PostgreSQL lays out and vacuums its pages.
func tableOptions(opts []parse.DefElem) ([]string, error) {
	var out []string
	for _, o := range opts {
		text, given := optionText(o)
		if !given {
			text = "true"
		}
		switch {
		case o.Namespace == "" && o.Name == "oids":
			if on, err := optionBool(o); err != nil || on {
				return nil, sqlstate.New(sqlstate.FeatureNotSupported, "tables declared WITH OIDS are not supported").At(o.Pos())
			}
			continue
		case o.Namespace == "toast":
			continue // of the table's toast table, of which there is none
		case o.Namespace == "" && o.Name == "fillfactor":
			if err := percentOption(o, text); err != nil {
				return nil, err
			}
		case o.Namespace == "" && (strings.HasPrefix(o.Name, "autovacuum_") || slices.Contains([]string{"toast_tuple_target",
			"parallel_workers", "user_catalog_table", "vacuum_truncate", "vacuum_index_cleanup"}, o.Name)):
		case o.Namespace == "" && o.Name == catalog.SegmentsOption:
		case o.Namespace != "":
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter namespace %q", o.Namespace)
		default:
			return nil, unknownParameter(o)
		}
		out = append(out, o.Name+"="+text)
	}
	return out, nil
}

func percentOption(o parse.DefElem, text string) error {
	n, err := optionInt(o)
	if err != nil {
		return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for integer option %q: %s", o.Name, text)
	}
	if n < 10 || n > 100 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "value %s out of bounds for option %q", text, o.Name).
			WithDetail("Valid values are between \"10\" and \"100\".")
	}
	return nil
}
