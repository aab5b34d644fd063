package vector

// EachRow visits the live rows, each with the sequence number of its version's birth, as the last Apply left them, in no
// order.
func (ix *Index) EachRow(visit func(row, born uint64)) {
	v := ix.acquireView()
	if v == nil {
		return
	}
	defer ix.releaseView(v)
	each := func(b *block) {
		for i := range b.len() {
			if b.died[i].Load() == alive {
				visit(b.rows[i], b.born[i])
			}
		}
	}
	for _, s := range v.segments {
		each(s.block)
	}
	for _, c := range v.chunks {
		each(c)
	}
}
