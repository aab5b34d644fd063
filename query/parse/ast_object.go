package parse

// Views, sequences, types and functions: the objects beside tables.
type (
	// CreateViewStmt is CREATE VIEW. Check is "", "local" or "cascaded".
	CreateViewStmt struct {
		At
		Name        Name
		Cols        []string
		Persistence byte
		Replace     bool
		Query       Stmt
		Options     []DefElem
		Check       string
	}
	// RefreshStmt is REFRESH MATERIALIZED VIEW.
	RefreshStmt struct {
		At
		Name         Name
		Concurrently bool
		WithNoData   bool
	}
	// CreateSequenceStmt is CREATE SEQUENCE.
	CreateSequenceStmt struct {
		At
		Name        Name
		Persistence byte
		IfNotExists bool
		Options     []DefElem
	}
	// AlterSequenceStmt is ALTER SEQUENCE with options.
	AlterSequenceStmt struct {
		At
		Name     Name
		IfExists bool
		Options  []DefElem
	}
)

func (*CreateViewStmt) stmt()     {}
func (*RefreshStmt) stmt()        {}
func (*CreateSequenceStmt) stmt() {}
func (*AlterSequenceStmt) stmt()  {}

// Enums and range types.
type (
	// CreateEnumStmt is CREATE TYPE … AS ENUM.
	CreateEnumStmt struct {
		At
		Name   Name
		Labels []string
	}
	// CreateRangeStmt is CREATE TYPE … AS RANGE. Subtype is nil where the statement does not say it.
	CreateRangeStmt struct {
		At
		Name    Name
		Subtype *TypeName
		Options []DefElem
	}
	// AlterEnumStmt is ALTER TYPE … ADD VALUE, or RENAME VALUE where Old is set.
	AlterEnumStmt struct {
		At
		Name        Name
		Old, Label  string
		Rename      bool
		Neighbor    string
		HasNeighbor bool
		After       bool
		IfNotExists bool
	}
)

func (*CreateEnumStmt) stmt()  {}
func (*CreateRangeStmt) stmt() {}
func (*AlterEnumStmt) stmt()   {}
