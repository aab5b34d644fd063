package run

import (
	"fmt"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// diagnostic is an item of GET DIAGNOSTICS; e is the error at hand, nil for none.
func (f *frame) diagnostic(item string, e *sqlstate.Error) (datum.Datum, *datum.Type) {
	text := func(s string) (datum.Datum, *datum.Type) { return datum.NewString(s), datum.Text }
	switch item {
	case "row_count":
		return datum.NewInt(f.rowCount), datum.Int8
	case "pg_context":
		return text(fmt.Sprintf("PL/pgSQL function %s line %d at %s", f.p.title, f.place.Line, f.place.Kind))
	case "pg_routine_oid":
		if f.p.proc == nil {
			return datum.NewInt(0), datum.Oid
		}
		return datum.NewInt(int64(f.p.proc.OID)), datum.Oid
	case "returned_sqlstate":
		return text(string(e.Code))
	case "message_text":
		return text(e.Message)
	case "column_name":
		return text(e.Column)
	case "constraint_name":
		return text(e.Constraint)
	case "pg_datatype_name":
		return text(e.DataType)
	case "table_name":
		return text(e.Table)
	case "schema_name":
		return text(e.Schema)
	case "pg_exception_detail":
		return text(e.Detail)
	case "pg_exception_hint":
		return text(e.Hint)
	}
	return text(e.Where)
}
