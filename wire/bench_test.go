package wire

import (
	"net"
	"strconv"
	"testing"
	"time"
)

// discardConn swallows what is written.
type discardConn struct{ net.Conn }

func (discardConn) Write(p []byte) (int, error)      { return len(p), nil }
func (discardConn) SetWriteDeadline(time.Time) error { return nil }

func TestRowsDoNotAllocate(t *testing.T) {
	w := &ResultWriter{out: newWriter(discardConn{}, 0)}
	row := func() {
		w.BeginRow(4)
		w.EndValue(strconv.AppendInt(w.BeginValue(), 1234567, 10))
		w.Null()
		w.String("a title")
		w.Bytes([]byte("bytes"))
		if err := w.EndRow(); err != nil {
			t.Fatal(err)
		}
	}
	for range 10_000 { // the buffer's growth
		row()
	}
	if n := testing.AllocsPerRun(10_000, row); n != 0 {
		t.Errorf("a row costs %v allocations", n)
	}
}

func TestARowMustHaveTheColumnsItAnnounced(t *testing.T) {
	w := &ResultWriter{out: newWriter(discardConn{}, 0)}
	w.BeginRow(2)
	w.Null()
	if err := w.EndRow(); err != errColumns {
		t.Errorf("got %v", err)
	}
	if len(w.out.buf) != 0 {
		t.Errorf("%d bytes of the row are left", len(w.out.buf))
	}
}

func BenchmarkRow(b *testing.B) {
	w := &ResultWriter{out: newWriter(discardConn{}, 0)}
	for b.Loop() {
		w.BeginRow(2)
		w.EndValue(strconv.AppendInt(w.BeginValue(), 1234567, 10))
		w.String("a title")
		if err := w.EndRow(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPreparedRoundTrip is what the wire costs a prepared top-10 query: Bind, Describe, Execute, Sync and
// ten rows over loopback, with pgx's connection as the client.
func BenchmarkPreparedRoundTrip(b *testing.B) {
	server := serveTest(b, newEchoHandler(), Options{})
	conn := connect(b, server.addr)
	if _, err := conn.Prepare(b.Context(), "s", "rows 10", nil); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := conn.ExecPrepared(b.Context(), "s", nil, nil, nil).Read(); r.Err != nil || len(r.Rows) != 10 {
			b.Fatal(r.Err)
		}
	}
}
