package datum

import "strings"

// Citext is the type of extension citext: text that compares as if it were in lower case. It is built in, and found by name
// where the extension is.
var (
	Citext      = base(15005, "citext", "citext", KindString, -1, 'S', false)
	CitextArray = arrayOf(15006, Citext)
)

// foldCase is what values of Citext compare as: lower(text).
func foldCase(s string) string { return strings.ToLower(s) }
