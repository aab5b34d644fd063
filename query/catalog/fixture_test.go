package catalog

import "github.com/seguedb/segue/query/datum"

// sample is a small music database: every kind of column, index, constraint and sequence there is.
func sample() *Snapshot {
	s := Bootstrap()
	s.PutSchema(&Schema{OID: 16501, Name: "Radio", Comment: "what was played"})
	s.PutTable(sampleTracks())
	s.PutSequence(&Sequence{OID: 16511, ID: 9, Schema: PublicOID, Name: "tracks_id_seq", TypeOID: datum.Int8.OID, Start: 1,
		Increment: 1, Min: 1, Max: 9223372036854775807, Cache: 1, OwnerTable: 16510, OwnerAttNum: 1})
	s.PutTable(&Table{OID: 16530, ID: 20, Schema: 16501, Name: "My Plays", NextAttNum: 3, Columns: []Column{
		column(1, "n", datum.Int4, -1, func(c *Column) {
			c.NotNull, c.Default, c.Sequence = true, `nextval('"Radio"."My Plays_n_seq"'::regclass)`, 16531
		}),
		column(2, "at", datum.Timestamptz, 3, nil),
	}})
	s.PutSequence(&Sequence{OID: 16531, ID: 21, Schema: 16501, Name: "My Plays_n_seq", TypeOID: datum.Int4.OID, Start: 10,
		Increment: 5, Min: 1, Max: 2147483647, Cache: 1, Cycle: true, OwnerTable: 16530, OwnerAttNum: 1})
	return s
}

func sampleTracks() *Table {
	return &Table{OID: 16510, ID: 1, Schema: PublicOID, Name: "tracks", Comment: "the library", NextAttNum: 10,
		Columns: []Column{
			column(1, "id", datum.Int8, -1, func(c *Column) { c.NotNull, c.Identity, c.Sequence = true, 'a', 16511 }),
			column(2, "path", datum.Text, -1, func(c *Column) { c.NotNull, c.Comment = true, "under the audio root" }),
			column(3, "title", datum.Varchar, 204, nil),
			column(4, "duration", datum.Float4, -1, func(c *Column) { c.Default = "0" }),
			column(5, "tags", datum.TextArray, -1, nil),
			column(7, "price", datum.Numeric, 10<<16+2+4, nil), // 6 was dropped
			column(8, "emb", datum.Vector, 3, func(c *Column) { c.Generated, c.Model = "embed(path)", "dsp" }),
			column(9, "kind", datum.Bpchar, 5, nil),
		},
		Indexes: []Index{
			{OID: 16512, ID: 2, Name: "tracks_pkey", Method: "btree", Unique: true, Primary: true, Constraint: 16513,
				Keys: []KeyPart{{AttNum: 1}}},
			{OID: 16514, ID: 3, Name: "tracks_path_key", Method: "btree", Unique: true, Constraint: 16515,
				NullsNotDistinct: true, Keys: []KeyPart{{AttNum: 2}, {AttNum: 3}}},
			{OID: 16516, ID: 4, Name: "tracks_title_idx", Method: "btree", Comment: "by title",
				Keys: []KeyPart{{AttNum: 3, Desc: true}, {AttNum: 4, NullsFirst: true}, {AttNum: 5, Desc: true, NullsFirst: true}}},
			{OID: 16517, ID: 5, Name: "tracks_emb_idx", Method: "hnsw", Options: []string{"m=16", "ef_construction=64"},
				Keys: []KeyPart{{AttNum: 8, OpClass: "vector_cosine_ops"}}},
			{OID: 16518, ID: 6, Name: "tracks_emb_ivf", Method: "ivfflat",
				Keys: []KeyPart{{AttNum: 8, OpClass: "vector_l2_ops"}}},
			{OID: 16519, ID: 7, Name: "tracks emb auto", Method: "faiss", Implicit: true, Keys: []KeyPart{{AttNum: 8}}},
		},
		Checks: []Check{{OID: 16520, Name: "tracks_check", Expr: `((duration >= 0) OR (title = 'kind'))`}},
	}
}

func column(attNum int16, name string, t *datum.Type, typmod int32, more func(*Column)) Column {
	c := Column{AttNum: attNum, Name: name, Type: t, TypeOID: t.OID, Typmod: typmod}
	if more != nil {
		more(&c)
	}
	return c
}

func sampleEnv() *VirtualEnv {
	return &VirtualEnv{Snapshot: sample(), Live: sampleLive,
		Session: SessionInfo{User: "segue", Role: OwnerOID, Database: "music", SearchPath: []string{"$user", "public"}, PID: 7}}
}

func sampleLive(name string) [][]datum.Datum {
	switch name {
	case LiveTableRows:
		return [][]datum.Datum{{datum.NewInt(16510), datum.NewFloat(10.4)}}
	case LiveSequenceValues:
		return [][]datum.Datum{{datum.NewInt(16511), datum.NewInt(42), datum.NewBool(true)},
			{datum.NewInt(16531), datum.NewInt(10), datum.NewBool(false)}}
	case "pg_settings": // a row shorter than the relation
		return [][]datum.Datum{{datum.NewString("search_path"), datum.NewString("public")}}
	}
	return nil
}
