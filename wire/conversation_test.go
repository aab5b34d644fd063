package wire

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/jackc/pgx/v5/pgproto3"
)

// TestConversations plays the protocol conversations of testdata/conversations over a real socket, against the
// echo session. Commands:
//
//	startup [major=3] [minor=0]   a new connection, one parameter a line; prints up to ReadyForQuery or the end
//	raw                           a new connection, hex bytes a line; prints what comes back, to the end
//	send [until=Message] [raw-syncs=n]
//	                              messages, one a line; prints answers until there is a ReadyForQuery for each
//	                              Query, FunctionCall and Sync (and n more, for those sent as Raw bytes), or
//	                              until the named message, or to the end
//	hangup                        closes the connection
func TestConversations(t *testing.T) {
	datadriven.Walk(t, "testdata/conversations", func(t *testing.T, path string) {
		server := serveTest(t, newEchoHandler(), Options{MaxConnections: 3, MaxMessageBytes: 100_000})
		c := &conversation{addr: server.addr}
		defer c.hangup()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return c.command(t, d)
		})
	})
}

type conversation struct {
	addr string
	conn net.Conn
	in   *pgproto3.Frontend
	out  strings.Builder
}

func (c *conversation) command(t *testing.T, d *datadriven.TestData) string {
	c.out.Reset()
	switch d.Cmd {
	case "startup":
		c.dial(t)
		major, minor := 3, 0
		d.MaybeScanArgs(t, "major", &major)
		d.MaybeScanArgs(t, "minor", &minor)
		c.write(t, startupBytes(major, minor, strings.Split(d.Input, "\n")))
		c.receive(t, 1, "")
	case "raw":
		c.dial(t)
		c.write(t, unhex(t, d.Input))
		rest, _ := io.ReadAll(c.conn) // a reset is an end as well
		fmt.Fprintf(&c.out, "%q\n", rest)
	case "send":
		var until string
		d.MaybeScanArgs(t, "until", &until)
		bytes, syncs := encodeLines(t, d.Input)
		var rawSyncs int
		d.MaybeScanArgs(t, "raw-syncs", &rawSyncs)
		syncs += rawSyncs
		c.write(t, bytes)
		c.receive(t, syncs, until)
	case "hangup":
		c.hangup()
	default:
		t.Fatalf("unknown command %s", d.Cmd)
	}
	return c.out.String()
}

func (c *conversation) dial(t *testing.T) {
	c.hangup()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	c.conn, c.in = conn, pgproto3.NewFrontend(conn, conn)
}

