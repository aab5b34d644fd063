package parse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// alterKinds maps the grammar's subcommands to ours.
var alterKinds = map[pg.AlterTableType]AlterKind{
	pg.AlterTableType_AT_AddColumn:          AlterAddColumn,
	pg.AlterTableType_AT_DropColumn:         AlterDropColumn,
	pg.AlterTableType_AT_AlterColumnType:    AlterColumnType,
	pg.AlterTableType_AT_ColumnDefault:      AlterColumnDefault,
	pg.AlterTableType_AT_SetNotNull:         AlterSetNotNull,
	pg.AlterTableType_AT_DropNotNull:        AlterDropNotNull,
	pg.AlterTableType_AT_DropExpression:     AlterDropExpression,
	pg.AlterTableType_AT_AddIdentity:        AlterAddIdentity,
	pg.AlterTableType_AT_SetIdentity:        AlterSetIdentity,
	pg.AlterTableType_AT_DropIdentity:       AlterDropIdentity,
	pg.AlterTableType_AT_SetStatistics:      AlterSetStatistics,
	pg.AlterTableType_AT_SetStorage:         AlterSetStorage,
	pg.AlterTableType_AT_SetCompression:     AlterSetCompression,
	pg.AlterTableType_AT_SetOptions:         AlterColumnOptions,
	pg.AlterTableType_AT_ResetOptions:       AlterResetColumnOptions,
	pg.AlterTableType_AT_AddConstraint:      AlterAddConstraint,
	pg.AlterTableType_AT_AlterConstraint:    AlterAlterConstraint,
	pg.AlterTableType_AT_ValidateConstraint: AlterValidateConstraint,
	pg.AlterTableType_AT_DropConstraint:     AlterDropConstraint,
	pg.AlterTableType_AT_ChangeOwner:        AlterOwner,
	pg.AlterTableType_AT_SetRelOptions:      AlterSetOptions,
	pg.AlterTableType_AT_ResetRelOptions:    AlterResetOptions,
	pg.AlterTableType_AT_SetLogged:          AlterSetLogged,
	pg.AlterTableType_AT_SetUnLogged:        AlterSetUnlogged,
	pg.AlterTableType_AT_SetTableSpace:      AlterSetTablespace,
	pg.AlterTableType_AT_SetAccessMethod:    AlterSetAccessMethod,
	pg.AlterTableType_AT_ClusterOn:          AlterClusterOn,
	pg.AlterTableType_AT_DropCluster:        AlterDropCluster,
	pg.AlterTableType_AT_EnableRule:         AlterEnableRule,
	pg.AlterTableType_AT_DisableRule:        AlterDisableRule,
	pg.AlterTableType_AT_EnableAlwaysRule:   AlterEnableAlwaysRule,
	pg.AlterTableType_AT_EnableReplicaRule:  AlterEnableReplicaRule,
	pg.AlterTableType_AT_EnableTrig:         AlterEnableTrigger,
	pg.AlterTableType_AT_EnableTrigAll:      AlterEnableTrigger,
	pg.AlterTableType_AT_DisableTrig:        AlterDisableTrigger,
	pg.AlterTableType_AT_DisableTrigAll:     AlterDisableTrigger,
	pg.AlterTableType_AT_EnableTrigUser:     AlterEnableUserTriggers,
	pg.AlterTableType_AT_DisableTrigUser:    AlterDisableUserTriggers,
	pg.AlterTableType_AT_EnableAlwaysTrig:   AlterEnableAlwaysTrigger,
	pg.AlterTableType_AT_EnableReplicaTrig:  AlterEnableReplicaTrigger,
}

// alterTitles names the subcommands that the tree has no kind for.
var alterTitles = map[pg.AlterTableType]string{
	pg.AlterTableType_AT_SetExpression:           "SET EXPRESSION",
	pg.AlterTableType_AT_DropOids:                "SET WITHOUT OIDS",
	pg.AlterTableType_AT_AddInherit:              "INHERIT",
	pg.AlterTableType_AT_DropInherit:             "NO INHERIT",
	pg.AlterTableType_AT_AddOf:                   "OF",
	pg.AlterTableType_AT_DropOf:                  "NOT OF",
	pg.AlterTableType_AT_ReplicaIdentity:         "REPLICA IDENTITY",
	pg.AlterTableType_AT_EnableRowSecurity:       "ENABLE ROW LEVEL SECURITY",
	pg.AlterTableType_AT_DisableRowSecurity:      "DISABLE ROW LEVEL SECURITY",
	pg.AlterTableType_AT_ForceRowSecurity:        "FORCE ROW LEVEL SECURITY",
	pg.AlterTableType_AT_NoForceRowSecurity:      "NO FORCE ROW LEVEL SECURITY",
	pg.AlterTableType_AT_GenericOptions:          "OPTIONS",
	pg.AlterTableType_AT_AttachPartition:         "ATTACH PARTITION",
	pg.AlterTableType_AT_DetachPartition:         "DETACH PARTITION",
	pg.AlterTableType_AT_DetachPartitionFinalize: "DETACH PARTITION … FINALIZE",
}

