package main

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// TestSendCopy sends a COPY's data, or says why there is none: the server would wait for it for ever.
func TestSendCopy(t *testing.T) {
	for name, c := range map[string]struct {
		in   *strings.Reader
		want string
	}{
		"data":    {strings.NewReader("a\nb\n"), "d\x00\x00\x00\x08a\nb\nc\x00\x00\x00\x04"},
		"no data": {nil, "f"},
	} {
		t.Run(name, func(t *testing.T) {
			var sent strings.Builder
			f := pgproto3.NewFrontend(strings.NewReader(""), &sent)
			var err error
			if c.in == nil {
				err = sendCopy(f, nil)
			} else {
				err = sendCopy(f, c.in)
			}
			if err != nil || !strings.HasPrefix(sent.String(), c.want) {
				t.Errorf("sent %q (%v), want %q…", sent.String(), err, c.want)
			}
		})
	}
}
