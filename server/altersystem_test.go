package server

import "testing"

// FuzzSystemFile reads what somebody may have written by hand.
func FuzzSystemFile(f *testing.F) {
	for _, s := range []string{"a = 'b'\n", "# x\n\na='it''s \\\\ \\n'", "a", "a = b", "= 'x'", "a = '"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines, err := parseSystemFile(s)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.name == "" || l.line == 0 {
				t.Errorf("%q: %+v", s, l)
			}
		}
	})
}
