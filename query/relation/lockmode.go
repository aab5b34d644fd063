package relation

// LockMode is one of PostgreSQL's eight lock modes. Tables are locked in all of them, rows in the four that row locks
// map to, advisory locks in Share and Exclusive.
type LockMode uint8

// The modes, weakest first, with PostgreSQL's numbers.
const (
	AccessShare LockMode = 1 + iota
	RowShare
	RowExclusive
	ShareUpdateExclusive
	Share
	ShareRowExclusive
	Exclusive
	AccessExclusive
)

// Row locks are table modes, as in heapam.c's tupleLockExtraInfo: the matrix makes of them just the conflicts that
// row locks have.
const (
	RowKeyShare    = AccessShare
	RowForShare    = RowShare
	RowNoKeyUpdate = Exclusive
	RowUpdate      = AccessExclusive
)

// modeSet is a set of modes, a bit each.
type modeSet uint16

func (m LockMode) set() modeSet { return 1 << m }

func modes(list ...LockMode) (out modeSet) {
	for _, m := range list {
		out |= m.set()
	}
	return out
}

// conflicts is PostgreSQL's LockConflicts.
var conflicts = [...]modeSet{
	AccessShare:          modes(AccessExclusive),
	RowShare:             modes(Exclusive, AccessExclusive),
	RowExclusive:         modes(Share, ShareRowExclusive, Exclusive, AccessExclusive),
	ShareUpdateExclusive: modes(ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive),
	Share:                modes(RowExclusive, ShareUpdateExclusive, ShareRowExclusive, Exclusive, AccessExclusive),
	ShareRowExclusive: modes(RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive,
		AccessExclusive),
	Exclusive: modes(RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive),
	AccessExclusive: modes(AccessShare, RowShare, RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive,
		AccessExclusive),
}

var modeNames = [...]string{
	AccessShare: "AccessShareLock", RowShare: "RowShareLock", RowExclusive: "RowExclusiveLock",
	ShareUpdateExclusive: "ShareUpdateExclusiveLock", Share: "ShareLock", ShareRowExclusive: "ShareRowExclusiveLock",
	Exclusive: "ExclusiveLock", AccessExclusive: "AccessExclusiveLock",
}

// String is the name in pg_locks.
func (m LockMode) String() string { return modeNames[m] }
