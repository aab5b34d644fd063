package catalog

import "testing"

// The embedded tables parse, and every operator has a function and a sound commutator and negator.
func TestBuiltins(t *testing.T) {
	b, err := parseBuiltins()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range b.Operators {
		if com := b.OperatorByOID(o.Commutator); com != nil && (com.Left != o.Right || com.Right != o.Left) {
			t.Errorf("operator %d %s: commutator %d has other arguments", o.OID, o.Name, com.OID)
		}
		if o.Proc.Ret != o.Result {
			t.Errorf("operator %d %s: result %s, function returns %s", o.OID, o.Name, o.Result, o.Proc.Ret)
		}
	}
	seen := map[OID]string{}
	for _, p := range b.Procs {
		if other := seen[p.OID]; other != "" {
			t.Errorf("OID %d is both %s and %s", p.OID, other, p.Key)
		}
		seen[p.OID] = p.Key
	}
}
