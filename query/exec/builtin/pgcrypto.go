package builtin

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"
	"strings"

	"github.com/google/uuid"

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// hashes are those of digest() and hmac() by OpenSSL's names, which PostgreSQL asks.
var hashes = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha-1": sha1.New, "sha224": sha256.New224, "sha-224": sha256.New224,
	"sha256": sha256.New, "sha-256": sha256.New, "sha384": sha512.New384, "sha-384": sha512.New384,
	"sha512": sha512.New, "sha-512": sha512.New, "sha512-224": sha512.New512_224, "sha512-256": sha512.New512_256,
	"sha3-224": func() hash.Hash { return sha3.New224() }, "sha3-256": func() hash.Hash { return sha3.New256() },
	"sha3-384": func() hash.Hash { return sha3.New384() }, "sha3-512": func() hash.Hash { return sha3.New512() },
}

func hashNamed(name string) (func() hash.Hash, error) {
	if h := hashes[strings.ToLower(name)]; h != nil {
		return h, nil
	}
	return nil, sqlstate.New(sqlstate.InvalidParameterValue, "Cannot use \"%s\": No such hash algorithm", name)
}

func digest(_ *Env, a []datum.Datum) (datum.Datum, error) {
	h, err := hashNamed(a[1].Str())
	if err != nil {
		return datum.Null, err
	}
	sum := h()
	sum.Write([]byte(a[0].Str()))
	return datum.NewString(string(sum.Sum(nil))), nil
}

func keyedDigest(_ *Env, a []datum.Datum) (datum.Datum, error) {
	h, err := hashNamed(a[2].Str())
	if err != nil {
		return datum.Null, err
	}
	sum := hmac.New(h, []byte(a[1].Str()))
	sum.Write([]byte(a[0].Str()))
	return datum.NewString(string(sum.Sum(nil))), nil
}

// routineFailed is what PostgreSQL says of a failure in its cryptography.
func routineFailed(format string, args ...any) error {
	return sqlstate.New(sqlstate.ExternalRoutineInvocationException, format, args...)
}

func randomBytes(_ *Env, a []datum.Datum) (datum.Datum, error) {
	n := a[0].Int()
	if n < 1 || n > 1024 {
		return datum.Null, routineFailed("Length not in range")
	}
	b := make([]byte, n)
	_, err := rand.Read(b)
	return datum.NewString(string(b)), err
}

// pgcryptoFunctions are those of extension pgcrypto, OpenPGP's messages left out.
func pgcryptoFunctions(r *registry) {
	r.fn(digest, "pgcrypto.pg_digest(text,text)", "pgcrypto.pg_digest(bytea,text)")
	r.fn(keyedDigest, "pgcrypto.pg_hmac(text,text,text)", "pgcrypto.pg_hmac(bytea,bytea,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		out, err := crypt(a[0].Str(), a[1].Str())
		return datum.NewString(out), err
	}, "pgcrypto.pg_crypt(text,text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		out, err := newSalt(a[0].Str(), 0)
		return datum.NewString(out), err
	}, "pgcrypto.pg_gen_salt(text)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		out, err := newSalt(a[0].Str(), int(a[1].Int()))
		return datum.NewString(out), err
	}, "pgcrypto.pg_gen_salt_rounds(text,int4)")
	r.fn(randomBytes, "pgcrypto.pg_random_bytes(int4)")
	r.fn(func(*Env, []datum.Datum) (datum.Datum, error) {
		u, err := uuid.NewRandom()
		return datum.NewString(string(u[:])), err
	}, "pgcrypto.pg_random_uuid()")
	for _, f := range []struct {
		name    string
		decrypt bool
	}{{"encrypt", false}, {"decrypt", true}} {
		r.fn(ciphered(f.name, f.decrypt), "pgcrypto.pg_"+f.name+"(bytea,bytea,text)")
		r.fn(ciphered(f.name+"_iv", f.decrypt), "pgcrypto.pg_"+f.name+"_iv(bytea,bytea,bytea,text)")
	}
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		return datum.NewString(armor(a[0].Str())), nil
	}, "pgcrypto.pg_armor(bytea)")
	r.fn(func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		out, err := dearmor(a[0].Str())
		return datum.NewString(out), err
	}, "pgcrypto.pg_dearmor(text)")
	openPGP(r)
}

// openPGP refuses the functions of OpenPGP's messages by name.
func openPGP(r *registry) {
	refuse := func(name string) Func {
		return func(*Env, []datum.Datum) (datum.Datum, error) {
			return datum.Null, sqlstate.New(sqlstate.FeatureNotSupported, "function %s of extension pgcrypto is not supported", name)
		}
	}
	for name, signatures := range map[string][]string{
		"pgp_sym_encrypt_text":  {"text,text", "text,text,text"},
		"pgp_sym_encrypt_bytea": {"bytea,text", "bytea,text,text"},
		"pgp_sym_decrypt_text":  {"bytea,text", "bytea,text,text"},
		"pgp_sym_decrypt_bytea": {"bytea,text", "bytea,text,text"},
		"pgp_pub_encrypt_text":  {"text,bytea", "text,bytea,text"},
		"pgp_pub_encrypt_bytea": {"bytea,bytea", "bytea,bytea,text"},
		"pgp_pub_decrypt_text":  {"bytea,bytea", "bytea,bytea,text", "bytea,bytea,text,text"},
		"pgp_pub_decrypt_bytea": {"bytea,bytea", "bytea,bytea,text", "bytea,bytea,text,text"},
		"pgp_key_id_w":          {"bytea"}, "pg_armor": {"bytea,_text,_text"},
	} {
		for _, s := range signatures {
			shown := strings.TrimSuffix(strings.TrimSuffix(name, "_text"), "_w")
			r.fn(refuse(shown+"("+strings.ReplaceAll(s, "_text", "text[]")+")"), "pgcrypto."+name+"("+s+")")
		}
	}
	r.sets["pgcrypto.pgp_armor_headers(text)"] = func(*Env, []datum.Datum, func([]datum.Datum) error) error {
		return sqlstate.New(sqlstate.FeatureNotSupported, "function pgp_armor_headers(text) of extension pgcrypto is not supported")
	}
}
