package copydata

import (
	"encoding/binary"
	"strings"

	"github.com/seguedb/segue/query/plan"
)

// AppendText appends a row in text format, newline included.
func AppendText(dst []byte, fields []Field, o *plan.CopyOptions) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, o.Delimiter)
		}
		if f.Null {
			dst = append(dst, o.Null...)
		} else {
			dst = appendEscaped(dst, f.Text, o.Delimiter)
		}
	}
	return append(dst, '\n')
}

// appendEscaped escapes what would end the field or the line, and backslashes.
func appendEscaped(dst []byte, s string, delimiter byte) []byte {
	for i := range len(s) {
		switch c := s[i]; c {
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		case '\v':
			dst = append(dst, `\v`...)
		case '\\', delimiter:
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// AppendCSV appends a row in csv format, newline included.
func AppendCSV(dst []byte, fields []Field, o *plan.CopyOptions) []byte {
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, o.Delimiter)
		}
		switch {
		case f.Null:
			dst = append(dst, o.Null...)
		case flagged(o.ForceQuote, i) || needsQuotes(f.Text, o, len(fields) == 1):
			dst = appendQuoted(dst, f.Text, o)
		default:
			dst = append(dst, f.Text...)
		}
	}
	return append(dst, '\n')
}

// needsQuotes says whether a reader would misread s: as NULL, as the end of data, or as more than
// one field or line.
func needsQuotes(s string, o *plan.CopyOptions, only bool) bool {
	return s == o.Null || only && s == `\.` || strings.IndexByte(s, o.Delimiter) >= 0 ||
		strings.IndexByte(s, o.Quote) >= 0 || strings.ContainsAny(s, "\r\n")
}

func appendQuoted(dst []byte, s string, o *plan.CopyOptions) []byte {
	dst = append(dst, o.Quote)
	for i := range len(s) {
		if s[i] == o.Quote || s[i] == o.Escape {
			dst = append(dst, o.Escape)
		}
		dst = append(dst, s[i])
	}
	return append(dst, o.Quote)
}

// BinaryHeader opens binary data, BinaryTrailer ends it.
const (
	BinaryHeader  = signature + "\x00\x00\x00\x00\x00\x00\x00\x00"
	BinaryTrailer = "\xff\xff"
)

// AppendBinary appends a row in binary format.
func AppendBinary(dst []byte, fields []Field) []byte {
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(fields)))
	for _, f := range fields {
		if f.Null {
			dst = append(dst, 0xff, 0xff, 0xff, 0xff)
			continue
		}
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(f.Text)))
		dst = append(dst, f.Text...)
	}
	return dst
}
