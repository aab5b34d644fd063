// Package run runs functions in PL/pgSQL: what package plpgsql has read, on the engine that runs everything else.
//
// Its few types: Program is a function ready to run, which the session keeps; frame is one call of it, with the values of
// its variables; Host is the session. SQL in a function is planned when it is first met and kept with the Program: names
// of variables become parameters, so that the plan is one like any other.
//
// What surprises: an expression of variables alone is computed without a plan around it. A statement of a VOLATILE
// function is a statement nested in the one that called it (exec.Nested), and so is the body of a block with EXCEPTION,
// which is all that there is to its savepoint: what fails is aborted and takes its writes along. Other errors than those
// with a SQLSTATE, such as a conflict with another transaction, no handler sees.
package run
