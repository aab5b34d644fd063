package catalog

import "github.com/seguedb/segue/query/datum"

// Proc is a function, aggregate or window function: a row of pg_proc.
type Proc struct {
	OID      OID
	Name     string
	Schema   OID // PgCatalogOID, or PublicOID for Segue's and pgvector's own
	Args     []*datum.Type
	ArgNames []string // "" where unnamed; parallel to Args when set
	// Defaults is how many trailing arguments may be left out.
	Defaults int
	// DefaultValues are their values as literals; nil where all are 0 and the function counts its arguments.
	DefaultValues []string
	// Variadic is the element type of a VARIADIC last argument, nil for none; datum.Any for VARIADIC "any".
	Variadic *datum.Type
	Ret      *datum.Type
	RetSet   bool
	// OutNames and OutTypes are the columns of a function with OUT parameters, in FROM.
	OutNames []string
	OutTypes []*datum.Type
	Kind     byte // 'f' function, 'a' aggregate, 'w' window, 'p' procedure
	Strict   bool // NULL in, NULL out, without a call
	Volatile byte // 'i' immutable, 's' stable, 'v' volatile
	// Key is the executor's name for the implementation: name(argtypes), "int4pl(int4,int4)".
	Key         string
	Description string
	// ResultName is the name of the only OUT parameter, whose type is Ret.
	ResultName string
	// Makes is the range type, or multirange type, of a user's that the function is a constructor of; nil for all others.
	Makes *datum.Type
	// User is the definition of a function that a user made; nil for the built-in ones.
	User *Function
}

// GivesRecord says whether a call's value is a row of its OUT columns. A function of one OUT parameter gives that
// parameter's type (Ret), and OutNames is only its column's name in FROM.
func (p *Proc) GivesRecord() bool { return len(p.OutTypes) > 0 && p.Ret == datum.Record }

// Operator is a row of pg_operator.
type Operator struct {
	OID         OID
	Name        string
	Schema      OID
	Left, Right *datum.Type // Left is nil for a prefix operator
	Result      *datum.Type
	Proc        *Proc
	Commutator  OID
	Negator     OID
	// User is the definition of an operator that a user made; nil for the built-in ones. A shell has no Proc.
	User *OperatorDef
}

// Cast is a row of pg_cast. Context is 'i' implicit, 'a' assignment, 'e' explicit. Method is 'f'
// function, 'i' through text, 'b' binary coercible; the executor converts with datum.Cast either way.
type Cast struct {
	From, To *datum.Type
	Context  byte
	Method   byte
	User     *CastDef // of a cast that a user made
}

// OfOrder says whether the function, where it compares, does so by its type's own order, that of indexes: the system's do, and
// those of extensions that have types.
func (p *Proc) OfOrder() bool {
	if p.User == nil {
		return p.Schema == PgCatalogOID
	}
	return p.User.Library != "" && len(p.Args) == 2 && nativeOwners()[p.Args[0]] != nil && p.Args[0] == p.Args[1]
}

// ReadsFiles says whether the function reads files of the server's, below the audio root.
func (p *Proc) ReadsFiles() bool {
	if p.User != nil || p.Schema != PublicOID || len(p.Args) == 0 || p.Args[0] != datum.Text {
		return false
	}
	switch p.Name {
	case "embed", "audio_duration", "audio_tag", "audio_tags", "audio_file", "audio_files", "audio_path":
		return true
	}
	return false
}
