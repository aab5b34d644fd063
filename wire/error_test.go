package wire

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Every field of an Error reaches the client, and none can break out of its place.
func TestErrorFields(t *testing.T) {
	err := &Error{
		Code: "23505", Message: "a duplicate\x00Pfake", Detail: "detail \xff", Hint: "hint",
		Position: 7, InternalPosition: 8, InternalQuery: "inner", Where: "where",
		Schema: "s", Table: "t", Column: "c", DataType: "d", Constraint: "k", Routine: "r",
	}
	encoded, _ := err.response(SeverityError, codeInternal).Encode(nil)
	var got pgproto3.ErrorResponse
	if err := got.Decode(encoded[5:]); err != nil {
		t.Fatal(err)
	}
	want := pgproto3.ErrorResponse{
		Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "23505",
		Message: "a duplicate", Detail: "detail \uFFFD", Hint: "hint",
		Position: 7, InternalPosition: 8, InternalQuery: "inner", Where: "where",
		SchemaName: "s", TableName: "t", ColumnName: "c", DataTypeName: "d", ConstraintName: "k", Routine: "r",
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestErrorDefaults(t *testing.T) {
	for _, c := range []struct {
		err                      Error
		severity, code           string // of the kind of response
		wantSeverity, wantedCode string
	}{
		{Error{}, SeverityError, codeInternal, "ERROR", "XX000"},
		{Error{}, SeverityNotice, "00000", "NOTICE", "00000"},
		{Error{Severity: SeverityWarning}, SeverityNotice, "00000", "WARNING", "01000"},
		{Error{Severity: SeverityWarning, Code: "25P01"}, SeverityNotice, "00000", "WARNING", "25P01"},
	} {
		got := c.err.response(c.severity, c.code)
		if got.Severity != c.wantSeverity || got.Code != c.wantedCode {
			t.Errorf("%+v became %s %s", c.err, got.Severity, got.Code)
		}
	}
	if got := (&Error{Message: "m"}).Error(); got != "ERROR: m (SQLSTATE XX000)" {
		t.Errorf("got %s", got)
	}
}

// A cancelled statement's error gives way to the cause, unless it says something of its own.
func TestCauseOf(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ErrCanceled)
	own := &Error{Code: "22012"}
	other := errors.New("other")
	for _, c := range []struct{ err, want error }{
		{fmt.Errorf("scan: %w", context.Canceled), ErrCanceled},
		{own, own},
		{other, other},
		{ErrCanceled, ErrCanceled},
	} {
		if got := causeOf(ctx, c.err); got != c.want {
			t.Errorf("%v became %v, want %v", c.err, got, c.want)
		}
	}
}
