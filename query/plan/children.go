package plan

// Children of each node, left to right. A node's subplans inside expressions are not among them:
// see Subplans.

func leaf() []Node { return nil }

func only(n Node) []Node {
	if n == nil {
		return nil
	}
	return []Node{n}
}

// Children returns nil: Values has no input.
func (*Values) Children() []Node { return leaf() }

// Children returns nil: Scan has no input.
func (*Scan) Children() []Node { return leaf() }

// Children returns nil: VectorSearch has no input.
func (*VectorSearch) Children() []Node { return leaf() }

// Children returns nil: FunctionScan has no input.
func (*FunctionScan) Children() []Node { return leaf() }

// Children returns nil: the shared plan belongs to Plan.CTEs, not to one of its readers.
func (*CTEScan) Children() []Node { return leaf() }

// Children returns nil: TransitionScan has no input.
func (*TransitionScan) Children() []Node { return leaf() }

// Children returns the two terms.
func (n *RecursiveUnion) Children() []Node { return []Node{n.Base, n.Step} }

// Children returns nil: the rows come from the RecursiveUnion around it.
func (*WorkTableScan) Children() []Node { return leaf() }

// Children returns the input.
func (n *Memoize) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Filter) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Project) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *ProjectSet) Children() []Node { return only(n.Input) }

// Children returns the two sides.
func (n *Join) Children() []Node { return []Node{n.Left, n.Right} }

// Children returns the input.
func (n *Aggregate) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Window) Children() []Node { return only(n.Input) }

// Children returns the scan.
func (n *Sample) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Dedup) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Sort) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *Limit) Children() []Node { return only(n.Input) }

// Children returns the input.
func (n *LockRows) Children() []Node { return only(n.Input) }

// Children returns the two arms.
func (n *SetOp) Children() []Node { return []Node{n.Left, n.Right} }

// Children returns the source of rows.
func (n *Insert) Children() []Node { return only(n.Input) }

// Children returns the rows to change.
func (n *Update) Children() []Node { return only(n.Input) }

// Children returns the rows to delete.
func (n *Delete) Children() []Node { return only(n.Input) }

// Children returns the source's rows beside those of the table.
func (n *MergeRows) Children() []Node { return only(n.Input) }

// Children returns nil: the rows come from the client.
func (*CopyFrom) Children() []Node { return leaf() }

// Children returns the query.
func (n *CopyTo) Children() []Node { return only(n.Input) }

// Children returns CREATE TABLE AS's query, if that is what it is.
func (n *CreateTable) Children() []Node { return only(n.Source) }

// Children returns nil.
func (*CreateIndex) Children() []Node { return leaf() }

// Children returns nil.
func (*Drop) Children() []Node { return leaf() }

// Children returns nil.
func (*CreateView) Children() []Node { return leaf() }

// Children returns nil.
func (*ChangeSchema) Children() []Node { return leaf() }

// Children returns nil.
func (*ChangeType) Children() []Node { return leaf() }

// Children returns none.
func (*ChangeFunction) Children() []Node { return leaf() }

// Children returns none.
func (*CreateExtension) Children() []Node { return leaf() }

// Children returns none.
func (*MoveExtension) Children() []Node   { return leaf() }
func (*ChangeExtension) Children() []Node { return leaf() }

// Children returns none.
func (*ChangeOperator) Children() []Node { return leaf() }

func (*ChangeEventTrigger) Children() []Node { return leaf() }

// Children returns nil: each step is a plan of its own.
func (*RuleSteps) Children() []Node      { return leaf() }
func (*CreateCast) Children() []Node     { return leaf() }
func (*ChangeTriggers) Children() []Node { return leaf() }

// Children returns nil.
func (*ChangeSequence) Children() []Node { return leaf() }

// Children returns the query, if there is one.
func (n *Refresh) Children() []Node { return only(n.Source) }

// Children returns nil.
func (*Reindex) Children() []Node { return leaf() }

// Children returns nil: a definition has no input.
func (*CreateSchema) Children() []Node { return leaf() }

// Children returns nil.
func (*Comment) Children() []Node { return leaf() }

// Children returns nil.
func (*Truncate) Children() []Node { return leaf() }

// Children returns the statement explained.
func (n *Explain) Children() []Node { return only(n.Input) }
