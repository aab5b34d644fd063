package catalog

// embeddingRows is segue_embeddings: the columns that models fill, with the generations that are being made for them or
// kept from before.
func embeddingRows(env *VirtualEnv, w *rowWriter) {
	for _, t := range env.Snapshot.Tables() {
		for i := range t.Columns {
			if c := &t.Columns[i]; c.Model != "" {
				embedding(env, w, t, c, c.Model, c.ModelHash, c.Typmod, "current")
			}
		}
		for i := range t.Generations {
			g := &t.Generations[i]
			state := "making"
			if g.Kept {
				state = "kept"
			}
			embedding(env, w, t, &t.Columns[t.Ordinal(g.AttNum)], g.Model, g.ModelHash, g.Typmod, state)
		}
	}
}

func embedding(env *VirtualEnv, w *rowWriter, t *Table, c *Column, model, hash string, dim int32, state string) {
	w.int("relid", int64(t.OID)).str("schemaname", env.Snapshot.SchemaByOID(t.Schema).Name).str("tablename", t.Name).str("attname", c.Name).
		str("model", model).str("fingerprint", hash).str("state", state)
	if dim > 0 {
		w.int("dim", int64(dim))
	}
	w.end()
}
