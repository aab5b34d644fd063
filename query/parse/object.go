package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// objectTitles are the kinds of objects whose SQL name is not the grammar's constant in lower case.
var objectTitles = map[pg.ObjectType]string{
	pg.ObjectType_OBJECT_DOMCONSTRAINT:   "domain constraint",
	pg.ObjectType_OBJECT_FDW:             "foreign data wrapper",
	pg.ObjectType_OBJECT_FOREIGN_SERVER:  "server",
	pg.ObjectType_OBJECT_LARGEOBJECT:     "large object",
	pg.ObjectType_OBJECT_MATVIEW:         "materialized view",
	pg.ObjectType_OBJECT_OPCLASS:         "operator class",
	pg.ObjectType_OBJECT_OPFAMILY:        "operator family",
	pg.ObjectType_OBJECT_STATISTIC_EXT:   "statistics",
	pg.ObjectType_OBJECT_TABCONSTRAINT:   "constraint",
	pg.ObjectType_OBJECT_TSCONFIGURATION: "text search configuration",
	pg.ObjectType_OBJECT_TSDICTIONARY:    "text search dictionary",
	pg.ObjectType_OBJECT_TSPARSER:        "text search parser",
	pg.ObjectType_OBJECT_TSTEMPLATE:      "text search template",
}

// objectTitle is the SQL name of a kind of object in lower case, "materialized view".
func objectTitle(t pg.ObjectType) string {
	if s, ok := objectTitles[t]; ok {
		return s
	}
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(t.String(), "OBJECT_")), "_", " ")
}

// objectName is the name of an object; ok is false for objects told apart by more than a name, such
// as functions with their arguments.
func objectName(n *pg.Node) (out Name, ok bool) {
	switch n := n.GetNode().(type) {
	case *pg.Node_List:
		for _, item := range n.List.Items {
			s, isString := item.Node.(*pg.Node_String_)
			if !isString {
				return nil, false
			}
			out = append(out, s.String_.Sval)
		}
		return out, true
	case *pg.Node_String_:
		return Name{n.String_.Sval}, true
	case *pg.Node_TypeName:
		t := n.TypeName
		return name(t.Names), len(t.Typmods) == 0 && len(t.ArrayBounds) == 0
	}
	return nil, false
}

// drop converts DROP of the kinds that a name identifies.
func (c *converter) drop(s *pg.DropStmt) Stmt {
	if routine := c.dropFunction(s); routine != nil {
		return routine
	}
	if s.RemoveType == pg.ObjectType_OBJECT_CAST {
		from, to := c.castTypes(s.Objects[0])
		return &DropCastStmt{At: -1, From: from, To: to, IfExists: s.MissingOk, Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	}
	out := &DropStmt{At: -1, Kind: objectTitle(s.RemoveType), IfExists: s.MissingOk,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE, Concurrently: s.Concurrent}
	for _, n := range s.Objects {
		object, ok := objectName(n)
		if !ok {
			return &UnsupportedStmt{At: -1, What: "DROP " + strings.ToUpper(out.Kind)}
		}
		out.Names = append(out.Names, object)
	}
	return out
}

// comment converts COMMENT ON. The grammar's protobuf does not tell an empty text from NULL; to Postgres
// both remove the comment (CreateComments).
func (c *converter) alterExtensionContents(s *pg.AlterExtensionContentsStmt) Stmt {
	out := &AlterExtensionContentsStmt{At: -1, Name: s.Extname, Drop: s.Action < 0, Kind: objectTitle(s.Objtype)}
	if isRoutine(s.Objtype) {
		out.Object = c.withArgs(s.Object.GetObjectWithArgs())
	}
	return out
}

func (c *converter) comment(s *pg.CommentStmt) Stmt {
	kind := objectTitle(s.Objtype)
	if isRoutine(s.Objtype) {
		f := c.withArgs(s.Object.GetObjectWithArgs())
		return &CommentStmt{At: -1, Kind: kind, Name: f.Name, Func: &f, Text: s.Comment, Null: s.Comment == ""}
	}
	if from, to := c.castTypes(s.Object); s.Objtype == pg.ObjectType_OBJECT_CAST && from != nil {
		return &CommentStmt{At: -1, Kind: kind, From: from, To: to, Text: s.Comment, Null: s.Comment == ""}
	}
	object, ok := objectName(s.Object)
	if list := s.Object.GetList(); s.Objtype == pg.ObjectType_OBJECT_DOMCONSTRAINT && list != nil && len(list.Items) == 2 {
		var constraint Name
		object, ok = objectName(list.Items[0])
		constraint, _ = objectName(list.Items[1])
		object = append(object, constraint...)
	}
	if !ok {
		return &UnsupportedStmt{At: -1, What: "COMMENT ON " + strings.ToUpper(kind)}
	}
	return &CommentStmt{At: -1, Kind: kind, Name: object, Text: s.Comment, Null: s.Comment == ""}
}
