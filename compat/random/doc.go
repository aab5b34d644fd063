// Random asks two servers, Segue and a real PostgreSQL, the same random queries over a small schema and compares what
// comes back: the rows, their types, the SQLSTATE of an error.
//
//	make random-oracle QUERIES=100000
//	go run ./compat/random -segue DSN -postgres DSN -seed 17 -queries 1     # one again
//
// Every query has a seed of its own, printed when the answers differ. The generator (grammar.go, expr.go, aggregate.go)
// writes queries that PostgreSQL accepts and whose rows are determined: a LIMIT comes with an order over all columns,
// floats are multiples of a quarter, arithmetic stays small. So each difference is a defect, and nothing is forgiven but the
// zeros at the end of a numeric where the query keeps one of equal values: those are counted apart.
package main
