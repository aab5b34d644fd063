package catalog

import (
	"fmt"
	"slices"

	"github.com/seguedb/segue/query/datum"
)

// AggregateDef is what pg_aggregate tells of an aggregate that a user made. Functions and operators are OIDs, 0 for none;
// the letters are pg_aggregate's.
type AggregateDef struct {
	Kind   string `json:"kind"`             // n plain, o ordered-set, h hypothetical-set
	Direct int    `json:"direct,omitempty"` // how many arguments stand before WITHIN GROUP
	AggregateSteps
	Combine     OID `json:"combine,omitempty"`
	Serialize   OID `json:"serialize,omitempty"`
	Deserialize OID `json:"deserialize,omitempty"`
	SortOp      OID `json:"sortop,omitempty"`
	// Moving is how the aggregate goes along with a window's frame, nil where it only begins anew.
	Moving  *AggregateSteps `json:"moving,omitempty"`
	Inverse OID             `json:"inverse,omitempty"`
}

// AggregateSteps is a state, what begins it, takes a row into it and makes the result of it.
type AggregateSteps struct {
	State      OID     `json:"state"`
	Space      int32   `json:"space,omitempty"`
	Init       *string `json:"init,omitempty"` // nil: NULL
	Trans      OID     `json:"trans"`
	Final      OID     `json:"final,omitempty"`
	FinalExtra bool    `json:"final_extra,omitempty"`
	Modify     string  `json:"modify"` // r, s or w
}

// functions lists the functions that an aggregate is made of, 0 for those that it has not.
func (d *AggregateDef) functions() []OID {
	out := []OID{d.Trans, d.Final, d.Combine, d.Serialize, d.Deserialize, d.Inverse}
	if d.Moving != nil {
		out = append(out, d.Moving.Trans, d.Moving.Final)
	}
	return out
}

// check finds what makes a stored definition impossible.
func (d *AggregateDef) check() error {
	ok := func(s *AggregateSteps) bool {
		return s.State != 0 && s.Trans != 0 && slices.Contains([]string{"r", "s", "w"}, s.Modify)
	}
	if !slices.Contains([]string{"n", "o", "h"}, d.Kind) || d.Direct < 0 || !ok(&d.AggregateSteps) ||
		d.Moving != nil && (!ok(d.Moving) || d.Inverse == 0) {
		return fmt.Errorf("decode aggregate: %w", ErrCorrupt)
	}
	return nil
}

// AggregatesOf lists users' aggregates that a function is a part of.
func (s *Snapshot) AggregatesOf(function OID) []*Proc {
	var out []*Proc
	for _, p := range s.Functions() {
		if p.User.Agg != nil && slices.Contains(p.User.Agg.functions(), function) {
			out = append(out, p)
		}
	}
	return out
}

// aggregateRows fills pg_aggregate: of the built-in aggregates only what they look like from outside.
func aggregateRows(env *VirtualEnv, w *rowWriter) {
	w.zero("aggfinalfn", "aggcombinefn", "aggserialfn", "aggdeserialfn", "aggmtransfn", "aggminvtransfn", "aggmfinalfn",
		"aggtransfn", "aggsortop", "aggtransspace", "aggmtranstype", "aggmtransspace").
		no("aggfinalextra", "aggmfinalextra").char("aggfinalmodify", 'r').char("aggmfinalmodify", 'r').
		oid("aggtranstype", datum.Internal.OID).keep()
	for _, p := range Builtin().Procs {
		if p.Kind != 'a' {
			continue
		}
		kind, direct := p.OrderedSet(), p.DirectArgs()
		switch kind {
		case 0:
			kind = 'n'
		case 'h':
			direct = 1
		}
		w.oid("aggfnoid", p.OID).char("aggkind", kind).int("aggnumdirectargs", int64(direct)).end()
	}
	for _, p := range env.Snapshot.Functions() {
		if p.User.Agg != nil {
			w.userAggregate(p)
		}
	}
}

func (w *rowWriter) userAggregate(p *Proc) {
	d := p.User.Agg
	w.oid("aggfnoid", p.OID).char("aggkind", d.Kind[0]).int("aggnumdirectargs", int64(d.Direct)).oid("aggtransfn", d.Trans).
		oid("aggfinalfn", d.Final).oid("aggcombinefn", d.Combine).oid("aggserialfn", d.Serialize).
		oid("aggdeserialfn", d.Deserialize).bool("aggfinalextra", d.FinalExtra).char("aggfinalmodify", d.Modify[0]).
		oid("aggsortop", d.SortOp).oid("aggtranstype", d.State).int("aggtransspace", int64(d.Space)).
		char("aggmfinalmodify", d.Modify[0])
	if d.Init != nil {
		w.str("agginitval", *d.Init)
	}
	if m := d.Moving; m != nil {
		w.oid("aggmtransfn", m.Trans).oid("aggminvtransfn", d.Inverse).oid("aggmfinalfn", m.Final).
			bool("aggmfinalextra", m.FinalExtra).char("aggmfinalmodify", m.Modify[0]).oid("aggmtranstype", m.State).
			int("aggmtransspace", int64(m.Space))
		if m.Init != nil {
			w.str("aggminitval", *m.Init)
		}
	}
	w.end()
}

// aggregateDependencies are the functions and the operator that an aggregate is made of.
func (s *Snapshot) aggregateDependencies(p *Proc) []dependency {
	var out []dependency
	from := object{procClassOID, p.OID, 0}
	functions := p.User.Agg.functions()
	slices.Sort(functions)
	for _, f := range slices.Compact(functions) {
		if s.functions[f] != nil {
			out = append(out, dependency{from, object{procClassOID, f, 0}, 'n'})
		}
	}
	return out
}
