package catalog

import "slices"

// Domain is what makes a Type a domain: what it is over, and what its values must satisfy.
type Domain struct {
	Base   OID   `json:"base"`
	Typmod int32 `json:"typmod"`
	// NotNull says that NULL is no value of it.
	NotNull bool `json:"not_null,omitempty"`
	// Default is SQL text of what columns of the domain begin with, "" for nothing.
	Default string `json:"default,omitempty"`
	// Checks are conditions on VALUE.
	Checks []Check `json:"checks,omitempty"`
	// Collation is the name of the collation that COLLATE gave, "" for the type's own.
	Collation string `json:"collation,omitempty"`
}

// copyDomain copies what ALTER DOMAIN may change.
func (d *Domain) copyDomain() *Domain {
	out := *d
	out.Checks = slices.Clone(d.Checks)
	return &out
}

// EditDomain is a copy of a domain's descriptor to change and put.
func (t *Type) EditDomain() *Type {
	out := *t
	out.Domain = t.Domain.copyDomain()
	return &out
}
