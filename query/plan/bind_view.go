package plan

import (
	"slices"

	"github.com/seguedb/segue/query/catalog"
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// createView binds CREATE [OR REPLACE] VIEW.
func (b *binder) createView(s *parse.CreateViewStmt) (*Plan, error) {
	q, err := viewQuery(s.Query)
	if err != nil {
		return nil, err
	}
	t := &catalog.Table{Name: s.Name[len(s.Name)-1], NextAttNum: 1}
	if err := b.viewOf(t, q, s.Cols, "CREATE VIEW specifies more column names than columns"); err != nil {
		return nil, err
	}
	node := &CreateView{Table: t}
	if err := b.placeView(node, s); err != nil {
		return nil, err
	}
	if t.View.Options, err = viewOptions(s.Options, s.Check); err != nil {
		return nil, err
	}
	checked := func(o parse.DefElem) bool { return o.Name == "check_option" }
	if s.Check != "" || slices.ContainsFunc(s.Options, checked) {
		if _, why := b.updatable(t, 0); why != "" {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported,
				"WITH CHECK OPTION is supported only on automatically updatable views").WithHint("%s", why)
		}
	}
	if err := b.replaced(node, s.Replace); err != nil {
		return nil, err
	}
	return &Plan{Root: node, Tag: "CREATE VIEW", Writes: true, DDL: true}, nil
}

// placeView finds the view's schema: a view of something temporary is temporary.
func (b *binder) placeView(node *CreateView, s *parse.CreateViewStmt) error {
	persistence := s.Persistence
	for _, u := range node.Table.View.Uses {
		if t := b.cat.Snapshot().TableByOID(u.Relation); t != nil && t.Temp && persistence != 't' {
			persistence = 't'
			node.Notices = append(node.Notices, sqlstate.New("00000", "view %q will be a temporary view", node.Table.Name))
		}
	}
	sc, temp, err := b.creationPlace(s.Name, persistence, s.Pos())
	if err != nil {
		return err
	}
	node.Table.Schema, node.Table.Temp, node.TempSchema = sc.OID, temp, sc.Name
	return nil
}

// viewQuery refuses the queries that a view cannot have.
func viewQuery(s parse.Stmt) (*parse.SelectStmt, error) {
	q, ok := s.(*parse.SelectStmt)
	if !ok {
		if u, isUnsupported := s.(*parse.UnsupportedStmt); isUnsupported {
			return nil, unsupported(u.Pos(), u.What)
		}
		return nil, sqlstate.New(sqlstate.SyntaxError, "a view is made of a query")
	}
	if q.Into != nil {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "views must not contain SELECT INTO")
	}
	if q.With != nil {
		for _, c := range q.With.CTEs {
			if _, ok := c.Query.(*parse.SelectStmt); !ok {
				return nil, sqlstate.New(sqlstate.FeatureNotSupported,
					"views must not contain data-modifying statements in WITH")
			}
		}
	}
	return q, nil
}

// viewOf gives t the columns of a query, and the query itself as a view keeps it.
func (b *binder) viewOf(t *catalog.Table, q *parse.SelectStmt, names []string, tooMany string) error {
	outer, access := b.rec, b.access
	b.rec = newRecorder()
	defer func() { b.rec, b.access = outer, access }() // who creates a view need not be able to use it
	p, err := b.selectPlan(q)
	if err != nil {
		return err
	}
	if len(names) > len(p.Columns) {
		return sqlstate.New(sqlstate.SyntaxError, "%s", tooMany)
	}
	if len(p.Columns) == 0 {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "view must have at least one column")
	}
	if err := queryColumns(t, names, p.Columns); err != nil {
		return err
	}
	t.View = &catalog.View{Query: freeze(q, b.rec, b.ids), Uses: b.rec.viewUses()}
	return nil
}

