package server

import (
	"context"
	"errors"

	"github.com/seguedb/segue/query/exec"
	"github.com/seguedb/segue/query/sqlstate"
	"github.com/seguedb/segue/storage"
	"github.com/seguedb/segue/wire"
)

// asSQL finds the SQL error in err, or makes an internal one that names nothing.
func asSQL(err error) *sqlstate.Error {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		return e
	}
	return sqlstate.Wrap(err, sqlstate.InternalError, "internal error")
}

// classify gives a SQLSTATE to the errors of the layers below that have none. The rest is a defect: the
// wire answers XX000 and logs it.
func classify(err error) error {
	var e *sqlstate.Error
	switch {
	case err == nil || errors.As(err, &e):
		return err
	case errors.Is(err, exec.ErrConflict):
		return sqlstate.Wrap(err, sqlstate.SerializationFailure, "could not serialize access due to concurrent update")
	case errors.Is(err, storage.ErrCorrupt):
		return sqlstate.Wrap(err, sqlstate.DataCorrupted, "stored data is damaged")
	case errors.Is(err, storage.ErrTooLarge):
		return sqlstate.Wrap(err, sqlstate.ProgramLimitExceeded, "transaction is too large").
			WithHint("Write in several smaller transactions, for example by splitting the COPY.")
	}
	return err
}

// toWire is an error as the protocol carries it. Contexts' errors and defects pass through: the wire
// knows the causes of the first and logs the second.
func toWire(err error) error {
	if err == nil {
		return nil
	}
	var known *wire.Error
	if errors.As(err, &known) || errors.Is(err, wire.ErrClientGone) {
		return err
	}
	var e *sqlstate.Error
	if !errors.As(classify(err), &e) {
		return err
	}
	if e.Code == sqlstate.InternalError && e.Err != nil && !errors.Is(e.Err, context.Canceled) {
		return err
	}
	return wireError(e)
}

func wireError(e *sqlstate.Error) *wire.Error {
	return &wire.Error{
		Code: string(e.Code), Message: e.Message, Detail: e.Detail, Hint: e.Hint, Position: e.Pos, Where: e.Where,
		Schema: e.Schema, Table: e.Table, Column: e.Column, DataType: e.DataType, Constraint: e.Constraint,
		Routine: e.Routine, InternalQuery: e.InternalQuery, InternalPosition: e.InternalPos,
	}
}
