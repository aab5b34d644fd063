package catalog

import (
	"strconv"

	"github.com/seguedb/segue/query/datum"
)

// How information_schema takes a type apart, for columns, array elements and function results.

// dataType is the word for the type: arrays and types of extensions have no names in the standard.
func dataType(t *datum.Type) string {
	switch {
	case t.Elem != nil:
		return "ARRAY"
	case outsideSystem(t) || t.OID >= firstExtensionOID:
		return "USER-DEFINED"
	}
	return sqlName(t)
}

// udt sets the three columns that name the type as PostgreSQL knows it.
func (w *rowWriter) udt(env *VirtualEnv, prefix string, t *datum.Type) *rowWriter {
	return w.str(prefix+"udt_catalog", env.Session.Database).
		str(prefix+"udt_schema", env.Snapshot.schemaName(env.Snapshot.typeSchema(t))).str(prefix+"udt_name", t.Name)
}

// maxTextBytes is what PostgreSQL says of strings without a limit: 1 GB.
const maxTextBytes = 1 << 30

// typeDetails sets the columns about lengths, precisions and collation.
func (w *rowWriter) typeDetails(env *VirtualEnv, t *datum.Type, typmod int32) {
	switch t {
	case datum.Varchar, datum.Bpchar:
		if typmod >= 4 {
			w.int("character_maximum_length", int64(typmod-4)).int("character_octet_length", 4*int64(typmod-4))
		} else {
			w.int("character_octet_length", maxTextBytes)
		}
	case datum.Bit, datum.Varbit:
		if typmod >= 0 {
			w.int("character_maximum_length", int64(typmod))
		}
	case datum.Text:
		w.int("character_octet_length", maxTextBytes)
	case datum.Int2, datum.Int4, datum.Int8:
		w.int("numeric_precision", 8*int64(t.Len)).int("numeric_precision_radix", 2).int("numeric_scale", 0)
	case datum.Float4:
		w.int("numeric_precision", 24).int("numeric_precision_radix", 2)
	case datum.Float8:
		w.int("numeric_precision", 53).int("numeric_precision_radix", 2)
	case datum.Numeric:
		w.int("numeric_precision_radix", 10)
		if typmod >= 4 {
			w.int("numeric_precision", int64(typmod-4)>>16).int("numeric_scale", int64((typmod-4)&0x7ff^0x400)-0x400)
		}
	case datum.Date:
		w.int("datetime_precision", 0)
	case datum.Time, datum.Timestamp, datum.Timestamptz:
		w.int("datetime_precision", precisionOr6(typmod))
	case datum.Interval:
		w.int("datetime_precision", precisionOr6(typmod&0xffff))
	case datum.Name:
		w.str("collation_catalog", env.Session.Database).str("collation_schema", "pg_catalog").str("collation_name", "C")
	}
}

// precisionOr6 reads a fractional second precision; none is microseconds.
func precisionOr6(typmod int32) int64 {
	if typmod < 0 || typmod > 6 {
		return 6
	}
	return int64(typmod)
}

func sequenceBits(q *Sequence) int64 {
	if t := datum.TypeByOID(q.TypeOID); t != nil {
		return 8 * int64(t.Len)
	}
	return 64
}

// decimal sets a text column to a number.
func (w *rowWriter) decimal(column string, v int64) *rowWriter {
	return w.str(column, strconv.FormatInt(v, 10))
}
