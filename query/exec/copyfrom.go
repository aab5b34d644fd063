package exec

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/copydata"
	"github.com/seguedb/segue/query/exec/eval"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// copyFrom stores rows that arrive as COPY data, a batch at a time:
//
//	lines ──parse──▶ values ──defaults, WHERE──▶ rows ──generate, check──▶ Table.Insert
//
// Every error says which line, and where one is to blame which column and value. ON_ERROR ignore
// leaves out rows whose values cannot be read or whose audio cannot be embedded (copyreject.go); what
// breaks a constraint still fails. With FORMAT audio the data is a folder (copyaudio.go).
type copyFrom struct {
	*writeStatement
	r        *running
	node     *plan.CopyFrom
	reader   copydata.Reader
	folder   *audioFolder // the data of FORMAT audio
	writer   *rowWriter
	defaults []*eval.Expr // by ordinal
	where    *eval.Expr
	table    Table
	size     int  // rows a batch
	skipped  int  // rows
	other    bool // some for other reasons than the types of their values
	progress copyProgress
}

// copyBatch is rows being put together, each with the line it came from.
type copyBatch struct {
	*datum.Batch
	lines []copyLine
	bytes int64 // of its audio files
}

// copyLine is a line's number and text, or a file's and its path.
type copyLine struct {
	number int
	raw    string
}

// CopyProgress is how far a COPY is: a row of pg_stat_progress_copy.
type CopyProgress struct {
	Bytes, BytesTotal       int64 // read; of the audio files in a folder where the data is one
	Rows, Excluded, Skipped int64 // stored; left out by WHERE; by ON_ERROR ignore
}

// copyProgress reports what was read and done. Files finish on any goroutine.
type copyProgress struct {
	mu    sync.Mutex
	tell  func(CopyProgress)
	now   CopyProgress // in finished batches
	files int64        // of the batch at hand
	batch int64        // its rows
	bytes int64        // its audio files'
}

func (p *copyProgress) report() {
	if p.tell == nil {
		return
	}
	now := p.now
	if done := min(p.files, p.batch); done > 0 {
		now.Rows += done
		now.Bytes += p.bytes * done / p.batch
	}
	p.tell(now)
}

func (p *copyProgress) update(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.report()
}

func (r *running) copyFrom(x *plan.CopyFrom) (operator, error) {
	w, err := r.writeStatement(nil)
	if err != nil {
		return nil, err
	}
	op := &copyFrom{writeStatement: w, r: r, node: x, size: datum.BatchRows}
	w.work = op.run
	if op.writer, err = r.rowWriter(x.Table, x.Exprs); err != nil {
		return nil, err
	}
	if err := r.watch(op.writer); err != nil {
		return nil, err
	}
	switch {
	case op.writer.fires.rowByRow(parse.TriggerInsert): // each of which sees the rows before it
		op.size = 1
	case op.writer.embeds():
		op.size = embedBatchRows
	}
	op.defaults = make([]*eval.Expr, len(x.Table.Columns))
	if x.Exprs != nil && x.Exprs.Defaults != nil {
		if op.defaults, err = eval.CompileAll(x.Exprs.Defaults, r.exprs); err != nil {
			return nil, err
		}
	}
	op.progress.tell = r.env.Progress
	op.where, err = r.condition(x.Where)
	return op, err
}

func (c *copyFrom) run(ctx context.Context) error {
	if c.r.env.CopyIn == nil && !c.audio() {
		return sqlstate.New(sqlstate.ProtocolViolation, "COPY FROM STDIN has no data to read")
	}
	var err error
	if c.table, err = c.r.target(c.node.Table); err != nil {
		return err
	}
	if err := c.writer.fires.statement(ctx, true, parse.TriggerInsert, nil); err != nil {
		return err
	}
	if err := c.writer.fires.statement(ctx, false, parse.TriggerInsert, nil); err != nil {
		return err
	}
	if c.r.env.Progress != nil {
		c.r.exprs.FileDone = func() { c.progress.update(func() { c.progress.files++ }) }
		defer func() { c.r.exprs.FileDone = nil }()
	}
	read := c.read
	if c.audio() {
		if err := c.openFolder(ctx); err != nil {
			return err
		}
		defer c.folder.stop()
		read = c.readFolder
	} else {
		c.reader = copydata.NewReader(countedReader{c}, &c.node.Options)
		if err := c.header(); err != nil {
			return err
		}
	}
	for {
		b, err := read(ctx)
		if err != nil {
			return err
		}
		if b == nil {
			break
		}
		if err := c.store(ctx, b); err != nil {
			return err
		}
	}
	c.summary()
	return nil
}