func (c *conversation) hangup() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *conversation) write(t *testing.T, b []byte) {
	if _, err := c.conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

func (c *conversation) receive(t *testing.T, syncs int, until string) {
	for {
		msg, err := c.in.Receive()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			c.out.WriteString("end of connection\n")
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		line := render(msg)
		c.out.WriteString(line + "\n")
		if _, ready := msg.(*pgproto3.ReadyForQuery); ready && until == "" {
			if syncs--; syncs == 0 {
				return
			}
		}
		if until != "" && strings.HasPrefix(line, until) {
			return
		}
	}
}

var logIDPattern = regexp.MustCompile(`[0-9a-f]{12}`)

// render writes a server's message on one line, with what differs between runs left out.
func render(msg pgproto3.BackendMessage) string {
	switch m := msg.(type) {
	case *pgproto3.ErrorResponse:
		return logIDPattern.ReplaceAllString("ErrorResponse "+renderFields(m), "<log id>")
	case *pgproto3.NoticeResponse:
		return "NoticeResponse " + renderFields((*pgproto3.ErrorResponse)(m))
	case *pgproto3.DataRow:
		var b strings.Builder
		for _, v := range m.Values {
			if v == nil {
				b.WriteString(" NULL")
			} else {
				fmt.Fprintf(&b, " %q", v)
			}
		}
		return "DataRow" + b.String()
	case *pgproto3.RowDescription:
		var b strings.Builder
		for _, f := range m.Fields {
			fmt.Fprintf(&b, " %s:%d", f.Name, f.DataTypeOID)
		}
		return "RowDescription" + b.String()
	case *pgproto3.BackendKeyData:
		return fmt.Sprintf("BackendKeyData with a key of %d bytes", len(m.SecretKey))
	case *pgproto3.ParameterStatus:
		return fmt.Sprintf("ParameterStatus %s=%q", m.Name, m.Value)
	case *pgproto3.ReadyForQuery:
		return "ReadyForQuery " + string(m.TxStatus)
	case *pgproto3.CommandComplete:
		return fmt.Sprintf("CommandComplete %q", m.CommandTag)
	case *pgproto3.CopyData:
		return fmt.Sprintf("CopyData %q", m.Data)
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", msg), "*pgproto3.")
	if fields := strings.Trim(fmt.Sprintf("%+v", msg), "&{}"); fields != "" {
		return name + " " + fields
	}
	return name
}

func renderFields(e *pgproto3.ErrorResponse) string {
	s := fmt.Sprintf("%s %s %q", e.Severity, e.Code, e.Message)
	for _, f := range [][2]string{{"detail", e.Detail}, {"hint", e.Hint}, {"where", e.Where}} {
		if f[1] != "" {
			s += fmt.Sprintf(" %s=%q", f[0], f[1])
		}
	}
	if e.Position != 0 {
		s += fmt.Sprintf(" position=%d", e.Position)
	}
	return s
}

func startupBytes(major, minor int, lines []string) []byte {
	body := binary.BigEndian.AppendUint32(nil, uint32(major<<16|minor))
	for _, line := range lines {
		if name, value, ok := strings.Cut(line, "="); ok {
			body = append(append(append(append(body, name...), 0), value...), 0)
		}
	}
	body = append(body, 0)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// encodeLines encodes client messages written one a line, and counts those that are answered by ReadyForQuery.
func encodeLines(t testing.TB, input string) (encoded []byte, syncs int) {
	for line := range strings.SplitSeq(strings.TrimSpace(input), "\n") {
		words := splitWords(t, line)
		if words[0] == "Raw" {
			encoded = append(encoded, unhex(t, strings.Join(words[1:], ""))...)
			continue
		}
		msg := clientMessage(t, words)
		switch msg.(type) {
		case *pgproto3.Query, *pgproto3.Sync, *pgproto3.FunctionCall:
			syncs++
		}
		var err error
		if encoded, err = msg.Encode(encoded); err != nil {
			t.Fatal(err)
		}
	}
	return encoded, syncs
}

func clientMessage(t testing.TB, words []string) pgproto3.FrontendMessage {
	words = append(words, "", "")
	switch words[0] {
	case "Query":
		return &pgproto3.Query{String: words[1]}
	case "Parse":
		return &pgproto3.Parse{Name: words[1], Query: words[2]}
	case "Bind":
		b := &pgproto3.Bind{DestinationPortal: words[1], PreparedStatement: words[2]}
		for _, p := range words[3 : len(words)-min(2, len(words)-3)] {
			if p == "NULL" {
				b.Parameters = append(b.Parameters, nil)
			} else {
				b.Parameters = append(b.Parameters, []byte(p))
			}
		}
		return b
	case "Describe":
		return &pgproto3.Describe{ObjectType: words[1][0], Name: words[2]}
	case "Execute":
		return &pgproto3.Execute{Portal: words[1], MaxRows: uint32(number(words[2]))}
	case "Close":
		return &pgproto3.Close{ObjectType: words[1][0], Name: words[2]}
	case "Sync":
		return &pgproto3.Sync{}
	case "Flush":
		return &pgproto3.Flush{}
	case "Terminate":
		return &pgproto3.Terminate{}
	case "CopyData":
		return &pgproto3.CopyData{Data: []byte(words[1])}
	case "CopyDone":
		return &pgproto3.CopyDone{}
	case "CopyFail":
		return &pgproto3.CopyFail{Message: words[1]}
	case "FunctionCall":
		return &pgproto3.FunctionCall{Function: 1}
	}
	t.Fatalf("unknown message %s", words[0])
	return nil
}

// splitWords splits at blanks; a word in quotes is a Go string.
func splitWords(t testing.TB, line string) (words []string) {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		word, _ := strconv.Unquote(quoted)
		words, line = append(words, word), line[len(quoted):]
	}
	return words
}
