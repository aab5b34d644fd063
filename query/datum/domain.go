package datum

// A domain is a type over another, its Base: its values are held, written and compared as the base's, and the functions
// of this package take them as such. What it adds is what a value must satisfy to be of it, which CheckDomains asks.

// Domains knows what the domains of a database ask of their values. The session implements it: checks are SQL.
type Domains interface {
	// CheckDomain holds one value, perhaps NULL, to a domain's own constraints; those of a domain that it is over were
	// asked before. The error is a *sqlstate.Error, 23514 or 23502.
	CheckDomain(t *Type, d Datum) error
}

// NewDomain makes a domain, with its array type.
func NewDomain(oid, array, namespace OID, name, sql string, over *Type, typmod int32) *Type {
	t := base(oid, name, sql, over.Kind, over.Len, over.Category, false)
	t.Namespace, t.Base, t.BaseTypmod, t.constrained = namespace, over, typmod, true
	a := arrayOf(array, t)
	a.Namespace, a.constrained = namespace, true
	return t
}

// IsDomain says whether the type is a domain.
func (t *Type) IsDomain() bool { return t.Base != nil }

// Root is what a domain is over in the end; any other type is its own.
func (t *Type) Root() *Type {
	for t.Base != nil {
		t = t.Base
	}
	return t
}

// rootTypmod is Root, with the modifier that the domains on the way give.
func (t *Type) rootTypmod(typmod int32) (*Type, int32) {
	for t.Base != nil {
		if typmod < 0 {
			typmod = t.BaseTypmod
		}
		t = t.Base
	}
	return t, typmod
}

// RootTypmod is Root and the modifier that values of a domain have, -1 for none.
func (t *Type) RootTypmod() (*Type, int32) { return t.rootTypmod(-1) }

// Constrained says whether values of the type have domains' checks to pass.
func (t *Type) Constrained() bool { return t.constrained }

// ReceiveBinary is ParseBinary for what a client sends: its texts are in the client's encoding, and it holds the value to
// the checks of its type's domains.
func ReceiveBinary(t *Type, typmod int32, raw []byte, env *Env) (Datum, error) {
	if env != nil && env.Charset != nil {
		var err error
		if raw, err = recode(nil, t, raw, env.Charset.Decode); err != nil {
			return Null, err
		}
	}
	d, err := ParseBinary(t, typmod, raw)
	if err == nil {
		err = CheckDomains(t, d, env)
	}
	return d, err
}

// CheckDomains holds a value to the checks of every domain in its type: its own, its elements', its fields'.
func CheckDomains(t *Type, d Datum, env *Env) error {
	if !t.constrained || env == nil || env.Domains == nil {
		return nil
	}
	if t.Base != nil {
		if err := CheckDomains(t.Base, d, env); err != nil {
			return err
		}
		return env.Domains.CheckDomain(t, d)
	}
	switch {
	case d.IsNull():
	case t.Kind == KindArray:
		for _, e := range d.Array().Elems {
			if err := CheckDomains(t.Elem, e, env); err != nil {
				return err
			}
		}
	case t.Kind == KindRecord:
		fields := d.Record()
		for i := range min(len(fields), len(t.Fields)) {
			if err := CheckDomains(t.Fields[i].Type, fields[i], env); err != nil {
				return err
			}
		}
	case t.Kind == KindRange:
		return checkBounds(t, d.Range(), env)
	case t.Kind == KindMultirange:
		for _, r := range d.Multirange().Ranges {
			if err := checkBounds(t.Range, r, env); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkBounds(t *Type, r *RangeValue, env *Env) error {
	for _, b := range []Datum{r.Lower, r.Upper} {
		if b.IsNull() {
			continue
		}
		if err := CheckDomains(t.Subtype, b, env); err != nil {
			return err
		}
	}
	return nil
}
