// Package parse turns SQL text into Segue's syntax tree. The text is read by PostgreSQL's own
// grammar (pg_query, the scanner and gram.y of PostgreSQL 17), so what is accepted, and what a
// syntax error says and points at, is what Postgres does; this package alone knows the grammar's tree.
//
// Its few types: Statement (one statement with its text), the nodes of ast.go (Stmt, Expr, FromItem)
// and Cache (a bounded map from text to tree). Parse and ParseExpr read, Deparse, QuoteIdent and
// QuoteLiteral write.
//
// It looks nothing up: names are as written, after the grammar's case folding. It plans nothing and
// refuses little: a statement or a clause that the tree has no place for becomes an UnsupportedStmt,
// an Unsupported expression or a RangeUnsupported that names it, and the planner refuses that with
// 0A000 when the statement's turn comes. Nothing written is ever dropped silently.
//
// What surprises: a tree is immutable and shared between sessions once it came from a Cache. The
// grammar folds a minus before a number into the constant ("-5"), flattens AND and OR lists, and writes
// some SQL syntax as calls of pg_catalog functions (EXTRACT, TRIM, AT TIME ZONE, LIKE … ESCAPE). Its
// C code recurses without a limit, so nesting is bounded on the text before C sees it (depth.go), and
// it redirects the process's file descriptor 2 during a parse, so parses take turns (grammar.go).
package parse
