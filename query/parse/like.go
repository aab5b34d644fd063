package parse

// TableLike is LIKE in CREATE TABLE; it stands before the column Before of those written out.
type TableLike struct {
	At
	Table   Name
	Options LikeOption
	Before  int
}

// LikeOption is what LIKE … INCLUDING takes over: the bits of Postgres's TableLikeOption.
type LikeOption uint32

// What may be included.
const (
	LikeComments LikeOption = 1 << iota
	LikeCompression
	LikeConstraints
	LikeDefaults
	LikeGenerated
	LikeIdentity
	LikeIndexes
	LikeStatistics
	LikeStorage
)

// Including says whether LIKE takes over something.
func (l *TableLike) Including(o LikeOption) bool { return l.Options&o != 0 }
