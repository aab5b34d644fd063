package run

import (
	"strings"

	"github.com/seguedb/segue/query/plpgsql"
	"github.com/seguedb/segue/query/sqlstate"
)

// raise is RAISE: an error, or something to tell the client.
func (f *frame) raise(s *plpgsql.Raise) error {
	if s.Level == "" {
		if len(f.caught) == 0 {
			return sqlstate.New(sqlstate.StackedDiagnosticsOutsideHandler,
				"RAISE without parameters cannot be used outside an exception handler")
		}
		again := *f.caught[len(f.caught)-1]
		return f.reraised(&again)
	}
	e := &sqlstate.Error{}
	message, err := f.message(s)
	if err != nil {
		return err
	}
	hasMessage := s.HasFormat
	if s.Condition != "" {
		e.Code = codeOf(s.Condition)
		if !hasMessage {
			message, hasMessage = s.Condition, true
		}
	}
	seen := map[string]bool{"message": s.HasFormat, "errcode": s.Condition != ""}
	if s.Condition != "" && !s.HasFormat {
		seen["message"] = false
	}
	for i := range s.Options {
		o := &s.Options[i]
		if seen[o.Name] {
			return sqlstate.New(sqlstate.SyntaxError, "RAISE option already specified: %s", strings.ToUpper(o.Name))
		}
		seen[o.Name] = true
		text, ok, err := f.text(o.Value)
		if err != nil {
			return err
		}
		if !ok {
			return sqlstate.New(sqlstate.NullValueNotAllowed, "RAISE statement option cannot be null")
		}
		if o.Name == "message" {
			message, hasMessage = text, true
			continue
		}
		if err := raiseOption(e, o.Name, text); err != nil {
			return err
		}
		if o.Name == "errcode" && !hasMessage {
			message = text
		}
	}
	if e.Code == "" && s.Level == "EXCEPTION" {
		e.Code = sqlstate.RaiseException
	}
	if !hasMessage && message == "" {
		message = string(e.Code)
	}
	e.Message = message
	return f.send(s.Level, e)
}

// send tells the client, or fails.
func (f *frame) send(level string, e *sqlstate.Error) error {
	if level == "EXCEPTION" {
		return e
	}
	if e.Code == "" {
		e.Code = sqlstate.SuccessfulCompletion
		if level == "WARNING" {
			e.Code = sqlstate.Warning
		}
	}
	_ = e.WithWhere("PL/pgSQL function %s line %d at RAISE", f.p.title, f.place.Line)
	f.host.Notice(level, e)
	return nil
}

// reraised is an error raised again as it was, its context with it.
func (f *frame) reraised(e *sqlstate.Error) error {
	f.marked = e
	return e
}

// message puts the arguments into the format.
func (f *frame) message(s *plpgsql.Raise) (string, error) {
	if !s.HasFormat {
		return "", nil
	}
	var b strings.Builder
	next := 0
	for i := 0; i < len(s.Message); i++ {
		c := s.Message[i]
		switch {
		case c != '%':
			b.WriteByte(c)
		case i+1 < len(s.Message) && s.Message[i+1] == '%':
			b.WriteByte('%')
			i++
		default:
			text, ok, err := f.text(s.Args[next])
			if err != nil {
				return "", err
			}
			if !ok {
				text = "<NULL>"
			}
			b.WriteString(text)
			next++
		}
	}
	return b.String(), nil
}

func codeOf(condition string) sqlstate.Code {
	code, _ := plpgsql.Condition(condition)
	return sqlstate.Code(code)
}

// raiseOption sets a field of an error.
func raiseOption(e *sqlstate.Error, name, text string) error {
	switch name {
	case "errcode":
		code, ok := plpgsql.Condition(text)
		if !ok {
			return sqlstate.New(sqlstate.UndefinedObject, "unrecognized exception condition \"%s\"", text)
		}
		e.Code = sqlstate.Code(code)
	case "detail":
		e.Detail = text
	case "hint":
		e.Hint = text
	case "column":
		e.Column = text
	case "constraint":
		e.Constraint = text
	case "datatype":
		e.DataType = text
	case "table":
		e.Table = text
	case "schema":
		e.Schema = text
	}
	return nil
}

func (f *frame) diagnostics(s *plpgsql.Diagnostics) error {
	var e *sqlstate.Error
	if s.Stacked {
		if len(f.caught) == 0 {
			return sqlstate.New(sqlstate.StackedDiagnosticsOutsideHandler,
				"GET STACKED DIAGNOSTICS cannot be used outside an exception handler")
		}
		e = f.caught[len(f.caught)-1]
	}
	for i := range s.Items {
		d, t := f.diagnostic(s.Items[i].Item, e)
		if err := f.storeTarget(&s.Items[i].Target, d, t); err != nil {
			return err
		}
	}
	return nil
}
