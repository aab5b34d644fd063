package wire

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// CheckUTF8 says whether s is text as Postgres wants it: valid UTF-8 without a NUL byte. The error is 22021 and
// shows the first offending bytes in Postgres's words; nil is good text. Sessions use it for text parameters
// and COPY data; the package itself checks every string that the protocol carries.
func CheckUTF8[T string | []byte](s T) *Error {
	for i := 0; i < len(s); {
		if c := s[i]; c != 0 && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := decodeRune(s[i:])
		if r == 0 || (r == utf8.RuneError && size == 1) {
			return badEncoding(string(s[i:min(len(s), i+sequenceLen(s[i]))]))
		}
		i += size
	}
	return nil
}

func decodeRune[T string | []byte](s T) (rune, int) {
	return utf8.DecodeRuneInString(string(s[:min(len(s), utf8.UTFMax)]))
}

// sequenceLen is the length that a lead byte announces (pg_utf_mblen), which is how much Postgres prints.
func sequenceLen(lead byte) int {
	switch {
	case lead&0xe0 == 0xc0:
		return 2
	case lead&0xf0 == 0xe0:
		return 3
	case lead&0xf8 == 0xf0:
		return 4
	}
	return 1
}

func badEncoding(sequence string) *Error {
	var b strings.Builder
	for i := range len(sequence) {
		fmt.Fprintf(&b, " 0x%02x", sequence[i])
	}
	return &Error{Code: codeBadEncoding, Message: `invalid byte sequence for encoding "UTF8":` + b.String()}
}

// checkText is CheckUTF8 over the strings of one message, as a plain error.
func checkText(values ...string) error {
	for _, v := range values {
		if err := CheckUTF8(v); err != nil {
			return err
		}
	}
	return nil
}

// text makes a string fit to be sent as a NUL-terminated string of valid UTF-8: what follows a NUL is dropped,
// since it would be read as another field.
func text(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
