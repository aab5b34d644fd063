// Package plpgsql reads the bodies of functions in PL/pgSQL: the language of PostgreSQL 15 without its SQL, which it
// leaves as text.
//
// Its few types: Function is a body with its variables, Stmt a statement of it, Expr a piece of SQL with the names that
// were in sight where it stands (Names). Types are the caller's to look up (Types). Package run, below this one, runs
// what Parse gives.
//
// What surprises: names are looked up while the text is read, as PostgreSQL's compiler does, since whether a word is a
// variable decides what statement it begins; and SQL is checked for its grammar alone, so that a function may name
// tables that are yet to come.
package plpgsql
