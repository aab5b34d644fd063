package parse

import "strings"

// QuoteIdent quotes an identifier where SQL needs it, by the rules of Postgres's quote_identifier:
// lower-case letters, digits and underscores that are no keyword, or an unreserved one, stay bare.
func QuoteIdent(s string) string {
	if s != "" && isBareIdent(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// isBareIdent says whether s reads back as itself without quotes.
func isBareIdent(s string) bool {
	for i := 0; i < len(s); i++ {
		b := s[i]
		lower := b >= 'a' && b <= 'z' || b == '_'
		if !lower && (i == 0 || !isDigit(b)) {
			return false
		}
	}
	return !reservedWords[s]
}

// QuoteLiteral quotes a string constant, as Postgres's quote_literal does: with E and doubled
// backslashes when there are any.
func QuoteLiteral(s string) string {
	quoted := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.IndexByte(s, '\\') < 0 {
		return quoted
	}
	return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
}
