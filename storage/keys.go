package storage

import "encoding/binary"

// The keyspaces, by the first byte of a key. FORMAT.md draws them; a change there is a new format version.
const (
	spaceMeta     = 'm'
	spaceCatalog  = 'c'
	spaceSequence = 's'
	spaceCount    = 'n'
	spaceRow      = 'r'
	spaceVector   = 'v'
	spaceIndex    = 'i'
	spaceLog      = 'l'
	spaceCache    = 'e'
)

// CatalogKey is an object's definition. Kind tells tables, sequences and schemas apart.
func CatalogKey(kind byte, oid uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{spaceCatalog, kind}, oid)
}

// CatalogRange spans all definitions.
func CatalogRange() Range { return prefixRange([]byte{spaceCatalog}) }

// SequenceKey is a sequence's state.
func SequenceKey(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{spaceSequence}, id) }

// SequenceRange spans the states of all sequences.
func SequenceRange() Range { return prefixRange([]byte{spaceSequence}) }

// CountKey is a table's number of rows.
func CountKey(table uint32) []byte { return binary.BigEndian.AppendUint32([]byte{spaceCount}, table) }

// RowKey is a row, by its identity.
func RowKey(table uint32, row uint64) []byte {
	return AppendRowKey(make([]byte, 0, 13), table, row)
}

// AppendRowKey appends a row's key to dst.
func AppendRowKey(dst []byte, table uint32, row uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(append(dst, spaceRow), table), row)
}

// RowRange spans a table's rows.
func RowRange(table uint32) Range { return prefixRange(tablePrefix(spaceRow, table, 0)) }

// AllRowRange spans the rows of every table.
func AllRowRange() Range { return prefixRange([]byte{spaceRow}) }

// RowTable is the table of a row's key.
func RowTable(key []byte) uint32 { return binary.BigEndian.Uint32(key[1:]) }

// VectorKey is a row's vector of one column.
func VectorKey(table uint32, attNum int16, row uint64) []byte {
	return binary.BigEndian.AppendUint64(columnPrefix(spaceVector, table, attNum), row)
}

// VectorRange spans the vectors of a column.
func VectorRange(table uint32, attNum int16) Range {
	return prefixRange(columnPrefix(spaceVector, table, attNum))
}

// TableVectorRange spans the vectors of a table's columns.
func TableVectorRange(table uint32) Range { return prefixRange(tablePrefix(spaceVector, table, 0)) }

// AllVectorRange spans the vectors of every table.
func AllVectorRange() Range { return prefixRange([]byte{spaceVector}) }

// VectorsBetween spans a column's vectors from one row to another.
func VectorsBetween(table uint32, attNum int16, first, last uint64) Range {
	return Range{VectorKey(table, attNum, first), successor(VectorKey(table, attNum, last))}
}

// VectorKeyParts takes a vector's key apart; ok is false for other keys.
func VectorKeyParts(key []byte) (table uint32, attNum int16, row uint64, ok bool) {
	if len(key) != 15 || key[0] != spaceVector {
		return 0, 0, 0, false
	}
	table, attNum = binary.BigEndian.Uint32(key[1:]), int16(binary.BigEndian.Uint16(key[5:]))
	return table, attNum, RowOf(key), true
}

// RowOf is the row identity at the end of a row's or a vector's key.
func RowOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }

// IndexPrefix starts the entries of an index; the encoded key columns follow.
func IndexPrefix(index uint32) []byte { return tablePrefix(spaceIndex, index, 32) }

// IndexPrefixBytes is the length of IndexPrefix.
const IndexPrefixBytes = 5

// IndexRange spans an index's entries.
func IndexRange(index uint32) Range { return prefixRange(IndexPrefix(index)) }

// LogKey is the vector deltas of one commit to a column. Commit 0 stands for none: its key holds how far
// the log was trimmed.
func LogKey(table uint32, attNum int16, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(columnPrefix(spaceLog, table, attNum), seq)
}

// LogRange spans a column's log after one commit and up to another.
func LogRange(table uint32, attNum int16, after, upTo uint64) Range {
	return Range{LogKey(table, attNum, after+1), successor(LogKey(table, attNum, upTo))}
}

// TableLogRange spans the logs of a table's columns.
func TableLogRange(table uint32) Range { return prefixRange(tablePrefix(spaceLog, table, 0)) }

// MetaKey is a named value of the store itself.
func MetaKey(name string) []byte { return append([]byte{spaceMeta}, name...) }

// rejectPrefix starts the keys of what COPY left out.
const rejectPrefix = "reject:"

// RejectKey is a row that COPY left out, by its number, which RowOf gives.
func RejectKey(number uint64) []byte {
	return binary.BigEndian.AppendUint64(MetaKey(rejectPrefix), number)
}

// RejectRange spans the rows that COPY left out.
func RejectRange() Range { return prefixRange(MetaKey(rejectPrefix)) }

// RejectsUpTo spans those up to a number.
func RejectsUpTo(number uint64) Range { return Range{RejectKey(0), successor(RejectKey(number))} }

// CacheRange spans the embedding cache.
func CacheRange() Range { return prefixRange([]byte{spaceCache}) }

func cacheKey(key []byte) []byte { return append([]byte{spaceCache}, key...) }

func tablePrefix(space byte, id uint32, room int) []byte {
	b := make([]byte, 1, 5+room)
	b[0] = space
	return binary.BigEndian.AppendUint32(b, id)
}

func columnPrefix(space byte, table uint32, attNum int16) []byte {
	return binary.BigEndian.AppendUint16(tablePrefix(space, table, 10), uint16(attNum))
}

// Range is the keys from Low up to but not including High.
type Range struct{ Low, High []byte }

// PrefixRange spans the keys that start with prefix.
func PrefixRange(prefix []byte) Range { return prefixRange(prefix) }

func prefixRange(prefix []byte) Range { return Range{prefix, successor(prefix)} }

// successor is the first key after all that start with prefix; nil when there is none.
func successor(prefix []byte) []byte {
	high := append([]byte(nil), prefix...)
	for i := len(high) - 1; i >= 0; i-- {
		if high[i]++; high[i] != 0 {
			return high[:i+1]
		}
	}
	return nil // all bytes FF: to the end
}