// viewOptions reads WITH (…) and WITH CHECK OPTION as reloptions.
func viewOptions(opts []parse.DefElem, check string) ([]string, error) {
	var out []string
	for _, o := range opts {
		switch o.Name {
		case "security_barrier", "security_invoker":
			on, err := optionBool(o)
			if err != nil {
				text, _ := optionText(o)
				return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for boolean option %q: %s", o.Name, text)
			}
			text := o.Name + "=false"
			if on {
				text = o.Name + "=true"
			}
			out = append(out, text)
		case "check_option":
			word := optionWord(o)
			if word != "local" && word != "cascaded" {
				return nil, sqlstate.New(sqlstate.InvalidParameterValue,
					"invalid value for enum option %q: %s", o.Name, word).WithDetail("Valid values are \"local\" and \"cascaded\".")
			}
			out = append(out, "check_option="+word)
		default:
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", o.Name)
		}
	}
	if check != "" {
		out = append(out, "check_option="+check)
	}
	return out, nil
}

// replaced compares with the view that OR REPLACE finds: its columns must stay, in name, type and place.
func (b *binder) replaced(node *CreateView, replace bool) error {
	t, snap := node.Table, b.cat.Snapshot()
	if snap.Relation(t.Schema, t.Name) == 0 {
		return nil
	}
	if !replace {
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", t.Name)
	}
	old := snap.Table(t.Schema, t.Name)
	if old == nil || old.Kind() != catalog.KindView {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a view", t.Name)
	}
	bad := func(format string, args ...any) *sqlstate.Error {
		return sqlstate.New(sqlstate.InvalidTableDefinition, format, args...)
	}
	if len(t.Columns) < len(old.Columns) {
		return bad("cannot drop columns from view")
	}
	for i := range old.Columns {
		was, is := &old.Columns[i], &t.Columns[i]
		if was.Name != is.Name {
			return bad("cannot change name of view column %q to %q", was.Name, is.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		}
		if was.Type != is.Type || was.Typmod != is.Typmod {
			return bad("cannot change data type of view column %q from %s to %s", was.Name,
				was.Type.FormatTypmod(was.Typmod), is.Type.FormatTypmod(is.Typmod))
		}
		is.Comment, is.Default = was.Comment, was.Default
	}
	t.OID, t.Comment, t.Triggers, node.Old = old.OID, old.Comment, old.Triggers, old
	t.Rules = old.Rules
	return nil
}

// relation is a table or a view in FROM.
func (b *binder) relation(t *catalog.Table, alias string, env queryEnv) (Node, *scope, error) {
	access := b.needsTable(t, catalog.PrivSelect)
	if lockedBy(env.locking, alias) {
		access.Need |= catalog.PrivUpdate
	}
	if t.Kind() == catalog.KindView && t.View != nil {
		node, sc, err := b.expandView(t, alias, env)
		if err == nil {
			sc.reads(access)
		}
		return node, sc, err
	}
	scan := b.scan(t, alias)
	sc := b.tableScope(scan, env)
	sc.reads(access)
	return scan, sc, nil
}

// expandView binds a view's query in the place of its name. The optimizer then sees no difference to a subquery, so that
// an index serves a search through a view as it does one of the table.
func (b *binder) expandView(t *catalog.Table, alias string, env queryEnv) (Node, *scope, error) {
	if err := b.enter(); err != nil {
		return nil, nil, err
	}
	defer b.leave()
	tree, err := storedTrees.parseQuery(t.View.Query)
	if err != nil {
		return nil, nil, err
	}
	var node Node
	err = b.asOwner(b.viewRole(t), func() (err error) {
		node, err = b.viewPlan(t.View, lockedQuery(tree, env.locking, alias))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	exprs := colsOf(node)[:len(t.Columns)]
	p := &Project{Input: node, Exprs: exprs}
	p.Cols = tableColumns(t)
	sc := derivedScope(p, alias, env)
	sc.rels = []scopeRel{{alias: alias, schema: b.schemaName(t.Schema), table: t}}
	for i := range sc.cols {
		sc.cols[i].table, sc.cols[i].attNum = t.OID, t.Columns[i].AttNum
	}
	return p, sc, nil
}

// viewPlan binds a frozen query as it was meant where it was written.
func (b *binder) viewPlan(v *catalog.View, q *parse.SelectStmt) (Node, error) {
	rec, path := b.rec, b.path
	b.rec, b.path = nil, v.Path
	if b.path == nil {
		b.path = []string{}
	}
	defer func() { b.rec, b.path = rec, path }()
	node, err := b.queryIn(q, queryEnv{})
	if err != nil {
		return nil, unplaced(err)
	}
	return b.resolveUnknownOutputs(node), nil
}

func (b *binder) schemaName(oid catalog.OID) string {
	if s := b.cat.Snapshot().SchemaByOID(oid); s != nil {
		return s.Name
	}
	return ""
}

// createMatView binds CREATE MATERIALIZED VIEW: a table with a query.
func (b *binder) createMatView(s *parse.CreateTableAsStmt, q *parse.SelectStmt) (*Plan, error) {
	node, names, err := b.newTable(s.Name, 'p', s.IfNotExists, s.Pos())
	if err != nil {
		return nil, err
	}
	plan := &Plan{Root: node, Tag: "CREATE MATERIALIZED VIEW", Writes: true, DDL: true}
	if node.Exists {
		return plan, nil
	}
	if err := b.viewOf(node.Table, q, s.Cols, "too many column names were specified"); err != nil {
		return nil, err
	}
	node.Table.View.Materialized, node.Table.View.Unpopulated = true, s.WithNoData
	addVectorIndexes(node.Table, names)
	if !s.WithNoData {
		source, err := b.selectPlan(q)
		if err != nil {
			return nil, err
		}
		node.Source, plan.Tag = source.Root, "SELECT"
	}
	return plan, nil
}

// refresh binds REFRESH MATERIALIZED VIEW.
func (b *binder) refresh(s *parse.RefreshStmt) (*Plan, error) {
	t, err := b.table(s.Name, s.Pos())
	if err != nil {
		return nil, err
	}
	if t.Kind() != catalog.KindMatView {
		if t.Kind() == catalog.KindView {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a table or materialized view", t.Name)
		}
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%q is not a materialized view", t.Name)
	}
	if s.Concurrently {
		if err := b.refreshable(t, s.WithNoData); err != nil {
			return nil, err
		}
	}
	node := &Refresh{Table: t}
	if !s.WithNoData {
		tree, err := storedTrees.parseQuery(t.View.Query)
		if err != nil {
			return nil, err
		}
		err = b.asOwner(b.cat.Snapshot().Owner(catalog.ClassRelation, t.OID), func() (err error) {
			node.Source, err = b.viewPlan(t.View, tree)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return &Plan{Root: node, Tag: "REFRESH MATERIALIZED VIEW", Writes: true, DDL: true}, nil
}

// refreshable holds CONCURRENTLY to Postgres's conditions. Readers never wait for a refresh here, so it is like any other.
func (b *binder) refreshable(t *catalog.Table, noData bool) error {
	if noData {
		return sqlstate.New(sqlstate.SyntaxError,
			"REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together")
	}
	if t.View.Unpopulated {
		return sqlstate.New(sqlstate.FeatureNotSupported,
			"CONCURRENTLY cannot be used when the materialized view is not populated")
	}
	if !slices.ContainsFunc(t.Indexes, func(ix catalog.Index) bool { return ix.Unique }) {
		name := parse.QuoteIdent(b.schemaName(t.Schema)) + "." + parse.QuoteIdent(t.Name)
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "cannot refresh materialized view %q concurrently", name).
			WithHint("Create a unique index with no WHERE clause on one or more columns of the materialized view.")
	}
	return nil
}
