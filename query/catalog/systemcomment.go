package catalog

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// description.tsv has PostgreSQL 15's comments on its types and operators: kind, oid, text. Functions' are in proc.tsv.
//
//go:embed description.tsv
var descriptionTSV string

// systemComments are those comments.
var systemComments = sync.OnceValue(func() []description {
	classes := map[string]OID{"type": typeClassOID, "operator": operatorClassOID}
	var out []description
	for line := range strings.Lines(descriptionTSV) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		oid, err := strconv.ParseUint(f[1], 10, 32)
		if err != nil {
			panic("description.tsv: " + err.Error())
		}
		out = append(out, description{object: OID(oid), class: classes[f[0]], text: f[2]})
	}
	return out
})

// systemCommentsByObject finds them by class and OID.
var systemCommentsByObject = sync.OnceValue(func() map[object]string {
	out := map[object]string{}
	for _, d := range systemComments() {
		out[object{d.class, d.object, 0}] = d.text
	}
	return out
})
