package password

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/xdg-go/stringprep"
)

const (
	// Iterations is what Postgres hashes with (scram_iterations, and fixed before there was that).
	Iterations = 4096
	// SaltBytes is SCRAM_DEFAULT_SALT_LEN.
	SaltBytes = 16
	// mechanism begins a verifier.
	mechanism = "SCRAM-SHA-256"
	// maxIterations keeps a verifier that somebody made up from stalling who proves a password against it.
	maxIterations = 1_000_000
)

// Verifier is what the server keeps of a password.
type Verifier struct {
	Salt                 []byte
	Iterations           int
	StoredKey, ServerKey []byte
}

// ErrMalformed is the error of a text that is no verifier.
var ErrMalformed = errors.New("malformed password verifier")

// Hash makes a password's verifier, with a fresh salt.
func Hash(plain string) string {
	salt := make([]byte, SaltBytes)
	_, _ = rand.Read(salt) // never fails, says crypto/rand
	return derive(plain, salt, Iterations).String()
}

// Is says whether a text is a verifier rather than a password, as get_password_type does.
func Is(text string) bool {
	_, err := Parse(text)
	return err == nil
}

// IsMD5 says whether a text is the MD5 hash that Postgres once kept passwords as.
func IsMD5(text string) bool {
	rest, ok := strings.CutPrefix(text, "md5")
	return ok && len(rest) == 32 && strings.Trim(rest, "0123456789abcdef") == ""
}

// Matches says whether a verifier was made of the password.
func (v Verifier) Matches(plain string) bool {
	again := derive(plain, v.Salt, v.Iterations)
	return hmac.Equal(again.StoredKey, v.StoredKey) && hmac.Equal(again.ServerKey, v.ServerKey)
}

// derive is RFC 5802's SaltedPassword, and of it StoredKey and ServerKey.
func derive(plain string, salt []byte, iterations int) Verifier {
	salted, err := pbkdf2.Key(sha256.New, prepared(plain), salt, iterations, sha256.Size)
	if err != nil { // of a key length or a hash that FIPS mode does not allow, and these are neither
		salted = make([]byte, sha256.Size)
	}
	stored := sha256.Sum256(keyed(salted, "Client Key"))
	return Verifier{Salt: salt, Iterations: iterations, StoredKey: stored[:], ServerKey: keyed(salted, "Server Key")}
}

// prepared is the password after SASLprep; what SASLprep refuses is taken as it is, by Postgres and libpq too.
func prepared(plain string) string {
	if p, err := stringprep.SASLprep.Prepare(plain); err == nil {
		return p
	}
	return plain
}

func keyed(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// String writes the verifier.
func (v Verifier) String() string {
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s$%d:%s$%s:%s", mechanism, v.Iterations, b64(v.Salt), b64(v.StoredKey), b64(v.ServerKey))
}

// Parse reads what String writes.
func Parse(text string) (Verifier, error) {
	parts := strings.Split(text, "$")
	if len(parts) != 3 || parts[0] != mechanism {
		return Verifier{}, ErrMalformed
	}
	count, salt, ok1 := strings.Cut(parts[1], ":")
	stored, server, ok2 := strings.Cut(parts[2], ":")
	n, err := strconv.Atoi(count)
	if !ok1 || !ok2 || err != nil || n < 1 || n > maxIterations {
		return Verifier{}, ErrMalformed
	}
	v := Verifier{Iterations: n}
	for _, f := range []struct {
		into *[]byte
		text string
	}{{&v.Salt, salt}, {&v.StoredKey, stored}, {&v.ServerKey, server}} {
		if *f.into, err = base64.StdEncoding.Strict().DecodeString(f.text); err != nil {
			return Verifier{}, ErrMalformed
		}
	}
	if len(v.Salt) == 0 || len(v.StoredKey) != sha256.Size || len(v.ServerKey) != sha256.Size {
		return Verifier{}, ErrMalformed
	}
	return v, nil
}

// Mock invents a verifier for a user who does not exist, or has no password: the same for the same name, so that
// asking twice tells nothing, and one that no password fits. secret is the server's own (PostgreSQL's mock
// authentication nonce).
func Mock(secret []byte, user string) Verifier {
	sum := keyed(secret, user)
	return Verifier{Salt: sum[:SaltBytes], Iterations: Iterations, StoredKey: keyed(secret, "stored\x00"+user),
		ServerKey: keyed(secret, "server\x00"+user)}
}
