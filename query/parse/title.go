package parse

import (
	"fmt"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// nodeName is the grammar's name of a oneof wrapper: *pg_query.Node_CreateTrigStmt → CreateTrigStmt.
func nodeName(n any) string {
	s := fmt.Sprintf("%T", n)
	return s[strings.LastIndexByte(s, '_')+1:]
}

// nodeTitle is a readable name for a node nobody expected: CreateTrigStmt → "CREATE TRIG".
func nodeTitle(n any) string {
	var out strings.Builder
	for i, r := range strings.TrimSuffix(nodeName(n), "Stmt") {
		if i > 0 && r >= 'A' && r <= 'Z' {
			out.WriteByte(' ')
		}
		out.WriteRune(r)
	}
	return strings.ToUpper(out.String())
}

// stmtTitles are the command names of statements whose node is called something else; the tags are
// those of Postgres's CreateCommandTag.
var stmtTitles = map[string]string{
	"AlterTableMoveAllStmt": "ALTER TABLE ALL IN TABLESPACE", "AlterDatabaseRefreshCollStmt": "ALTER DATABASE",
	"AlterDatabaseSetStmt": "ALTER DATABASE", "AlterEnumStmt": "ALTER TYPE", "AlterEventTrigStmt": "ALTER EVENT TRIGGER",
	"AlterExtensionContentsStmt": "ALTER EXTENSION", "AlterFdwStmt": "ALTER FOREIGN DATA WRAPPER",
	"AlterForeignServerStmt": "ALTER SERVER", "AlterOpFamilyStmt": "ALTER OPERATOR FAMILY",
	"AlterRoleSetStmt": "ALTER ROLE", "AlterSeqStmt": "ALTER SEQUENCE", "AlterStatsStmt": "ALTER STATISTICS",
	"AlterTableSpaceOptionsStmt": "ALTER TABLESPACE", "AlterTsconfigurationStmt": "ALTER TEXT SEARCH CONFIGURATION",
	"AlterTsdictionaryStmt": "ALTER TEXT SEARCH DICTIONARY", "CheckPointStmt": "CHECKPOINT",
	"CompositeTypeStmt": "CREATE TYPE", "ConstraintsSetStmt": "SET CONSTRAINTS",
	"CreateAmStmt": "CREATE ACCESS METHOD", "CreateEnumStmt": "CREATE TYPE", "CreateEventTrigStmt": "CREATE EVENT TRIGGER",
	"CreateFdwStmt": "CREATE FOREIGN DATA WRAPPER", "CreateForeignServerStmt": "CREATE SERVER",
	"CreateOpClassStmt": "CREATE OPERATOR CLASS", "CreateOpFamilyStmt": "CREATE OPERATOR FAMILY",
	"CreatePlangStmt": "CREATE LANGUAGE", "CreateRangeStmt": "CREATE TYPE", "CreateSeqStmt": "CREATE SEQUENCE",
	"CreateStatsStmt": "CREATE STATISTICS", "CreateTableSpaceStmt": "CREATE TABLESPACE",
	"CreateTrigStmt": "CREATE TRIGGER",
	"CreatedbStmt":   "CREATE DATABASE", "DropTableSpaceStmt": "DROP TABLESPACE", "DropdbStmt": "DROP DATABASE",
	"LockStmt": "LOCK TABLE", "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW", "RuleStmt": "CREATE RULE",
	"SecLabelStmt": "SECURITY LABEL", "ViewStmt": "CREATE VIEW",
}

// stmtTitle is the SQL command name of a statement without a node in our tree.
func stmtTitle(n any) string {
	switch n := n.(type) {
	case *pg.Node_AlterTableStmt:
		return "ALTER " + strings.ToUpper(objectTitle(n.AlterTableStmt.Objtype))
	case *pg.Node_RenameStmt:
		return "ALTER " + strings.ToUpper(renameTitle(n.RenameStmt)) + " RENAME"
	case *pg.Node_AlterOwnerStmt:
		return "ALTER " + strings.ToUpper(objectTitle(n.AlterOwnerStmt.ObjectType)) + " OWNER TO"
	case *pg.Node_AlterObjectSchemaStmt:
		return "ALTER " + strings.ToUpper(objectTitle(n.AlterObjectSchemaStmt.ObjectType)) + " SET SCHEMA"
	case *pg.Node_AlterObjectDependsStmt:
		return "ALTER " + strings.ToUpper(objectTitle(n.AlterObjectDependsStmt.ObjectType)) + " DEPENDS ON"
	case *pg.Node_DefineStmt:
		return "CREATE " + strings.ToUpper(objectTitle(n.DefineStmt.Kind))
	case *pg.Node_CreateFunctionStmt:
		if n.CreateFunctionStmt.IsProcedure {
			return "CREATE PROCEDURE"
		}
	case *pg.Node_GrantStmt:
		if !n.GrantStmt.IsGrant {
			return "REVOKE"
		}
	case *pg.Node_GrantRoleStmt:
		if n.GrantRoleStmt.IsGrant {
			return "GRANT ROLE"
		}
		return "REVOKE ROLE"
	}
	if s, ok := stmtTitles[nodeName(n)]; ok {
		return s
	}
	return nodeTitle(n)
}

// renameTitle is what is altered: a column's rename is an ALTER TABLE.
func renameTitle(s *pg.RenameStmt) string {
	switch s.RenameType {
	case pg.ObjectType_OBJECT_COLUMN, pg.ObjectType_OBJECT_TABCONSTRAINT, pg.ObjectType_OBJECT_ATTRIBUTE:
		return objectTitle(s.RelationType)
	}
	return objectTitle(s.RenameType)
}

// unsupportedExpr names an expression without a node in our tree.
func unsupportedExpr(c *converter, n any) Expr {
	at, what := At(-1), nodeTitle(n)
	switch n := n.(type) {
	case *pg.Node_XmlExpr:
		at, what = c.at(n.XmlExpr.Location), "an XML expression"
	case *pg.Node_XmlSerialize:
		at, what = c.at(n.XmlSerialize.Location), "XMLSERIALIZE"
	case *pg.Node_MergeSupportFunc:
		at, what = c.at(n.MergeSupportFunc.Location), "MERGE_ACTION"
	case *pg.Node_JsonIsPredicate:
		at, what = c.at(n.JsonIsPredicate.Location), "IS JSON"
	case *pg.Node_JsonFuncExpr:
		at, what = c.at(n.JsonFuncExpr.Location), strings.TrimSuffix(n.JsonFuncExpr.Op.String(), "_OP")
	case *pg.Node_JsonParseExpr:
		at, what = c.at(n.JsonParseExpr.Location), "JSON()"
	case *pg.Node_JsonScalarExpr:
		at, what = c.at(n.JsonScalarExpr.Location), "JSON_SCALAR"
	case *pg.Node_JsonSerializeExpr:
		at, what = c.at(n.JsonSerializeExpr.Location), "JSON_SERIALIZE"
	case *pg.Node_JsonObjectConstructor:
		at, what = c.at(n.JsonObjectConstructor.Location), "JSON_OBJECT"
	case *pg.Node_JsonArrayConstructor:
		at, what = c.at(n.JsonArrayConstructor.Location), "JSON_ARRAY"
	case *pg.Node_JsonArrayQueryConstructor:
		at, what = c.at(n.JsonArrayQueryConstructor.Location), "JSON_ARRAY"
	case *pg.Node_JsonObjectAgg:
		at, what = c.at(n.JsonObjectAgg.GetConstructor().GetLocation()), "JSON_OBJECTAGG"
	case *pg.Node_JsonArrayAgg:
		at, what = c.at(n.JsonArrayAgg.GetConstructor().GetLocation()), "JSON_ARRAYAGG"
	}
	return &Unsupported{At: at, What: what}
}
