package catalog

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/seguedb/segue/query/parse"
)

// frozenName is what a stored definition names a function, a type or an operator by; package plan says why.
var frozenName = regexp.MustCompile(`OPERATOR\("\$oid"\."(\d+)"\.([^)]+)\)|"\$oid"\."(\d+)"`)

// NamesUsers says whether a stored expression names what users made.
func NamesUsers(text string) bool { return strings.Contains(text, `"$oid"`) }

// ShowFrozen is a stored expression with the names of today in the place of OIDs, for where nobody can bind it again.
func ShowFrozen(snap *Snapshot, searchPath []string, text string) string {
	return frozenName.ReplaceAllStringFunc(text, func(kept string) string {
		m := frozenName.FindStringSubmatch(kept)
		if m[1] != "" {
			return shownOperator(snap, searchPath, frozenOID(m[1]), m[2])
		}
		oid := frozenOID(m[3])
		if p := snap.ProcByOID(oid); p != nil {
			return shownFunction(snap, searchPath, p)
		}
		if snap.TypeByOID(oid) != nil {
			return TypeName(snap, searchPath, oid)
		}
		return kept
	})
}

func frozenOID(s string) OID {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return OID(n)
}

func shownFunction(snap *Snapshot, searchPath []string, p *Proc) string {
	if visible, _ := FunctionVisible(snap, searchPath, p.OID); visible {
		return parse.QuoteIdent(p.Name)
	}
	return quoteName(snap.schemaName(p.Schema), p.Name)
}

func shownOperator(snap *Snapshot, searchPath []string, oid OID, symbol string) string {
	o := snap.OperatorByOID(oid)
	if visible, _ := OperatorVisible(snap, searchPath, oid); visible || o == nil {
		return symbol
	}
	return "OPERATOR(" + parse.QuoteIdent(snap.schemaName(o.Schema)) + "." + symbol + ")"
}
