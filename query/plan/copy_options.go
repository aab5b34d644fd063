package plan

import (
	"slices"
	"strings"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/charset"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// copyParser reads COPY's options and checks them together, in the order and with the errors of
// PostgreSQL 17's ProcessCopyOptions. A nil string is an option that was not given.
type copyParser struct {
	from                    bool
	opts                    CopyOptions
	delimiter, null, deflt  *string
	quote, escape           *string
	forceQuote              *columnList
	forceNotNull, forceNull *columnList
	seen                    []string
}

// columnList is (a, b) or * of the FORCE options.
type columnList struct {
	all   bool
	names []string
}

func copyOptions(s *parse.CopyStmt) (*copyParser, error) {
	p := &copyParser{from: s.From}
	for _, o := range s.Options {
		if slices.Contains(p.seen, o.Name) {
			return nil, fail(o.Pos(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		p.seen = append(p.seen, o.Name)
		if err := p.option(o); err != nil {
			return nil, err
		}
	}
	if s.Where != nil && !s.From {
		return nil, sqlstate.New(sqlstate.SyntaxError, "WHERE clause not allowed with COPY TO")
	}
	return p, p.check()
}

func (p *copyParser) option(o parse.DefElem) error {
	var err error
	switch o.Name {
	case "format":
		return p.format(o)
	case "delimiter":
		p.delimiter, err = optionString(o)
	case "null":
		p.null, err = optionString(o)
	case "default":
		p.deflt, err = optionString(o)
	case "quote":
		p.quote, err = optionString(o)
	case "escape":
		p.escape, err = optionString(o)
	case "header":
		return p.headerOption(o)
	case "force_quote":
		p.forceQuote, err = optionColumns(o, true)
	case "force_not_null":
		p.forceNotNull, err = optionColumns(o, true)
	case "force_null":
		p.forceNull, err = optionColumns(o, true)
	default:
		return p.rareOption(o)
	}
	return err
}

func (p *copyParser) rareOption(o parse.DefElem) error {
	switch o.Name {
	case "encoding":
		return p.encoding(o)
	case "on_error":
		return p.onErrorOption(o)
	case "log_verbosity":
		word := optionWord(o)
		if word != "default" && word != "verbose" {
			return fail(o.Pos(), sqlstate.InvalidParameterValue, "COPY LOG_VERBOSITY %q not recognized", word)
		}
		p.opts.Verbose = word == "verbose"
		return nil
	case "freeze": // its promise, rows that need no later freezing, holds for every row here
		_, err := optionBool(o)
		return err
	case "convert_selectively":
		return unsupported(o.Pos(), "COPY CONVERT_SELECTIVELY")
	}
	return fail(o.Pos(), sqlstate.SyntaxError, "option %q not recognized", o.Name)
}

func (p *copyParser) format(o parse.DefElem) error {
	switch word := optionWord(o); word {
	case "text":
		p.opts.Format = CopyText
	case "csv":
		p.opts.Format = CopyCSV
	case "binary":
		p.opts.Format = CopyBinary
	case "audio":
		if !p.from {
			return fail(-1, sqlstate.FeatureNotSupported, "COPY format %q is only available using COPY FROM", word)
		}
		p.opts.Format = CopyAudio
	default:
		return fail(o.Pos(), sqlstate.InvalidParameterValue, "COPY format %q not recognized", word)
	}
	return nil
}

func (p *copyParser) headerOption(o parse.DefElem) error {
	if optionWord(o) == "match" {
		if !p.from {
			return fail(-1, sqlstate.FeatureNotSupported, "cannot use %q with HEADER in COPY TO", "match")
		}
		p.opts.Header, p.opts.HeaderMatch = true, true
		return nil
	}
	on, err := optionBool(o)
	if err != nil {
		return fail(-1, sqlstate.SyntaxError, "%s requires a Boolean value or \"match\"", o.Name)
	}
	p.opts.Header = on
	return nil
}

func (p *copyParser) encoding(o parse.DefElem) error {
	switch e := charset.Lookup(optionWord(o)); {
	case e == nil:
	case e.Plain(), e.Converts():
		p.opts.Encoding = e
		return nil
	default:
		return fail(-1, sqlstate.FeatureNotSupported, "conversion between %s and UTF8 is not supported", e.Name)
	}
	return fail(o.Pos(), sqlstate.InvalidParameterValue, "argument to option %q must be a valid encoding name", o.Name)
}

func (p *copyParser) onErrorOption(o parse.DefElem) error {
	if !p.from {
		return fail(o.Pos(), sqlstate.SyntaxError, "COPY ON_ERROR cannot be used with COPY TO")
	}
	switch word := optionWord(o); word {
	case "stop":
	case "ignore":
		p.opts.OnErrorIgnore = true
	default:
		return fail(o.Pos(), sqlstate.InvalidParameterValue, "COPY ON_ERROR %q not recognized", word)
	}
	return nil
}

// check validates the options together.
func (p *copyParser) check() error {
	for _, step := range []func() error{p.checkBinary, p.checkAudio, p.fillDefaults, p.checkDelimiter, p.checkQuote,
		p.checkForce, p.checkMarkers} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *copyParser) checkBinary() error {
	if p.opts.Format != CopyBinary {
		return nil
	}
	for _, o := range []struct {
		given bool
		name  string
	}{{p.delimiter != nil, "DELIMITER"}, {p.null != nil, "NULL"}, {p.deflt != nil, "DEFAULT"}} {
		if o.given {
			return sqlstate.New(sqlstate.SyntaxError, "cannot specify %s in BINARY mode", o.name)
		}
	}
	switch {
	case p.opts.OnErrorIgnore:
		return sqlstate.New(sqlstate.SyntaxError, "only ON_ERROR STOP is allowed in BINARY mode")
	case p.opts.Header:
		return sqlstate.New(sqlstate.FeatureNotSupported, "cannot specify HEADER in BINARY mode")
	}
	return nil
}

// checkAudio refuses what is about text in a folder of audio.
func (p *copyParser) checkAudio() error {
	if p.opts.Format != CopyAudio {
		return nil
	}
	for _, o := range p.seen {
		switch o {
		case "format", "on_error", "log_verbosity", "freeze":
		default:
			return sqlstate.New(sqlstate.SyntaxError, "cannot specify %s with FORMAT audio", strings.ToUpper(o))
		}
	}
	return nil
}

func (p *copyParser) csv() bool { return p.opts.Format == CopyCSV }

func (p *copyParser) fillDefaults() error {
	delimiter, null := "\t", `\N`
	if p.csv() {
		delimiter, null = ",", ""
	}
	orElse(&p.delimiter, delimiter)
	orElse(&p.null, null)
	p.opts.Null = *p.null
	if p.deflt != nil {
		p.opts.Default, p.opts.HasDefault = *p.deflt, true
	}
	if !p.csv() {
		for _, o := range []struct {
			v    *string
			name string
		}{{p.quote, "quote"}, {p.escape, "escape"}} {
			if o.v != nil {
				return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s available only in CSV mode", o.name)
			}
		}
	}
	orElse(&p.quote, `"`)
	orElse(&p.escape, *p.quote)
	return nil
}

func orElse(p **string, v string) {
	if *p == nil {
		*p = &v
	}
}

func (p *copyParser) checkDelimiter() error {
	d := *p.delimiter
	switch {
	case len(d) != 1:
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY delimiter must be a single one-byte character")
	case strings.ContainsAny(d, "\r\n"):
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be newline or carriage return")
	case strings.ContainsAny(*p.null, "\r\n"):
		return sqlstate.New(sqlstate.InvalidParameterValue,
			"COPY null representation cannot use newline or carriage return")
	case strings.ContainsAny(p.opts.Default, "\r\n"):
		return sqlstate.New(sqlstate.InvalidParameterValue,
			"COPY default representation cannot use newline or carriage return")
	// In text format these would be mistaken for an escape, \. or \N.
	case !p.csv() && strings.Contains("\\.abcdefghijklmnopqrstuvwxyz0123456789", d):
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter cannot be %q", d)
	}
	p.opts.Delimiter = d[0]
	return nil
}

func (p *copyParser) checkQuote() error {
	if !p.csv() {
		return nil
	}
	switch {
	case len(*p.quote) != 1:
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY quote must be a single one-byte character")
	case *p.quote == *p.delimiter:
		return sqlstate.New(sqlstate.InvalidParameterValue, "COPY delimiter and quote must be different")
	case len(*p.escape) != 1:
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY escape must be a single one-byte character")
	}
	p.opts.Quote, p.opts.Escape = (*p.quote)[0], (*p.escape)[0]
	return nil
}

func (p *copyParser) checkForce() error {
	for _, o := range []struct {
		list     *columnList
		name     string
		fromOnly bool
	}{{p.forceQuote, "force quote", false}, {p.forceNotNull, "force not null", true}, {p.forceNull,
		"force null", true}} {
		switch {
		case o.list == nil:
		case !p.csv():
			return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s available only in CSV mode", o.name)
		case o.fromOnly != p.from:
			return sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s only available using COPY %s", o.name,
				direction(o.fromOnly))
		}
	}
	return nil
}

func direction(from bool) string {
	if from {
		return "FROM"
	}
	return "TO"
}

// checkMarkers keeps NULL and DEFAULT strings apart from the delimiter, the quote and each other.
func (p *copyParser) checkMarkers() error {
	if p.opts.Format == CopyBinary {
		return nil
	}
	if err := p.checkMarker(*p.null, "NULL"); err != nil || p.deflt == nil {
		return err
	}
	if !p.from {
		return sqlstate.New(sqlstate.FeatureNotSupported, "COPY DEFAULT cannot be used with COPY TO")
	}
	if err := p.checkMarker(*p.deflt, "DEFAULT"); err != nil {
		return err
	}
	if *p.null == *p.deflt {
		return sqlstate.New(sqlstate.InvalidParameterValue,
			"NULL specification and DEFAULT specification cannot be the same")
	}
	return nil
}

func (p *copyParser) checkMarker(marker, name string) error {
	if strings.Contains(marker, *p.delimiter) {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"COPY delimiter must not appear in the %s specification", name)
	}
	if p.csv() && strings.Contains(marker, *p.quote) {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"CSV quote character must not appear in the %s specification", name)
	}
	return nil
}

// finish resolves the column lists against the columns copied; t is nil for a query.
func (p *copyParser) finish(columns []string, t *catalog.Table) (CopyOptions, error) {
	for _, o := range []struct {
		list *columnList
		name string
		dst  *[]bool
	}{{p.forceQuote, "FORCE_QUOTE", &p.opts.ForceQuote}, {p.forceNotNull, "FORCE_NOT_NULL", &p.opts.ForceNotNull},
		{p.forceNull, "FORCE_NULL", &p.opts.ForceNull}} {
		if o.list == nil {
			continue
		}
		flags, err := o.list.flags(columns, o.name, t)
		if err != nil {
			return CopyOptions{}, err
		}
		*o.dst = flags
	}
	return p.opts, nil
}

func (l *columnList) flags(columns []string, option string, t *catalog.Table) ([]bool, error) {
	out := make([]bool, len(columns))
	for i := range out {
		out[i] = l.all
	}
	for _, name := range l.names {
		i := slices.Index(columns, name)
		if i < 0 {
			if t != nil && t.ColumnIndex(name) < 0 {
				return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name,
					t.Name)
			}
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "%s column %q not referenced by COPY", option,
				name)
		}
		out[i] = true
	}
	return out, nil
}
