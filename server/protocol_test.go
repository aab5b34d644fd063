package server_test

import "github.com/jackc/pgx/v5/pgproto3"

// The protocol's messages under short names.
type (
	parseMsg     = pgproto3.Parse
	bindMsg      = pgproto3.Bind
	executeMsg   = pgproto3.Execute
	syncMsg      = pgproto3.Sync
	dataRowMsg   = pgproto3.DataRow
	suspendedMsg = pgproto3.PortalSuspended
	completeMsg  = pgproto3.CommandComplete
	errorMsg     = pgproto3.ErrorResponse
	readyMsg     = pgproto3.ReadyForQuery
)
