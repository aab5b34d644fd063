// Package jsonpath reads and writes the path language of jsonb: '$.tracks[*] ? (@.bpm > 120)'.
//
// Parse turns text into a Path, a mode and a tree of Items; Append writes it back as PostgreSQL prints a value of
// type jsonpath. What a path finds in a value is the business of the executor's builtin functions.
//
// What surprises: a path and a predicate are both expressions here, and the parser keeps them apart by
// IsPredicate, as PostgreSQL's grammar does by its productions. An Item's Next is what is applied to its result,
// so "$.a.b" is Root → Key a → Key b.
package jsonpath
