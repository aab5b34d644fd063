package build

// Body is what a loop repeats. Its nodes may read every value that was made before the
// loop, and its names are of the same space.
type Body struct {
	Inputs  []Value
	Outputs []Value
	Nodes   []*Node
}

// Loop repeats what body adds, trips times, an int64 scalar or list of one, and gives what
// the rounds made, stacked along a new first dimension. body gets the round's number, an
// int64 scalar, and returns a float32 value whose shape is the same in every round.
// Constants that body adds are the graph's.
func (g *Graph) Loop(name, trips string, body func(round string) string, shape ...Dim) string {
	before := g.Nodes
	g.Nodes = nil
	round, going := name+".round", name+".going"
	g.define(round)
	g.define(going)
	on := g.Unary(name+".on", "Identity", going)
	made := body(round)
	b := &Body{
		Inputs:  []Value{{round, Int64, nil}, {going, Bool, nil}},
		Outputs: []Value{{on, Bool, nil}, {made, Float32, shape}},
		Nodes:   g.Nodes,
	}
	g.Nodes = before
	return g.Node(name, "Loop", []string{trips, ""}, map[string]any{"body": b})
}

// body writes GraphProto as graph does, without constants.
func (e *encoder) body(name string, b *Body) {
	for _, n := range b.Nodes {
		e.sub(1, func(s *encoder) { s.node(n) })
	}
	e.text(2, name)
	for _, v := range b.Inputs {
		e.sub(11, func(s *encoder) { s.value(v) })
	}
	for _, v := range b.Outputs {
		e.sub(12, func(s *encoder) { s.value(v) })
	}
}
