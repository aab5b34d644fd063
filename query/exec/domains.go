package exec

import (
	"context"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// Domains implements datum.Domains: the conditions of domains, bound and compiled once for a catalog snapshot. It belongs to
// one session.
type Domains struct {
	Catalog plan.Catalog
	Session builtin.Session
	known   map[*datum.Type]*domain
}

var _ datum.Domains = (*Domains)(nil)

// domain is one domain's own constraints.
type domain struct {
	typ      *catalog.Type
	schema   string
	checks   []plan.DomainCheck
	compiled []*eval.Expr
}

// CheckDomain implements datum.Domains.
func (d *Domains) CheckDomain(t *datum.Type, v datum.Datum) error {
	dom, err := d.domain(t)
	if err != nil || dom == nil {
		return err
	}
	if v.IsNull() && dom.typ.Domain.NotNull {
		return dom.violated(sqlstate.New(sqlstate.NotNullViolation, "domain %s does not allow null values", t))
	}
	if len(dom.compiled) == 0 {
		return nil
	}
	vec := datum.NewVec(t.Base, 1)
	vec.Append(v)
	for i, e := range dom.compiled {
		result, err := e.Eval(&datum.Batch{Cols: []*datum.Vec{vec}, Rows: 1})
		if err != nil {
			return eval.Cause(err)
		}
		if !result.IsNull(0) && !result.Get(0).Bool() {
			name := dom.checks[i].Name
			e := dom.violated(sqlstate.New(sqlstate.CheckViolation,
				"value for domain %s violates check constraint \"%s\"", t, name))
			e.Constraint = name
			return e
		}
	}
	return nil
}

// violated names the domain for drivers that look.
func (d *domain) violated(e *sqlstate.Error) *sqlstate.Error {
	e.Schema, e.DataType = d.schema, d.typ.Name
	return e
}

// domain finds a domain's constraints; nil for a domain that is no more.
func (d *Domains) domain(t *datum.Type) (*domain, error) {
	if dom, ok := d.known[t]; ok {
		return dom, nil
	}
	snap := d.Catalog.Snapshot()
	typ := snap.UserTypeByOID(t.OID)
	if typ == nil || typ.Domain == nil {
		return nil, nil
	}
	dom := &domain{typ: typ}
	if sc := snap.SchemaByOID(typ.Schema); sc != nil {
		dom.schema = sc.Name
	}
	var err error
	if dom.checks, err = plan.DomainChecks(d.Catalog, typ); err != nil {
		return nil, err
	}
	fn := &builtin.Env{Ctx: context.Background(), Session: d.Session, Datum: d.Catalog.DatumEnv()}
	for _, k := range dom.checks {
		e, err := eval.Compile(k.Cond, eval.NewContext(fn, nil, 0, nil))
		if err != nil {
			return nil, err
		}
		dom.compiled = append(dom.compiled, e)
	}
	if d.known == nil {
		d.known = map[*datum.Type]*domain{}
	}
	d.known[t] = dom
	return dom, nil
}
