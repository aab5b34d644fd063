package wire

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// FuzzStartup sends hostile first bytes into a connection.
func FuzzStartup(f *testing.F) {
	f.Add(startupBytes(3, 0, []string{"user=ada", "database=segue"}))
	f.Add(startupBytes(3, 2, []string{"user=ada", "_pq_.x=1"}))
	f.Add(startupBytes(3, 9999, nil))
	f.Add(startupBytes(2, 0, []string{"user=ada"}))
	f.Add(unhex(f, "00000008 04d2162f 00000008 04d21630"))                               // SSL, GSS
	f.Add(unhex(f, "00000010 04d2162e 00000001 00000002"))                               // cancel
	f.Add(append(unhex(f, "00000008 04d2162f"), startupBytes(3, 0, []string{"u=x"})...)) // SSL, then cleartext
	f.Add(unhex(f, "00000000"))
	f.Add(unhex(f, "7fffffff 00030000"))
	f.Fuzz(func(t *testing.T, data []byte) { converse(t, data) })
}

// FuzzConversation sends hostile bytes after a good login.
func FuzzConversation(f *testing.F) {
	for _, lines := range []string{
		"Query \"echo a b\"\nTerminate",
		"Parse s \"params $1\"\nDescribe S s\nBind p s one\nDescribe P p\nExecute p 1\nClose S s\nSync",
		"Parse \"\" \"rows 5\"\nBind \"\" \"\"\nExecute \"\" 2\nFlush\nExecute \"\" 2\nSync",
		"Query copyin\nCopyData \"a\\n\"\nCopyDone\nQuery \"copyout 2\"",
		"Query copyin\nCopyFail \"no\"\nQuery copyin1\nCopyData abc\nCopyDone",
		"Query copyin\nFlush\nSync\nQuery x",
		"FunctionCall\nQuery begin\nQuery \"fail 22012 x\"\nQuery defect\nQuery panic",
		"Query silent\nQuery halfrow\nQuery \"notice n\"\nQuery \"set a b\"\nQuery \"\"",
		"Raw 51 40000000",
		"Raw 42 00000010 00 00 0001 ffff 0001 80000000",
		"Raw 50 0000000a 00 00 ffff 0000",
		"Raw 46 00000008 00000001\nSync",
		"Raw 70 00000008 00000001",
	} {
		encoded, _ := encodeLines(f, lines)
		f.Add(encoded)
	}
	login := startupBytes(3, 0, []string{"user=ada"})
	f.Fuzz(func(t *testing.T, data []byte) { converse(t, append(bytes.Clone(login), data...)) })
}

// converse plays the client's bytes against a server over a pipe and hangs up. The server must end the
// connection by itself, close every session it opened, and send nothing but what it can frame.
func converse(t *testing.T, data []byte) {
	var log bytes.Buffer // written by the connection's goroutine alone
	h := newEchoHandler()
	h.waiting, h.causes = make(chan struct{}, len(data)), make(chan error, len(data))
	server := NewServer(h, Options{
		MaxMessageBytes: 1 << 20,
		WatchAfter:      time.Millisecond,
		Logger:          slog.New(slog.NewTextHandler(&log, nil)),
	})
	client, conn := net.Pipe()
	var ends sync.WaitGroup
	served := make(chan struct{})
	go func() {
		defer close(served)
		server.ServeConn(context.Background(), conn)
	}()
	ends.Go(func() { _, _ = io.Copy(io.Discard, client) })
	_ = client.SetWriteDeadline(time.Now().Add(patience))
	_, _ = client.Write(data) // fails where the server has had enough
	_ = client.Close()
	await(t, "the connection to end", served)
	ends.Wait()
	if h.opened.Load() != h.closed.Load() {
		t.Errorf("%d sessions opened, %d closed", h.opened.Load(), h.closed.Load())
	}
	// The edge recovers every panic; only the session's own, asked for, are no defect.
	for line := range strings.SplitSeq(log.String(), "\n") {
		if strings.Contains(line, "stack=") && !strings.Contains(line, `panic="a session's panic"`) &&
			!strings.Contains(line, `panic="no session"`) {
			t.Errorf("the server panicked: %s", line)
		}
	}
	if server.Sessions() != 0 || len(server.conns) != 0 {
		t.Error("the server still knows the connection")
	}
}

// FuzzFrames cuts arbitrary bytes into messages and checks that nothing is lost or made up.
func FuzzFrames(f *testing.F) {
	encoded, _ := encodeLines(f, "Query \"echo a\"\nCopyData abcdef\nSync\nBind p s one NULL")
	f.Add(encoded, uint8(3))
	f.Add([]byte{'Q', 0, 0, 0, 3}, uint8(1))
	f.Add([]byte{'d', 0, 1, 0, 0, 1, 2, 3}, uint8(200))
	f.Fuzz(func(t *testing.T, data []byte, chunk uint8) {
		in := newFrames(&chunked{data: data, size: int(chunk)%64 + 1}, 1<<20)
		var rebuilt []byte
		for {
			kind, err := in.next()
			if err != nil {
				break
			}
			size := in.remaining
			body, err := in.payload()
			if err != nil {
				break
			}
			if len(body) != size {
				t.Fatalf("a body of %d bytes has %d", size, len(body))
			}
			rebuilt = append(rebuilt, kind, byte((size+4)>>24), byte((size+4)>>16), byte((size+4)>>8), byte(size+4))
			rebuilt = append(rebuilt, body...)
		}
		if !bytes.HasPrefix(data, rebuilt) {
			t.Fatalf("%x was read as %x", data, rebuilt)
		}
	})
}

// chunked gives its data in pieces.
type chunked struct {
	data []byte
	size int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.data[:min(c.size, len(c.data))])
	c.data = c.data[n:]
	return n, nil
}

// FuzzCheckUTF8 compares with the standard library's opinion.
func FuzzCheckUTF8(f *testing.F) {
	for _, s := range []string{"", "plain", "ünïcödé 🎵", "\x00", "a\xff", "\xe2\x82", "\xed\xa0\x80", "\xc0\x80", "\uFFFD"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want := bytes.Equal(bytes.ToValidUTF8(b, nil), b) && !bytes.Contains(b, []byte{0})
		if got := CheckUTF8(b) == nil; got != want {
			t.Errorf("%q: valid is %v, want %v", b, got, want)
		}
		if (CheckUTF8(string(b)) == nil) != want {
			t.Errorf("%q: string and bytes differ", b)
		}
	})
}
