// Package exec runs plans. Run builds a tree of operators, one a plan node, and hands back a Query;
// each Next pulls one batch of rows through the tree.
//
// A tour, in the order a row travels: an operator (operator.go) reads a table (scan.go,
// vectorsearch.go), a function (functionscan.go) or literals (values.go); rows are filtered and
// computed (project.go), joined (join.go), grouped (aggregate.go, accumulator.go), sorted (sort.go),
// looked at through windows (window.go, frame.go) and cut (limit.go). Statements that write
// (insert.go, update.go, delete.go, copyfrom.go) send rows through rowwriter.go, which fills in
// generated columns, embedding included, and checks constraints. Expressions are package eval's,
// functions package builtin's, the COPY formats package copydata's.
//
// What the executor needs of the database it asks through the interfaces of iface.go.
//
// What surprises: a statement without rows does all its work in the first Next, and so does one
// with RETURNING, whose rows are kept until they are asked for: a client that stops reading must
// not leave a statement half done. An error about one row stays a *RowError inside the package, so
// that COPY can name the line; Query.Next takes the row off.
package exec
