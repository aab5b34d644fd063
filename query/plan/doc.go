// Package plan turns a syntax tree into a plan: names and types are looked up (Bind), then an
// ordered list of rules rewrites the tree (Optimize), and the result is printed by EXPLAIN
// (FormatExplain) and run by package exec, which this package never imports.
//
// The two vocabularies are Expr (expr.go), a typed expression over the columns of one input row, and
// Node (node.go), a static operator of the plan. Columns are referred to by position in the input's output row,
// never by name: every Node says its output columns with Columns. A join's row is its left row
// followed by its right row. slot.go lists where a node's expressions stand and over which row each is.
//
// Bind is in the files bind_*.go, one a statement or clause, over a scope (scope.go) and an exprContext
// (bind_expr.go); call.go, overload.go and coerce.go choose functions, operators and conversions.
// Definitions leave Bind complete: the executor only applies them. Defaults, generated columns
// and checks are kept as SQL text and bound again by each statement that writes (bind_rowexprs.go).
//
// The rules are listed in optimize.go, each in a file rule_*.go whose comment says what it needs of
// the rules before it. The one that the product is about is rule_vectorsearch.go: filter, sort by distance and
// limit become one VectorSearch.
//
// A subquery in an expression carries its own plan; references from inside it to the rows around it
// are Outer expressions, numbered slots that the executor fills before it runs the subplan.
//
// What surprises: `ORDER BY similarity(…)` without a direction means most similar first (DESIGN.md §1), and
// descending similarity is bound as ascending by its negative, so that the NaN of a zero vector, the largest
// number to Postgres, does not come first; similarity(…) > c is bound as a distance below 1 - c for
// the same reason. `ORDER BY similarity(…) DESC` on a column that may be NULL puts NULLs first, as Postgres
// does, and so is a sort and not a search: say NULLS LAST, or declare the column NOT NULL. What depends on what
// ANALYZE found out about a vector column (similarity_pct, segue.hub_correction) carries the column's table and
// attribute: bind_calibrated.go.
package plan
