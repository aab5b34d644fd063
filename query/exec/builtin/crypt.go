package builtin

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/go-crypt/x/bcrypt"
	md5crypt "github.com/go-crypt/x/crypt"

	"github.com/seguedb/segue/query/sqlstate"
)

// Passwords as pgcrypto's crypt() and gen_salt() have them: Blowfish ($2a$) and MD5 ($1$). The older ones, of DES, are refused:
// nobody keeps a library of them.

const (
	bcryptAlphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	cryptAlphabet  = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	// bcryptPassword is how much of a password counts.
	bcryptPassword = 72
	bcryptSalt     = len("$2a$06$") + 22
	md5Salt        = 8
)

var bcryptEncoding = base64.NewEncoding(bcryptAlphabet).WithPadding(base64.NoPadding)

func badSalt() error { return sqlstate.New(sqlstate.InvalidParameterValue, "invalid salt") }

// crypt hashes a password in the manner that the salt says.
func crypt(password, salt string) (string, error) {
	switch {
	case strings.HasPrefix(salt, "$2a$"), strings.HasPrefix(salt, "$2x$"):
		return cryptBlowfish(password, salt)
	case strings.HasPrefix(salt, "$1$"):
		rest, _, _ := strings.Cut(salt[3:], "$")
		rest = rest[:min(len(rest), md5Salt)]
		return "$1$" + rest + "$" + string(md5crypt.KeyMD5Crypt([]byte(password), []byte(rest))), nil
	case len(salt) < 2:
		return "", badSalt()
	}
	return "", sqlstate.New(sqlstate.FeatureNotSupported, "function crypt of extension pgcrypto with a salt of DES is not supported")
}

func cryptBlowfish(password, salt string) (string, error) {
	if len(salt) < bcryptSalt || salt[6] != '$' {
		return "", badSalt()
	}
	cost, err := strconv.Atoi(salt[4:6])
	if err != nil || cost < 4 || cost > 31 {
		return "", badSalt()
	}
	// The last character has two bits more than the salt, which do not count.
	raw, err := bcryptEncoding.DecodeString(salt[7:bcryptSalt])
	if err != nil {
		return "", badSalt()
	}
	secret := []byte(password)
	if salt[2] == 'x' && strings.ContainsFunc(password, func(r rune) bool { return r >= 0x80 }) {
		return "", sqlstate.New(sqlstate.FeatureNotSupported,
			"function crypt of extension pgcrypto with a salt of $2x$ and a password of more than ASCII is not supported")
	}
	key, err := bcrypt.Key(secret[:min(len(secret), bcryptPassword)], raw, cost)
	if err != nil {
		return "", routineFailed("crypt: %v", err)
	}
	return salt[:7] + bcryptEncoding.EncodeToString(raw) + string(key), nil
}

// newSalt is gen_salt(); rounds is 0 for the usual.
func newSalt(kind string, rounds int) (string, error) {
	limits := map[string][3]int{"bf": {6, 4, 31}, "md5": {1000, 1000, 1000}, "des": {25, 25, 25}, "xdes": {29 * 25, 1, 0xffffff}}
	limit, known := limits[strings.ToLower(kind)]
	if !known {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "gen_salt: Unknown salt algorithm")
	}
	if rounds == 0 {
		rounds = limit[0]
	}
	if kind = strings.ToLower(kind); rounds < limit[1] || rounds > limit[2] || kind == "xdes" && rounds%2 == 0 {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "gen_salt: Incorrect number of rounds")
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	if kind == "bf" {
		return "$2a$" + string([]byte{'0' + byte(rounds/10), '0' + byte(rounds%10)}) + "$" + bcryptEncoding.EncodeToString(raw), nil
	}
	for i, b := range raw {
		raw[i] = cryptAlphabet[b&63]
	}
	switch kind {
	case "md5":
		return "$1$" + string(raw[:md5Salt]), nil
	case "xdes":
		count := make([]byte, 4)
		for i := range count {
			count[i] = cryptAlphabet[rounds>>(6*i)&63]
		}
		return "_" + string(count) + string(raw[:4]), nil
	}
	return string(raw[:2]), nil
}