// countedReader counts the bytes that were read.
type countedReader struct{ c *copyFrom }

func (r countedReader) Read(p []byte) (int, error) {
	n, err := r.c.r.env.CopyIn.Read(p)
	if n > 0 {
		r.c.progress.mu.Lock()
		r.c.progress.now.Bytes += int64(n)
		r.c.progress.mu.Unlock()
	}
	return n, err
}

// header reads the header line and with HEADER match compares it with the columns.
func (c *copyFrom) header() error {
	head, err := c.reader.Header()
	fields := head.Fields
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return c.at(err, c.reader.Line(), "")
	}
	if !c.node.Options.HeaderMatch {
		return nil
	}
	if len(fields) != len(c.node.Ordinals) {
		err := sqlstate.New(sqlstate.BadCopyFileFormat, "wrong number of fields in header line: got %d, expected %d",
			len(fields), len(c.node.Ordinals))
		return c.at(err, 1, quotedLine(head.Raw))
	}
	for i, ord := range c.node.Ordinals {
		name := c.node.Table.Columns[ord].Name
		switch f := fields[i]; {
		case f.Null:
			err = sqlstate.New(sqlstate.BadCopyFileFormat,
				"column name mismatch in header line field %d: got null value (%q), expected %q", i+1, c.node.Options.Null, name)
		case f.Text != name:
			err = sqlstate.New(sqlstate.BadCopyFileFormat,
				"column name mismatch in header line field %d: got %q, expected %q", i+1, f.Text, name)
		}
		if err != nil {
			return c.at(err, 1, quotedLine(head.Raw))
		}
	}
	return nil
}

func (c *copyFrom) newBatch() *copyBatch {
	types := make([]*datum.Type, len(c.node.Table.Columns))
	for i := range types {
		types[i] = c.node.Table.Columns[i].Type
	}
	return &copyBatch{Batch: datum.NewBatch(types, c.size)}
}

// read parses the next batch of rows into table order; nil at the end of the data.
func (c *copyFrom) read(ctx context.Context) (*copyBatch, error) {
	b := c.newBatch()
	row := make([]datum.Datum, len(c.node.Ordinals))
	for b.Rows < c.size {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rec, err := c.reader.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			context := ""
			if rec.Raw != "" {
				context = quotedLine(rec.Raw)
			}
			return nil, c.at(err, c.reader.Line(), context)
		}
		ok, err := c.parse(ctx, rec, row)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		for i, ord := range c.node.Ordinals {
			b.Cols[ord].Append(row[i])
		}
		b.lines = append(b.lines, copyLine{c.reader.Line(), rec.Raw})
		b.Rows++
	}
	if b.Rows == 0 {
		return nil, nil
	}
	return b, c.fillDefaults(b)
}

// parse reads a record's fields as the columns' types; false skips the row.
func (c *copyFrom) parse(ctx context.Context, rec copydata.Record, row []datum.Datum) (bool, error) {
	line := c.reader.Line()
	if err := c.count(rec); err != nil {
		return false, err
	}
	for i, f := range rec.Fields {
		var err error
		if row[i], err = c.value(i, f); err == nil {
			continue
		}
		col := c.node.Table.Columns[c.node.Ordinals[i]].Name
		if c.node.Options.OnErrorIgnore && c.node.Options.Format != plan.CopyBinary && !f.Default {
			return false, c.rejectValue(ctx, line, col, f, err)
		}
		if c.node.Options.Format == plan.CopyBinary {
			return false, c.at(err, line, ", column "+col)
		}
		return false, c.at(err, line, columnValue(col, f))
	}
	if n := len(rec.Fields); n < len(row) {
		err := sqlstate.New(sqlstate.BadCopyFileFormat, "missing data for column %q", c.node.Table.Columns[c.node.Ordinals[n]].Name)
		return false, c.at(err, line, wholeLine(rec.Raw))
	}
	return true, nil
}

