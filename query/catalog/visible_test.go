package catalog

import (
	"slices"
	"testing"

	"github.com/seguedb/segue/query/datum"
)

func TestSearchSchemas(t *testing.T) {
	s := sample()
	for _, tt := range []struct {
		path []string
		want []OID
	}{
		{nil, []OID{PgCatalogOID}},
		{[]string{"$user", "public"}, []OID{PgCatalogOID, PublicOID}},
		{[]string{"public", "pg_catalog"}, []OID{PublicOID, PgCatalogOID}},
		{[]string{"nowhere", "Radio", "Radio"}, []OID{PgCatalogOID, 16501}},
		{SessionInfo{User: "Radio", SearchPath: []string{"$user"}}.Path(), []OID{PgCatalogOID, 16501}},
	} {
		if got := SearchSchemas(s, tt.path); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %v, want %v", tt.path, got, tt.want)
		}
	}
}

// A table is hidden by one of its name in an earlier schema, whatever kind of relation that is.
func TestRelationVisible(t *testing.T) {
	s := sample()
	s.PutTable(&Table{OID: 16600, Schema: 16501, Name: "tracks", NextAttNum: 1})
	s.PutTable(&Table{OID: 16601, Schema: PublicOID, Name: "pg_class", NextAttNum: 1})
	for _, tt := range []struct {
		path    []string
		oid     OID
		visible bool
	}{
		{[]string{"public"}, 16510, true},
		{[]string{"public"}, 16600, false},
		{[]string{"Radio", "public"}, 16510, false},
		{[]string{"Radio", "public"}, 16600, true},
		{[]string{"public"}, 16601, false},
		{[]string{"public", "pg_catalog"}, 16601, true},
		{[]string{"public", "pg_catalog"}, 1259, false},
		{[]string{"public"}, 16512, true},
		{nil, 16512, false},
	} {
		if got, ok := RelationVisible(s, tt.path, tt.oid); got != tt.visible || !ok {
			t.Errorf("%d in %q: got %v %v, want %v", tt.oid, tt.path, got, ok, tt.visible)
		}
	}
	for name, visible := range map[string]func(*Snapshot, []string, OID) (bool, bool){
		"relation": RelationVisible, "type": TypeVisible, "function": FunctionVisible, "operator": OperatorVisible,
		"operator class": OpClassVisible, "operator family": OpFamilyVisible, "collation": CollationVisible,
	} {
		if v, ok := visible(s, []string{"public"}, 4000000000); v || ok {
			t.Errorf("a %s that is not there is visible %v, known %v", name, v, ok)
		}
	}
}

func TestExtensionVisible(t *testing.T) {
	s := sample()
	for name, ask := range map[string]func(path []string) (bool, bool){
		"type":            func(p []string) (bool, bool) { return TypeVisible(s, p, datum.Vector.OID) },
		"function":        func(p []string) (bool, bool) { return FunctionVisible(s, p, 16405) },
		"operator":        func(p []string) (bool, bool) { return OperatorVisible(s, p, 16462) },
		"operator class":  func(p []string) (bool, bool) { return OpClassVisible(s, p, 16443) },
		"operator family": func(p []string) (bool, bool) { return OpFamilyVisible(s, p, 16453) },
	} {
		if v, ok := ask([]string{"public"}); !v || !ok {
			t.Errorf("the vector %s is not visible in public", name)
		}
		if v, ok := ask([]string{"Radio"}); v || !ok {
			t.Errorf("the vector %s is visible without public", name)
		}
	}
}

// Index lookups follow changes to the snapshot and leave its clone alone.
func TestIndexByOID(t *testing.T) {
	s := sample()
	old := s.Clone()
	s.RemoveTable(16510)
	if table, ix := s.IndexByOID(16512); table != nil || ix != nil {
		t.Errorf("index of a removed table: %v", ix)
	}
	if _, ix := old.IndexByOID(16512); ix == nil || ix.Name != "tracks_pkey" {
		t.Errorf("the clone lost the index: %v", ix)
	}
	if got := old.Relation(PublicOID, "tracks emb auto"); got != 0 {
		t.Errorf("an implicit index has a name: %d", got)
	}
}
