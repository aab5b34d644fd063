package datum

// ParseText reads a value as a client or a literal writes it, and fits it to typmod (-1: none).
// Errors are in Postgres's words: 22P02, 22003, 22007, 22008, 22001.
func ParseText(t *Type, typmod int32, s string, env *Env) (Datum, error) {
	base, typmod := t.rootTypmod(typmod)
	d, err := parseText(base, typmod, s, env)
	if err == nil && typmod >= 0 {
		d, err = ApplyTypmod(base, typmod, d, false)
	}
	if err == nil && t.constrained {
		err = CheckDomains(t, d, env)
	}
	return d, err
}

func parseText(t *Type, typmod int32, s string, env *Env) (Datum, error) {
	switch t.Kind {
	case KindBool:
		return parseBool(s)
	case KindInt:
		return parseIntText(t, s, env)
	case KindFloat:
		return parseFloat(t, s)
	case KindString:
		return parseString(t, s)
	case KindVector:
		return parseVector(t, s)
	case KindSparse:
		return parseSparse(s)
	case KindNumeric:
		return parseNumeric(s)
	case KindInterval:
		return parseInterval(s, typmod)
	case KindArray:
		return parseArray(t, typmod, s, env)
	case KindRecord:
		return parseRecord(t, s, env)
	case KindRange:
		return parseRange(t, s, env)
	case KindMultirange:
		return parseMultirange(t, s, env)
	default:
		return Null, unsupported("input", t)
	}
}

// AppendText writes d, which is not NULL, as Postgres's output function does.
func AppendText(dst []byte, t *Type, d Datum, env *Env) []byte {
	switch t = t.Root(); t.Kind {
	case KindBool:
		return appendBool(dst, d.Bool())
	case KindInt:
		return appendIntText(dst, t, d.Int(), env)
	case KindFloat:
		return appendFloat(dst, t, d.Float(), env.extraFloatDigits())
	case KindString:
		return appendString(dst, t, d.Str(), env)
	case KindVector:
		return appendVector(dst, d.Vector())
	case KindSparse:
		return appendSparse(dst, d.Sparse())
	case KindNumeric:
		return appendNumeric(dst, d.Numeric())
	case KindInterval:
		return appendInterval(dst, d.Interval(), env.intervalStyle())
	case KindArray:
		return appendArray(dst, t, d.Array(), env)
	case KindRecord:
		return appendRecord(dst, d, env)
	case KindRange:
		return appendRange(dst, d.Range(), env)
	case KindMultirange:
		return appendMultirange(dst, d.Multirange(), env)
	default:
		return dst
	}
}

// Format is AppendText into a string.
func Format(t *Type, d Datum, env *Env) string {
	if t = t.Root(); t.Kind == KindString && t != Bytea && t != UUID && t != Char && !IsNetwork(t) && t != Macaddr && !isTextSearch(t) &&
		t != Macaddr8 && t != Hstore && !IsGeometric(t) {
		return d.Str()
	}
	return string(AppendText(nil, t, d, env))
}
