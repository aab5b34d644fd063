// Package copydata reads and writes the three formats of COPY: text, csv and binary. It knows lines,
// fields and quoting, and nothing of types: a field is a string, NULL, or the marker of a default.
//
// A Reader yields Records; Text, CSV and Binary writers turn fields into the bytes of one row. What
// is malformed is a *sqlstate.Error with PostgreSQL's wording (22P04, 22021); which line it was is
// the Reader's Line.
//
// What surprises: a line that is just \. ends the data in text and csv, and what follows is ignored;
// a file whose lines end in a bare carriage return is refused, not read.
package copydata
