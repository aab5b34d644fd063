package parse

import (
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"
	"google.golang.org/protobuf/proto"

	"github.com/seguedb/segue/query/sqlstate"
)

// maxTextBytes bounds one query string. The grammar's tree takes up to twenty times the text in
// protobuf form, whose length is a C int; 64 MiB keeps that below two GiB.
const maxTextBytes = 64 << 20

// maxMessageDepth is the decoder's recursion limit: each level of maxNesting is at most four
// messages deep (a SELECT in FROM: Node, RangeSubselect, Node, SelectStmt), and Go's stacks grow.
const maxMessageDepth = 8 * maxNesting

// grammarMu makes calls into pg_query take turns. The library points file descriptor 2 at a pipe
// while it parses and puts it back afterwards (pg_query_raw_parse); two parses at once can restore
// each other's pipe, after which the first write to standard error kills the process with SIGPIPE.
// The price is small: the C part of a hot query takes a few microseconds, and the decoding of
// its result runs outside the lock.
var grammarMu sync.Mutex

// grammar runs the PostgreSQL grammar over sql, which must have passed checkText and checkDepth.
func grammar(sql string) (*pg.ParseResult, error) {
	grammarMu.Lock()
	encoded, err := parser.ParseToProtobuf(sql)
	grammarMu.Unlock()
	if err != nil {
		return nil, grammarError(err)
	}
	tree := &pg.ParseResult{}
	options := proto.UnmarshalOptions{RecursionLimit: maxMessageDepth}
	if err := options.Unmarshal(encoded, tree); err != nil {
		return nil, sqlstate.Wrap(err, sqlstate.InternalError, "could not read the parse tree")
	}
	return tree, nil
}
