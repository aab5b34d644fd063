package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

func descriptionsOfObjects(r *registry) {
	r.fn(describeObject, "pg_describe_object(oid,oid,int4)")
	aclFunctions(r)
	r.fn(amProperty, "pg_indexam_has_property(oid,text)")
	r.fn(indexProperty, "pg_index_has_property(regclass,text)")
	r.fn(indexColumnProperty, "pg_index_column_has_property(regclass,int4,text)")
	r.sets["pg_options_to_table(_text)"] = optionsToTable
	r.sets["pg_timezone_names()"] = timeZoneNames
	// What Segue has none of is NULL, as for an OID that Postgres does not know; so is what is not counted.
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		return optional(env.snapshot().RuleDefinition(env.views(), env.path(), catalog.OID(a[0].Int()), len(a) > 1 && a[1].Bool()))
	}, "pg_get_ruledef(oid)", "pg_get_ruledef(oid,bool)")
	r.fn(constant(datum.Null),
		"pg_statistics_obj_is_visible(oid)", "pg_ts_parser_is_visible(oid)",
		"pg_ts_dict_is_visible(oid)", "pg_ts_config_is_visible(oid)", "pg_ts_template_is_visible(oid)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		if !catalog.IsConversion(catalog.OID(a[0].Int())) {
			return datum.Null, nil
		}
		return datum.NewBool(true), nil
	}, "pg_conversion_is_visible(oid)")
}

func describeObject(env *Env, a []datum.Datum) (datum.Datum, error) {
	class, oid, sub := catalog.OID(a[0].Int()), catalog.OID(a[1].Int()), int16(a[2].Int())
	if class == 0 {
		return datum.Null, nil
	}
	text, ok, known := catalog.DescribeObject(env.snapshot(), env.path(), class, oid, sub)
	if !known {
		return datum.Null, unsupported("objects of class %d cannot be described", class)
	}
	return optional(text, ok)
}

// property is NULL for a name that is none.
func property(holds map[string]bool, name string) (datum.Datum, error) {
	v, ok := holds[strings.ToLower(name)]
	if !ok {
		return datum.Null, nil
	}
	return datum.NewBool(v), nil
}

func amProperty(_ *Env, a []datum.Datum) (datum.Datum, error) {
	btree := catalog.OID(a[0].Int()) == catalog.BtreeAMOID
	return property(map[string]bool{"can_order": btree, "can_unique": btree, "can_multi_col": btree,
		"can_exclude": false, "can_include": false}, a[1].Str())
}

func indexProperty(env *Env, a []datum.Datum) (datum.Datum, error) {
	_, ix := env.snapshot().IndexByOID(catalog.OID(a[0].Int()))
	if ix == nil {
		return datum.Null, nil
	}
	return property(map[string]bool{"clusterable": ix.Method == "btree", "index_scan": true, "bitmap_scan": false,
		"backward_scan": ix.Method == "btree"}, a[1].Str())
}

func indexColumnProperty(env *Env, a []datum.Datum) (datum.Datum, error) {
	_, ix := env.snapshot().IndexByOID(catalog.OID(a[0].Int()))
	n := a[1].Int()
	if ix == nil || n < 1 || n > int64(len(ix.Keys)) {
		return datum.Null, nil
	}
	btree, k := ix.Method == "btree", ix.Keys[n-1]
	return property(map[string]bool{
		"asc": btree && !k.Desc, "desc": btree && k.Desc,
		"nulls_first": btree && k.NullsFirst, "nulls_last": btree && !k.NullsFirst,
		"orderable": btree, "distance_orderable": !ix.FindsEqual(), "returnable": btree, "search_array": btree, "search_nulls": btree,
	}, a[2].Str())
}

// optionsToTable takes name=value apart.
func optionsToTable(_ *Env, a []datum.Datum, emit func([]datum.Datum) error) error {
	for _, d := range a[0].Array().Elems {
		name, value, found := strings.Cut(d.Str(), "=")
		row := []datum.Datum{datum.NewString(name), datum.Null}
		if found {
			row[1] = datum.NewString(value)
		}
		if err := emit(row); err != nil {
			return err
		}
	}
	return nil
}

// timeZoneNames are the rows of the view of that name.
func timeZoneNames(env *Env, _ []datum.Datum, emit func([]datum.Datum) error) error {
	t := env.snapshot().Table(catalog.PgCatalogOID, "pg_timezone_names")
	if t == nil || t.Virtual == nil {
		return nil
	}
	var err error
	t.Virtual.Rows(&catalog.VirtualEnv{Snapshot: env.snapshot(), Session: env.info()}, func(row []datum.Datum) {
		if err == nil {
			err = emit(row)
		}
	})
	return err
}
