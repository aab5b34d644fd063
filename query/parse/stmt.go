package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// stmt converts any statement; what the tree has no node for becomes an UnsupportedStmt.
func (c *converter) stmt(n *pg.Node) Stmt {
	switch n := n.GetNode().(type) {
	case *pg.Node_SelectStmt:
		return c.selectStmt(n.SelectStmt)
	case *pg.Node_InsertStmt:
		return c.insert(n.InsertStmt)
	case *pg.Node_UpdateStmt:
		return c.update(n.UpdateStmt)
	case *pg.Node_DeleteStmt:
		return c.deleteStmt(n.DeleteStmt)
	case *pg.Node_MergeStmt:
		return c.merge(n.MergeStmt)
	case *pg.Node_TransactionStmt:
		return c.transaction(n.TransactionStmt)
	case *pg.Node_VariableSetStmt:
		return c.set(n.VariableSetStmt)
	case *pg.Node_VariableShowStmt:
		return &ShowStmt{At: -1, Name: n.VariableShowStmt.Name}
	case *pg.Node_CopyStmt:
		return c.copyStmt(n.CopyStmt)
	case *pg.Node_ExplainStmt:
		return &ExplainStmt{At: -1, Query: c.stmt(n.ExplainStmt.Query), Options: c.defElems(n.ExplainStmt.Options)}
	default:
		return c.definition(n)
	}
}

// definition converts statements that change the catalog or the session.
func (c *converter) definition(n any) Stmt {
	switch n := n.(type) {
	case *pg.Node_CreateStmt:
		return c.createTable(n.CreateStmt)
	case *pg.Node_CreateTableAsStmt:
		return c.createTableAs(n.CreateTableAsStmt)
	case *pg.Node_IndexStmt:
		return c.createIndex(n.IndexStmt)
	case *pg.Node_AlterTableStmt:
		return c.alterTable(n.AlterTableStmt)
	case *pg.Node_RenameStmt:
		return c.rename(n.RenameStmt)
	case *pg.Node_AlterObjectSchemaStmt:
		return c.setSchema(n.AlterObjectSchemaStmt)
	case *pg.Node_ConstraintsSetStmt:
		return c.setConstraints(n.ConstraintsSetStmt)
	case *pg.Node_ViewStmt:
		return c.createView(n.ViewStmt)
	case *pg.Node_RefreshMatViewStmt:
		return c.refresh(n.RefreshMatViewStmt)
	case *pg.Node_CreateTrigStmt:
		return c.createTrigger(n.CreateTrigStmt)
	case *pg.Node_CreateSeqStmt:
		return c.createSequence(n.CreateSeqStmt)
	case *pg.Node_AlterSeqStmt:
		return c.alterSequence(n.AlterSeqStmt)
	case *pg.Node_CreateEnumStmt:
		return c.createEnum(n.CreateEnumStmt)
	case *pg.Node_CreateRangeStmt:
		return c.createRange(n.CreateRangeStmt)
	case *pg.Node_AlterEnumStmt:
		return c.alterEnum(n.AlterEnumStmt)
	case *pg.Node_CompositeTypeStmt:
		return c.createType(n.CompositeTypeStmt)
	case *pg.Node_CreateDomainStmt:
		return c.createDomain(n.CreateDomainStmt)
	case *pg.Node_AlterDomainStmt:
		return c.alterDomain(n.AlterDomainStmt)
	case *pg.Node_DropStmt:
		return c.drop(n.DropStmt)
	case *pg.Node_TruncateStmt:
		return c.truncate(n.TruncateStmt)
	case *pg.Node_CommentStmt:
		return c.comment(n.CommentStmt)
	case *pg.Node_CreateExtensionStmt:
		e := n.CreateExtensionStmt
		return &CreateExtensionStmt{At: -1, Name: e.Extname, IfNotExists: e.IfNotExists, Options: c.defElems(e.Options)}
	case *pg.Node_AlterExtensionStmt:
		return &AlterExtensionStmt{At: -1, Name: n.AlterExtensionStmt.Extname, Options: c.defElems(n.AlterExtensionStmt.Options)}
	case *pg.Node_AlterExtensionContentsStmt:
		return c.alterExtensionContents(n.AlterExtensionContentsStmt)
	case *pg.Node_ReindexStmt:
		return c.reindex(n.ReindexStmt)
	case *pg.Node_CreateSchemaStmt:
		return c.createSchema(n.CreateSchemaStmt)
	case *pg.Node_DiscardStmt:
		return discard(n.DiscardStmt)
	case *pg.Node_ClosePortalStmt:
		return &CloseStmt{At: -1, Name: n.ClosePortalStmt.Portalname}
	case *pg.Node_UnlistenStmt:
		return &UnlistenStmt{At: -1, Channel: n.UnlistenStmt.Conditionname}
	case *pg.Node_PrepareStmt:
		return c.prepare(n.PrepareStmt)
	case *pg.Node_ExecuteStmt:
		return &ExecuteStmt{At: -1, Name: n.ExecuteStmt.Name, Args: c.exprs(n.ExecuteStmt.Params)}
	case *pg.Node_DeallocateStmt:
		return &DeallocateStmt{At: -1, Name: n.DeallocateStmt.Name}
	case *pg.Node_AlterSystemStmt:
		return &AlterSystemStmt{At: -1, Set: c.setOf(n.AlterSystemStmt.Setstmt)}
	case *pg.Node_VacuumStmt:
		return c.vacuum(n.VacuumStmt)
	default:
		for _, kind := range []func(any) Stmt{c.define, c.access, c.function} {
			if s := kind(n); s != nil {
				return s
			}
		}
		return c.session(n)
	}
}