// count refuses more fields than columns, and other than as many in binary data; what is missing is found in its place.
func (c *copyFrom) count(rec copydata.Record) error {
	line, want := c.reader.Line(), len(c.node.Ordinals)
	switch {
	case len(rec.Fields) == want:
		return nil
	case c.node.Options.Format == plan.CopyBinary:
		err := sqlstate.New(sqlstate.BadCopyFileFormat, "row field count is %d, expected %d", len(rec.Fields), want)
		return c.at(err, line, "")
	case len(rec.Fields) > want:
		err := sqlstate.New(sqlstate.BadCopyFileFormat, "extra data after last expected column")
		return c.at(err, line, wholeLine(rec.Raw))
	}
	return nil
}

func (c *copyFrom) value(i int, f copydata.Field) (datum.Datum, error) {
	ord := c.node.Ordinals[i]
	col := &c.node.Table.Columns[ord]
	switch {
	case f.Null:
		return datum.Null, nil
	case f.Default && c.defaults[ord] == nil:
		return datum.Null, nil
	case f.Default:
		return c.defaults[ord].Value()
	case c.node.Options.Format == plan.CopyBinary:
		return datum.ReceiveBinary(col.Type, col.Typmod, f.Data, c.r.exprs.Fn.Datum)
	}
	return datum.ParseText(col.Type, col.Typmod, f.Text, c.r.exprs.Fn.Datum)
}

// fillDefaults completes the columns that the data does not give.
func (c *copyFrom) fillDefaults(b *copyBatch) error {
	for ord := range b.Cols {
		if slices.Contains(c.node.Ordinals, ord) {
			continue
		}
		if c.defaults[ord] == nil {
			b.Cols[ord] = nulls(c.node.Table.Columns[ord].Type, b.Rows)
			continue
		}
		v, err := c.defaults[ord].Eval(&datum.Batch{Rows: b.Rows})
		if err != nil {
			return c.failed(b, err, "")
		}
		b.Cols[ord] = v
	}
	return nil
}

// store writes a batch of rows.
func (c *copyFrom) store(ctx context.Context, b *copyBatch) error {
	c.progress.update(func() { c.progress.files, c.progress.batch, c.progress.bytes = 0, int64(b.Rows), b.bytes })
	if c.where != nil {
		rows, all, err := c.where.Select(b.Batch)
		if err != nil {
			return c.failed(b, err, "")
		}
		if !all {
			c.progress.update(func() { c.progress.now.Excluded += int64(b.Rows - len(rows)) })
			b = b.only(rows)
		}
	}
	if c.table == nil {
		return c.instead(ctx, b)
	}
	kept, rows, err := c.writer.fires.beforeRows(ctx, parse.TriggerInsert, nil, b.Batch, nil)
	if err != nil {
		return c.failed(b, err, "")
	}
	if kept != nil {
		b = b.only(kept)
		b.Batch = rows
	}
	if err := c.generate(ctx, b); err != nil {
		return err
	}
	if b.Rows > 0 {
		if err := c.writer.check(b.Batch); err != nil {
			return c.failed(b, err, b.rawLine(err))
		}
		if err := c.writer.insert(ctx, c.table, b.Batch); err != nil {
			return c.failed(b, err, "")
		}
	}
	c.r.affected += int64(b.Rows)
	c.progress.update(func() {
		p := &c.progress
		p.now.Rows, p.now.Bytes = c.r.affected, p.now.Bytes+p.bytes
		p.files, p.batch, p.bytes = 0, 0, 0
	})
	return nil
}

