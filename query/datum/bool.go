package datum

import "strings"

// parseBool takes any unambiguous prefix of true, false, yes, no, on, off; and 1 and 0.
func parseBool(s string) (Datum, error) {
	v := strings.ToLower(trimSpace(s))
	switch {
	case v == "":
	case v == "1" || v == "on" || strings.HasPrefix("true", v) || strings.HasPrefix("yes", v):
		return NewBool(true), nil
	case v == "0" || v == "of" || v == "off" || strings.HasPrefix("false", v) || strings.HasPrefix("no", v):
		return NewBool(false), nil
	}
	return Null, syntaxError(Bool, s)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, 't')
	}
	return append(dst, 'f')
}
