package catalog

import (
	"github.com/seguedb/segue/query/parse"
	"github.com/seguedb/segue/query/sqlstate"
)

// What one Segue server has one of, or always the same few of.

// The extension that the vector type and its operators belong to, so that CREATE EXTENSION vector
// and clients that look for pgvector find what they expect.
const (
	VectorExtensionOID     OID = 16384
	plpgsqlExtensionOID    OID = 13559
	vectorExtensionName        = "vector"
	vectorExtensionVersion     = "0.8.0"
	vectorTypeComment          = "a list of 32-bit floating-point numbers"
	vectorExtensionComment     = "vector type, distances and similarity search"
)

// Fixed OIDs of the cluster's own objects, PostgreSQL's.
const (
	defaultTablespaceOID OID = 1663
	globalTablespaceOID  OID = 1664
	internalLanguageOID  OID = 12
	cLanguageOID         OID = 13
	sqlLanguageOID       OID = 14
	plpgsqlLanguageOID   OID = 13563
	defaultCollationOID  OID = 100
	nameCollationOID     OID = 950 // "C", which pg_type gives to name
	encodingUTF8             = 6   // PG_UTF8
	localeName               = "C.UTF-8"
)

// accessMethod is a row of pg_am.
type accessMethod struct {
	oid, handler OID
	name         string
	kind         byte // 't' table, 'i' index
	description  string
}

var accessMethods = []accessMethod{
	{HeapAMOID, 3, "heap", 't', "tables"},
	{BtreeAMOID, 330, "btree", 'i', "ordered indexes"},
	{405, 331, "hash", 'i', "hash index access method"},
	{3580, 335, "brin", 'i', "block range index (BRIN) access method"},
	{783, 332, "gist", 'i', "GiST index access method"},
	{2742, 333, "gin", 'i', "GIN index access method"},
	{16438, 16486, "hnsw", 'i', "vector indexes, with pgvector's words for a graph"},
	{16496, 16497, "faiss", 'i', "approximate vector indexes, made by FAISS"},
	{16439, 16487, "ivfflat", 'i', "vector indexes, with pgvector's words for lists"},
}

// accessMethodOID is 0 for none.
func accessMethodOID(name string) OID {
	for _, a := range accessMethods {
		if a.name == name {
			return a.oid
		}
	}
	return 0
}

// collation is a row of pg_collation. All of them compare bytes.
type collation struct {
	oid      OID
	name     string
	provider byte
	encoding int64
	locale   string
}

var collations = []collation{
	{defaultCollationOID, "default", 'd', -1, ""},
	{nameCollationOID, "C", 'c', -1, "C"},
	{951, "POSIX", 'c', -1, "POSIX"},
}

// CollationNamed is the OID of a collation that a column may name, 0 for the default's. ok is false when there is none
// of the name.
func CollationNamed(name string) (oid OID, ok bool) {
	if name == "ucs_basic" {
		name = "C" // by code points, as bytes of UTF-8 are ordered
	}
	for _, c := range collations {
		if c.name == name {
			if c.oid == defaultCollationOID {
				return 0, true
			}
			return c.oid, true
		}
	}
	return 0, false
}

// collationName is how a collation is written; ok is false for none.
func collationName(oid OID) (name string, ok bool) {
	for _, c := range collations {
		if c.oid == oid {
			return parse.QuoteIdent(c.name), true
		}
	}
	return "", false
}

// collationOID reads a collation's name, which pg_catalog may qualify.
func collationOID(name string) (OID, error) {
	parts, err := SplitName(name)
	if err != nil {
		return 0, err
	}
	for _, c := range collations {
		if c.name == parts[len(parts)-1] && (len(parts) == 1 || parts[0] == "pg_catalog") {
			return c.oid, nil
		}
	}
	return 0, sqlstate.New(sqlstate.UndefinedObject, "collation %q for encoding \"UTF8\" does not exist", name)
}
