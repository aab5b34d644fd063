package builtin

import (
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

func tempSchemas(r *registry) {
	r.fn(func(env *Env, _ []datum.Datum) (datum.Datum, error) {
		if sc := env.snapshot().Schema(env.info().TempSchema); sc != nil {
			return datum.NewInt(int64(sc.OID)), nil
		}
		return datum.NewInt(0), nil
	}, "pg_my_temp_schema()")
	r.fn(func(env *Env, a []datum.Datum) (datum.Datum, error) {
		sc := env.snapshot().SchemaByOID(catalog.OID(a[0].Int()))
		other := sc != nil && strings.HasPrefix(sc.Name, catalog.TempSchemaPrefix) && sc.Name != env.info().TempSchema
		return datum.NewBool(other), nil
	}, "pg_is_other_temp_schema(oid)")
}
