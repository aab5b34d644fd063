package builtin

import (
	"strings"
	"testing"
)

// FuzzDearmor reads anybody's armor: what it accepts is data whose own armor reads back.
func FuzzDearmor(f *testing.F) {
	for _, s := range []string{"", "x", armor(""), armor("test"), armor(strings.Repeat("abc", 50)), "-----BEGIN PGP\nA: b\n\n=\n-----END ",
		strings.ReplaceAll(armor("two"), "\n", "\r\n")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		data, err := dearmor(s)
		if err != nil {
			return
		}
		if again, err := dearmor(armor(data)); err != nil || again != data {
			t.Errorf("%q: %q, %v", s, again, err)
		}
	})
}

// What a cipher encrypts it decrypts, at every length of data and of key.
func TestRawCiphers(t *testing.T) {
	for _, name := range []string{"aes", "aes-ecb", "3des", "bf-cbc", "bf-ecb/pad:pkcs"} {
		c, err := parseCipher(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 40 {
			block, err := c.make([]byte(strings.Repeat("k", n%33+1)))
			if err != nil {
				t.Fatal(err)
			}
			iv, data := fitted([]byte("iv"), block.BlockSize()), strings.Repeat("d", n)
			sealed, ok := c.encrypt(block, iv, []byte(data))
			if !ok {
				t.Fatalf("%s of %d bytes: not encrypted", name, n)
			}
			if open, ok := c.decrypt(block, iv, sealed); !ok || string(open) != data {
				t.Errorf("%s of %d bytes: %q, %v", name, n, open, ok)
			}
		}
	}
}
