package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

func (b *binder) copy(s *parse.CopyStmt) (*Plan, error) {
	opts, err := copyOptions(s)
	if err != nil {
		return nil, err
	}
	if opts.opts.Format == CopyAudio && s.Filename == "" {
		return nil, sqlstate.New(sqlstate.SyntaxError, "FORMAT audio needs a folder of the server's: COPY ... FROM 'folder'")
	}
	if s.Filename != "" || s.Program {
		if err := b.refuseServerFile(s, opts.opts.Format); err != nil {
			return nil, err
		}
	}
	if s.Table != nil { // errors about it have no place in Postgres
		unplaced := *s.Table
		unplaced.At = -1
		copied := *s
		copied.Table = &unplaced
		s = &copied
	}
	if s.From {
		return b.copyFrom(s, opts)
	}
	return b.copyTo(s, opts)
}

// refuseServerFile keeps COPY away from the server's files and programs, but for folders of audio. Who might use them in
// PostgreSQL is told that it is not there; others that they may not.
func (b *binder) refuseServerFile(s *parse.CopyStmt, format CopyFormat) error {
	role, what := "pg_write_server_files", "to a file"
	switch {
	case s.Program:
		role, what = "pg_execute_server_program", "to or from an external program"
	case s.From:
		role, what = "pg_read_server_files", "from a file"
	}
	if r := b.cat.Snapshot().Role(role); b.superuser() || r != nil && b.cat.Snapshot().HasRole(b.me(), r.OID) {
		if format == CopyAudio && !s.Program {
			b.needs(catalog.ObjectFunction, 0, 0).Member = catalog.ReadServerFilesOID // who runs it later, too
			return nil
		}
		return copyHint(sqlstate.New(sqlstate.FeatureNotSupported, "COPY %s of the server is not supported", what))
	}
	return copyHint(sqlstate.New(sqlstate.InsufficientPrivilege,
		"must be superuser or have privileges of the %s role to COPY %s", role, what))
}

func copyHint(e *sqlstate.Error) error {
	return e.WithHint("Anyone can COPY to stdout or from stdin. psql's \\copy command also works for anyone.")
}

func (b *binder) copyFrom(s *parse.CopyStmt, opts *copyParser) (*Plan, error) {
	if err := b.refuseSequence(s); err != nil {
		return nil, err
	}
	t, err := b.writableTable(s.Table, "copy to")
	if err != nil {
		return nil, err
	}
	node := &CopyFrom{Table: t, Folder: s.Filename}
	if node.Ordinals, err = copyColumns(t, s.Cols); err != nil {
		return nil, err
	}
	if opts.opts.Format == CopyAudio {
		if node.Ordinals, err = audioColumns(t, node.Ordinals, len(s.Cols) > 0); err != nil {
			return nil, err
		}
	}
	b.needsTable(t, catalog.PrivInsert).Insert = attNums(t, node.Ordinals)
	if node.Exprs, err = b.rowExprs(t); err != nil {
		return nil, err
	}
	if node.Options, err = opts.finish(ordinalNames(t, node.Ordinals), t); err != nil {
		return nil, err
	}
	if s.Where != nil {
		ec := &exprContext{b: b, scope: b.rowScope(t, t.Name, 0, queryEnv{}),
			clause: "COPY FROM WHERE conditions", noSubqueries: true}
		if node.Where, err = ec.bindBool(s.Where, "WHERE"); err != nil {
			return nil, err
		}
	}
	return writePlan(node, "COPY"), nil
}

// copyColumns resolves COPY's column list; without one it is every column that is not generated.
func copyColumns(t *catalog.Table, names []string) ([]int, error) {
	var out []int
	if len(names) == 0 {
		for i := range t.Columns {
			if t.Columns[i].Generated == "" {
				out = append(out, i)
			}
		}
		return out, nil
	}
	for _, name := range names {
		i := t.ColumnIndex(name)
		switch {
		case i < 0:
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, t.Name)
		case t.Columns[i].Generated != "":
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "column %q is a generated column", name).
				WithDetail("Generated columns cannot be used in COPY.")
		case slices.Contains(out, i):
			return nil, sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", name)
		}
		out = append(out, i)
	}
	return out, nil
}

