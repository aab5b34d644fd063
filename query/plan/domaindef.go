package plan

import (
	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
)

// domainValue is what the checks of a domain are over: a row of one column, which they call VALUE.
func domainValue(base *datum.Type, typmod int32) *catalog.Table {
	return &catalog.Table{Columns: []catalog.Column{{AttNum: 1, Name: "value", Type: base, TypeOID: base.OID, Typmod: typmod}},
		NextAttNum: 2}
}

// valueOf is domainValue of a domain that there is.
func valueOf(d *catalog.Type) *catalog.Table { return domainValue(d.T.Base, d.Domain.Typmod) }

// DomainDefault is a domain's default as pg_get_expr writes it.
func (v Views) DomainDefault(d *catalog.Type) string {
	return v.stored(nil, d.Domain.Default, inDefault, d.T.Base, false)
}

// DomainCheck is a condition on a domain's VALUE as pg_get_constraintdef writes it.
func (v Views) DomainCheck(d *catalog.Type, text string, pretty bool) string {
	return v.stored(valueOf(d), text, inCheck, datum.Bool, pretty)
}

// domainDefault is what columns of a domain begin with that say nothing themselves, "" for nothing.
func (b *binder) domainDefault(t *datum.Type) string {
	for ; t.IsDomain(); t = t.Base {
		if d := b.cat.Snapshot().UserTypeByOID(t.OID); d != nil && d.Domain.Default != "" {
			return d.Domain.Default
		}
	}
	return ""
}

// DomainCheck is one bound condition on the values of a domain.
type DomainCheck struct {
	Name string
	Cond Expr // over a row of the value alone
}

// DomainChecks binds a domain's own conditions.
func DomainChecks(cat Catalog, d *catalog.Type) ([]DomainCheck, error) {
	b := &binder{cat: cat}
	var out []DomainCheck
	for i := range d.Domain.Checks {
		k := &d.Domain.Checks[i]
		e, err := b.stored(valueOf(d), k.Expr, inCheck)
		if err != nil {
			return nil, err
		}
		if e, err = b.toBool(e, "CHECK", -1); err != nil {
			return nil, err
		}
		out = append(out, DomainCheck{Name: k.Name, Cond: e})
	}
	return out, nil
}
