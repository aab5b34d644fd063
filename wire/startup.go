package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Codes that stand where a startup packet has its protocol version.
const (
	cancelRequestCode = 80877102 // 1234 << 16 | 5678
	sslRequestCode    = 80877103
	gssEncRequestCode = 80877104
)

const (
	maxStartupBytes = 10_000 // MAX_STARTUP_PACKET_LENGTH
	protocolMajor   = 3
	newestMinor     = 2 // what 3.2 adds is longer cancel keys
)

// startupPacket is the first packet of a connection, which has no type byte: its code says what follows.
type startupPacket struct {
	code uint32
	body []byte // without the code; valid until the next read
}

func (p startupPacket) major() int { return int(p.code >> 16) }
func (p startupPacket) minor() int { return int(p.code & 0xffff) }

// readStartup reads such a packet. An error that is no *Error is answered with silence, as Postgres does: who
// sends a wrong length speaks another protocol.
func (f *frames) readStartup() (startupPacket, error) {
	var header [8]byte
	if _, err := io.ReadFull(f.r, header[:]); err != nil {
		return startupPacket{}, err
	}
	size := int64(binary.BigEndian.Uint32(header[:4])) - int64(len(header))
	if size < 0 || size > maxStartupBytes {
		return startupPacket{}, fmt.Errorf("invalid length of startup packet: %d", size)
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(f.r, body); err != nil {
		return startupPacket{}, unexpectedEOF(err)
	}
	return startupPacket{code: binary.BigEndian.Uint32(header[4:]), body: body}, nil
}

// decodeStartup reads the parameters of a startup message of any minor version. unknown lists the protocol
// options ("_pq_.…") in it: there are none that we know.
func decodeStartup(p startupPacket) (startup Startup, unknown []string, err error) {
	if p.major() != protocolMajor {
		return startup, nil, &Error{
			Severity: SeverityFatal, Code: codeFeatureNotSupported,
			Message: fmt.Sprintf("unsupported frontend protocol %d.%d: server supports %d.0 to %d.%d",
				p.major(), p.minor(), protocolMajor, protocolMajor, newestMinor),
		}
	}
	startup.ProtocolMinor = min(p.minor(), newestMinor)
	startup.Params, unknown, err = decodeParams(p.body)
	if err != nil {
		return startup, nil, err
	}
	startup.User = startup.Params["user"]
	startup.Database = or(startup.Params["database"], startup.User)
	startup.ApplicationName = startup.Params["application_name"]
	return startup, unknown, startup.check()
}

// decodeParams reads NUL-terminated names and values up to an empty name. The last of equal names counts.
func decodeParams(body []byte) (params map[string]string, unknown []string, err error) {
	params = make(map[string]string)
	for {
		name, rest, ok := bytes.Cut(body, []byte{0})
		if ok && len(name) == 0 && len(rest) == 0 {
			return params, unknown, nil
		}
		value, rest, okValue := bytes.Cut(rest, []byte{0})
		if !ok || !okValue || len(name) == 0 {
			return nil, nil, protocolFatal("invalid startup packet layout: expected terminator as last byte")
		}
		if bad := checkText(string(name), string(value)); bad != nil {
			return nil, nil, bad
		}
		if strings.HasPrefix(string(name), "_pq_.") {
			unknown = append(unknown, string(name))
		} else {
			params[string(name)] = string(value)
		}
		body = rest
	}
}

// check refuses what no session can be opened for.
func (s Startup) check() error {
	if s.User == "" {
		return &Error{
			Severity: SeverityFatal, Code: codeInvalidAuth,
			Message: "no PostgreSQL user name specified in startup packet",
		}
	}
	switch s.Params["replication"] {
	case "", "0", "false", "off", "no":
		return nil
	}
	return &Error{Severity: SeverityFatal, Code: codeFeatureNotSupported, Message: "replication connections are not supported"}
}

// negotiation tells a client that asked for more than there is what there is; nil where it did not. The whole
// version goes out, as Postgres sends it, although the field is called minor.
func negotiation(p startupPacket, unknown []string) *pgproto3.NegotiateProtocolVersion {
	if p.minor() <= newestMinor && len(unknown) == 0 {
		return nil
	}
	minor := min(p.minor(), newestMinor)
	return &pgproto3.NegotiateProtocolVersion{
		NewestMinorProtocol: uint32(protocolMajor<<16 | minor),
		UnrecognizedOptions: unknown,
	}
}
