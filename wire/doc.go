// Package wire speaks version 3 of the Postgres frontend/backend protocol, and nothing else: it knows no SQL,
// no types and no values. It owns framing, the startup handshake, the extended-query state machine, the COPY
// sub-protocol, cancel keys, error fields and the life of connections; what a message means is the business of
// the [Session] that a [Handler] opens for each connection.
//
// The few types:
//
//	Server        accepts connections, counts them, cancels and ends them
//	Handler       opens a Session once a client has said who it is       (implemented by package server)
//	Session       one method for each thing a client can ask              (implemented by package server)
//	ResultWriter  where a Session puts rows, tags, COPY streams
//	CopyReader    the client's COPY data, read from the socket only when asked for
//	Error         an error or notice with the fields of the protocol
//
// The life of a connection:
//
//  1. Server.Serve accepts it and gives it a Conn on a goroutine of its own.
//  2. handshake.go answers encryption requests with 'N', serves a CancelRequest, or reads the startup packet.
//  3. Handler.NewSession opens the session; its parameters, the cancel key and ReadyForQuery follow.
//  4. loop.go reads one message at a time and hands it to the file named after it (query.go, parse.go, bind.go,
//     describe.go, execute.go, close.go, sync.go).
//  5. An error is answered once; in the extended protocol everything up to the next Sync is then skipped.
//  6. Output is buffered and flushed at ReadyForQuery, at Flush, with errors and notices, before COPY input, and
//     whenever 64 KiB have gathered, so a large result streams in bounded memory and a slow client slows its own
//     session down.
//  7. While a session works, reader.go listens for a client that has gone away and cancels the work.
//
// What surprises: the messages are those of jackc/pgx/v5/pgproto3, but the framing is ours. pgproto3.Backend
// allocates the length that a header claims before one byte of the body has arrived, and its errors can only be
// told apart by their text; frame.go grows with the bytes received and names its errors. The startup packet is
// decoded here too, because pgproto3 refuses the protocol versions that must be negotiated down.
package wire