// alterTable converts ALTER TABLE.
func (c *converter) alterTable(s *pg.AlterTableStmt) Stmt {
	out := &AlterTableStmt{At: -1, Kind: objectTitle(s.Objtype), Table: c.rangeTable(s.Relation), IfExists: s.MissingOk}
	for _, n := range s.Cmds {
		cmd := n.GetAlterTableCmd()
		kind, known := alterKinds[cmd.Subtype]
		if !known {
			c.refuse(-1, "ALTER "+strings.ToUpper(out.Kind)+" … "+alterTitles[cmd.Subtype])
			continue
		}
		out.Cmds = append(out.Cmds, c.alterCmd(kind, cmd))
	}
	return out
}

// alterCmd converts one subcommand.
func (c *converter) alterCmd(kind AlterKind, s *pg.AlterTableCmd) AlterCmd {
	out := AlterCmd{At: -1, Kind: kind, Name: s.Name, Number: int(s.Num), IfExists: s.MissingOk,
		Cascade: s.Behavior == pg.DropBehavior_DROP_CASCADE}
	switch kind {
	case AlterOwner:
		out.Role = c.roleSpec(s.Newowner)
	case AlterColumnDefault:
		out.Expr = c.expr(s.Def)
	case AlterSetStatistics:
		out.Number = int(s.Def.GetInteger().GetIval())
		c.refuseIf(s.Num > 0, -1, "ALTER INDEX … ALTER COLUMN")
	case AlterSetStorage, AlterSetCompression:
		out.Options = []DefElem{{At: -1, Name: str(s.Def)}}
	case AlterSetAccessMethod, AlterSetTablespace:
	default:
		c.alterDef(&out, s.Def)
	}
	return out
}

// alterDef converts what a subcommand carries.
func (c *converter) alterDef(out *AlterCmd, def *pg.Node) {
	switch d := def.GetNode().(type) {
	case *pg.Node_ColumnDef:
		col := c.columnDef(d.ColumnDef)
		out.At, out.Column = col.At, &col
		out.Using = c.expr(d.ColumnDef.RawDefault)
	case *pg.Node_Constraint:
		k := c.constraint(d.Constraint)
		out.At, out.Constraint = k.At, &k
	case *pg.Node_List:
		out.Options = c.defElems(d.List.Items)
	}
}

// rename converts ALTER … RENAME.
func (c *converter) rename(s *pg.RenameStmt) Stmt {
	out := &RenameStmt{At: -1, Kind: objectTitle(s.RenameType), Relation: objectTitle(s.RelationType), Name: c.relName(s.Relation),
		Sub: s.Subname, To: s.Newname, IfExists: s.MissingOk}
	if s.Relation != nil {
		out.At = c.at(s.Relation.Location)
		return out
	}
	if isRoutine(s.RenameType) {
		f := c.withArgs(s.Object.GetObjectWithArgs())
		out.Name, out.Func = f.Name, &f
		return out
	}
	if s.Object != nil {
		object, ok := objectName(s.Object)
		if !ok {
			return &UnsupportedStmt{At: -1, What: "ALTER " + strings.ToUpper(out.Kind) + " … RENAME"}
		}
		out.Name = object
		return out
	}
	out.Name, out.Sub = Name{s.Subname}, "" // schemas, roles, databases
	return out
}

// setSchema converts ALTER … SET SCHEMA.
func (c *converter) setSchema(s *pg.AlterObjectSchemaStmt) Stmt {
	out := &SetSchemaStmt{At: -1, Kind: objectTitle(s.ObjectType), Name: c.relName(s.Relation), Schema: s.Newschema,
		IfExists: s.MissingOk}
	if s.Relation != nil {
		out.At = c.at(s.Relation.Location)
		return out
	}
	if isRoutine(s.ObjectType) {
		f := c.withArgs(s.Object.GetObjectWithArgs())
		out.Name, out.Func = f.Name, &f
		return out
	}
	object, ok := objectName(s.Object)
	if !ok {
		return &UnsupportedStmt{At: -1, What: "ALTER " + strings.ToUpper(out.Kind) + " … SET SCHEMA"}
	}
	out.Name = object
	return out
}

// setConstraints converts SET CONSTRAINTS.
func (c *converter) setConstraints(s *pg.ConstraintsSetStmt) Stmt {
	out := &SetConstraintsStmt{At: -1, Deferred: s.Deferred}
	for _, n := range s.Constraints {
		out.Names = append(out.Names, c.relName(n.GetRangeVar()))
	}
	return out
}
