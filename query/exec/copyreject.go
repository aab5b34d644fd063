package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/exec/copydata"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// maxRejectText is how much of a value, and of a message, a reject keeps.
const maxRejectText = 1000

// formatNames are COPY's formats as segue_rejects has them.
var formatNames = map[plan.CopyFormat]string{plan.CopyText: "text", plan.CopyCSV: "csv", plan.CopyBinary: "binary", plan.CopyAudio: "audio"}

// reject notes a row that ON_ERROR ignore leaves out: in segue_rejects, in the count that the summary tells, and with
// LOG_VERBOSITY verbose in a notice, of which what is the words.
func (c *copyFrom) reject(ctx context.Context, r Reject, cause error, notice *sqlstate.Error) error {
	c.skipped++
	c.progress.update(func() { c.progress.now.Skipped++ })
	t := c.node.Table
	r.Relation, r.Table, r.Format = t.OID, t.Name, formatNames[c.node.Options.Format]
	r.Code, r.Message = sqlstate.CodeOf(cause), shorten(message(cause), maxRejectText)
	r.Value = shorten(r.Value, maxRejectText)
	var e *sqlstate.Error
	if errors.As(cause, &e) {
		r.Hint = e.Hint
	}
	if s := c.r.env.Session; s != nil {
		if schema := s.Snapshot().SchemaByOID(t.Schema); schema != nil {
			r.Schema = schema.Name
		}
		info := s.Info()
		r.At, r.Role, r.User = s.StatementStart(), info.Role, s.Snapshot().RoleName(info.Role)
		if c.node.Options.Verbose {
			s.Notice("NOTICE", notice)
		}
	}
	return c.r.env.Relations.Reject(ctx, r)
}

// rejectValue leaves out a row of which a value could not be read as its column's type.
func (c *copyFrom) rejectValue(ctx context.Context, line int, col string, f copydata.Field, err error) error {
	notice := sqlstate.New("00000", "skipping row due to data type incompatibility at %s %d for column %q: %s",
		c.unit(), line, col, quotedValue(f))
	return c.reject(ctx, Reject{Line: int64(line), Column: col, Value: f.Text}, err, notice)
}

// rejectComputed leaves out row i of a batch, of which the generated column ord could not be computed.
func (c *copyFrom) rejectComputed(ctx context.Context, b *copyBatch, i, ord int, err error) error {
	r := Reject{Line: int64(b.lines[i].number), Column: c.node.Table.Columns[ord].Name}
	if _, text, ok := c.computedFrom(ord, b, i); ok {
		r.Value = text
		if c.writer.calls(ord, (*catalog.Proc).ReadsFiles) {
			r.Path = text
		}
	}
	where := c.blame(ord, b, &RowError{Row: i, Err: err})
	return c.reject(ctx, r, err, c.skipping(r.Line, where, err))
}

// skipping is the notice of a row that is left out for another reason than its values' types.
func (c *copyFrom) skipping(line int64, where string, err error) *sqlstate.Error {
	c.other = true
	return sqlstate.New(sqlstate.CodeOf(err), "skipping row at %s %d%s: %s", c.unit(), line, where, message(err))
}

func message(err error) string {
	var e *sqlstate.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return err.Error()
}

// summary says how many rows were left out.
func (c *copyFrom) summary() {
	if c.skipped == 0 || c.r.env.Session == nil {
		return
	}
	rows := "rows were"
	if c.skipped == 1 {
		rows = "row was"
	}
	why := "data type incompatibility"
	if c.other {
		why = "data errors"
	}
	c.r.env.Session.Notice("NOTICE", sqlstate.New("00000", "%d %s skipped due to %s", c.skipped, rows, why))
}

// unit is what the data's parts are called.
func (c *copyFrom) unit() string {
	if c.audio() {
		return "file"
	}
	return "line"
}

// at says where in the data an error is: "COPY tracks, line 3, column path: "x.wav"".
func (c *copyFrom) at(err error, line int, where string) error {
	var e *sqlstate.Error
	if errors.As(err, &e) && e.Where == "" {
		e.Where = fmt.Sprintf("COPY %s, %s %d%s", c.node.Table.Name, c.unit(), line, where)
	}
	return err
}
