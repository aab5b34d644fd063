// Package password makes and reads the text that a password is kept as: PostgreSQL's SCRAM-SHA-256 verifier,
// SCRAM-SHA-256$4096:salt$StoredKey:ServerKey (RFC 5803 as pg_authid writes it), from which the password cannot be
// had and with which nobody can log in.
//
// Hash makes one, Parse reads one, Mock invents one for a user who does not exist. The exchange itself is package
// server's.
package password
