// Package textsearch is full-text search as PostgreSQL 15 has it, over plain Go values: texts are cut into tokens,
// tokens become lexemes, lexemes a Vector; a Query is matched against Vectors, ranked, and shown in headlines.
//
// Its few types:
//
//	Token       what the default parser cuts out of a text: a word, a number, a URL, a tag (parser.go, states.go)
//	Dictionary  turns a token into lexemes, or finds it to be a stop word (dictionary.go)
//	Config      which dictionary a type of token goes to, by language (config.go)
//	Vector      a document: its lexemes in order, each with positions and weights (vector.go)
//	Query       lexemes under & | ! <-> (query.go)
//
// Vectors and queries are held, stored and sent in the bytes of PostgreSQL's binary format, so that a stored value needs
// no conversion to be sent.
//
// What surprises: letters are Unicode's, as in a PostgreSQL database whose LC_CTYPE is C.UTF-8, while lexemes are ordered
// by their bytes. Two queries are equal to = when they differ only in weights and prefixes, as in PostgreSQL.
//
// Stemmers are in query/textsearch/snowball: what the Snowball project's compiler (kept, BSD) writes in Go, of the version
// that PostgreSQL 15 has; the module that carries such code, blevesearch/snowballstem, is years older, lacks ten of the
// languages, and stems French otherwise.
package textsearch
