package builtin

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/go-crypt/x/blowfish" //nolint:staticcheck // what the caller asks for, as of pgcrypto

	"github.com/seguedb/segue/query/datum"
	"github.com/seguedb/segue/query/sqlstate"
)

// rawCipher is what the last argument of pgcrypto's encrypt() names: algorithm[-mode][/pad:padding].
type rawCipher struct {
	make   func(key []byte) (cipher.Block, error)
	ecb    bool
	padded bool
}

// rawCiphers are the algorithms; those of PostgreSQL that are nil its own library has no longer (OpenSSL 3).
var rawCiphers = map[string]func(key []byte) (cipher.Block, error){
	"aes": newAES, "rijndael": newAES, "3des": newTripleDES, "bf": newBlowfish, "blowfish": newBlowfish, "des": nil, "cast5": nil,
}

func newAES(key []byte) (cipher.Block, error) {
	size := 32
	switch {
	case len(key) <= 16:
		size = 16
	case len(key) <= 24:
		size = 24
	}
	return aes.NewCipher(fitted(key, size))
}

func newTripleDES(key []byte) (cipher.Block, error) {
	return des.NewTripleDESCipher(fitted(key, 24)) //nolint:gosec // what the caller asks for
}

func newBlowfish(key []byte) (cipher.Block, error) {
	if len(key) >= 56 {
		return nil, routineFailed("Key was too big")
	}
	b, err := blowfish.NewCipher(key)
	if err != nil {
		return nil, routineFailed("Cipher cannot be initialized")
	}
	return b, nil
}

// fitted cuts bytes to a size, or fills them up with zeros.
func fitted(b []byte, size int) []byte {
	out := make([]byte, size)
	copy(out, b)
	return out
}

func parseCipher(text string) (*rawCipher, error) {
	fail := func(why string) error {
		return sqlstate.New(sqlstate.InvalidParameterValue, "Cannot use \"%s\": %s", text, why)
	}
	const none = "No such cipher algorithm"
	parts := strings.Split(strings.ToLower(text), "/")
	name, mode, given := strings.Cut(parts[0], "-")
	algorithm, known := rawCiphers[name]
	if !known || given && mode != "cbc" && mode != "ecb" {
		return nil, fail(none)
	}
	out := &rawCipher{make: algorithm, ecb: mode == "ecb", padded: true}
	for _, p := range parts[1:] {
		option, value, _ := strings.Cut(p, ":")
		switch {
		case option != "pad":
			return nil, fail("Unknown option")
		case value != "pkcs" && value != "none":
			return nil, fail(none)
		}
		out.padded = value == "pkcs"
	}
	return out, nil
}

// ciphered is encrypt() or decrypt(), or those with an initial vector, which is zeros otherwise.
func ciphered(name string, decrypt bool) Func {
	return func(_ *Env, a []datum.Datum) (datum.Datum, error) {
		c, err := parseCipher(a[len(a)-1].Str())
		if err != nil {
			return datum.Null, err
		}
		if c.make == nil {
			return datum.Null, routineFailed("%s error: Cipher cannot be initialized", name)
		}
		block, err := c.make([]byte(a[1].Str()))
		if err != nil {
			return datum.Null, routineFailed("%s error: %v", name, err)
		}
		var iv []byte
		if len(a) == 4 {
			iv = []byte(a[2].Str())
		}
		run, why := c.encrypt, "Encryption failed"
		if decrypt {
			run, why = c.decrypt, "Decryption failed"
		}
		out, ok := run(block, fitted(iv, block.BlockSize()), []byte(a[0].Str()))
		if !ok {
			return datum.Null, routineFailed("%s error: %s", name, why)
		}
		return datum.NewString(string(out)), nil
	}
}

func (c *rawCipher) encrypt(block cipher.Block, iv, data []byte) ([]byte, bool) {
	size := block.BlockSize()
	if c.padded {
		n := size - len(data)%size
		data = append(data, bytes.Repeat([]byte{byte(n)}, n)...)
	}
	if len(data)%size != 0 {
		return nil, false
	}
	if !c.ecb {
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
		return data, true
	}
	for i := 0; i < len(data); i += size {
		block.Encrypt(data[i:], data[i:])
	}
	return data, true
}

func (c *rawCipher) decrypt(block cipher.Block, iv, data []byte) ([]byte, bool) {
	size := block.BlockSize()
	if len(data)%size != 0 || c.padded && len(data) == 0 {
		return nil, false
	}
	if c.ecb {
		for i := 0; i < len(data); i += size {
			block.Decrypt(data[i:], data[i:])
		}
	} else {
		cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, data)
	}
	if !c.padded {
		return data, true
	}
	n := int(data[len(data)-1])
	if n == 0 || n > size || !bytes.HasSuffix(data, bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, false
	}
	return data[:len(data)-n], true
}

// The lines around armored data, and how long those of it are.
const (
	armorBegin = "-----BEGIN PGP MESSAGE-----\n\n"
	armorEnd   = "-----END PGP MESSAGE-----\n"
	armorLine  = 76
)

// armor is OpenPGP's ASCII armor of data (RFC 4880, 6.2).
func armor(data string) string {
	var out strings.Builder
	out.WriteString(armorBegin)
	text := base64.StdEncoding.EncodeToString([]byte(data))
	for text != "" {
		n := min(len(text), armorLine)
		out.WriteString(text[:n] + "\n")
		text = text[n:]
	}
	sum := binary.BigEndian.AppendUint32(nil, crc24(data))
	out.WriteString("=" + base64.StdEncoding.EncodeToString(sum[1:]) + "\n" + armorEnd)
	return out.String()
}

func dearmor(text string) (string, error) {
	bad := routineFailed("Corrupt ascii-armor")
	_, rest, ok := strings.Cut(text, "-----BEGIN ")
	if !ok {
		return "", bad
	}
	_, rest, _ = strings.Cut(rest, "\n")
	head, _, ok := strings.Cut(rest, "\n-----END ")
	if !ok {
		return "", bad
	}
	head = strings.ReplaceAll(head, "\r", "")
	if _, body, ok := strings.Cut("\n"+head, "\n\n"); ok { // headers end with an empty line
		head = body
	}
	at := strings.LastIndex("\n"+head, "\n=")
	if at < 0 {
		return "", bad
	}
	sum, err := base64.StdEncoding.DecodeString(strings.TrimSpace(head[at+1:]))
	if err != nil || len(sum) != 3 {
		return "", bad
	}
	data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(head[:at], "\n", ""))
	if err != nil || crc24(string(data)) != binary.BigEndian.Uint32(append([]byte{0}, sum...)) {
		return "", bad
	}
	return string(data), nil
}

// crc24 is the checksum of RFC 4880, 6.1.
func crc24(data string) uint32 {
	crc := uint32(0xb704ce)
	for i := range len(data) {
		crc ^= uint32(data[i]) << 16
		for range 8 {
			if crc <<= 1; crc&0x1000000 != 0 {
				crc ^= 0x1864cfb
			}
		}
	}
	return crc & 0xffffff
}
