package exec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/exec/builtin"
	"github.com/seguedb/segue/query/plan"
	"github.com/seguedb/segue/query/sqlstate"
)

// audioFolder is the data of COPY … FROM 'folder' (FORMAT audio): a row for each audio file below it, in the order of their
// names. The path column gets the path below the audio root, other columns what the file says of itself; what it does not
// say is the column's default.
type audioFolder struct {
	next  func() (AudioFile, error, bool)
	stop  func()
	files int  // seen so far
	facts bool // columns other than the path are to be filled
	path  int  // its place among the columns copied
}

func (c *copyFrom) audio() bool { return c.node.Options.Format == plan.CopyAudio }

// openFolder looks through the folder once for how much there is to do, which takes a moment beside embedding it, and
// begins again.
func (c *copyFrom) openFolder(ctx context.Context) error {
	e := c.r.env.Embedder
	if e == nil {
		return sqlstate.New(sqlstate.FeatureNotSupported, "this database was opened without embedding models")
	}
	var total int64
	for f, err := range e.AudioFiles(ctx, c.node.Folder) {
		if err != nil {
			return err
		}
		total += f.SizeBytes
	}
	c.progress.update(func() { c.progress.now.BytesTotal = total })
	c.folder = &audioFolder{facts: len(c.node.Ordinals) > 1}
	for i, ord := range c.node.Ordinals {
		if c.node.Table.Columns[ord].Name == plan.AudioPathColumn {
			c.folder.path = i
		}
	}
	c.folder.next, c.folder.stop = iter.Pull2(e.AudioFiles(ctx, c.node.Folder))
	return nil
}

// readFolder makes rows of the next files; nil at the end.
func (c *copyFrom) readFolder(ctx context.Context) (*copyBatch, error) {
	for {
		files, ended, err := c.takeFiles(ctx)
		if err != nil || len(files) == 0 {
			return nil, err
		}
		facts, errs, err := c.factsOf(ctx, files)
		if err != nil {
			return nil, err
		}
		b := c.newBatch()
		for i := range files {
			if err := c.addFile(ctx, b, files[i], facts[i], errs[i]); err != nil {
				return nil, err
			}
		}
		if b.Rows > 0 {
			return b, c.fillDefaults(b)
		}
		if ended {
			return nil, nil
		}
	}
}

// numbered is a file and its number in the walk.
type numbered struct {
	AudioFile
	number int
}

// takeFiles takes a batch of files from the walk.
func (c *copyFrom) takeFiles(ctx context.Context) (files []numbered, ended bool, err error) {
	for len(files) < c.size {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		f, err, ok := c.folder.next()
		if !ok {
			return files, true, nil
		}
		if err != nil {
			return nil, false, err
		}
		c.folder.files++
		files = append(files, numbered{f, c.folder.files})
	}
	return files, false, nil
}

// factsOf reads files on all cores; errs are about the files, err is about the statement.
func (c *copyFrom) factsOf(ctx context.Context, files []numbered) (facts []map[string]any, errs []error, err error) {
	facts, errs = make([]map[string]any, len(files)), make([]error, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		if errs[i] = f.Err; errs[i] != nil || !c.folder.facts {
			continue
		}
		group.Go(func() error {
			facts[i], errs[i] = c.r.env.Embedder.Facts(ctx, f.Path)
			return ctx.Err()
		})
	}
	return facts, errs, group.Wait()
}

// addFile appends a file's row, or leaves it out.
func (c *copyFrom) addFile(ctx context.Context, b *copyBatch, f numbered, facts map[string]any, err error) error {
	row := make([]datum.Datum, len(c.node.Ordinals))
	column := ""
	for i := 0; i < len(row) && err == nil; i++ {
		ord := c.node.Ordinals[i]
		col := &c.node.Table.Columns[ord]
		if row[i], err = c.fileValue(ord, f.Path, facts, i == c.folder.path); err != nil {
			column = col.Name
		}
	}
	if err == nil {
		for i, ord := range c.node.Ordinals {
			b.Cols[ord].Append(row[i])
		}
		b.lines = append(b.lines, copyLine{f.number, f.Path})
		b.Rows++
		b.bytes += f.SizeBytes
		return nil
	}
	var e *sqlstate.Error
	if ctx.Err() != nil || !errors.As(err, &e) {
		return err
	}
	where := quotedLine(f.Path)
	if column != "" {
		where = ", column " + column + where
	}
	if !c.node.Options.OnErrorIgnore {
		return c.at(err, f.number, where)
	}
	c.progress.update(func() { c.progress.now.Bytes += f.SizeBytes })
	r := Reject{Line: int64(f.number), Path: f.Path, Column: column}
	if v, ok := facts[column]; ok {
		r.Value = factText(v)
	}
	return c.reject(ctx, r, err, c.skipping(r.Line, where, err))
}

// fileValue is a file's value of column ord.
func (c *copyFrom) fileValue(ord int, path string, facts map[string]any, isPath bool) (datum.Datum, error) {
	col := &c.node.Table.Columns[ord]
	env := c.r.exprs.Fn.Datum
	if isPath {
		return datum.ParseText(col.Type, col.Typmod, path, env)
	}
	if col.Name == catalog.AudioTagsColumn {
		return castFacts(col, facts, env)
	}
	v, ok := facts[col.Name]
	switch {
	case ok:
		return castFact(col, v, env)
	case c.defaults[ord] == nil:
		return datum.Null, nil
	}
	return c.defaults[ord].Value()
}

// castFacts is all facts as a value of the tags column.
func castFacts(col *catalog.Column, facts map[string]any, env *datum.Env) (datum.Datum, error) {
	d, err := builtin.FactsJSON(facts)
	if err != nil || col.Type == datum.JSONB {
		return d, err
	}
	return datum.ParseText(col.Type, col.Typmod, d.Str(), env)
}

// castFact is a fact as a value of a column, whatever its type: of an array several values are the elements, of another
// they are joined, and an integer gets a fraction rounded.
func castFact(col *catalog.Column, v any, env *datum.Env) (datum.Datum, error) {
	var text string
	switch f, isFloat := v.(float64); {
	case col.Type == datum.JSONB || col.Type == datum.JSON:
		b, err := json.Marshal(v)
		if err != nil {
			return datum.Null, fmt.Errorf("write a tag as json: %w", err)
		}
		text = string(b)
	case col.Type.Elem != nil:
		text = arrayLiteral(v)
	case isFloat && (col.Type == datum.Int2 || col.Type == datum.Int4 || col.Type == datum.Int8):
		text = strconv.FormatFloat(math.Round(f), 'f', 0, 64)
	default:
		text = factText(v)
	}
	return datum.ParseText(col.Type, col.Typmod, text, env)
}

// factText is a fact as audio_tag gives it.
func factText(v any) string {
	switch v := v.(type) {
	case []string:
		return strings.Join(v, "; ")
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	default:
		return fmt.Sprint(v)
	}
}

var arrayQuoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// arrayLiteral is a fact in the input format of arrays.
func arrayLiteral(v any) string {
	elements, ok := v.([]string)
	if !ok {
		elements = []string{factText(v)}
	}
	quoted := make([]string, len(elements))
	for i, e := range elements {
		quoted[i] = `"` + arrayQuoter.Replace(e) + `"`
	}
	return "{" + strings.Join(quoted, ",") + "}"
}
