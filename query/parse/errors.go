package parse

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pganalyze/pg_query_go/v6/parser"

	"github.com/seguedb/segue/query/sqlstate"
)

// stackHint is what Postgres says with 54001 at its default max_stack_depth (check_stack_depth).
const stackHint = `Increase the configuration parameter "max_stack_depth" (currently 2048kB), ` +
	`after ensuring the platform's stack depth limit is adequate.`

// tooDeep is the error for statements nested too deeply.
func tooDeep() *sqlstate.Error {
	return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded").WithHint(stackHint)
}

// rule gives the SQLSTATE, and the hint that pg_query drops, of a message.
type rule struct {
	part string // the message contains it
	code sqlstate.Code
	hint string
}

// rules are the messages that scan.l, gram.y and parser.c of PostgreSQL 17 raise with a code other
// than ERRCODE_SYNTAX_ERROR; pg_query hands out neither codes nor hints. First match wins.
var rules = []rule{
	// bison's stack of YYMAXDEPTH (10,000) symbols; Postgres calls it a syntax error, but it is the
	// depth that is at fault, and 54001 is what every other deep nesting gives.
	{"memory exhausted", sqlstate.StatementTooComplex, stackHint},
	{"stack depth limit exceeded", sqlstate.StatementTooComplex, stackHint},
	{"invalid byte sequence for encoding", sqlstate.CharacterNotInRepertoire, ""},
	{"unsafe use of string constant with Unicode escapes", sqlstate.FeatureNotSupported, ""},
	{"unsafe use of \\' in a string literal", "22P06",
		"Use '' to write quotes in strings. \\' is insecure in client-only encodings."},
	{"invalid Unicode escape character", sqlstate.SyntaxError, ""},
	{"invalid Unicode escape value", sqlstate.SyntaxError, ""},
	{"invalid Unicode escape", sqlstate.InvalidEscapeSequence,
		`Unicode escapes must be \uXXXX or \UXXXXXXXX.`},
	{"column number must be in range", sqlstate.InvalidParameterValue, ""},
	{"precision for type float must be", sqlstate.InvalidParameterValue, ""},
	{"unrecognized JSON encoding", sqlstate.InvalidParameterValue, ""},
	{"unrecognized partitioning strategy", sqlstate.InvalidParameterValue, ""},
	{"partition provided more than once", sqlstate.DuplicateObject, ""},
	{"frame start cannot be", sqlstate.WindowingError, ""},
	{"frame end cannot be", sqlstate.WindowingError, ""},
	{"frame starting from", sqlstate.WindowingError, ""},
	{"role name \"", sqlstate.ReservedName, ""},
	{"cannot be used as a role name here", sqlstate.ReservedName, ""},
	{"UNENCRYPTED PASSWORD is no longer supported", sqlstate.FeatureNotSupported,
		"Remove UNENCRYPTED to store the password in encrypted form instead."},
	{"RECHECK is no longer required", sqlstate.FeatureNotSupported, "Update your data type."},
	{"CREATE SCHEMA IF NOT EXISTS cannot include", sqlstate.FeatureNotSupported, ""},
	{"current database cannot be changed", sqlstate.FeatureNotSupported, ""},
	{"not yet implemented", sqlstate.FeatureNotSupported, ""},
	{"is not implemented", sqlstate.FeatureNotSupported, ""},
	{"is no longer supported", sqlstate.FeatureNotSupported, ""},
	{"is not supported", sqlstate.FeatureNotSupported, ""},
	{"not supported on recursive views", sqlstate.FeatureNotSupported, ""},
	{"is only supported for ON DELETE actions", sqlstate.FeatureNotSupported, ""},
	{"are supported in JSON_TABLE", sqlstate.FeatureNotSupported, ""},
	{"aggregates cannot have output arguments", sqlstate.FeatureNotSupported, ""},
	{"an ordered-set aggregate with a VARIADIC", sqlstate.FeatureNotSupported, ""},
	{"constraints cannot be marked", sqlstate.FeatureNotSupported, ""},
}

// grammarError gives an error of pg_query its SQLSTATE. Its cursor already counts characters from
// one (scanner_errposition), as field P does.
func grammarError(err error) *sqlstate.Error {
	var raised *parser.Error
	if !errors.As(err, &raised) {
		return sqlstate.Wrap(err, sqlstate.InternalError, "could not parse the statement")
	}
	e := sqlstate.New(sqlstate.SyntaxError, "%s", raised.Message)
	e.Pos = raised.Cursorpos
	// Messages quote the offending text; only their own words may decide the code.
	message, _, _ := strings.Cut(raised.Message, " at or near ")
	for _, r := range rules {
		if strings.Contains(message, r.part) {
			e.Code, e.Hint = r.code, r.hint
			break
		}
	}
	if e.Code == sqlstate.StatementTooComplex {
		return tooDeep()
	}
	return e
}

// checkText refuses what the grammar must not see: bytes that are not UTF-8, the zero byte, at which
// C would end the text, and text beyond maxTextBytes.
func checkText(sql string) error {
	if len(sql) > maxTextBytes {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "query string is too long").
			WithDetail("The limit is %d bytes.", maxTextBytes)
	}
	if utf8.ValidString(sql) && strings.IndexByte(sql, 0) < 0 {
		return nil
	}
	bad := sql
	for len(bad) > 0 && bad[0] != 0 {
		r, size := utf8.DecodeRuneInString(bad)
		if r == utf8.RuneError && size == 1 {
			break
		}
		bad = bad[size:]
	}
	return sqlstate.New(sqlstate.CharacterNotInRepertoire,
		"invalid byte sequence for encoding \"UTF8\": %s", hexBytes(bad))
}

// hexBytes writes the bytes of the character that bad starts with as Postgres's
// report_invalid_encoding does: as many as the first byte announces and the text has.
func hexBytes(bad string) string {
	n := 1
	switch {
	case bad[0]&0xe0 == 0xc0:
		n = 2
	case bad[0]&0xf0 == 0xe0:
		n = 3
	case bad[0]&0xf8 == 0xf0:
		n = 4
	}
	var parts []string
	for i := 0; i < min(n, len(bad)); i++ {
		parts = append(parts, fmt.Sprintf("0x%02x", bad[i]))
	}
	return strings.Join(parts, " ")
}