// rawLine shows the line of the row that an error is about.
func (b *copyBatch) rawLine(err error) string {
	var row *RowError
	if errors.As(err, &row) && row.Row < len(b.lines) {
		return quotedLine(b.lines[row.Row].raw)
	}
	return ""
}

// only keeps some rows, with their lines.
func (b *copyBatch) only(rows []int) *copyBatch {
	out := &copyBatch{Batch: b.Gather(rows)}
	for _, i := range rows {
		out.lines = append(out.lines, b.lines[i])
	}
	return out
}

// generate computes the generated columns in place; with ON_ERROR ignore rows that fail are dropped.
func (c *copyFrom) generate(ctx context.Context, b *copyBatch) error {
	for ord, e := range c.writer.generated {
		if e == nil || b.Rows == 0 {
			continue
		}
		if !c.node.Options.OnErrorIgnore {
			v, err := e.Eval(b.Batch)
			if err != nil {
				return c.failed(b, err, c.blame(ord, b, err))
			}
			b.Cols[ord] = v
			continue
		}
		v, errs, err := e.EvalRows(b.Batch)
		if err != nil {
			return c.failed(b, err, "")
		}
		b.Cols[ord] = v
		if err := c.dropFailed(ctx, ord, b, errs); err != nil {
			return err
		}
	}
	return nil
}

// dropFailed leaves out the rows that have an error.
func (c *copyFrom) dropFailed(ctx context.Context, ord int, b *copyBatch, errs []error) error {
	if errs == nil {
		return nil
	}
	var good []int
	for i, err := range errs {
		if err == nil {
			good = append(good, i)
		} else if err := c.rejectComputed(ctx, b, i, ord, err); err != nil {
			return err
		}
	}
	*b = *b.only(good)
	return nil
}

// blame names the column and value that a generated column was computed from, ", column path: "x.wav"".
func (c *copyFrom) blame(ord int, b *copyBatch, err error) string {
	var row *RowError
	if !errors.As(err, &row) || len(c.writer.reads[ord]) == 0 || row.Row >= b.Rows {
		return ""
	}
	col, text, ok := c.computedFrom(ord, b, row.Row)
	if !ok {
		return ", column " + col
	}
	return columnValue(col, copydata.Field{Text: text})
}

// computedFrom is the column that a generated one is computed from first, and a row's value of it; ok is false when there
// is none to show.
func (c *copyFrom) computedFrom(ord int, b *copyBatch, row int) (name, value string, ok bool) {
	if len(c.writer.reads[ord]) == 0 {
		return "", "", false
	}
	from := c.writer.reads[ord][0]
	col := &c.node.Table.Columns[from]
	d := b.Cols[from].Get(row)
	if d.IsNull() || col.Type == datum.Bytea {
		return col.Name, "", false
	}
	return col.Name, datum.Format(col.Type, d, c.r.exprs.Fn.Datum), true
}

// failed puts the line of the row that an error is about on it.
func (c *copyFrom) failed(b *copyBatch, err error, where string) error {
	var row *RowError
	if !errors.As(err, &row) || row.Row >= len(b.lines) {
		return err
	}
	return c.at(row.Err, b.lines[row.Row].number, where)
}

// maxShown is how much of a line or value an error shows: MAX_COPY_DATA_DISPLAY.
const maxShown = 100

func quotedLine(raw string) string {
	if raw == "" {
		return ""
	}
	return wholeLine(raw)
}

// wholeLine is quotedLine of a line that is there, though it may be empty.
func wholeLine(raw string) string { return `: "` + shorten(raw, maxShown) + `"` }

func columnValue(col string, f copydata.Field) string {
	if f.Null {
		return ", column " + col + ": null input"
	}
	return ", column " + col + ": " + quotedValue(f)
}

func quotedValue(f copydata.Field) string { return `"` + shorten(f.Text, maxShown) + `"` }
