package plpgsql

import (
	_ "embed"
	"strings"
)

// conditionText lists the condition names of PostgreSQL 15's Appendix A, a name and a SQLSTATE a line.
//
//go:embed conditions.tsv
var conditionText string

// conditions are the SQLSTATEs that a name stands for: some names are of two.
var conditions = func() map[string][]string {
	out := map[string][]string{}
	for _, line := range strings.Split(strings.TrimSpace(conditionText), "\n") {
		name, code, _ := strings.Cut(line, "\t")
		out[name] = append(out[name], code)
	}
	return out
}()

// Condition is the SQLSTATE of a condition's name, or of what is a SQLSTATE itself; ok is false for neither.
func Condition(name string) (code string, ok bool) {
	if len(name) == 5 && strings.Trim(name, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return name, true
	}
	if codes := conditions[name]; codes != nil {
		return codes[0], true
	}
	return "", false
}

// Catches says whether a handler is for an error of that SQLSTATE. OTHERS leaves out a cancelled query and a failed
// assertion.
func (h *Handler) Catches(code string) bool {
	for _, c := range h.Codes {
		switch {
		case c == "" && code != "57014" && code != "P0004", c == code && c != "",
			strings.HasSuffix(c, "000") && strings.HasPrefix(code, c[:2]):
			return true
		}
	}
	return false
}
