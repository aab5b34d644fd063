package catalog

import (
	_ "embed" // conversion.tsv
	"sync"
)

//go:embed conversion.tsv
var conversionTSV string

// conversion is a row of pg_conversion.
type conversion struct {
	oid       OID
	name      string
	from, to  OID // numbers of package charset's encodings
	proc      OID
	isDefault bool
}

// conversions parses the table once; a test rules out that it is malformed.
var conversions = sync.OnceValue(func() (all []conversion) {
	err := eachRow("conversion.tsv", conversionTSV, 6, func(f []string) error {
		r := &factReader{fields: f}
		all = append(all, conversion{r.oid(), r.text(), r.oid(), r.oid(), r.oid(), r.bool()})
		return r.err
	})
	if err != nil {
		panic(err)
	}
	return all
})

// IsConversion says whether there is a conversion between encodings of that OID.
func IsConversion(oid OID) bool {
	for _, c := range conversions() {
		if c.oid == oid {
			return true
		}
	}
	return false
}

func conversionRows(_ *VirtualEnv, w *rowWriter) {
	w.oid("connamespace", PgCatalogOID).oid("conowner", OwnerOID).keep()
	for _, c := range conversions() {
		w.oid("oid", c.oid).str("conname", c.name).int("conforencoding", int64(c.from)).int("contoencoding", int64(c.to)).
			oid("conproc", c.proc).bool("condefault", c.isDefault).end()
	}
}
