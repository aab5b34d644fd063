package parse

// funcCall writes a function, aggregate or window call.
func (d *deparser) funcCall(f *FuncCall) {
	d.w(qualified(f.Name), "(")
	if f.Distinct {
		d.w("DISTINCT ")
	}
	if f.Star {
		d.w("*")
	}
	for i, arg := range f.Args {
		if i > 0 {
			d.w(", ")
		}
		if f.Variadic && i == len(f.Args)-1 {
			d.w("VARIADIC ")
		}
		if i < len(f.ArgNames) && f.ArgNames[i] != "" {
			d.w(QuoteIdent(f.ArgNames[i]), " => ")
		}
		d.expr(arg)
	}
	if len(f.OrderBy) > 0 && !f.WithinGroup {
		d.orderBy(" ORDER BY ", f.OrderBy)
	}
	d.w(")")
	if f.WithinGroup {
		d.orderBy(" WITHIN GROUP (ORDER BY ", f.OrderBy)
		d.w(")")
	}
	if f.Filter != nil {
		d.list(" FILTER (WHERE ", []Expr{f.Filter}, ")")
	}
	if f.Over != nil {
		d.w(" OVER ")
		if f.Over.Name != "" {
			d.w(QuoteIdent(f.Over.Name))
		} else {
			d.window(f.Over)
		}
	}
}

// orderBy writes sort keys after a string that introduces them.
func (d *deparser) orderBy(before string, list []SortBy) {
	if len(list) == 0 {
		return
	}
	d.w(before)
	for i, s := range list {
		if i > 0 {
			d.w(", ")
		}
		d.operand(s.Arg)
		switch s.Dir {
		case SortAsc:
			d.w(" ASC")
		case SortDesc:
			d.w(" DESC")
		case SortUsing:
			d.w(" USING ", operatorName(s.Using))
		}
		switch s.Nulls {
		case NullsFirst:
			d.w(" NULLS FIRST")
		case NullsLast:
			d.w(" NULLS LAST")
		}
	}
}

// The grammar's FRAMEOPTION_ bits (parsenodes.h of PostgreSQL 17), of which WindowDef.FrameOptions
// is made.
const (
	FrameNonDefault              = 0x00001
	FrameRange                   = 0x00002
	FrameRows                    = 0x00004
	FrameGroups                  = 0x00008
	FrameBetween                 = 0x00010
	FrameStartUnboundedPreceding = 0x00020
	FrameEndUnboundedPreceding   = 0x00040
	FrameStartUnboundedFollowing = 0x00080
	FrameEndUnboundedFollowing   = 0x00100
	FrameStartCurrentRow         = 0x00200
	FrameEndCurrentRow           = 0x00400
	FrameStartOffsetPreceding    = 0x00800
	FrameEndOffsetPreceding      = 0x01000
	FrameStartOffsetFollowing    = 0x02000
	FrameEndOffsetFollowing      = 0x04000
	FrameExcludeCurrentRow       = 0x08000
	FrameExcludeGroup            = 0x10000
	FrameExcludeTies             = 0x20000
)

// window writes a window in parentheses.
func (d *deparser) window(w *WindowDef) {
	d.w("(")
	space := ""
	if w.RefName != "" {
		d.w(QuoteIdent(w.RefName))
		space = " "
	}
	if len(w.PartitionBy) > 0 {
		d.w(space, "PARTITION BY ")
		d.exprs(w.PartitionBy)
		space = " "
	}
	if len(w.OrderBy) > 0 {
		d.orderBy(space+"ORDER BY ", w.OrderBy)
		space = " "
	}
	if w.FrameOptions&FrameNonDefault != 0 {
		d.w(space)
		d.frame(w)
	}
	d.w(")")
}

// frame writes a frame clause.
func (d *deparser) frame(w *WindowDef) {
	o := w.FrameOptions
	switch {
	case o&FrameRows != 0:
		d.w("ROWS ")
	case o&FrameGroups != 0:
		d.w("GROUPS ")
	default:
		d.w("RANGE ")
	}
	if o&FrameBetween != 0 {
		d.w("BETWEEN ")
	}
	// The end's bits are the start's, shifted by one.
	d.bound(o, w.StartOffset)
	if o&FrameBetween != 0 {
		d.w(" AND ")
		d.bound(o>>1, w.EndOffset)
	}
	switch {
	case o&FrameExcludeCurrentRow != 0:
		d.w(" EXCLUDE CURRENT ROW")
	case o&FrameExcludeGroup != 0:
		d.w(" EXCLUDE GROUP")
	case o&FrameExcludeTies != 0:
		d.w(" EXCLUDE TIES")
	}
}

// bound writes one end of a frame from the start's bits.
func (d *deparser) bound(o int, offset Expr) {
	switch {
	case o&FrameStartUnboundedPreceding != 0:
		d.w("UNBOUNDED PRECEDING")
	case o&FrameStartUnboundedFollowing != 0:
		d.w("UNBOUNDED FOLLOWING")
	case o&FrameStartCurrentRow != 0:
		d.w("CURRENT ROW")
	case o&FrameStartOffsetPreceding != 0:
		d.operand(offset)
		d.w(" PRECEDING")
	default:
		d.operand(offset)
		d.w(" FOLLOWING")
	}
}
