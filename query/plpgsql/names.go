package plpgsql

// Names are the names in sight at one place: a chain from the innermost, latest one outwards. A name of a variable
// follows the label of the block that it is of.
type Names struct {
	label bool
	name  string
	v     *Var
	loop  bool // the label is a loop's
	prev  *Names
}

// Lookup finds the variable that a name of one to three parts means, and how many parts name it: the next one is a field.
// It is nil for none (plpgsql_ns_lookup).
func (n *Names) Lookup(parts []string) (v *Var, used int) {
	for level := n; level != nil; {
		at := level
		for ; at != nil && !at.label; at = at.prev {
			if at.name == parts[0] && (len(parts) == 1 || at.v.Type.Record) {
				return at.v, 1
			}
		}
		if at == nil {
			return nil, 0
		}
		if len(parts) > 1 && at.name == parts[0] {
			for x := level; !x.label; x = x.prev {
				if x.name == parts[1] && (len(parts) == 2 || x.v.Type.Record) {
					return x.v, 2
				}
			}
		}
		level = at.prev
	}
	return nil, 0
}

// here finds a variable of the innermost block.
func (n *Names) here(name string) *Var {
	for ; n != nil && !n.label; n = n.prev {
		if n.name == name {
			return n.v
		}
	}
	return nil
}

// labelled finds a label.
func (n *Names) labelled(name string) *Names {
	for ; n != nil; n = n.prev {
		if n.label && n.name == name {
			return n
		}
	}
	return nil
}

// inLoop says whether there is a loop around.
func (n *Names) inLoop() bool {
	for ; n != nil; n = n.prev {
		if n.label && n.loop {
			return true
		}
	}
	return false
}
