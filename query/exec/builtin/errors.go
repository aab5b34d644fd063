package builtin

import (
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

func divisionByZero() error {
	return sqlstate.New(sqlstate.DivisionByZero, "division by zero")
}

func outOfRange(t *datum.Type) error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "%s out of range", t.SQL)
}

func floatOverflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: overflow")
}

func floatUnderflow() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "value out of range: underflow")
}

func invalidParameter(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
}

func unsupported(format string, args ...any) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, format, args...)
}

func badSizeUnit(text, unit string) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid size: \"%s\"", text).
		WithDetail("Invalid size unit: \"%s\".", unit).
		WithHint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
}
