package datum

import "testing"

// FuzzXidSnapshot: what is read is written in one form, which reads as itself, as text and as bytes.
func FuzzXidSnapshot(f *testing.F) {
	for _, s := range []string{"12:20:13,15,18", "1:1:", "12:16:14,14,", "31:12:", "0:0:", "x", "18446744073709551615:18446744073709551615:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseText(PgSnapshot, -1, s, nil)
		if err != nil {
			return
		}
		again, err := ParseText(PgSnapshot, -1, d.Str(), nil)
		if err != nil || again.Str() != d.Str() {
			t.Errorf("%q: %q, %v", s, d.Str(), err)
		}
		bytes := appendXidSnapshotBinary(nil, d.Str())
		if again, err = parseXidSnapshotBinary(bytes); err != nil || again.Str() != d.Str() {
			t.Errorf("%q: %x, %v", s, bytes, err)
		}
	})
}

// FuzzXidSnapshotBinary: bytes from a client are read or refused.
func FuzzXidSnapshotBinary(f *testing.F) {
	f.Add(appendXidSnapshotBinary(nil, "12:20:13,15,18"))
	f.Add([]byte{255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := parseXidSnapshotBinary(b); err == nil && string(appendXidSnapshotBinary(nil, d.Str())) != string(b) && len(b) < 28 {
			t.Errorf("%x: %q", b, d.Str())
		}
	})
}
