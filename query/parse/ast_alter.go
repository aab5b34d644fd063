package parse

// ALTER TABLE and its kin.
type (
	// AlterTableStmt is ALTER TABLE, and ALTER INDEX, VIEW and SEQUENCE where the grammar gives them the same form.
	AlterTableStmt struct {
		At
		Kind     string // "table", "index", "view", "sequence", …
		Table    *RangeTable
		IfExists bool
		Cmds     []AlterCmd
	}
	// AlterCmd is one subcommand. Which of the fields are set depends on Kind.
	AlterCmd struct {
		At
		Kind       AlterKind
		Name       string   // of the column, constraint, index, role, …
		Role       RoleSpec // OWNER TO
		Number     int      // of the column, where an index's is meant
		Column     *ColumnDef
		Using      Expr // SET DATA TYPE … USING
		Expr       Expr // SET DEFAULT; nil drops it
		Constraint *Constraint
		Options    []DefElem
		Cascade    bool
		IfExists   bool // or IF NOT EXISTS
	}
	// AlterKind tells subcommands apart.
	AlterKind uint8
	// RenameStmt is ALTER … RENAME. Sub is the column, constraint or attribute; "" when the object itself is renamed.
	RenameStmt struct {
		At
		Kind     string // what is renamed: "table", "column", "constraint", "index", "view", "sequence", "schema", …
		Relation string // the kind of relation that a column is in
		Name     Name
		Sub, To  string
		IfExists bool
		Func     *GrantObject // of a function, which its arguments tell apart
	}
	// SetSchemaStmt is ALTER … SET SCHEMA.
	SetSchemaStmt struct {
		At
		Kind     string
		Name     Name
		Schema   string
		IfExists bool
		Func     *GrantObject
	}
	// SetConstraintsStmt is SET CONSTRAINTS; no names is ALL.
	SetConstraintsStmt struct {
		At
		Names    []Name
		Deferred bool
	}
)

// Subcommands of ALTER TABLE.
const (
	AlterAddColumn AlterKind = iota
	AlterDropColumn
	AlterColumnType
	AlterColumnDefault
	AlterSetNotNull
	AlterDropNotNull
	AlterDropExpression
	AlterAddIdentity
	AlterSetIdentity
	AlterDropIdentity
	AlterSetStatistics
	AlterSetStorage
	AlterSetCompression
	AlterColumnOptions
	AlterResetColumnOptions
	AlterAddConstraint
	AlterAlterConstraint
	AlterValidateConstraint
	AlterDropConstraint
	AlterOwner
	AlterSetOptions
	AlterResetOptions
	AlterSetLogged
	AlterSetUnlogged
	AlterSetTablespace
	AlterSetAccessMethod
	AlterClusterOn
	AlterDropCluster
	AlterEnableRule
	AlterDisableRule
	AlterEnableAlwaysRule
	AlterEnableReplicaRule
	AlterEnableTrigger  // Name is "" for ALL
	AlterDisableTrigger // likewise
	AlterEnableUserTriggers
	AlterDisableUserTriggers
	AlterEnableAlwaysTrigger
	AlterEnableReplicaTrigger
)