// audioColumns are those of the columns that a folder of audio fills: the path, and what carries the name of a tag. Columns
// that were listed must all be such.
func audioColumns(t *catalog.Table, ordinals []int, listed bool) ([]int, error) {
	var out []int
	path := false
	for _, o := range ordinals {
		name := t.Columns[o].Name
		switch {
		case name == AudioPathColumn:
			path = true
		case !catalog.IsAudioTag(name) && listed:
			return nil, sqlstate.New(sqlstate.InvalidColumnReference, "audio files have no value for column %q", name).
				WithHint("FORMAT audio fills the columns path, %s and those that audio_tags() has keys for.", catalog.AudioTagsColumn)
		case !catalog.IsAudioTag(name):
			continue
		}
		out = append(out, o)
	}
	if !path {
		return nil, sqlstate.New(sqlstate.UndefinedColumn, "FORMAT audio needs a column %q to fill", AudioPathColumn)
	}
	return out, nil
}

func ordinalNames(t *catalog.Table, ordinals []int) []string {
	out := make([]string, len(ordinals))
	for i, o := range ordinals {
		out[i] = t.Columns[o].Name
	}
	return out
}

func (b *binder) copyTo(s *parse.CopyStmt, opts *copyParser) (*Plan, error) {
	input, p, err := b.copySource(s)
	if err != nil {
		return nil, err
	}
	node := &CopyTo{Input: input}
	if node.Options, err = opts.finish(namesOf(input), nil); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "COPY", Writes: p.Writes}, nil
}

// refuseSequence says of a sequence that it is no table to copy.
func (b *binder) refuseSequence(s *parse.CopyStmt) error {
	schema, rel, found := b.findRelation(s.Table.Name)
	if !found || b.cat.Snapshot().Sequence(schema, rel) == nil {
		return nil
	}
	verb := "from"
	if s.From {
		verb = "to"
	}
	return sqlstate.New(sqlstate.WrongObjectType, "cannot copy %s sequence %q", verb, rel)
}

// copySource is COPY's query, or a scan of its table.
func (b *binder) copySource(s *parse.CopyStmt) (Node, *Plan, error) {
	if s.Query != nil {
		return b.copyQuery(s)
	}
	if err := b.refuseSequence(s); err != nil {
		return nil, nil, err
	}
	t, err := b.table(s.Table.Name, s.Table.Pos())
	if err != nil {
		return nil, nil, err
	}
	if t.View != nil {
		return nil, nil, sqlstate.New(sqlstate.WrongObjectType, "cannot copy from %s %q", relationKinds[t.Kind()], t.Name).
			WithHint("Try the COPY (SELECT ...) TO variant.")
	}
	ordinals, err := copyColumns(t, s.Cols)
	if err != nil {
		return nil, nil, err
	}
	b.needsTable(t, catalog.PrivSelect).Select = attNums(t, ordinals)
	scan := b.scan(t, t.Name)
	cols := colsOf(scan)
	exprs := make([]Expr, len(ordinals))
	for i, o := range ordinals {
		exprs[i] = cols[o]
	}
	return project(scan, exprs, ordinalNames(t, ordinals)), &Plan{}, nil
}

func (b *binder) copyQuery(s *parse.CopyStmt) (Node, *Plan, error) {
	switch s.Query.(type) {
	case *parse.SelectStmt, *parse.InsertStmt, *parse.UpdateStmt, *parse.DeleteStmt:
	case *parse.MergeStmt:
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "MERGE not supported in COPY")
	case *parse.UnsupportedStmt:
		p, err := b.statement(s.Query)
		return nil, p, err
	default:
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported,
			"COPY query must be a SELECT, INSERT, UPDATE or DELETE")
	}
	p, err := b.statement(s.Query)
	if err != nil {
		return nil, nil, err
	}
	if len(p.Columns) == 0 && p.Writes {
		return nil, nil, sqlstate.New(sqlstate.FeatureNotSupported, "COPY query must have a RETURNING clause")
	}
	return p.Root, p, nil
}
